"""Measure each kind of search among many messages: its processor time, and how many texts it reads.

A fifth of the messages are the searching user's. The processor time is that of this process and of all of PostgreSQL's.
With --keep, the filled databases stay in a folder and are used again, after the migrations that they lack.
"""

import json
import shutil
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeAlias

import asyncpg
import click
import uvloop
from tortoise.context import require_context

from bench.databases import DATABASES, kept_postgres, kept_sqlite
from bench.machine import cpu_seconds_of_ended_children, describe, parent
from bench.parts.branches import cpu_seconds
from bench.parts.search import BATCH_ROWS, INSERT_SESSION, INSERT_USER, NEWCOMER, TIDY, USERS, Language
from gql_chat.chats import search_on_postgres, search_on_sqlite, search_statement
from gql_chat.chats.search import parts_of, search_messages
from gql_chat.chats.search_index import searched_form
from gql_chat.infra import clock
from gql_chat.infra.db.database import dialect, execute, fetch_all, transaction
from gql_chat.infra.db.keyset import PageRequest
from gql_chat.infra.db.migrations import migrate, migrations_folder
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.ids import new_id

SEARCHER = "0"
NEWCOMERS_MESSAGES = 200
AIM_MS = 50

MESSAGE_COLUMNS = (
    "id", "session_id", "order", "chain_id", "role", "text", "attachments", "status", "created_at", "finished_at"
)  # fmt: skip
TEXT_COLUMNS = ("user_id", "message_id", "folded")
Store: TypeAlias = Callable[[str, Sequence[str], list[list[Any]]], Awaitable[None]]
# Making the indexes of all rows at the end takes a tenth of the time of keeping them up to date. PostgreSQL: name and
# definition. SQLite: the triggers, whose index is made with more of it in memory.
INDEXES = {
    "sqlite": "SELECT name, sql AS definition FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'search_texts'",
    "postgres": """
        SELECT indexname AS name, indexdef AS definition FROM pg_indexes
        WHERE tablename = 'search_texts' AND indexdef LIKE '%USING gin%'
    """,
}
DROP = {"sqlite": "DROP TRIGGER", "postgres": "DROP INDEX"}
SET_MEMORY = "INSERT INTO search_index (search_index, rank) VALUES ('hashsize', {})"
REBUILD = (
    SET_MEMORY.format(256 << 20),
    "INSERT INTO search_index (search_index) VALUES ('rebuild')",
    SET_MEMORY.format(1 << 20),
)
PROCESSES = "SELECT pid FROM pg_stat_activity WHERE backend_type IN ('client backend', 'io worker')"
# Of PostgreSQL's plans: what a scan returned, and what it read and left out.
READ = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")


@dataclass
class Results:
    """Results of one database, by the kind of search."""

    found: dict[str, int] = field(default_factory=dict)
    cpu_ms: dict[str, list[float]] = field(default_factory=dict)
    texts_read: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class CpuMeter:
    """The processor time of this process and of PostgreSQL: its processes, and the parallel workers that have ended."""

    processes: Sequence[int] = ()

    @classmethod
    async def of_database(cls) -> Self:
        """Return the meter of the database that is open."""
        return cls([row["pid"] for row in await fetch_all(PROCESSES)]) if dialect() == "postgres" else cls()

    def seconds(self) -> float:
        """Return the seconds until now. Those of parallel workers are whole ticks of 10 ms."""
        servers = {parent(pid) for pid in self.processes}
        return cpu_seconds(self.processes) + sum(map(cpu_seconds_of_ended_children, servers))


@click.command(help=__doc__)
@click.option("--messages", type=click.IntRange(USERS), default=1_000_000, show_default=True)
@click.option("--runs", type=click.IntRange(2), default=20, show_default=True, help="Runs of each search.")
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), help="The folder for the filled databases.")
@click.option("--database", type=click.Choice([*DATABASES]), multiple=True, help="Both by default.")
@click.option("--kind", multiple=True, help="A part of the names of the kinds to search for. All by default.")
@click.option("--buffers", default="64MB", show_default=True, help="PostgreSQL's shared_buffers, of kept databases.")
def main(
    messages: int, runs: int, keep: Path | None, database: Sequence[str], kind: Sequence[str], buffers: str
) -> None:
    """Run the benchmark and print its table."""
    by_database = {}
    for name in database or DATABASES:
        with _opened(name, messages, keep, buffers) as url:
            by_database[name] = uvloop.run(measure(url, messages, runs, kind or [""]))
    click.echo(render(by_database))


async def measure(url: str, messages: int, runs: int, kinds: Sequence[str] = ("",)) -> Results:
    """Measure the searches whose names have one of these parts. Fill the database first if it is empty."""
    begun = time.perf_counter()
    if done := await migrate(url, migrations_folder()):
        click.echo(f"{len(done)} migrations took {time.perf_counter() - begun:.1f} s", err=True)
    results, language = Results(), Language()
    async with open_database(url, model_modules(), pool_size=1):
        if not await fetch_all("SELECT id FROM users LIMIT 1"):
            await _fill(url, messages, language)
        for name, (user, query) in searches(language).items():
            if any(part in name for part in kinds):
                await _measure_one(name, user, query, runs, results)
    return results


def render(by_database: Mapping[str, Results]) -> str:
    """Return the results as a Markdown table."""
    heads = (f"{name}: found | CPU ms, p50 | p95 | texts read" for name in by_database)
    lines = [f"| a search for | {' | '.join(heads)} |", "| --- |" + " ---: | ---: | ---: | ---: |" * len(by_database)]
    for kind in next(iter(by_database.values())).found:
        cells = (_cells(results, kind) for results in by_database.values())
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", f"{describe()}."])


def searches(language: Language) -> dict[str, tuple[str, str]]:
    """Return the user and the query of each kind of search."""
    words, characters = language.words, language.characters
    queries = language.queries()
    long_words = _long_words(words)
    kinds = {
        "a common word": words[0],
        "a rare word": words[-1],
        "a word without a match": queries["a word without a match"],
        "two common words": f"{words[0]} {words[3]}",
        "five words": " ".join(words[5:50:9]),
        "a phrase": queries["a phrase"],
        "a phrase of common words that seldom stand together": f'"{words[30]} {words[20]}"',
        "a rare long word": long_words[len(long_words) // 2],
        "a rare long word of common syllables": long_words[len(long_words) // 20],
        "the rare long word of the most common syllables": long_words[0],
        "a rare and a common long word": f"{long_words[1]} {max(words[:200], key=len)}",
        "one common Chinese character": characters[0],
        "two common Chinese characters": queries["two common Chinese characters"],
        "two common Chinese characters, apart": f"{characters[0]} {characters[1]}",
        "two frequent Chinese characters": characters[40] + characters[60],
        "two rare Chinese characters": queries["two rare Chinese characters"],
        "four common Chinese characters": "".join(characters[2:6]),
        "a common word and two common Chinese characters": f"{words[0]} {characters[0]}{characters[1]}",
        "three letters of many words": "ter",
        "two common letters": queries["two letters"],
        "two rare letters": queries["two rare letters"],
        "two letters without a match": queries["two letters without a match"],
        "a common word and two letters without a match": f"{words[0]} {queries['two letters without a match']}",
        "one common letter": words[0][0],
        "one letter without a match": queries["one letter without a match"],
    }
    return {
        **{kind: (SEARCHER, query) for kind, query in kinds.items()},
        f"a common word, by {NEWCOMER}": (NEWCOMER, words[0]),
        f"one letter without a match, by {NEWCOMER}": (NEWCOMER, kinds["one letter without a match"]),
    }


def _long_words(words: Sequence[str]) -> list[str]:
    """Return the rare words of nine letters and more, those first whose rarest trigram is in the most words."""
    weights: Counter[str] = Counter()
    for rank, word in enumerate(words):
        weights.update(dict.fromkeys(_trigrams(word), 1 / (rank + 3)))
    rare = [word for word in words[len(words) // 2 :] if len(word) >= 9]
    return sorted(rare, key=lambda word: (-min(weights[trigram] for trigram in _trigrams(word)), word))


def _trigrams(word: str) -> set[str]:
    return {word[start : start + 3] for start in range(len(word) - 2)}


def _cells(results: Results, kind: str) -> str:
    cpu = results.cpu_ms[kind]
    p95 = statistics.quantiles(cpu, n=100, method="inclusive")[94]
    shown = f"**{p95:.1f}**" if p95 > AIM_MS else f"{p95:.1f}"
    return f"{results.found[kind]:,} | {statistics.median(cpu):.1f} | {shown} | {results.texts_read[kind]:,}"


async def _measure_one(name: str, user: str, query: str, runs: int, results: Results) -> None:
    with _reading(parts_of(query)[0]) as read:  # and fills the caches
        results.found[name] = (await search_messages(user, query, PageRequest(20))).total
    results.texts_read[name] = sum(read.values())
    meter = await CpuMeter.of_database()
    spent = results.cpu_ms[name] = []
    for _ in range(runs):
        begun = meter.seconds()
        await search_messages(user, query, PageRequest(20))
        spent.append((meter.seconds() - begun) * 1000)


@contextmanager
def _reading(part: str) -> Iterator[Counter[str]]:
    """Count the texts that the block reads: by PostgreSQL's plans, or those in which SQLite looks for a part."""
    read: Counter[str] = Counter()

    def look_for(text: str, wanted: str) -> int:
        if wanted == part:
            read[text] = 1
        return text.find(wanted) + 1

    async def fetch_counted(sql: str, *args: Any) -> list[dict[str, Any]]:
        if dialect() == "sqlite":
            return await fetch_all(sql.replace("instr(", "look_for("), *args)
        if "FROM search_texts" in sql:
            [explained] = await fetch_all(f"EXPLAIN (ANALYZE, FORMAT json) {sql}", *args)
            read[sql] += _scanned(json.loads(explained["QUERY PLAN"])[0]["Plan"])
        return await fetch_all(sql, *args)

    modules: list[Any] = [search_statement, search_on_postgres, search_on_sqlite]
    if dialect() == "sqlite":
        client: Any = require_context().db()
        client._reader._conn.create_function("look_for", 2, look_for)
    for module in modules:
        module.fetch_all = fetch_counted
    try:
        yield read
    finally:
        for module in modules:
            module.fetch_all = fetch_all


def _scanned(plan: Mapping[str, Any]) -> int:
    """Return how many rows of a table the scans of a plan have read, without those of which an index had enough."""
    reads = "Relation Name" in plan and plan["Node Type"] != "Index Only Scan"
    own = plan["Actual Loops"] * sum(plan.get(key, 0) for key in READ) if reads else 0
    return round(own + sum(map(_scanned, plan.get("Plans", ()))))


@contextmanager
def _opened(name: str, messages: int, keep: Path | None, buffers: str) -> Iterator[str]:
    """Yield the URL of an empty database, or of one that is kept. One that was not filled to the end is made again."""
    if keep is None:
        with DATABASES[name]() as url:
            yield url
        return
    folder = keep.absolute() / f"{name}-{messages}"
    filled = folder / "filled"
    if not filled.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    options = f"-c shared_buffers={buffers} -c maintenance_work_mem=512MB -c max_wal_size=4GB"
    opened: AbstractContextManager[str] = kept_sqlite(folder) if name == "SQLite" else kept_postgres(folder, options)
    with opened as url:
        yield url
    filled.touch()


async def _fill(url: str, messages: int, language: Language) -> None:
    sessions = {user: await _new_session(user) for user in (*map(str, range(USERS)), NEWCOMER)}
    indexes = await fetch_all(INDEXES[dialect()])
    for index in indexes:
        await execute(f"{DROP[dialect()]} {index['name']}")
    users = [*(str(number % USERS) for number in range(messages)), *[NEWCOMER] * NEWCOMERS_MESSAGES]
    async with _storing(url) as store:
        for start in range(0, len(users), BATCH_ROWS):
            stored, searched = [], []
            for user in users[start : start + BATCH_ROWS]:
                message_id, text, now = new_id("msg"), language.text(), clock.now()
                sent = [message_id, sessions[user], 1, message_id, "USER", text, "[]", "COMPLETED", now, now]
                stored.append(sent)
                searched.append([user, message_id, searched_form(user, text)])
            await store("messages", MESSAGE_COLUMNS, stored)
            await store("search_texts", TEXT_COLUMNS, searched)
    await _finish(url, [index["definition"] for index in indexes])


@asynccontextmanager
async def _storing(url: str) -> AsyncIterator[Store]:
    """Yield the function that stores rows. PostgreSQL does not check the foreign keys of each."""
    if dialect() == "sqlite":
        yield _store_on_sqlite
        return
    connection = await asyncpg.connect(url)

    async def copy(table: str, columns: Sequence[str], rows: list[list[Any]]) -> None:
        await connection.copy_records_to_table(table, records=rows, columns=columns)

    try:
        await connection.execute("SET session_replication_role = replica")
        yield copy
    finally:
        await connection.close()


async def _store_on_sqlite(table: str, columns: Sequence[str], rows: list[list[Any]]) -> None:
    names, places = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
    async with transaction():
        await require_context().db().execute_many(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)  # noqa: S608


async def _finish(url: str, definitions: Sequence[str]) -> None:
    """Make the indexes and the statistics."""
    if dialect() == "sqlite":
        for statement in (*REBUILD, *definitions, TIDY[dialect()]):
            await execute(statement)
        return
    connection = await asyncpg.connect(url)  # whose statements may take any time
    try:
        for statement in (*definitions, TIDY[dialect()]):
            await connection.execute(statement)
    finally:
        await connection.close()


async def _new_session(name: str) -> str:
    now, session_id = clock.now(), new_id("ses")
    await execute(INSERT_USER, name, name, now)
    await execute(INSERT_SESSION, session_id, name, now)
    return session_id


if __name__ == "__main__":
    main()

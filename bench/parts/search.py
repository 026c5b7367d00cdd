"""Measure the search, on SQLite and PostgreSQL: its cost for a message, and the time of different searches.

Compare within one run only: messages with and without their text for the search take turns, and so do a search and the
reading of all the user's texts.
"""

import statistics
import time
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, field
from typing import Any

import click
import uvloop

from bench.databases import DATABASES
from bench.language import Language, Vocabulary
from bench.machine import describe
from bench.searching.kinds import rarest_letters
from gql_chat.chats.normalization import normalize, normalize_whole
from gql_chat.chats.search import search_messages
from gql_chat.chats.search_index import SearchBackfill, add_search_text
from gql_chat.infra import clock
from gql_chat.infra.db.database import dialect, execute, fetch_all, transaction
from gql_chat.infra.db.keyset import PageRequest
from gql_chat.infra.db.migrations import migrate, migrations_folder
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.ids import new_id

USERS = 5  # who share the messages
NEWCOMER = "a user with few messages"
BATCH_ROWS = 1_000

DRAWN_TEXTS = 2_000

INSERT_USER = """
INSERT INTO users (
    id, username, username_folded, email, email_folded, password_hash, role, status, created_at, updated_at
) VALUES ($1, $2, $2, $2, $2, 'none', 'USER', 'ACTIVE', $3, $3)
"""
INSERT_SESSION = """
INSERT INTO sessions (id, user_id, title, status, pinned, message_count, active_at, created_at, updated_at)
VALUES ($1, $2, '', 'ACTIVE', false, 0, $3, $3, $3)
"""
INSERT_MESSAGE = """
INSERT INTO messages (id, session_id, "order", chain_id, role, text, attachments, status, created_at, finished_at)
VALUES ($1, $2, 1, $1, 'USER', $3, '[]', 'COMPLETED', $4, $4)
"""
DELETE_SESSION = "DELETE FROM sessions WHERE id = $1"
READ_ALL = {
    "sqlite": "SELECT count(*) FROM search_texts WHERE user_id = $1 AND instr(folded, $2) > 0",
    "postgres": "SELECT count(*) FROM search_texts WHERE user_id = $1 AND strpos(folded, $2) > 0",
}
SIZE = {
    "sqlite": "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size",
    "postgres": "SELECT pg_database_size(current_database()) AS bytes",
}
# The server does so from time to time; without it PostgreSQL plans for an empty table.
TIDY = {"sqlite": "ANALYZE", "postgres": "VACUUM ANALYZE"}


@dataclass
class Results:
    """Results of one database, in seconds, one for each run."""

    messages: int
    backfill_seconds: float = 0.0
    bytes_before: int = 0
    bytes_after: int = 0
    without: list[float] = field(default_factory=list)
    with_search: list[float] = field(default_factory=list)
    delete_seconds: float = 0.0
    found: dict[str, int] = field(default_factory=dict)
    searches: dict[str, list[float]] = field(default_factory=dict)
    readings: dict[str, list[float]] = field(default_factory=dict)


@click.command(help=__doc__)
@click.option(
    "--messages", type=click.IntRange(USERS), default=100_000, show_default=True, help="Messages of all users."
)
@click.option("--turns", type=click.IntRange(2), default=200, show_default=True, help="Messages to time.")
@click.option("--runs", type=click.IntRange(2), default=5, show_default=True, help="Runs of each search.")
def main(messages: int, turns: int, runs: int) -> None:
    """Run the benchmark and print its tables."""
    click.echo(render({name: uvloop.run(measure(name, messages, turns, runs)) for name in DATABASES}))


async def measure(database: str, messages: int, turns: int, runs: int) -> Results:
    """Measure everything, on a new database."""
    results, language = Results(messages), Language()
    with DATABASES[database]() as url:
        await migrate(url, migrations_folder())
        async with open_database(url, model_modules()):
            sessions = {user: await _new_session(user) for user in (*map(str, range(USERS)), NEWCOMER)}
            await _fill([sessions[str(number)] for number in range(USERS)], messages, language)
            results.bytes_before = await _size()
            results.backfill_seconds = await _seconds(SearchBackfill().run())
            await fetch_all(TIDY[dialect()])
            results.bytes_after = await _size()
            await _compare_messages(NEWCOMER, sessions[NEWCOMER], turns, language, results)
            vocabulary = Vocabulary(normalize_whole(language.text()) for _ in range(DRAWN_TEXTS))
            for name, query in queries_of(vocabulary).items():
                await _compare_searches("0", name, query, runs, results)
            await _compare_searches(NEWCOMER, f"a common word, by {NEWCOMER}", vocabulary.words[0], runs, results)
            results.delete_seconds = await _seconds(execute(DELETE_SESSION, sessions[NEWCOMER]))
    return results


def queries_of(vocabulary: Vocabulary) -> dict[str, str]:
    """Return the queries; each is one part, so that it can be compared with reading all texts."""
    words, characters = vocabulary.words, vocabulary.characters
    return {
        "a common word": words[0],
        "a rare word": words[-1],
        "a phrase": f'"{words[0]} {words[1]}"',
        "a word without a match": "zzyzx",
        "two common Chinese characters": characters[0] + characters[1],
        "two rare Chinese characters": characters[-1] + characters[-2],
        "two letters": words[0][:2],
        "two rare letters": rarest_letters(vocabulary),
        "two letters without a match": "qx",
        "one letter without a match": "ŋ",
    }


def render(by_database: dict[str, Results]) -> str:
    """Return the results as Markdown tables."""
    lines = ["| of a message | " + " | ".join(f"{name}, without | with search | ÷" for name in by_database) + " |"]
    lines.append("| --- |" + " ---: | ---: | ---: |" * len(by_database))
    for percent in (50, 95):
        cells = (_message_cells(results, percent) for results in by_database.values())
        lines.append(f"| ms to store it, p{percent} | " + " | ".join(cells) + " |")
    cells = (_size_cells(results) for results in by_database.values())
    lines += [f"| KB stored | {' | '.join(cells)} |", ""]
    lines.append(
        "| a search for | found | " + " | ".join(f"{name}, ms | p95 | ÷ reading all" for name in by_database) + " |"
    )
    lines.append("| --- | ---: |" + " ---: | ---: | ---: |" * len(by_database))
    for query, found in next(iter(by_database.values())).found.items():
        cells = (_search_cells(results, query) for results in by_database.values())
        lines.append(f"| {query} | {found:,} | " + " | ".join(cells) + " |")
    lines += ["", *(f"{name}: {_rest(results)}" for name, results in by_database.items()), "", f"{describe()}."]
    return "\n".join(lines)


def _message_cells(results: Results, percent: int) -> str:
    without, with_search = (_percentile(times, percent) * 1000 for times in (results.without, results.with_search))
    return f"{without:.2f} | {with_search:.2f} | {with_search / without:.2f}"


def _size_cells(results: Results) -> str:
    before, after = (size / results.messages / 1000 for size in (results.bytes_before, results.bytes_after))
    return f"{before:.2f} | {after:.2f} | {after / before:.2f}"


def _search_cells(results: Results, query: str) -> str:
    search, reading = (statistics.median(times[query]) for times in (results.searches, results.readings))
    return f"{search * 1000:.1f} | {_percentile(results.searches[query], 95) * 1000:.1f} | {search / reading:.2f}"


def _rest(results: Results) -> str:
    rate = results.messages / results.backfill_seconds
    deleted = len(results.with_search) + len(results.without)
    return (
        f"{results.messages:,} messages, {results.messages // USERS:,} of the one who searches; the backfill put in "
        f"{rate:,.0f} a second; a session of {deleted} was deleted in {results.delete_seconds * 1000:.0f} ms."
    )


async def _new_session(name: str) -> str:
    now, session_id = clock.now(), new_id("ses")
    await execute(INSERT_USER, name, name, now)
    await execute(INSERT_SESSION, session_id, name, now)
    return session_id


async def _fill(session_ids: list[str], messages: int, language: Language) -> None:
    """Store messages as a server without the search did."""
    for start in range(0, messages, BATCH_ROWS):
        async with transaction():
            for number in range(start, min(start + BATCH_ROWS, messages)):
                session_id = session_ids[number % len(session_ids)]
                await execute(INSERT_MESSAGE, new_id("msg"), session_id, language.text(), clock.now())


async def _compare_messages(user: str, session_id: str, turns: int, language: Language, results: Results) -> None:
    for number in range(turns):
        # Each is first in half of the turns, so that no order favours one.
        kinds = [(results.without, False), (results.with_search, True)]
        for seconds, is_searched in kinds if number % 2 else reversed(kinds):
            seconds.append(await _seconds(_store(user, session_id, language.text(), is_searched)))


async def _store(user: str, session_id: str, text: str, is_searched: bool) -> None:
    message_id = new_id("msg")
    async with transaction():
        await execute(INSERT_MESSAGE, message_id, session_id, text, clock.now())
        if is_searched:
            await add_search_text(user, message_id, text)


async def _compare_searches(user: str, name: str, query: str, runs: int, results: Results) -> None:
    searches, readings = results.searches.setdefault(name, []), results.readings.setdefault(name, [])
    found = await search_messages(user, query, PageRequest(20))  # warms the caches
    results.found[name] = found.total
    for _ in range(runs):
        searches.append(await _seconds(search_messages(user, query, PageRequest(20))))
        readings.append(await _seconds(fetch_all(READ_ALL[dialect()], user, normalize(query.strip('"')))))


async def _seconds(work: Awaitable[Any]) -> float:
    begun = time.perf_counter()
    await work
    return time.perf_counter() - begun


async def _size() -> int:
    [row] = await fetch_all(SIZE[dialect()])
    return int(row["bytes"])


def _percentile(values: Iterable[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


if __name__ == "__main__":
    main()

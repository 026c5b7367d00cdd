"""Measure searches among many messages: their processor time, and how many texts they read.

The mix is drawn from the texts of the searching user, a fifth of all: words of all frequencies, words and neighbouring
words of one text, names, numbers, first letters, misspelt words and neighbouring Chinese characters, as many of each
kind. After it come searches that somebody chose because they are hard. The processor time is that of this process and
of all of PostgreSQL's, the median of some runs of each search.
With --keep, the filled databases stay in a folder and are used again, after the migrations that they lack.
"""

import json
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Self

import click
import uvloop
from tortoise.context import require_context

from bench.databases import DATABASES
from bench.language import Language
from bench.machine import cpu_seconds_of_ended_children, describe, parent
from bench.parts.branches import cpu_seconds
from bench.parts.search import NEWCOMER, USERS
from bench.searching.filling import fill, opened
from bench.searching.kinds import Search, draw_texts, hard_searches, mix_of
from gql_chat.chats import search_on_postgres, search_on_sqlite, search_statement
from gql_chat.chats.search import parts_of, search_messages
from gql_chat.infra.db.database import dialect, fetch_all
from gql_chat.infra.db.keyset import PageRequest
from gql_chat.infra.db.migrations import migrate, migrations_folder
from gql_chat.infra.db.opening import model_modules, open_database

SEARCHER = "0"
OF_EACH_KIND = 14  # 210 searches
SLOWEST = 5
AIM_MS = 50

PROCESSES = "SELECT pid FROM pg_stat_activity WHERE backend_type IN ('client backend', 'io worker')"
# Of PostgreSQL's plans: what a scan returned, and what it read and left out.
READ = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")


@dataclass(frozen=True)
class Measured:
    """What one search took."""

    query: str
    found: int
    texts_read: int
    cpu_ms: float


@dataclass(frozen=True)
class Results:
    """The searches of one database by their kinds: those of the mix, and hard ones."""

    mix: dict[str, list[Measured]] = field(default_factory=dict)
    hard: dict[str, Measured] = field(default_factory=dict)


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
@click.option("--runs", type=click.IntRange(1), default=5, show_default=True, help="Runs of each search.")
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), help="The folder for the filled databases.")
@click.option("--database", type=click.Choice([*DATABASES]), multiple=True, help="Both by default.")
@click.option("--kind", multiple=True, help="A part of the names of the kinds to search for. All by default.")
@click.option("--buffers", default="64MB", show_default=True, help="PostgreSQL's shared_buffers, of kept databases.")
def main(
    messages: int, runs: int, keep: Path | None, database: Sequence[str], kind: Sequence[str], buffers: str
) -> None:
    """Run the benchmark and print its tables."""
    by_database = {}
    for name in database or DATABASES:
        with opened(name, messages, keep, buffers) as url:
            by_database[name] = uvloop.run(measure(url, messages, runs, kind or [""]))
    click.echo(render(by_database))


async def measure(
    url: str, messages: int, runs: int, kinds: Sequence[str] = ("",), of_each_kind: int = OF_EACH_KIND
) -> Results:
    """Measure the searches of the kinds whose names have one of these parts. Fill the database first if it is empty."""
    begun = time.perf_counter()
    if done := await migrate(url, migrations_folder()):
        click.echo(f"{len(done)} migrations took {time.perf_counter() - begun:.1f} s", err=True)
    results = Results()
    async with open_database(url, model_modules(), pool_size=1):
        if not await fetch_all("SELECT id FROM users LIMIT 1"):
            await fill(url, messages, Language())
        texts = await draw_texts(SEARCHER)
        for kind, searches in mix_of(SEARCHER, texts, of_each_kind).items():
            if any(part in kind for part in kinds):
                results.mix[kind] = [await _measure_one(search, runs) for search in searches]
        for kind, search in hard_searches(SEARCHER, NEWCOMER, texts).items():
            if any(part in kind for part in kinds):
                results.hard[kind] = await _measure_one(search, runs)
    return results


def render(by_database: Mapping[str, Results]) -> str:
    """Return the results as Markdown tables, and the slowest searches of the mix."""
    lines = [*_mix_lines(by_database), "", *_hard_lines(by_database), ""]
    for name, results in by_database.items():
        slowest = sorted(chain.from_iterable(results.mix.values()), key=lambda one: -one.cpu_ms)[:SLOWEST]
        shown = (f"{one.query} ({_ms(one.cpu_ms)} ms, {one.texts_read:,} read)" for one in slowest)
        lines += [f"{name}'s slowest of the mix: {', '.join(shown)}.", ""]
    return "\n".join([*lines, f"{describe()}."])


def _mix_lines(by_database: Mapping[str, Results]) -> Iterator[str]:
    heads = (f"{name}: CPU ms, p50 | p95 | most | texts read, p50 | most" for name in by_database)
    yield f"| a search for | {' | '.join(heads)} |"
    yield "| --- |" + " ---: | ---: | ---: | ---: | ---: |" * len(by_database)
    for kind in next(iter(by_database.values())).mix:
        yield f"| {kind} | {' | '.join(_mix_cells(one.mix[kind]) for one in by_database.values())} |"
    everything = [[*chain.from_iterable(one.mix.values())] for one in by_database.values()]
    if all(everything):
        yield f"| all of the mix | {' | '.join(map(_mix_cells, everything))} |"


def _hard_lines(by_database: Mapping[str, Results]) -> Iterator[str]:
    yield f"| a hard search for | {' | '.join(f'{name}: found | CPU ms | texts read' for name in by_database)} |"
    yield "| --- |" + " ---: | ---: | ---: |" * len(by_database)
    for kind in next(iter(by_database.values())).hard:
        searches = (results.hard[kind] for results in by_database.values())
        cells = (f"{one.found:,} | {_ms(one.cpu_ms)} | {one.texts_read:,}" for one in searches)
        yield f"| {kind} | {' | '.join(cells)} |"


def _mix_cells(searches: Sequence[Measured]) -> str:
    cpu, read = [one.cpu_ms for one in searches], [one.texts_read for one in searches]
    p95 = statistics.quantiles(cpu, n=100, method="inclusive")[94]
    times = " | ".join(map(_ms, (statistics.median(cpu), p95, max(cpu))))
    return f"{times} | {statistics.median(read):,.0f} | {max(read):,}"


def _ms(value: float) -> str:
    return f"**{value:.1f}**" if value > AIM_MS else f"{value:.1f}"


async def _measure_one(search: Search, runs: int) -> Measured:
    with _reading(parts_of(search.query)[0]) as read:  # and fills the caches
        found = (await search_messages(*search, PageRequest(20))).total
    meter, spent = await CpuMeter.of_database(), []
    for _ in range(runs):
        begun = meter.seconds()
        await search_messages(*search, PageRequest(20))
        spent.append((meter.seconds() - begun) * 1000)
    return Measured(search.query, found, sum(read.values()), statistics.median(spent))


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


if __name__ == "__main__":
    main()

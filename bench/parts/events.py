"""Measure what an event of a subscription and a small query cost in GraphQL alone: Strawberry's own path beside ours.

No sockets and no database: the processor time of one task, the variants by turns, and the median of the rounds.
"""

import asyncio
import gc
import json
import os
import statistics
import sys
import time
import tracemalloc
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast
from unittest.mock import patch

import click
import strawberry
import uvloop
from strawberry.extensions import (
    MaxAliasesLimiter,
    MaxTokensLimiter,
    ParserCache,
    QueryDepthLimiter,
    ValidationCache,
)

from bench.machine import Cores, describe
from gql_chat.api.engine.context import Context, Services
from gql_chat.api.engine.execution import Engine, encode
from gql_chat.api.engine.projection import Projections
from gql_chat.infra.telemetry.logging import configure_logging
from gql_chat.infra.telemetry.request_context import RequestInfo

SUBSCRIPTION = "subscription { delta { id kind offset text isFinal score } }"
QUERY = "{ hello }"


# Strawberry's limits that come closest to ours, and its caches.
LIMITERS = (
    lambda: QueryDepthLimiter(max_depth=15),
    lambda: MaxAliasesLimiter(max_alias_count=50),
    lambda: MaxTokensLimiter(max_token_count=4_000),
)
CACHES = (lambda: ParserCache(maxsize=500), lambda: ValidationCache(maxsize=500))


@strawberry.enum
class Kind(Enum):
    """The text that a delta belongs to."""

    TEXT = "text"


@strawberry.type
class Delta:
    """An event in the shape of a reply's."""

    id: strawberry.ID
    kind: Kind
    offset: int
    text: str
    is_final: bool
    score: float


# By turns, because an event that was just encoded is not encoded again.
DELTAS = [
    Delta(id=strawberry.ID("msg_1"), kind=Kind.TEXT, offset=offset, text=" and then", is_final=False, score=0.5)
    for offset in (17, 26)
]


@strawberry.type
class Query:
    """The small query."""

    @strawberry.field
    def hello(self) -> str:
        return "world"


@strawberry.type
class Subscription:
    """The source of events."""

    @strawberry.subscription
    async def delta(self, info: strawberry.Info) -> AsyncGenerator[Delta, None]:
        for number in range(info.context.events):
            yield DELTAS[number % 2]


@dataclass
class BenchContext(Context):
    """A context that says how many events to send."""

    events: int = 0


@dataclass(frozen=True, slots=True)
class Load:
    """The amount of load; the smoke test uses less."""

    rounds: int = 7
    events: int = 5_000
    queries: int = 2_000


plain = strawberry.Schema(query=Query, subscription=Subscription)
cached = strawberry.Schema(query=Query, extensions=CACHES)
limited = strawberry.Schema(query=Query, extensions=[*LIMITERS, *CACHES])
engine = Engine(plain)


def build_context(events: int = 0) -> BenchContext:
    """Return a context without services."""
    return BenchContext(cast(Services, None), RequestInfo(None, None, "req_1"), events=events)


async def stream_stock(events: int) -> int:
    """Encode this many events with `Schema.subscribe` and json; return the bytes."""
    results = await plain.subscribe(SUBSCRIPTION, context_value=build_context(events))
    return sum([len(json.dumps({"data": result.data})) async for result in cast(AsyncGenerator[Any, None], results)])


async def stream_ours(events: int) -> int:
    """Encode this many events with our engine; return the bytes."""
    operation = engine.admission.check({"query": SUBSCRIPTION})
    return sum([len(text) async for text in engine.stream(operation, build_context(events))])


async def stream_executed(events: int) -> int:
    """Encode this many events with our engine, each executed by graphql-core; return the bytes."""
    with patch.object(Projections, "encode", return_value=None):
        return await stream_ours(events)


async def query_cached(queries: int) -> int:
    """Answer this many queries with `Schema.execute` and its caches; return the bytes."""
    return sum([len(json.dumps({"data": await _data(cached)})) for _ in range(queries)])


async def query_limited(queries: int) -> int:
    """Answer this many queries with `Schema.execute`, Strawberry's limits and caches; return the bytes."""
    return sum([len(json.dumps({"data": await _data(limited)})) for _ in range(queries)])


async def query_ours(queries: int) -> int:
    """Answer this many queries with our engine; return the bytes."""
    sizes = []
    for _ in range(queries):
        operation = engine.admission.check({"query": QUERY})
        sizes.append(len(encode(await engine.execute(operation, build_context()))))
    return sum(sizes)


EVENTS = {
    "an event of 6 scalars, Strawberry": stream_stock,
    "an event of 6 scalars, our engine without projection": stream_executed,
    "an event of 6 scalars, ours": stream_ours,
}
QUERIES = {
    "a small query, Strawberry with its caches": query_cached,
    "a small query, Strawberry with its caches and limits": query_limited,
    "a small query, ours": query_ours,
}


async def measure(load: Load) -> Mapping[str, float]:
    """Return the microseconds of processor time that one of each takes, and the bytes that an event leaves behind."""
    costs: dict[str, list[float]] = {name: [] for name in [*EVENTS, *QUERIES]}
    for _ in range(load.rounds):
        for variants, count in ((EVENTS, load.events), (QUERIES, load.queries)):
            for name, run in variants.items():
                costs[name].append(await _cpu_seconds(run, count) / count * 1e6)
    medians = {f"{name} (µs)": statistics.median(rounds) for name, rounds in costs.items()}
    return medians | {f"kept by {name} (bytes)": await _kept_bytes(run, load.events) for name, run in EVENTS.items()}


def render(results: Mapping[str, float]) -> str:
    """Return the figures as a Markdown table."""
    lines = ["| what | cost |", "| --- | ---: |", *(f"| {name} | {cost:.1f} |" for name, cost in results.items())]
    return "\n".join(lines) + f"\n\nMedians of the rounds, in one process. {describe()}."


@click.command(help=__doc__)
@click.option("--rounds", type=click.IntRange(1), default=Load().rounds, show_default=True, help="How often.")
def main(rounds: int) -> None:
    """Run the benchmark and print its table."""
    if sys.platform != "linux":
        raise click.ClickException("This benchmark needs Linux, because it chooses processors.")
    os.sched_setaffinity(0, Cores.chosen().server)
    configure_logging("WARNING", "json")
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 100)  # as in a worker
    click.echo(render(uvloop.run(measure(Load(rounds=rounds)))))


async def _data(schema: strawberry.Schema) -> dict[str, Any] | None:
    return (await schema.execute(QUERY, context_value=build_context())).data


async def _cpu_seconds(run: Callable[[int], Awaitable[int]], count: int) -> float:
    await run(10)
    started = time.process_time()
    await run(count)
    return time.process_time() - started


async def _kept_bytes(run: Callable[[int], Awaitable[int]], events: int) -> float:
    """Return the growth of memory while a subscription lasts, per event: measured at its peak."""
    await run(10)
    tracemalloc.start()
    await run(events)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    await asyncio.sleep(0)
    return peak / events


if __name__ == "__main__":
    main()

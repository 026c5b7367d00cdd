"""Scenarios: each loads one running server and returns its figures by name."""

import asyncio
import itertools
import statistics
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import click

from bench.connections import HttpConnection, OperationFailed, Socket
from bench.machine import Meter, memory_kb
from bench.peers.clients import GqlChat, Peer, Query
from bench.tokens import Pace, Transcript

Figures = dict[str, float]


class NotWhole(click.ClickException):
    """A client did not get each token once and in order, so the figures are invalid."""


@dataclass(frozen=True, slots=True)
class Load:
    """The amount of load; the smoke test uses less."""

    paced: Pace = Pace(tokens=200, gap_ms=25, first_ms=200)  # noqa: RUF009 - it is frozen
    streams: int = 50
    stagger_seconds: float = 1.0  # seconds in which the streams begin one by one
    burst: Pace = Pace(tokens=500)  # noqa: RUF009
    clients: int = 16
    seconds: float = 3.0
    idle: int = 300
    settle_seconds: float = 2.0  # for the server's work after new connections
    watchers: int = 200


@dataclass(frozen=True, slots=True)
class Server:
    """The server under test."""

    peer: Peer
    pid: int


Scenario = Callable[[Server, Load], Awaitable[Figures]]


async def paced(server: Server, load: Load) -> Figures:
    """Measure many replies at a model's usual pace."""
    sockets = [await server.peer.connect() for _ in range(load.streams)]
    meter = Meter(server.pid)
    transcripts = await _all(
        _ask_later(server.peer, socket, load.paced, load.stagger_seconds * number / load.streams)
        for number, socket in enumerate(sockets)
    )
    cpu_seconds = meter.server_seconds()
    _close(sockets)
    return {
        "CPU ms per 1,000 tokens": cpu_seconds * 1e6 / _token_count(transcripts),
        **_lateness(transcripts),
        "first token, added ms p95": _percentile([one.added_first_ms() for one in transcripts], 95),
    }


async def burst(server: Server, load: Load) -> Figures:
    """Measure few clients with replies as fast as possible, one after the other."""
    transcripts, cpu_seconds, seconds = await _ask_for(server, load, load.burst)
    tokens = _token_count(transcripts)
    return {"CPU ms per 1,000 tokens": cpu_seconds * 1e6 / tokens, "tokens per second": tokens / seconds}


async def short(server: Server, load: Load) -> Figures:
    """Measure as `burst` does, with replies of one token: the cost of a message independent of its length."""
    transcripts, cpu_seconds, seconds = await _ask_for(server, load, Pace(tokens=1))
    return {
        "CPU ms per message": cpu_seconds * 1000 / len(transcripts),
        "messages per second": len(transcripts) / seconds,
    }


async def idle(server: Server, load: Load) -> Figures:
    """Measure many connections with a subscription in which nothing happens."""
    before = memory_kb(server.pid)
    sockets = [await server.peer.connect() for _ in range(load.idle)]
    await server.peer.watch_idly(sockets)
    await asyncio.sleep(load.settle_seconds)
    used = memory_kb(server.pid) - before
    _close(sockets)
    return {"KB per connection": used / load.idle}


async def lists(server: Server, load: Load) -> Figures:
    """Measure lists of fifty over HTTP."""
    figures: Figures = {}
    for name, query in server.peer.lists.items():
        connections = [await server.peer.open_http() for _ in range(load.clients)]
        meter, begun = Meter(server.pid), time.monotonic()
        counts = await asyncio.gather(*(_repeat(one, query, begun + load.seconds / 2) for one in connections))
        seconds, cpu_seconds = time.monotonic() - begun, meter.server_seconds()
        for connection in connections:
            connection.close()
        figures[f"{name}: CPU ms per request"] = cpu_seconds * 1000 / sum(counts)
        figures[f"{name}: requests per second"] = sum(counts) / seconds
    return figures


async def watchers(server: Server, load: Load) -> Figures:
    """Measure one reply on many sockets, which only gql-chat supports."""
    peer = server.peer
    if not isinstance(peer, GqlChat):
        return {}
    sockets = [await peer.connect() for _ in range(load.watchers)]
    meter = Meter(server.pid)
    reply_id = await peer.send(sockets[0], load.paced)
    transcripts = await _all(_watch(peer, socket, reply_id, load.paced) for socket in sockets)
    cpu_seconds = meter.server_seconds()
    _close(sockets)
    return {
        "CPU ms per 1,000 tokens delivered": cpu_seconds * 1e6 / _token_count(transcripts),
        **_lateness(transcripts),
    }


SCENARIOS: dict[str, Scenario] = {
    # Memory first, because it would reuse what other scenarios have freed.
    "idle": idle,
    "paced": paced,
    "burst": burst,
    "short": short,
    "lists": lists,
    "watchers": watchers,
}


async def warm_up(server: Server, load: Load) -> None:
    """Run everything once, so that start-up costs do not count."""
    sockets = [await server.peer.connect() for _ in range(2)]
    for _ in range(2):
        await _all(_ask_later(server.peer, socket, Pace(tokens=load.burst.tokens), 0) for socket in sockets)
    _close(sockets)


async def _ask_for(server: Server, load: Load, pace: Pace) -> tuple[list[Transcript], float, float]:
    """Run replies one after the other on each socket. Return transcripts, the server's CPU seconds, and seconds."""
    sockets = [await server.peer.connect() for _ in range(load.clients)]
    meter, begun = Meter(server.pid), time.monotonic()

    async def ask_again() -> list[Transcript]:
        socket = sockets.pop()
        transcripts: list[Transcript] = []
        while time.monotonic() < begun + load.seconds or not transcripts:
            transcripts.append(await _ask_later(server.peer, socket, pace, 0))
        socket.close()
        return transcripts

    by_client = await asyncio.gather(*(ask_again() for _ in range(load.clients)))
    seconds, cpu_seconds = time.monotonic() - begun, meter.server_seconds()
    transcripts = list(itertools.chain.from_iterable(by_client))
    _require_whole(transcripts)
    return transcripts, cpu_seconds, seconds


async def _ask_later(peer: Peer, socket: Socket, pace: Pace, delay_seconds: float) -> Transcript:
    await asyncio.sleep(delay_seconds)
    transcript = Transcript(pace)
    try:
        await peer.ask(socket, transcript)
    except OperationFailed as failed:
        transcript.failure = str(failed)
    return transcript


async def _watch(peer: GqlChat, socket: Socket, reply_id: str, pace: Pace) -> Transcript:
    transcript = Transcript(pace)
    await peer.watch(socket, reply_id, transcript)
    return transcript


async def _all(asks: Iterable[Coroutine[Any, Any, Transcript]]) -> list[Transcript]:
    transcripts = await asyncio.gather(*asks)
    _require_whole(transcripts)
    return transcripts


def _require_whole(transcripts: Sequence[Transcript]) -> None:
    faults = [fault for transcript in transcripts if (fault := transcript.fault())]
    if faults:
        raise NotWhole(f"{len(faults)} of {len(transcripts)} replies are not whole; the first: {faults[0]}")


async def _repeat(connection: HttpConnection, query: Query, until: float) -> int:
    count = 0
    while time.monotonic() < until:
        await connection.run(*query)
        count += 1
    return count


def _close(sockets: Sequence[Socket]) -> None:
    for socket in sockets:
        socket.close()


def _token_count(transcripts: Sequence[Transcript]) -> int:
    return sum(transcript.pace.tokens for transcript in transcripts)


def _lateness(transcripts: Sequence[Transcript]) -> Figures:
    lateness = [late for transcript in transcripts for late in transcript.lateness_ms()]
    return {"token late by ms p50": _percentile(lateness, 50), "token late by ms p95": _percentile(lateness, 95)}


def _percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]

"""Measure whether memory stays flat: a server under a modest mixed load for 24 minutes, its memory every ten seconds.

At first, as many sessions are filled as a worker remembers, as fast as it can. Then as many turns run at once as ever
will, for some minutes. So what is bounded is as full as after days, and the heaps have had to hold as much at one
moment as they ever will. What is measured after the warm-up is growth and nothing else.

Each turn of a client is a connection of its own: it sends a message, watches the reply, lists sessions and messages,
searches, and leaves. Sessions end after some exchanges. One of ten turns is a user's who deletes each session at its
end. The slopes are lines through the samples after the warm-up. Fails if memory grows by more than 2 MB an hour.
"""

import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

import click
import uvloop

from bench.connections import OperationFailed, Socket
from bench.machine import Cores, Meter, Resident, describe, resident
from bench.peers.clients import GqlChat
from bench.probed import InUse, read_in_use
from bench.scenarios import NotWhole
from bench.servers import DidNotStart, run_model, run_server
from bench.tokens import Pace, Transcript
from gql_chat.usage.prompts import MAX_SESSIONS
from tests.support.backing_services.ports import free_port

SEARCH = "query ($text: String!) { search(query: $text, first: 20) { nodes { id } } }"
DELETE = "mutation ($ids: [ID!]!) { deleteSessions(ids: $ids) }"
EXCHANGES = 10  # of one session
DELETED = 0.1  # of the turns are of a user who deletes each session at its end
FILLED_AT_ONCE = 16
PROBE_SECONDS = 20.0  # for the server to answer a signal
MAX_SLOPE = 2.0  # MB an hour


@dataclass(frozen=True, slots=True)
class Load:
    """The amount of load; the smoke test uses less."""

    filled_sessions: int = MAX_SESSIONS
    minutes: float = 24.0
    warm_up_minutes: float = 9.0
    crowded_minutes: float = 5.0
    """The first part of the warm-up, in which as many turns run as may."""
    turns_per_second: float = 10.0
    at_once: int = 30
    """The most turns that run at the same time. One that would be one more is left out."""
    pace: Pace = Pace(tokens=40, gap_ms=25, first_ms=100)  # noqa: RUF009 - it is frozen
    sample_seconds: float = 10.0


class Sample(NamedTuple):
    """The server's resident memory at one moment, what is in use of it, and the turns until then."""

    seconds: float
    resident: Resident
    turns: int
    in_use: InUse


@dataclass(frozen=True, slots=True)
class Results:
    """The samples of one run, and how long the sessions took to fill before it."""

    samples: Sequence[Sample]
    cpu_seconds: float
    filled: int = 0
    """Exchanges in the sessions that were filled."""
    fill_seconds: float = 0.0

    def after(self, minutes: float) -> "Results":
        """Return the results with the samples from this minute on."""
        return replace(self, samples=[one for one in self.samples if one.seconds >= minutes * 60])

    def thirds(self) -> list["Results"]:
        """Return the results with the first, second and last third of the samples."""
        count = len(self.samples)
        places = [0, count // 3, count * 2 // 3, count]
        return [replace(self, samples=self.samples[first:end]) for first, end in pairwise(places)]

    def slope(self, memory_kb: Callable[[Sample], int] = lambda one: one.resident.kb) -> float:
        """Return the growth of what the function returns of a sample, in MB an hour."""
        return self._growth(lambda one: one.seconds, memory_kb) * 3600 / 1024

    def of_a_thousand_turns(self, memory: Callable[[Sample], float]) -> float:
        """Return the growth of what the function returns of a sample, for 1,000 turns."""
        return self._growth(lambda one: one.turns, memory) * 1000

    def _growth(self, along: Callable[[Sample], float], memory: Callable[[Sample], float]) -> float:
        """Return the growth by the method of least squares."""
        mean_at = fmean(map(along, self.samples))
        mean = fmean(map(memory, self.samples))
        over = sum((along(one) - mean_at) * (memory(one) - mean) for one in self.samples)
        return over / sum((along(one) - mean_at) ** 2 for one in self.samples)


class Chatter:
    """A user whose clients come and go."""

    def __init__(self, peer: GqlChat, load: Load, *, deletes: bool) -> None:
        self._peer = peer
        self._load = load
        self._deletes = deletes
        self._random = random.Random(14)  # noqa: S311 - the same load each time
        self._sessions: dict[str, int] = {}
        """Exchanges by the id of the session, of the sessions that nobody uses at the moment."""
        self.turns = 0
        self.filled = 0
        """Exchanges in the sessions that were filled."""

    async def fill(self, count: int) -> None:
        """Fill new sessions by messages and replies, in turn and as fast as it goes."""
        pace = replace(self._load.pace, gap_ms=0, first_ms=0)
        for _ in range(count):
            socket = await self._peer.connect()
            session_id: str | None = None
            for _ in range(EXCHANGES):
                session_id = await self._exchange(socket, pace, session_id)
                self.filled += 1
            socket.close()

    async def take_turn(self) -> None:
        """Connect, chat, read, and leave. Raise OperationFailed and NotWhole."""
        session_id, exchanges = self._sessions.popitem() if len(self._sessions) > EXCHANGES else (None, 0)
        socket = await self._peer.connect()
        session_id = await self._exchange(socket, self._load.pace, session_id)
        socket.close()
        await self._read(session_id, exchanges + 1)
        self.turns += 1

    async def _exchange(self, socket: Socket, pace: Pace, session_id: str | None) -> str:
        transcript = Transcript(pace)
        session_id = await self._peer.exchange(socket, transcript, session_id)
        if fault := transcript.fault():
            raise NotWhole(fault)
        return session_id

    async def _read(self, session_id: str, exchanges: int) -> None:
        http = await self._peer.open_http()
        await http.run(*self._peer.list_sessions())
        await http.run(*self._peer.list_messages(session_id))
        await http.run(SEARCH, {"text": f"~{self._random.randrange(16**4):04x}"})
        if exchanges < EXCHANGES:
            self._sessions[session_id] = exchanges
        elif self._deletes:
            await http.run(DELETE, {"ids": [session_id]})
        http.close()


class Probe:
    """Asks the server how much of its memory is in use."""

    def __init__(self, pid: int, file: Path) -> None:
        self._pid = pid
        self._file = file

    async def ask(self) -> InUse:
        """Return the server's answer. Raise DidNotStart if there is none."""
        self._file.unlink(missing_ok=True)
        os.kill(self._pid, signal.SIGUSR2)
        deadline = time.monotonic() + PROBE_SECONDS
        while not self._file.exists():
            if time.monotonic() > deadline:
                raise DidNotStart("The server does not answer the signal.")
            await asyncio.sleep(0.005)
        return read_in_use(self._file)


@click.command(help=__doc__)
@click.option("--minutes", type=click.FloatRange(1), default=Load().minutes, show_default=True, help="How long.")
@click.option(
    "--warm-up", type=float, default=Load().warm_up_minutes, show_default=True, help="Minutes that do not count."
)
@click.option(
    "--fill", type=click.IntRange(0), default=Load().filled_sessions, show_default=True, help="Sessions to begin with."
)
@click.option("--turns", type=float, default=Load().turns_per_second, show_default=True, help="Turns per second.")
def main(minutes: float, warm_up: float, fill: int, turns: float) -> None:
    """Run the benchmark, print its table, and fail if memory grows too fast."""
    if sys.platform != "linux":
        raise click.ClickException("This benchmark needs Linux, because it reads memory from /proc.")
    warm_up = min(warm_up, minutes / 2)
    load = Load(fill, minutes, warm_up, min(Load().crowded_minutes, warm_up / 2), turns)
    try:
        results = uvloop.run(measure(load, Cores.chosen()))
    except (DidNotStart, OperationFailed, NotWhole) as exc:
        raise click.ClickException(str(exc)) from None
    click.echo(render(results, load))
    if (slope := results.after(load.warm_up_minutes).slope()) > MAX_SLOPE:
        raise click.ClickException(f"Memory grew by {slope:.1f} MB an hour, and may grow by {MAX_SLOPE:g}.")


async def measure(load: Load, cores: Cores) -> Results:
    """Load one server for the time. Raise DidNotStart, OperationFailed and NotWhole."""
    peers, port = [GqlChat("ada"), GqlChat("bob")], free_port()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        in_use, log = folder / "in_use", folder / "server.log"
        async with run_model(cores=cores.load, log=folder / "model.log") as model_port:
            _, variables = peers[0].command(port, model_port, folder)
            variables["GQL_CHAT_ACCESS_TOKEN_SECONDS"] = "86400"  # noqa: S105 - for the whole run
            command = [sys.executable, "-m", "bench.probed", str(in_use), "serve"]
            async with run_server(command, variables, port=port, cores=cores.server, log=log) as pid:
                chatters = []
                for peer, deletes in zip(peers, (False, True), strict=True):
                    await peer.register(port)
                    chatters.append(Chatter(peer, load, deletes=deletes))
                begun = time.monotonic()
                await _fill(chatters[0], load.filled_sessions)
                fill_seconds = time.monotonic() - begun
                results = await _sampled(chatters, pid, Probe(pid, in_use), load)
                return replace(results, filled=chatters[0].filled, fill_seconds=fill_seconds)


def render(results: Results, load: Load) -> str:
    """Return the results as a Markdown table."""
    step = max(len(results.samples) // 12, 1)
    lines = [
        "| minutes | turns | resident MB | of it anonymous | Python's blocks | in use of the C library's heaps, MB |"
    ]
    lines.append("| ---: | ---: | ---: | ---: | ---: | ---: |")
    for one in results.samples[::step]:
        memory = f"{one.resident.kb / 1024:.1f} | {one.resident.anonymous_kb / 1024:.1f}"
        in_use = f"{one.in_use.blocks:,} | {one.in_use.heap_bytes / 1024**2:.2f}"
        lines.append(f"| {one.seconds / 60:.1f} | {one.turns:,} | {memory} | {in_use} |")
    kept = results.after(load.warm_up_minutes)
    slopes = (
        f"{kept.slope():+.1f} MB an hour after {load.warm_up_minutes:g} minutes, "
        f"{kept.slope(lambda one: one.resident.anonymous_kb):+.1f} of it anonymous; "
        f"by thirds of that time {', '.join(f'{third.slope():+.1f}' for third in kept.thirds())}."
    )
    growth = (
        f"For 1,000 turns {kept.of_a_thousand_turns(lambda one: one.resident.kb):+.0f} KB resident, "
        f"{kept.of_a_thousand_turns(lambda one: one.in_use.blocks):+.0f} blocks and "
        f"{kept.of_a_thousand_turns(lambda one: one.in_use.heap_bytes / 1024):+.0f} KB in use of the heaps."
    )
    cores = results.cpu_seconds / results.samples[-1].seconds
    return "\n".join(
        [
            *lines,
            "",
            slopes,
            growth,
            f"{load.filled_sessions:,} sessions were filled in {results.fill_seconds:.0f} s before; since then "
            f"{cores:.2f} cores' work. {describe()}.",
        ]
    )


async def _fill(chatter: Chatter, sessions: int) -> None:
    shares = [len(range(start, sessions, FILLED_AT_ONCE)) for start in range(FILLED_AT_ONCE)]
    await asyncio.gather(*map(chatter.fill, shares))


async def _sampled(chatters: Sequence[Chatter], pid: int, probe: Probe, load: Load) -> Results:
    meter, samples, begun = Meter(pid), list[Sample](), time.monotonic()
    turns = asyncio.create_task(_take_turns(chatters, load))
    try:
        next_seconds = 0.0
        while next_seconds < load.minutes * 60:
            count = sum(one.turns for one in chatters)
            samples.append(Sample(time.monotonic() - begun, resident(pid), count, await probe.ask()))
            next_seconds = len(samples) * load.sample_seconds
            await asyncio.wait([turns], timeout=max(begun + next_seconds - time.monotonic(), 0))
            if turns.done():
                turns.result()
    finally:
        turns.cancel()
        await asyncio.wait([turns])
    return Results(samples, meter.server_seconds())


async def _take_turns(chatters: Sequence[Chatter], load: Load) -> None:
    """Take turns, at first as many at once as may run, until this is cancelled or one of them fails."""
    dice = random.Random(15)  # noqa: S311 - the same load each time
    crowded_until = time.monotonic() + load.crowded_minutes * 60

    def take_turn() -> Coroutine[Any, Any, None]:
        return chatters[dice.random() < DELETED].take_turn()

    async def take_turns() -> None:
        while time.monotonic() < crowded_until:
            await take_turn()

    try:
        async with asyncio.TaskGroup() as crowd:
            for _ in range(load.at_once):
                crowd.create_task(take_turns())
        async with asyncio.TaskGroup() as group:
            running, due_at = set[asyncio.Task[None]](), time.monotonic()
            while True:
                if len(running) < load.at_once:
                    running.add(task := group.create_task(take_turn()))
                    task.add_done_callback(running.discard)
                due_at += 1 / load.turns_per_second
                await asyncio.sleep(due_at - time.monotonic())
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


if __name__ == "__main__":
    main()

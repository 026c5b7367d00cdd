"""Measure whether memory stays flat: a server under a modest mixed load for half an hour, its memory every ten seconds.

Each turn of a client is a connection of its own: it sends a message, watches the reply, lists sessions and messages,
searches, and leaves. Sessions end after some exchanges, and one of ten is deleted. The slope is a line through the
samples after the warm-up, in which caches fill to their bounds: the newest messages are kept for ten minutes.
"""

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import click
import uvloop

from bench.connections import OperationFailed
from bench.machine import Cores, Meter, describe, memory_kb
from bench.peers.clients import GqlChat
from bench.scenarios import NotWhole
from bench.servers import DidNotStart, run_model, run_server
from bench.tokens import Pace, Transcript
from tests.support.backing_services.ports import free_port

SEARCH = "query ($text: String!) { search(query: $text, first: 20) { nodes { id } } }"
DELETE = "mutation ($ids: [ID!]!) { deleteSessions(ids: $ids) }"
EXCHANGES = 20  # of one session
DELETED = 0.1  # of the sessions


@dataclass(frozen=True, slots=True)
class Load:
    """The amount of load; the smoke test uses less."""

    minutes: float = 30.0
    warm_up_minutes: float = 12.0
    turns_per_second: float = 6.0
    pace: Pace = Pace(tokens=40, gap_ms=25, first_ms=100)  # noqa: RUF009 - it is frozen
    sample_seconds: float = 10.0


class Sample(NamedTuple):
    """The server's resident memory at one moment, and the turns until then."""

    seconds: float
    kb: int
    turns: int


@dataclass(frozen=True, slots=True)
class Results:
    """The samples of one run."""

    samples: Sequence[Sample]
    cpu_seconds: float

    def slope(self, load: Load) -> float:
        """Return the growth after the warm-up in MB an hour, by the method of least squares."""
        kept = [one for one in self.samples if one.seconds >= load.warm_up_minutes * 60]
        mean_at = sum(one.seconds for one in kept) / len(kept)
        mean_kb = sum(one.kb for one in kept) / len(kept)
        over = sum((one.seconds - mean_at) * (one.kb - mean_kb) for one in kept)
        return over / sum((one.seconds - mean_at) ** 2 for one in kept) * 3600 / 1024


class Chatter:
    """The user whose clients come and go."""

    def __init__(self, peer: GqlChat, load: Load) -> None:
        self._peer = peer
        self._load = load
        self._random = random.Random(14)  # noqa: S311 - the same load each time
        self._sessions: dict[str, int] = {}
        """Exchanges by the id of the session, of the sessions that nobody uses at the moment."""
        self.turns = 0

    async def take_turn(self) -> None:
        """Connect, chat, read, and leave. Raise OperationFailed and NotWhole."""
        session_id, exchanges = self._sessions.popitem() if len(self._sessions) > EXCHANGES else (None, 0)
        socket = await self._peer.connect()
        transcript = Transcript(self._load.pace)
        session_id = await self._peer.exchange(socket, transcript, session_id)
        if fault := transcript.fault():
            raise NotWhole(fault)
        socket.close()
        await self._read(session_id, exchanges + 1)
        self.turns += 1

    async def _read(self, session_id: str, exchanges: int) -> None:
        http = await self._peer.open_http()
        await http.run(*self._peer.list_sessions())
        await http.run(*self._peer.list_messages(session_id))
        await http.run(SEARCH, {"text": f"~{self._random.randrange(16**4):04x}"})
        if exchanges < EXCHANGES:
            self._sessions[session_id] = exchanges
        elif self._random.random() < DELETED:
            await http.run(DELETE, {"ids": [session_id]})
        http.close()


@click.command(help=__doc__)
@click.option("--minutes", type=click.FloatRange(1), default=Load().minutes, show_default=True, help="How long.")
@click.option(
    "--warm-up", type=float, default=Load().warm_up_minutes, show_default=True, help="Minutes that do not count."
)
@click.option("--turns", type=float, default=Load().turns_per_second, show_default=True, help="Turns per second.")
def main(minutes: float, warm_up: float, turns: float) -> None:
    """Run the benchmark and print its table."""
    if sys.platform != "linux":
        raise click.ClickException("This benchmark needs Linux, because it reads memory from /proc.")
    load = Load(minutes, min(warm_up, minutes / 2), turns)
    try:
        results = uvloop.run(measure(load, Cores.chosen()))
    except (DidNotStart, OperationFailed, NotWhole) as exc:
        raise click.ClickException(str(exc)) from None
    click.echo(render(results, load))


async def measure(load: Load, cores: Cores) -> Results:
    """Load one server for the time. Raise DidNotStart, OperationFailed and NotWhole."""
    peer, port = GqlChat(), free_port()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        async with run_model(cores=cores.load, log=folder / "model.log") as model_port:
            command, variables = peer.command(port, model_port, folder)
            variables["GQL_CHAT_ACCESS_TOKEN_SECONDS"] = "86400"  # noqa: S105 - for the whole run
            log = folder / "server.log"
            async with run_server(command, variables, port=port, cores=cores.server, log=log) as pid:
                await peer.register(port)
                return await _sampled(peer, pid, load)


def render(results: Results, load: Load) -> str:
    """Return the results as a Markdown table."""
    step = max(len(results.samples) // 12, 1)
    rows = [f"| {one.seconds / 60:.1f} | {one.turns:,} | {one.kb / 1024:.1f} |" for one in results.samples[::step]]
    slope = f"{results.slope(load):+.1f} MB an hour after {load.warm_up_minutes:g} minutes"
    cores = results.cpu_seconds / results.samples[-1].seconds
    note = f"{slope}, with {cores:.2f} cores' work. {describe()}."
    return "\n".join(["| minutes | turns | resident MB |", "| ---: | ---: | ---: |", *rows, "", note])


async def _sampled(peer: GqlChat, pid: int, load: Load) -> Results:
    chatter, meter, samples = Chatter(peer, load), Meter(pid), list[Sample]()
    begun, running = time.monotonic(), set[asyncio.Task[None]]()
    sample_at = turn_at = begun
    while (now := time.monotonic()) < begun + load.minutes * 60:
        if now >= sample_at:
            samples.append(Sample(now - begun, memory_kb(pid), chatter.turns))
            sample_at += load.sample_seconds
        if now >= turn_at and len(running) < 100:
            running.add(asyncio.create_task(chatter.take_turn()))
            turn_at += 1 / load.turns_per_second
        for task in [one for one in running if one.done()]:
            running.remove(task)
            task.result()
        await asyncio.sleep(max(min(sample_at, turn_at) - time.monotonic(), 0.001))
    await asyncio.gather(*running)
    return Results(samples, meter.server_seconds())


if __name__ == "__main__":
    main()

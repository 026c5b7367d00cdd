"""Measure delivery across servers: tokens of replies that one server writes, watched there and on another server.

Three ways take turns: a server without Redis and one with it, both watched where they write, and one that is watched at
another server. All use one PostgreSQL; the servers share a core.
"""

import asyncio
import itertools
import os
import re
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click
import uvloop

from bench.connections import Socket
from bench.machine import Cores, Meter, describe
from bench.peers.clients import GqlChat
from bench.scenarios import NotWhole
from bench.servers import run_model, run_server
from bench.tokens import Pace, Transcript
from gql_chat.infra.db.migrations import migrate, migrations_folder
from tests.support.backing_services.ports import free_port
from tests.support.backing_services.postgres import running_postgres
from tests.support.backing_services.valkey import Valkey, running_valkey

ALONE, BESIDE_REDIS, ELSEWHERE = WAYS = ("without Redis", "with Redis", "on another server")
SHARED_KEY = "the secret key of the servers that are measured"


@dataclass(frozen=True, slots=True)
class Load:
    """The amount of load; the smoke test uses less."""

    runs: int = 3
    replies: int = 20
    pace: Pace = Pace(tokens=200, gap_ms=25, first_ms=200)  # noqa: RUF009 - it is frozen
    stagger_seconds: float = 1.0  # seconds in which the replies begin one by one


@dataclass
class Results:
    """Lateness of tokens in ms, CPU ms of 1,000 tokens, commands and bytes of Redis of a token, by way and run."""

    lateness: dict[str, list[list[float]]] = field(default_factory=lambda: {way: [] for way in WAYS})
    cpu: dict[str, list[float]] = field(default_factory=lambda: {way: [] for way in WAYS})
    commands: dict[str, list[float]] = field(default_factory=lambda: {way: [] for way in WAYS})
    redis_bytes: dict[str, list[float]] = field(default_factory=lambda: {way: [] for way in WAYS})
    other_cores: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, seen by a client."""

    peer: GqlChat
    pid: int


@click.command(help=__doc__)
@click.option("--runs", type=click.IntRange(1), default=Load().runs, show_default=True, help="Runs of each way.")
def main(runs: int) -> None:
    """Run the benchmark and print its tables."""
    if sys.platform != "linux":
        raise click.ClickException("This benchmark needs Linux, because it reads CPU times from /proc.")
    cores, load = Cores.chosen(), Load(runs=runs)
    os.sched_setaffinity(0, cores.load)
    results = uvloop.run(measure(load, cores))
    click.echo(render(results, load))


async def measure(load: Load, cores: Cores) -> Results:
    """Measure everything. Raise DidNotStart, OperationFailed and NotWhole."""
    results = Results()
    with run_services() as (database, valkey), tempfile.TemporaryDirectory(prefix="bench-") as name:
        await migrate(database, migrations_folder())
        folder, shared = Path(name), {"DATABASE_URL": database, "SECRET_KEY": SHARED_KEY, "TITLES": "rule"}
        async with (
            run_model(cores=cores.load, log=folder / "model.log") as model_port,
            run_worker(GqlChat(), model_port, folder, cores, shared) as alone,
            run_worker(GqlChat(), model_port, folder, cores, shared | {"REDIS_URL": valkey.url}) as writer,
            run_worker(GqlChat(), model_port, folder, cores, shared | {"REDIS_URL": valkey.url}) as other,
        ):
            await alone.peer.prepare(alone.peer.port)
            for server in (writer, other):
                server.peer.act_as(alone.peer)
            ways = {ALONE: (alone, alone), BESIDE_REDIS: (writer, writer), ELSEWHERE: (writer, other)}
            for _, (way, (writing, watched)) in itertools.product(range(load.runs), ways.items()):
                before = traffic(valkey)
                await _measure_way(way, writing, watched, load, results)
                tokens = load.replies * load.pace.tokens
                for figures, before_it, after_it in zip(
                    (results.commands, results.redis_bytes), before, traffic(valkey), strict=True
                ):
                    figures[way].append((after_it - before_it) / tokens)
    return results


def traffic(valkey: Valkey) -> tuple[int, int]:
    """Return how many commands Redis has run so far, those of scripts included, and the bytes that it has received."""
    stats, totals = valkey.command("INFO", "commandstats").decode(), valkey.command("INFO", "stats").decode()
    calls = sum(int(count) for count in re.findall(r":calls=(\d+)", stats))
    return calls, int(totals.partition("total_net_input_bytes:")[2].split()[0])


def render(results: Results, load: Load) -> str:
    """Return the results as a Markdown table."""
    lines = [
        f"| {load.replies} replies | {' | '.join(WAYS)} | ÷ local with Redis |",
        f"| --- |{' ---: |' * (len(WAYS) + 1)}",
        *(_row(f"token late by ms p{percent}", _percentiles(results, percent)) for percent in (50, 95)),
        _row("CPU ms per 1,000 tokens, all servers", results.cpu),
        _row("Redis: commands per token, those of scripts included", results.commands),
        _row("Redis: bytes received per token", results.redis_bytes),
        "",
        f"Medians of {load.runs} run(s), ratios of each run. {describe()}. Meanwhile other processes kept "
        f"{statistics.median(results.other_cores):.2f} cores busy.",
    ]
    return "\n".join(lines)


def _percentiles(results: Results, percent: int) -> dict[str, list[float]]:
    return {
        way: [statistics.quantiles(run, n=100, method="inclusive")[percent - 1] for run in runs]
        for way, runs in results.lateness.items()
    }


def _row(name: str, runs: dict[str, list[float]]) -> str:
    medians = [f"{statistics.median(runs[way]):.3g}" for way in WAYS]
    if not all(runs[BESIDE_REDIS]):
        return f"| {name} | {' | '.join(medians)} | |"
    ratio = statistics.median(one / other for one, other in zip(runs[ELSEWHERE], runs[BESIDE_REDIS], strict=True))
    return f"| {name} | {' | '.join(medians)} | {ratio:.3g} |"


async def _measure_way(way: str, writer: Server, watched: Server, load: Load, results: Results) -> None:
    meters = [Meter(pid) for pid in {writer.pid, watched.pid}]
    sockets = [(await writer.peer.connect(), await watched.peer.connect()) for _ in range(load.replies)]
    delays = [load.stagger_seconds * number / load.replies for number in range(load.replies)]
    transcripts = await asyncio.gather(
        *(_reply(writer.peer, *pair, load.pace, delay) for pair, delay in zip(sockets, delays, strict=True))
    )
    cpu_seconds = sum(meter.server_seconds() for meter in meters)
    results.other_cores.append(meters[0].other_cores())
    for socket in itertools.chain.from_iterable(sockets):
        socket.close()
    if faults := [fault for transcript in transcripts if (fault := transcript.fault())]:
        raise NotWhole(f"{len(faults)} replies are not whole; the first: {faults[0]}")
    results.lateness[way].append([late for transcript in transcripts for late in transcript.lateness_ms()])
    results.cpu[way].append(cpu_seconds * 1e6 / (load.replies * load.pace.tokens))


async def _reply(peer: GqlChat, sending: Socket, watching: Socket, pace: Pace, delay_seconds: float) -> Transcript:
    await asyncio.sleep(delay_seconds)
    transcript = Transcript(pace)
    await peer.watch(watching, await peer.send(sending, pace), transcript)
    return transcript


@asynccontextmanager
async def run_worker(
    peer: GqlChat, model_port: int, folder: Path, cores: Cores, settings: dict[str, str]
) -> AsyncIterator[Server]:
    """Run a server with these settings and yield it when it listens. Raise DidNotStart."""
    port = free_port()
    command, variables = peer.command(port, model_port, folder)
    variables |= {f"GQL_CHAT_{name}": value for name, value in settings.items()}
    async with run_server(command, variables, port=port, cores=cores.server, log=folder / f"{port}.log") as pid:
        peer.port = port
        yield Server(peer, pid)


@contextmanager
def run_services() -> Iterator[tuple[str, Valkey]]:
    """Yield the URL of a database without tables, and a Redis."""
    with ExitStack() as stack:
        postgres, valkey = stack.enter_context(running_postgres()), stack.enter_context(running_valkey())
        yield f"{postgres.url}/postgres", valkey


if __name__ == "__main__":
    main()

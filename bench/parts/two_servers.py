"""Measure whether two servers deliver twice as much as one: their CPU time while one of them works, and while both do.

Both use one PostgreSQL and one Redis, and share a core here. A server delivers what its core has time for, so two with
a core each deliver twice as much as one, divided by how much dearer a message or a token becomes for them.
"""

import asyncio
import itertools
import os
import statistics
import sys
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import click
import uvloop

from bench.machine import Cores, Meter, describe
from bench.parts.workers import SHARED_KEY, run_services, run_worker
from bench.peers.clients import GqlChat
from bench.scenarios import SCENARIOS, Load, Server, warm_up
from bench.servers import run_model
from gql_chat.infra.db.migrations import migrate, migrations_folder

SERVERS = 2
AIM = 1.7

MEASURED = {"short": "CPU ms per message", "burst": "CPU ms per 1,000 tokens", "paced": "CPU ms per 1,000 tokens"}
"""The scenarios, and the figure of each that is a server's cost."""


@dataclass
class Results:
    """The cost by scenario, one of each run: while one server works, and the mean of all while all do."""

    alone: dict[str, list[float]] = field(default_factory=lambda: {scenario: [] for scenario in MEASURED})
    together: dict[str, list[float]] = field(default_factory=lambda: {scenario: [] for scenario in MEASURED})
    other_cores: list[float] = field(default_factory=list)


@click.command(help=__doc__)
@click.option("--runs", type=click.IntRange(1), default=3, show_default=True, help="How often everything is measured.")
def main(runs: int) -> None:
    """Run the benchmark and print its table."""
    if sys.platform != "linux":
        raise click.ClickException("This benchmark needs Linux, because it reads CPU times from /proc.")
    cores = Cores.chosen()
    os.sched_setaffinity(0, cores.load)
    click.echo(render(uvloop.run(measure(Load(), runs, cores))))


async def measure(load: Load, runs: int, cores: Cores) -> Results:
    """Measure everything. Raise DidNotStart, OperationFailed and NotWhole."""
    results = Results()
    async with AsyncExitStack() as stack:
        database, valkey = stack.enter_context(run_services())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        await migrate(database, migrations_folder())
        model_port = await stack.enter_async_context(run_model(cores=cores.load, log=folder / "model.log"))
        settings = {"DATABASE_URL": database, "REDIS_URL": valkey.url, "SECRET_KEY": SHARED_KEY, "TITLES": "rule"}
        servers = []
        for number in range(SERVERS):
            peer = GqlChat(f"user{number}")
            worker = await stack.enter_async_context(run_worker(peer, model_port, folder, cores, settings))
            await peer.register(peer.port)
            servers.append(Server(peer, worker.pid))
            await warm_up(servers[-1], load)
        for _, scenario in itertools.product(range(runs), MEASURED):
            meter = Meter(servers[0].pid)
            results.alone[scenario].append(await _cost(scenario, servers[:1], load))
            results.together[scenario].append(await _cost(scenario, servers, load))
            results.other_cores.append(meter.other_cores())
    return results


def render(results: Results) -> str:
    """Return the results as a Markdown table."""
    heads = ("CPU of a server", "while one works", "while both do", "so two deliver, ÷ one")
    rows = [
        _row(f"{scenario}: {figure}", results.alone[scenario], results.together[scenario])
        for scenario, figure in MEASURED.items()
    ]
    runs, others = len(next(iter(results.alone.values()))), statistics.median(results.other_cores)
    note = (
        f"Medians of {runs} run(s); ratios are medians of the runs' ratios, and {AIM} is the aim. {describe()}. "
        f"Other processes, PostgreSQL and Redis among them, kept {others:.2f} cores busy."
    )
    return "\n".join([f"| {' | '.join(heads)} |", "| --- | ---: | ---: | ---: |", *rows, "", note])


async def _cost(scenario: str, servers: list[Server], load: Load) -> float:
    """Run a scenario on these servers at once, and return the mean of what it costs them."""
    figures = await asyncio.gather(*(SCENARIOS[scenario](server, load) for server in servers))
    return statistics.fmean(one[MEASURED[scenario]] for one in figures)


def _row(name: str, alone: list[float], together: list[float]) -> str:
    gain = statistics.median(SERVERS * one / both for one, both in zip(alone, together, strict=True))
    return f"| {name} | {statistics.median(alone):.3g} | {statistics.median(together):.3g} | {gain:.2f} |"


if __name__ == "__main__":
    main()

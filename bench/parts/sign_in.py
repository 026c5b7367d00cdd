"""Measure signing in: whether its duration reveals which accounts exist, and how many logins at once delay replies.

Compare within one run only: known and unknown names take turns, and so do replies with and without logins.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click
import uvloop

from bench.connections import HttpConnection, OperationFailed, Socket
from bench.machine import Cores, Meter, describe
from bench.peers.clients import GqlChat
from bench.scenarios import NotWhole
from bench.servers import run_model, run_server
from bench.tokens import Pace, Transcript
from tests.support.backing_services.ports import free_port

LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }"
KNOWN, PASSWORD = "ada", "correct horse battery"  # the user that the peer registers
PERCENTILES = (50, 95, 99)


@dataclass(frozen=True, slots=True)
class Load:
    """The amount of load; the smoke test uses less."""

    pairs: int = 60
    runs: int = 3
    replies: int = 20
    pace: Pace = Pace(tokens=520, gap_ms=25, first_ms=200)  # noqa: RUF009 - it is frozen; longer than the logins take
    stagger_seconds: float = 0.5  # seconds in which the replies begin one by one
    logins: int = 50
    logins_after_seconds: float = 1.0  # when all replies are under way


@dataclass
class Results:
    """Seconds of wrong logins, pair by pair; lateness of tokens in milliseconds; duration of the logins."""

    known: list[float] = field(default_factory=list)
    unknown: list[float] = field(default_factory=list)
    alone: list[list[float]] = field(default_factory=list)
    beside_logins: list[list[float]] = field(default_factory=list)
    logins_seconds: list[float] = field(default_factory=list)
    other_cores: float = 0.0


@click.command(help=__doc__)
@click.option("--pairs", type=click.IntRange(2), default=Load().pairs, show_default=True, help="Pairs of wrong logins.")
@click.option("--runs", type=click.IntRange(1), default=Load().runs, show_default=True, help="Runs of the replies.")
def main(pairs: int, runs: int) -> None:
    """Run the benchmark and print its tables."""
    if sys.platform != "linux":
        raise click.ClickException("This benchmark needs Linux, because it reads CPU times from /proc.")
    cores, load = Cores.chosen(), Load(pairs=pairs, runs=runs)
    os.sched_setaffinity(0, cores.load)
    results = uvloop.run(measure(load, cores))
    click.echo(render(results, load))


async def measure(load: Load, cores: Cores) -> Results:
    """Measure everything, on one server. Raise DidNotStart, OperationFailed and NotWhole."""
    peer, port, results = GqlChat(), free_port(), Results()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        async with run_model(cores=cores.load, log=folder / "model.log") as model_port:
            command, variables = peer.command(port, model_port, folder)
            log = folder / "server.log"
            async with run_server(command, variables, port=port, cores=cores.server, log=log) as pid:
                await peer.prepare(port)
                meter = Meter(pid)
                await _compare_names(peer, load, results)
                await _compare_replies(peer, load, results)
                results.other_cores = meter.other_cores()
    return results


def render(results: Results, load: Load) -> str:
    """Return the results as Markdown tables."""
    ratios = [one / other for one, other in zip(results.unknown, results.known, strict=True)]
    low, _, high = statistics.quantiles(ratios, n=4)
    logins_seconds = statistics.median(results.logins_seconds)
    lines = [
        "| login with a wrong password | known account | unknown account | ÷ |",
        "| --- | ---: | ---: | ---: |",
        # The fastest were disturbed least, so an attacker would compare these.
        *(_login_row(results, percent) for percent in (10, 50)),
        "",
        f"{load.pairs} pairs; the middle half of their ratios: {low:.3f} to {high:.3f}.",
        "",
        f"| token late by | {load.replies} replies alone | with {load.logins} logins at once | ÷ |",
        "| --- | ---: | ---: | ---: |",
        *(_lateness_row(results, percent) for percent in PERCENTILES),
        "",
        f"Medians of {load.runs} run(s); the logins took {logins_seconds:.1f} s. {describe()}. Meanwhile "
        f"other processes kept {results.other_cores:.2f} cores busy.",
    ]
    return "\n".join(lines)


def _login_row(results: Results, percent: int) -> str:
    known, unknown = (_percentile(seconds, percent) * 1000 for seconds in (results.known, results.unknown))
    return f"| ms, p{percent} | {known:.1f} | {unknown:.1f} | {unknown / known:.3f} |"


def _lateness_row(results: Results, percent: int) -> str:
    alone = [_percentile(run, percent) for run in results.alone]
    beside = [_percentile(run, percent) for run in results.beside_logins]
    ratio = statistics.median(one / other for one, other in zip(beside, alone, strict=True))
    return f"| ms, p{percent} | {statistics.median(alone):.2f} | {statistics.median(beside):.2f} | {ratio:.2f} |"


async def _compare_names(peer: GqlChat, load: Load, results: Results) -> None:
    http = await peer.open_http()
    for number in range(load.pairs):
        # Each is first in half of the pairs, so that no order favours one.
        turns = [(results.known, KNOWN), (results.unknown, f"nobody{number}")]
        for seconds, login in turns if number % 2 else reversed(turns):
            seconds.append(await _seconds_of_wrong_login(http, login))
    http.close()


async def _seconds_of_wrong_login(http: HttpConnection, login: str) -> float:
    begun = time.perf_counter()
    try:
        await http.run(LOGIN, {"input": {"login": login, "password": "wrong horse battery"}})
    except OperationFailed:
        return time.perf_counter() - begun
    raise NotWhole("a wrong password was taken")


async def _compare_replies(peer: GqlChat, load: Load, results: Results) -> None:
    for _ in range(load.runs):
        results.alone.append(await _lateness_ms(peer, load))
        seconds = asyncio.create_task(_log_in_at_once(peer, load))
        results.beside_logins.append(await _lateness_ms(peer, load))
        results.logins_seconds.append(await seconds)


async def _log_in_at_once(peer: GqlChat, load: Load) -> float:
    """Log in many times at once and return the seconds of all logins."""
    callers = [await peer.open_http() for _ in range(load.logins)]
    await asyncio.sleep(load.logins_after_seconds)
    begun, account = time.monotonic(), {"input": {"login": KNOWN, "password": PASSWORD}}
    await asyncio.gather(*(caller.run(LOGIN, account) for caller in callers))
    for caller in callers:
        caller.close()
    return time.monotonic() - begun


async def _lateness_ms(peer: GqlChat, load: Load) -> list[float]:
    """Return the lateness of each token of each reply."""
    sockets = [await peer.connect() for _ in range(load.replies)]
    delays = [load.stagger_seconds * number / load.replies for number in range(load.replies)]
    replies = (_reply(peer, socket, load.pace, delay) for socket, delay in zip(sockets, delays, strict=True))
    transcripts: Sequence[Transcript] = await asyncio.gather(*replies)
    for socket in sockets:
        socket.close()
    if faults := [fault for transcript in transcripts if (fault := transcript.fault())]:
        raise NotWhole(f"{len(faults)} replies are not whole; the first: {faults[0]}")
    return [late for transcript in transcripts for late in transcript.lateness_ms()]


async def _reply(peer: GqlChat, socket: Socket, pace: Pace, delay_seconds: float) -> Transcript:
    await asyncio.sleep(delay_seconds)
    transcript = Transcript(pace)
    await peer.ask(socket, transcript)
    return transcript


def _percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


if __name__ == "__main__":
    main()

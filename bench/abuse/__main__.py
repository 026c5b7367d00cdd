"""Run every attack against a server of its own, and measure what an honest user beside it feels.

The server has one core; the attack, the honest user and the fake model share the other. Everything is on loopback,
and each attack ends by itself after seconds.
"""

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import click
import uvloop

from bench.abuse.accounts import register
from bench.abuse.attacks import ATTACKS
from bench.connections import OperationFailed, Socket
from bench.machine import Cores, describe, memory_kb
from bench.peers import GqlChat
from bench.servers import DidNotStart, free_port, run_model, run_server
from bench.tokens import Pace, Transcript

QUIET = "nothing"
LOOK_SECONDS = 0.05
REPLY = Pace(tokens=400, gap_ms=25)
ATTACK_SECONDS = 60.0  # a bound; attacks end by themselves before


@dataclass
class Row:
    """What one attack did and what the honest user felt, in milliseconds; memory in megabytes."""

    attack: str
    outcomes: dict[str, int] = field(default_factory=dict)
    me_ms: list[float] = field(default_factory=list)
    health_ms: list[float] = field(default_factory=list)
    token_ms: list[float] = field(default_factory=list)
    failures: int = 0
    peak_mb: float = 0.0
    log_lines: int = 0


@click.command(help=__doc__)
@click.option("--only", multiple=True, type=click.Choice([QUIET, *ATTACKS]), help="Run these attacks alone.")
@click.option(
    "--code", type=click.Path(exists=True, file_okay=False, resolve_path=True), help="Run this checkout's server."
)
def main(only: Sequence[str], code: str | None) -> None:
    """Run the attacks and print the table."""
    if sys.platform != "linux":
        raise click.ClickException("This needs Linux, because it reads memory from /proc.")
    names = list(only) or [QUIET, *ATTACKS]
    try:
        rows = [uvloop.run(_measure(name, code)) for name in names]
    except (DidNotStart, OperationFailed) as exc:
        raise click.ClickException(str(exc)) from None
    click.echo(render(rows))


def render(rows: Sequence[Row]) -> str:
    """Return the Markdown table."""
    figures = ("me p95 ms", "/healthz p95 ms", "token late p95 ms", "refused or failed", "peak MB", "log lines")
    lines = [_line("attack", "what became of it", *figures), _line("---", "---", *["---:"] * len(figures))]
    for row in rows:
        ranked = sorted(row.outcomes.items(), key=lambda item: -item[1])
        outcomes = ", ".join(f"{count:,} {name}" for name, count in ranked) or "–"
        felt = (_p95(row.me_ms), _p95(row.health_ms), _p95(row.token_ms), row.failures)
        lines.append(_line(row.attack, outcomes, *felt, f"{row.peak_mb:.0f}", row.log_lines))
    return "\n".join([*lines, "", f"{describe()}."])


def _line(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


async def _measure(name: str, code: str | None) -> Row:
    row, cores, port = Row(name), Cores.chosen(), free_port()
    os.sched_setaffinity(0, cores.load)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="abuse-")))
        model_port = await stack.enter_async_context(run_model(cores=cores.load, log=folder / "model.log"))
        command, variables = GqlChat().command(port, model_port, folder)
        variables |= {
            "GQL_CHAT_RATE_LIMITS": "on",
            "GQL_CHAT_MAX_REPLIES_PER_USER": "10",
            "GQL_CHAT_ALLOWED_NETWORKS": "127.0.0.0/8",
            "GQL_CHAT_TRUSTED_PROXIES": "127.0.0.1/32",
            "GQL_CHAT_ACCESS_LOG": "off",
        }
        log = folder / "server.log"
        checkout = Path(code) if code else None
        server = run_server(command, variables, port=port, cores=cores.server, log=log, checkout=checkout)
        pid = await stack.enter_async_context(server)
        origin = f"http://127.0.0.1:{port}"
        http = await stack.enter_async_context(aiohttp.ClientSession())
        token = await register(http, origin)
        attack = asyncio.create_task(_attack(name, port))
        honest = [
            asyncio.create_task(coroutine)
            for coroutine in (
                _ask(http, origin, token, row),
                _check_health(http, origin, row),
                _watch(port, token, row),
                _weigh(pid, row),
            )
        ]
        row.outcomes = await attack
        for task in honest:
            task.cancel()
        await asyncio.gather(*honest, return_exceptions=True)
        row.log_lines = len(log.read_text(errors="replace").splitlines())
    click.echo(f"{name}: {row.outcomes}, me p95 {_p95(row.me_ms)} ms, peak {row.peak_mb:.0f} MB", err=True)
    return row


async def _attack(name: str, port: int) -> dict[str, int]:
    if name == QUIET:
        await asyncio.sleep(6)
        return {}
    process = await asyncio.create_subprocess_exec(
        *("nice", "-n", "10", sys.executable, "-m", "bench.abuse.attacks", name, str(port)),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(ATTACK_SECONDS):
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        return {"not ended": 1}
    outcomes: dict[str, int] = json.loads(output or b'{"attack failed": 1}')
    return outcomes


async def _ask(http: aiohttp.ClientSession, origin: str, token: str, row: Row) -> None:
    """Ask as a page does, ten times a second, and note how long the answers take."""
    while True:
        begun = time.perf_counter()
        headers = {"Authorization": f"Bearer {token}"}
        try:
            async with http.post(f"{origin}/graphql", json={"query": "{ me { id } }"}, headers=headers) as response:
                if (await response.json()).get("errors"):
                    row.failures += 1
        except aiohttp.ClientError:
            row.failures += 1
        row.me_ms.append((time.perf_counter() - begun) * 1000)
        await asyncio.sleep(LOOK_SECONDS * 2)


async def _check_health(http: aiohttp.ClientSession, origin: str, row: Row) -> None:
    while True:
        begun = time.perf_counter()
        try:
            async with http.get(f"{origin}/healthz") as response:
                await response.read()
        except aiohttp.ClientError:
            row.failures += 1
        row.health_ms.append((time.perf_counter() - begun) * 1000)
        await asyncio.sleep(LOOK_SECONDS)


async def _watch(port: int, token: str, row: Row) -> None:
    """Watch one reply after the other and note how late their tokens are."""
    peer, socket = GqlChat(), await Socket.open(port, token)
    while True:
        transcript = Transcript(REPLY)
        try:
            watching = asyncio.ensure_future(peer.ask(socket, transcript))
            await watching
        except OperationFailed:
            row.failures += 1
            await asyncio.sleep(1)
        finally:
            row.token_ms += transcript.lateness_ms()


async def _weigh(pid: int, row: Row) -> None:
    while True:
        row.peak_mb = max(row.peak_mb, memory_kb(pid) / 1024)
        await asyncio.sleep(LOOK_SECONDS)


def _p95(values: Sequence[float]) -> str:
    if len(values) < 2:
        return "–"
    return f"{statistics.quantiles(values, n=20)[18]:,.1f}"


if __name__ == "__main__":
    main()

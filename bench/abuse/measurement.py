"""One attack on a server of its own, and what an honest user beside it feels.

The server has one core; the attack, the honest user and the fake model share the other.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from bench.abuse.accounts import register
from bench.abuse.attacks import SECONDS
from bench.connections import OperationFailed, Socket
from bench.machine import Cores, memory_kb
from bench.peers.clients import GqlChat
from bench.servers import run_model, run_server
from bench.tokens import Pace, Transcript
from tests.support.backing_services.ports import free_port

QUIET = "nothing"
LOOK_SECONDS = 0.05
REPLY = Pace(tokens=400, gap_ms=25)
# What the benchmarks lift, and an attack must meet.
BOUNDS_OF_BENCHMARKS = ("GQL_CHAT_MAX_CONNECTIONS_PER_ADDRESS", "GQL_CHAT_MAX_WEBSOCKETS_PER_USER")
ATTACK_SECONDS = 40.0  # a bound; attacks end by themselves before


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


async def measure(name: str, checkout: Path | None = None, *, seconds: float = SECONDS) -> Row:
    """Run one attack, or nothing, for some seconds on a server of its own: this one, or that of a checkout."""
    row, cores, port = Row(name), Cores.chosen(), free_port()
    os.sched_setaffinity(0, cores.load)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="abuse-")))
        model_port = await stack.enter_async_context(run_model(cores=cores.load, log=folder / "model.log"))
        command, variables = GqlChat().command(port, model_port, folder)
        for name_of_bound in BOUNDS_OF_BENCHMARKS:
            del variables[name_of_bound]
        variables |= {
            "GQL_CHAT_RATE_LIMITS": "on",
            "GQL_CHAT_MAX_REPLIES_PER_USER": "10",
            "GQL_CHAT_ALLOWED_NETWORKS": "127.0.0.0/8",
            "GQL_CHAT_TRUSTED_PROXIES": "127.0.0.1/32",
            "GQL_CHAT_ACCESS_LOG": "off",
        }
        log = folder / "server.log"
        if checkout is not None and (python := checkout / ".venv" / "bin" / "python").exists():
            command[0] = str(python)  # with the libraries of its time
        server = run_server(command, variables, port=port, cores=cores.server, log=log, checkout=checkout)
        pid = await stack.enter_async_context(server)
        origin = f"http://127.0.0.1:{port}"
        http = await stack.enter_async_context(aiohttp.ClientSession())
        token = await register(http, origin)
        attack = asyncio.create_task(_attack(name, port, seconds))
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
    return row


async def _attack(name: str, port: int, seconds: float) -> dict[str, int]:
    if name == QUIET:
        await asyncio.sleep(seconds)
        return {}
    process = await asyncio.create_subprocess_exec(
        *("nice", "-n", "10", sys.executable, "-m", "bench.abuse.attacks", name, str(port), str(seconds)),
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
        finally:  # one that is still waiting at the end counts with the time that it has waited
            row.me_ms.append((time.perf_counter() - begun) * 1000)
        await asyncio.sleep(LOOK_SECONDS * 2)


async def _check_health(http: aiohttp.ClientSession, origin: str, row: Row) -> None:
    """Ask on a new connection each time, as a load balancer does."""
    while True:
        begun = time.perf_counter()
        try:
            async with http.get(f"{origin}/healthz", headers={"Connection": "close"}) as response:
                await response.read()
        except aiohttp.ClientError:
            row.failures += 1
        finally:
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

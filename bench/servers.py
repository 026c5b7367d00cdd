"""Servers as processes of their own, each on its core, while a block runs."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import click

from tests.support.backing_services.ports import free_port

START_SECONDS = 30.0
END_SECONDS = 15.0


class DidNotStart(click.ClickException):
    """A server ended, or did not listen in time; the message has its last output."""


@asynccontextmanager
async def run_server(
    command: Sequence[str],
    variables: Mapping[str, str],
    *,
    port: int,
    cores: set[int],
    log: Path,
    checkout: Path | None = None,
) -> AsyncIterator[int]:
    """Run a server and yield its process id when it listens. `checkout` is its code if not ours. Raise DidNotStart."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GQL_CHAT_")}
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            env={**inherited, **variables},
            cwd=checkout,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    os.sched_setaffinity(process.pid, cores)
    try:
        await _wait_until_it_listens(process, port, log)
        yield process.pid
    finally:
        await _end(process)


@asynccontextmanager
async def run_model(*, cores: set[int], log: Path) -> AsyncIterator[int]:
    """Run the fake model and yield its port."""
    port = free_port()
    async with run_server([sys.executable, "-m", "bench.upstream", str(port)], {}, port=port, cores=cores, log=log):
        yield port


async def _wait_until_it_listens(process: asyncio.subprocess.Process, port: int, log: Path) -> None:
    try:
        async with asyncio.timeout(START_SECONDS):
            while process.returncode is None:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(0.05)
                else:
                    writer.close()
                    return
    except TimeoutError:
        pass
    raise DidNotStart(_last_words(log))


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(END_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _last_words(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:]

"""The command `gql-chat`, in a process of its own or in this one."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

from click.testing import CliRunner, Result

from gql_chat.cli import main
from tests.support.running.forkserver import ForkedProcess, fork_gql_chat

Process: TypeAlias = asyncio.subprocess.Process | ForkedProcess
THIS_CHECKOUT = Path(__file__).parents[2]
ENDS_WITHIN_SECONDS = 30


async def start(*arguments: str, code: Path | None = None, stderr: int | None = PIPE, **settings: Any) -> Process:
    """Start `gql-chat` as a process: forked, or with an interpreter of its own if `code` is a checkout to run.

    Settings are without prefix. `stderr` is an open file, or a pipe, or inherited.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GQL_CHAT_")}
    environment = inherited | {f"GQL_CHAT_{name}": str(value) for name, value in settings.items()}
    if code is None:
        return await fork_gql_chat(*arguments, environment=environment, stderr=stderr)
    command = (sys.executable, "-m", "gql_chat", *arguments)
    return await asyncio.create_subprocess_exec(
        *command, cwd=code, env=environment, stdin=PIPE, stdout=PIPE, stderr=stderr
    )


async def end(process: Process) -> None:
    """Kill the process if it runs still, and take what is left in its pipes."""
    if process.returncode is None:
        process.kill()
    await process.communicate()


@asynccontextmanager
async def started(*arguments: str, code: Path | None = None, **settings: Any) -> AsyncIterator[Process]:
    """Start `gql-chat` as a process and end it with the block. See `start`."""
    process = await start(*arguments, code=code, **settings)
    try:
        async with asyncio.timeout(ENDS_WITHIN_SECONDS):
            yield process
    finally:
        await end(process)


async def run(
    *arguments: str, said: str = "", code: Path | None = None, **settings: object
) -> tuple[int | None, str, str]:
    """Run `gql-chat` and return its exit code, standard output and standard error. `said` is its standard input."""
    async with started(*arguments, code=code, **settings) as process:
        output, errors = await process.communicate(said.encode())
        return process.returncode, output.decode(), errors.decode()


def invoke(*arguments: str | Path, **settings: object) -> Result:
    """Invoke a command in this process, because it opens nothing. Settings are without prefix."""
    inherited = dict.fromkeys(name for name in os.environ if name.startswith("GQL_CHAT_"))
    environment = inherited | {f"GQL_CHAT_{name}": str(value) for name, value in settings.items()}
    return CliRunner().invoke(main, list(map(str, arguments)), env=environment)

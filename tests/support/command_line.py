"""The command `gql-chat`, in a process of its own or in this one."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from click.testing import CliRunner, Result

from gql_chat.cli import main


@asynccontextmanager
async def started(
    *arguments: str, code: Path | None = None, **settings: object
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start `gql-chat` as a process, of this checkout or another. Settings are without prefix."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GQL_CHAT_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gql_chat", *arguments),
        cwd=code,
        env=inherited | {f"GQL_CHAT_{name}": str(value) for name, value in settings.items()},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(30):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


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

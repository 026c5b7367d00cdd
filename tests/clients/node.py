"""Other people's clients as processes: scripts that take one JSON argument and print JSON lines."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
PROGRAMS = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
PYTHON = HERE.parents[1] / "build" / "openai-clients" / "bin" / "python"
IN_ENVIRONMENT = ("langchain_client.py", "litellm_client.py")  # their packages contradict ours
ENDS_WITHIN_SECONDS = 120


async def run_client(script: str, **arguments: Any) -> list[dict[str, Any]]:
    """Run a client to its end and return the lines that it prints. Fail the test if it complains."""
    async with start_client(script, **arguments) as lines:
        return [line async for line in lines]


@asynccontextmanager
async def start_client(script: str, **arguments: Any) -> AsyncIterator[AsyncGenerator[dict[str, Any], None]]:
    """Start a client and yield its lines as it prints them. Leaving the block ends it."""
    program = _find_program(script)
    process = await asyncio.create_subprocess_exec(
        program, script, json.dumps(arguments), cwd=HERE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(ENDS_WITHIN_SECONDS):
            yield _lines(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def find_node(folder: Path = HERE) -> str:
    """Return Node.js, if the packages of the folder are installed. Those of inner folders are left to CI."""
    node = shutil.which("node", path=PROGRAMS)
    if node is not None and (folder / "node_modules").is_dir():
        return node
    if folder != HERE:
        pytest.skip(f"not installed: scripts/install-npm tests/clients/{folder.name}")
    pytest.fail("npm's clients are not installed. Run `make test` once.")


def _find_program(script: str) -> str:
    """Return the program that runs the script."""
    if script.endswith(".mjs"):
        return find_node()
    if script not in IN_ENVIRONMENT:
        return sys.executable
    return find_python()


def find_python() -> str:
    """Return the interpreter that has LangChain and LiteLLM. Skip where they are not installed."""
    if PYTHON.exists():
        return str(PYTHON)
    pytest.skip("LangChain and LiteLLM are not installed: scripts/install-openai-clients")


async def _lines(process: asyncio.subprocess.Process) -> AsyncGenerator[dict[str, Any], None]:
    assert process.stdout is not None
    assert process.stderr is not None
    async for line in process.stdout:
        yield json.loads(line)
    complaints = (await process.stderr.read()).decode()
    if await process.wait() or complaints:
        pytest.fail(f"the client ended with {process.returncode}: {complaints}")

"""The server as a process of its own, which tests may kill and freeze."""

import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.chat import SECRET_KEY
from tests.support.client import Client
from tests.support.command_line import Process, end, start
from tests.support.demo import DemoServer

REGISTER = "mutation ($input: RegisterInput!) { register(input: $input) { accessToken user { id } } }"
LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { accessToken user { id } } }"
PASSWORD = "correct horse battery"


@dataclass
class ServerProcess:
    """A running `gql-chat serve`."""

    process: Process
    origin: str

    async def kill(self) -> None:
        """Kill the process (SIGKILL) and wait for its end."""
        self.process.kill()
        await self.process.wait()

    def freeze(self) -> None:
        """Stop the process (SIGSTOP): it does nothing, and cannot know that time passes."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let the process go on (SIGCONT)."""
        self.process.send_signal(signal.SIGCONT)

    async def farewell(self) -> str:
        """Return the line that the process prints when it was asked to end."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            if line.startswith(b"gql-chat is stopping"):
                return line.decode().rstrip()
        raise AssertionError("the process ended without a line")

    async def terminate(self) -> None:
        """Ask the process to end (SIGTERM) and wait for its end."""
        self.process.send_signal(signal.SIGTERM)
        await self.process.wait()


@asynccontextmanager
async def run_server(
    data_dir: Path, demo: DemoServer | None = None, *, log: int | None = None, code: Path | None = None, **more: Any
) -> AsyncIterator[ServerProcess]:
    """Start a server process on a free port, with the scriptable model behind it. `more` are settings without prefix.

    Standard error goes to the open file `log`. See `start` about `code`.
    """
    settings = {"PORT": 0, "DATA_DIR": data_dir, "SECRET_KEY": SECRET_KEY, "LOG_LEVEL": "WARNING", **more}
    if demo is not None:
        settings |= {"OPENAI_API_KEY": "sk-of-tests", "OPENAI_BASE_URL": demo.base_url, "OPENAI_MODEL": "demo"}
    process = await start("serve", code=code, stderr=log, **settings)
    try:
        yield ServerProcess(process, await _origin(process))
    finally:
        await end(process)


async def sign_in(http: aiohttp.ClientSession, server: ServerProcess, name: str, *, new: bool = True) -> Client:
    """Register a user, or sign the user in again, and return the client."""
    stranger = Client(http, server.origin)
    if new:
        account = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
        payload = (await stranger.run(REGISTER, input=account))["register"]
    else:
        payload = (await stranger.run(LOGIN, input={"login": name, "password": PASSWORD}))["login"]
    return Client(http, server.origin, payload["accessToken"], payload["user"]["id"])


async def _origin(process: Process) -> str:
    assert process.stdout is not None
    async for line in process.stdout:
        found = re.search(rb"http://\S+:\d+", line)
        if found:
            return found.group().decode()
    raise AssertionError("the server ended before it said where it listens")

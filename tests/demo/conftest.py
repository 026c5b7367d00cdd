"""A demo server without pace, and a client that shows what really came over the socket."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import orjson
import pytest

from tests.support.demo import DemoServer

HELLO = [{"role": "user", "content": "Hello"}]


class Client:
    """Calls chat completions; every body has a model and a message unless it says otherwise."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str) -> None:
        self.session = session
        self.url = f"{base_url}/chat/completions"

    def post(self, model: str, **body: Any) -> Any:
        """Return the response as a context manager; redirects are shown, not followed."""
        return self.session.post(self.url, json={"model": model, "messages": HELLO, **body}, allow_redirects=False)

    async def answer(self, model: str, **body: Any) -> tuple[int, Any]:
        """Return status and JSON of a call without a stream."""
        async with self.post(model, **body) as response:
            return response.status, await response.json()

    async def body(self, model: str, **body: Any) -> bytes:
        """Return the whole body of a stream."""
        async with self.post(model, stream=True, **body) as response:
            assert response.status == 200, await response.text()
            return bytes(await response.read())

    async def chunks(self, model: str, **body: Any) -> list[Any]:
        """Return the JSON objects of a stream, and the string "[DONE]" where it comes."""
        return parse(await self.body(model, **body))


def parse(body: bytes) -> list[Any]:
    """Return the data of server-sent events that are framed by blank lines."""
    events = [event.removeprefix(b"data: ") for event in body.split(b"\n\n") if event]
    return ["[DONE]" if event == b"[DONE]" else orjson.loads(event) for event in events]


@pytest.fixture
async def server() -> AsyncIterator[DemoServer]:
    async with DemoServer(pace_seconds=0) as server:
        yield server


@pytest.fixture
async def client(server: DemoServer) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(session, server.base_url)

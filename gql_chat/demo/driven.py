"""Calls that a test answers by hand, step by step and without sleeps."""

import asyncio
from collections.abc import Mapping
from typing import Any

from gql_chat.demo.answers import Answer
from gql_chat.demo.failures import Failure

DISCONNECT_SECONDS = 30.0  # more than any test needs until the client has gone, less than a test runner's patience


class Driven:
    """The calls for one model, in the order in which they came in."""

    def __init__(self) -> None:
        self._calls: asyncio.Queue[DrivenCall] = asyncio.Queue()

    async def next_call(self) -> "DrivenCall":
        """Waits until the client has sent a request that was not handed out yet."""
        return await self._calls.get()

    def add(self, call: "DrivenCall") -> None:
        """For the server: a client called."""
        self._calls.put_nowait(call)


class DrivenCall:
    """One call in a test's hands. The client sees nothing, not even a status line, before the first step.

    For a client that did not ask for a stream, `send` collects and `finish` answers. A step after the client has gone
    raises ConnectionError.
    """

    def __init__(self, body: dict[str, Any], headers: dict[str, str], answer: Answer) -> None:
        self.body = body
        self.headers = headers
        self.refusal: Failure | None = None
        self._answer = answer
        self._over = asyncio.Event()
        self._disconnected = asyncio.Event()

    async def send(self, *texts: str, reasoning: str | None = None) -> None:
        """One socket write with a chunk for the reasoning, if any, and one for each text."""
        await self._answer.send(*texts, reasoning=[] if reasoning is None else [reasoning])

    async def finish(self, finish_reason: str | None = "stop", usage: Mapping[str, Any] | None = None) -> None:
        """The regular end. Without `usage` none is sent, whatever the client asked for."""
        await self._answer.finish(finish_reason, usage)
        self._over.set()

    async def fail(self, error: Mapping[str, Any]) -> None:
        """An error inside the stream, and its end. `error` is the error object, or a body that holds it."""
        await self._answer.fail(error if "error" in error else {"error": error})
        self._over.set()

    async def refuse(self, failure: Failure) -> None:
        """Instead of an answer: an HTTP status and body (see failures.py)."""
        self.refusal = failure
        self._over.set()

    async def cut(self) -> None:
        """Close the connection where the answer stands."""
        await self._answer.cut()

    async def raw(self, data: bytes) -> None:
        """Bytes of the body, as they are, in one socket write."""
        await self._answer.raw(data)

    async def end(self) -> None:
        """End the body as it is: no finish reason, no [DONE]."""
        await self._answer.end()
        self._over.set()

    async def disconnected(self) -> None:
        """Wait until the client has closed the connection. Raise TimeoutError if it does not."""
        async with asyncio.timeout(DISCONNECT_SECONDS):
            await self._disconnected.wait()

    async def serve(self) -> None:
        """For the server: lasts until the answer is over or, by cancellation, the connection is."""
        try:
            await self._over.wait()
        except asyncio.CancelledError:
            self._disconnected.set()
            raise

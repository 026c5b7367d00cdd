"""Two ways to answer a call: play a script, or let a test send the response step by step, without sleeps."""

import asyncio
from collections.abc import Mapping
from typing import Any

from tests.support.demo.failures import Failure
from tests.support.demo.responses import ScriptedResponse
from tests.support.demo.script import Script

# More than any test needs until the client has left, less than the patience of a test runner.
DISCONNECT_SECONDS = 30.0


async def play(script: Script, response: ScriptedResponse) -> None:
    """Send everything of the script that comes after the status line. Return when the response has ended."""
    await response.open()
    await asyncio.sleep(script.first_token_delay_seconds)
    for text in script.reasoning:
        await response.send(reasoning=[text])
        await asyncio.sleep(script.pace_seconds)
    for sent, text in enumerate(script.chunks):
        if await _go_wrong(script, response, sent):
            return
        await response.send(text)
        await asyncio.sleep(script.pace_seconds)
    if not await _go_wrong(script, response, len(script.chunks)):
        sends_usage = script.usage_always or (script.usage and response.usage_requested)
        await response.finish(script.finish_reason, response.usage() if sends_usage else None)


async def _go_wrong(script: Script, response: ScriptedResponse, sent: int) -> bool:
    """Do whatever the script orders to go wrong after `sent` chunks; return whether that has ended the response."""
    if script.garbage_after == sent:
        await response.send_garbage()
    if script.error_after == sent:
        await response.fail(script.stream_error)
        return True
    if script.cut_after == sent:
        await response.cut()
        return True
    if script.stall_after == sent:
        await response.flush()
        await asyncio.get_running_loop().create_future()
    return False


class Driven:
    """The calls for one model, in the order in which they arrived."""

    def __init__(self) -> None:
        self._calls: asyncio.Queue[DrivenCall] = asyncio.Queue()

    async def next_call(self) -> "DrivenCall":
        """Wait for the next call and return it."""
        return await self._calls.get()

    def add(self, call: "DrivenCall") -> None:
        """Add a call that a client has made; used by the server."""
        self._calls.put_nowait(call)


class DrivenCall:
    """One call in a test's hands. The client receives nothing, not even a status line, before the first step.

    For a client that did not request a stream, `send` collects and `finish` responds. A step after the client has left
    raises ConnectionError.
    """

    def __init__(self, body: dict[str, Any], headers: dict[str, str], response: ScriptedResponse) -> None:
        self.body = body
        self.headers = headers
        self.refusal: Failure | None = None
        self.cut = response.cut
        self.raw = response.send_raw
        self._response = response
        self._over = asyncio.Event()
        self._disconnected = asyncio.Event()

    async def send(self, *texts: str, reasoning: str | None = None) -> None:
        """Write a chunk for the reasoning, if any, and one for each text, in one write to the socket."""
        await self._response.send(*texts, reasoning=[] if reasoning is None else [reasoning])

    async def finish(self, finish_reason: str | None = "stop", usage: Mapping[str, Any] | None = None) -> None:
        """End the response regularly. Without `usage` none is sent, whatever the client requested."""
        await self._response.finish(finish_reason, usage)
        self._over.set()

    async def fail(self, error: Mapping[str, Any]) -> None:
        """Send an error inside the stream and end it. `error` is the error object, or a body that contains it."""
        await self._response.fail(error if "error" in error else {"error": error})
        self._over.set()

    async def refuse(self, failure: Failure) -> None:
        """Respond with an HTTP status and body (see failures.py) instead of an answer."""
        self.refusal = failure
        self._over.set()

    async def end(self) -> None:
        """End the body as it is: no finish reason, no [DONE]."""
        await self._response.end()
        self._over.set()

    async def disconnected(self) -> None:
        """Wait until the client has closed the connection. Raise TimeoutError if it never does."""
        async with asyncio.timeout(DISCONNECT_SECONDS):
            await self._disconnected.wait()

    async def serve(self) -> None:
        """Wait until the response or, by cancellation, the connection has ended; used by the server."""
        try:
            await self._over.wait()
        except asyncio.CancelledError:
            self._disconnected.set()
            raise

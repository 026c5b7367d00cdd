"""Responses in the forms, the pieces and with the faults that a script orders."""

from abc import abstractmethod
from asyncio import sleep
from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from aiohttp import web

from gql_chat.demo.responses import ChatResponse, Completion, StreamedResponse, WholeResponse
from tests.support.demo.script import Script

_GARBAGE = b'{"id": "chatcmpl-\xff\xfe this is no JSON'


class ScriptedResponse(ChatResponse):
    """A response in either form."""

    def __init__(self, request: web.Request, completion: Completion, script: Script, *, usage_requested: bool) -> None:
        super().__init__(request, completion, usage_requested=usage_requested)
        self._script = script
        self._held = bytearray()

    @abstractmethod
    async def finish(self, finish_reason: str | None, usage: Mapping[str, Any] | None) -> None:
        """End the response, without whichever argument is None."""

    @abstractmethod
    async def fail(self, body: Mapping[str, Any]) -> None:
        """End the response with an error, after whatever was sent."""

    @abstractmethod
    async def send_garbage(self) -> None:
        """Send something that is no JSON where JSON belongs."""

    async def flush(self) -> None:
        """Write the bytes that are still held back."""
        if self._held and self.response.prepared:
            await self.response.write(bytes(self._held))
            self._held.clear()

    async def send_raw(self, data: bytes) -> None:
        """Write bytes of the body as they are, in one write to the socket."""
        self._held.clear()
        await ChatResponse._write(self, data)

    async def end(self) -> None:
        """End the body as it is."""
        if not self.response.prepared:
            await self.response.prepare(self._request)
        await self.flush()
        await super().end()

    async def cut(self) -> None:
        """Close the connection in the middle of the response; bytes that were written still arrive."""
        await self.flush()
        # Not abort(): it drops what the loop has not handed to the kernel, and how much that is depends on the loop.
        if self._request.transport is not None:
            self._request.transport.close()

    def _object(self, kind: str, choices: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        body = super()._object(kind, choices)
        return {**body, "citations": self._script.citations} if self._script.citations else body


class ScriptedStream(ScriptedResponse, StreamedResponse):
    """A stream, whose first chunk has the role and is sent with the second."""

    def __init__(self, request: web.Request, completion: Completion, script: Script, *, usage_requested: bool) -> None:
        super().__init__(request, completion, script, usage_requested=usage_requested)
        if script.bom:
            self._held += BOM_UTF8
        self._held += self._chunk({"role": "assistant", "content": ""})

    async def open(self) -> None:
        await self._write(b"")

    async def send(self, *texts: str, reasoning: Sequence[str] = ()) -> None:
        await ChatResponse.send(self, *texts, reasoning=reasoning)
        events = [self._chunk({self._script.reasoning_field: text}) for text in reasoning]
        events += [self._chunk({self._script.text_field: text}) for text in texts]
        await self._write(b"".join(events))

    async def finish(self, finish_reason: str | None, usage: Mapping[str, Any] | None) -> None:
        # Requested usage has a chunk of its own, as OpenAI sends it; else it is where DeepSeek or Moonshot puts it.
        last, is_apart = b"", self.usage_requested and not self._script.usage_in_choice
        if finish_reason is not None:
            last += self._chunk({}, finish_reason=finish_reason, usage=None if is_apart else usage)
        if usage is not None and (is_apart or finish_reason is None):
            last += self._event(orjson.dumps({**self._object("chat.completion.chunk", []), "usage": usage}))
        if self._script.done:
            last += self._event(b"[DONE]")
        await self._write(last)
        await self.end()

    async def fail(self, body: Mapping[str, Any]) -> None:
        await self._write(self._event(orjson.dumps(body)))
        await self.end()

    async def send_garbage(self) -> None:
        await self._write(self._event(_GARBAGE))

    async def _write(self, data: bytes) -> None:
        if not self.response.prepared:
            await self.response.prepare(self._request)
        self._held += data
        if self._script.one_write:
            return
        if self._script.split_bytes is None:
            await self.flush()
            return
        while len(self._held) >= self._script.split_bytes:
            await self.response.write(bytes(self._held[: self._script.split_bytes]))
            del self._held[: self._script.split_bytes]
            await sleep(0)

    def _chunk(
        self, delta: Mapping[str, str], *, finish_reason: str | None = None, usage: Mapping[str, Any] | None = None
    ) -> bytes:
        if self._script.finish_reason_everywhere:
            finish_reason = self._script.finish_reason
        choice: dict[str, Any] = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        chunk = self._object("chat.completion.chunk", [choice])
        if usage is not None and self._script.usage_in_choice:
            choice["usage"] = usage
        elif usage is not None or self.usage_requested:
            chunk["usage"] = usage
        return self._event(orjson.dumps(chunk))

    def _event(self, data: bytes) -> bytes:
        event = b": keep-alive\n\n" + super()._event(data) if self._script.comments else super()._event(data)
        return event.replace(b"\n", b"\r\n") if self._script.crlf else event


class ScriptedWhole(ScriptedResponse, WholeResponse):
    """One object, or an error or garbage instead of it."""

    async def finish(self, finish_reason: str | None, usage: Mapping[str, Any] | None) -> None:
        message: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None}
        message[self._script.text_field] = "".join(self._content)
        if self._reasoning:
            message[self._script.reasoning_field] = "".join(self._reasoning)
        choice: dict[str, Any] = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish_reason}
        body = self._object("chat.completion", [choice])
        if usage is not None:
            (choice if self._script.usage_in_choice else body)["usage"] = usage
        await self.send_raw(orjson.dumps(body))
        await self.end()

    async def fail(self, body: Mapping[str, Any]) -> None:
        self.response.set_status(500)
        await self.send_raw(orjson.dumps(body))
        await self.end()

    async def send_garbage(self) -> None:
        await self.send_raw(_GARBAGE)

"""The response to one call, as a stream of server-sent events or as one JSON body."""

from abc import ABC, abstractmethod
from asyncio import sleep
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import orjson
from aiohttp import web

from gql_chat.demo.script import Script
from gql_chat.demo.tokens import usage_of

_GARBAGE = b'{"id": "chatcmpl-\xff\xfe this is no JSON'


@dataclass(frozen=True)
class Completion:
    """The properties that all objects of one response share. `created` is in seconds since 1970."""

    id: str
    created: int
    model: str
    messages: Sequence[Mapping[str, Any]]


class ChatResponse(ABC):
    """A response in either form. Its methods raise ConnectionError after the client has left."""

    content_type: ClassVar[str]

    def __init__(self, request: web.Request, completion: Completion, script: Script, *, usage_requested: bool) -> None:
        self.response = web.StreamResponse()
        self.response.content_type = self.content_type
        self.usage_requested = usage_requested
        self._request = request
        self._completion = completion
        self._script = script
        self._content: list[str] = []
        self._reasoning: list[str] = []
        self._held = bytearray()

    @abstractmethod
    async def open(self) -> None:
        """Show the client that the response has begun, where the form can."""

    async def send(self, *texts: str, reasoning: Sequence[str] = ()) -> None:
        """Send deltas of reasoning, then deltas of content, in one write to the socket."""
        self._reasoning += reasoning
        self._content += texts

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
        await self._prepare()
        await self.response.write(data)

    async def end(self) -> None:
        """End the body as it is."""
        await self._prepare()
        await self.flush()
        await self.response.write_eof()

    async def cut(self) -> None:
        """Close the connection in the middle of the response; bytes that were written still arrive."""
        await self.flush()
        # Not abort(): it drops what the loop has not handed to the kernel, and how much that is depends on the loop.
        if self._request.transport is not None:
            self._request.transport.close()

    def usage(self) -> dict[str, Any]:
        """Return the cost of the prompt and of everything sent so far."""
        return usage_of(self._completion.messages, "".join(self._content), "".join(self._reasoning))

    async def _prepare(self) -> None:
        if not self.response.prepared:
            await self.response.prepare(self._request)

    def _object(self, kind: str, choices: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        completion = self._completion
        head = {"id": completion.id, "object": kind, "created": completion.created, "model": completion.model}
        return {**head, "choices": choices, **({"citations": self._script.citations} if self._script.citations else {})}


class StreamedResponse(ChatResponse):
    """Server-sent events of `chat.completion.chunk` objects; the first has the role and is sent with the second."""

    content_type = "text/event-stream"

    def __init__(self, request: web.Request, completion: Completion, script: Script, *, usage_requested: bool) -> None:
        super().__init__(request, completion, script, usage_requested=usage_requested)
        self.response.charset = "utf-8"
        self.response.headers["Cache-Control"] = "no-cache"
        self._line_end = b"\r\n" if script.crlf else b"\n"
        self._held += self._chunk({"role": "assistant", "content": ""})

    async def open(self) -> None:
        await self._write(b"")

    async def send(self, *texts: str, reasoning: Sequence[str] = ()) -> None:
        await super().send(*texts, reasoning=reasoning)
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

    async def send_raw(self, data: bytes) -> None:
        self._held.clear()
        await super().send_raw(data)

    async def _write(self, events: bytes) -> None:
        await self._prepare()
        self._held += events
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
        comment = b": keep-alive" + self._line_end * 2 if self._script.comments else b""
        return comment + b"data: " + data + self._line_end * 2


class WholeResponse(ChatResponse):
    """One `chat.completion` object, sent when the response is complete."""

    content_type = "application/json"

    async def open(self) -> None:
        """Do nothing: the status may still become 500."""

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

"""One answer on its way to the client, as a stream of server-sent events or as one JSON body."""

from abc import ABC, abstractmethod
from asyncio import sleep
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import web

from gql_chat.demo.script import Script
from gql_chat.demo.tokens import usage_of

_GARBAGE = b'{"id": "chatcmpl-\xff\xfe this is no JSON'


@dataclass(frozen=True)
class Completion:
    """What is the same in every object of one answer. `created` is in seconds since 1970."""

    id: str
    created: int
    model: str
    messages: Sequence[Mapping[str, Any]]


class Answer(ABC):
    """What can be sent to a client, whichever form it asked for; to one that has left it raises ConnectionError."""

    def __init__(self, request: web.Request, completion: Completion, script: Script, *, usage_asked: bool) -> None:
        self.response = web.StreamResponse()
        self.usage_asked = usage_asked
        self._request = request
        self._completion = completion
        self._script = script
        self._content: list[str] = []
        self._reasoning: list[str] = []

    @abstractmethod
    async def open(self) -> None:
        """Show the client that the answer has begun, where the form can."""

    async def send(self, *texts: str, reasoning: Sequence[str] = ()) -> None:
        """Deltas of reasoning, then deltas of content, in one write to the socket."""
        self._reasoning += reasoning
        self._content += texts

    @abstractmethod
    async def finish(self, finish_reason: str | None, usage: Mapping[str, Any] | None) -> None:
        """End the answer; what is None is left out."""

    @abstractmethod
    async def fail(self, body: Mapping[str, Any]) -> None:
        """End the answer with an error, after whatever was sent."""

    @abstractmethod
    async def garbage(self) -> None:
        """Something that is no JSON where JSON belongs."""

    @abstractmethod
    async def flush(self) -> None:
        """Write what is still held back."""

    async def raw(self, data: bytes) -> None:
        """Bytes of the body, as they are."""
        await self._prepare()
        await self.response.write(data)

    async def end(self) -> None:
        """The body is complete as it is."""
        await self._prepare()
        await self.flush()
        await self.response.write_eof()

    async def cut(self) -> None:
        """Close the connection where the answer stands; what was written still arrives."""
        await self.flush()
        # Not abort(): it drops what the loop has not handed to the kernel, and how much that is depends on the loop.
        if self._request.transport is not None:
            self._request.transport.close()

    def usage(self) -> dict[str, Any]:
        """The cost of the prompt and of what was sent so far."""
        return usage_of(self._completion.messages, "".join(self._content), "".join(self._reasoning))

    async def _prepare(self) -> None:
        if not self.response.prepared:
            await self.response.prepare(self._request)


class StreamedAnswer(Answer):
    """Server-sent events of `chat.completion.chunk` objects; the first carries the role and leaves with the next."""

    def __init__(self, request: web.Request, completion: Completion, script: Script, *, usage_asked: bool) -> None:
        super().__init__(request, completion, script, usage_asked=usage_asked)
        self.response.content_type = "text/event-stream"
        self.response.charset = "utf-8"
        self.response.headers["Cache-Control"] = "no-cache"
        self._line_end = b"\r\n" if script.crlf else b"\n"
        self._held = bytearray(self._chunk({"role": "assistant", "content": ""}))

    async def open(self) -> None:
        await self._write(b"")

    async def send(self, *texts: str, reasoning: Sequence[str] = ()) -> None:
        await super().send(*texts, reasoning=reasoning)
        events = [self._chunk({self._script.reasoning_field: text}) for text in reasoning]
        events += [self._chunk({"content": text}) for text in texts]
        await self._write(b"".join(events))

    async def finish(self, finish_reason: str | None, usage: Mapping[str, Any] | None) -> None:
        # Usage that was asked for has a chunk of its own, as OpenAI sends it; else it is where DeepSeek puts it.
        last = b""
        if finish_reason is not None:
            last += self._chunk({}, finish_reason=finish_reason, usage=None if self.usage_asked else usage)
        if usage is not None and (self.usage_asked or finish_reason is None):
            last += self._event(orjson.dumps({**self._head(), "choices": [], "usage": usage}))
        if self._script.done:
            last += self._event(b"[DONE]")
        await self._write(last)
        await self.end()

    async def fail(self, body: Mapping[str, Any]) -> None:
        await self._write(self._event(orjson.dumps(body)))
        await self.end()

    async def garbage(self) -> None:
        await self._write(self._event(_GARBAGE))

    async def flush(self) -> None:
        if self._held and self.response.prepared:
            await self.response.write(bytes(self._held))
            self._held.clear()

    async def raw(self, data: bytes) -> None:
        self._held.clear()
        await super().raw(data)

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
        chunk = self._head()
        chunk["choices"] = [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}]
        if usage is not None or self.usage_asked:
            chunk["usage"] = usage
        return self._event(orjson.dumps(chunk))

    def _head(self) -> dict[str, Any]:
        completion = self._completion
        return {
            "id": completion.id,
            "object": "chat.completion.chunk",
            "created": completion.created,
            "model": completion.model,
        }

    def _event(self, data: bytes) -> bytes:
        comment = b": keep-alive" + self._line_end * 2 if self._script.comments else b""
        return comment + b"data: " + data + self._line_end * 2


class WholeAnswer(Answer):
    """One `chat.completion` object, sent when the answer is complete."""

    def __init__(self, request: web.Request, completion: Completion, script: Script) -> None:
        super().__init__(request, completion, script, usage_asked=True)
        self.response.content_type = "application/json"

    async def open(self) -> None:
        """A whole answer shows nothing before its end."""

    async def finish(self, finish_reason: str | None, usage: Mapping[str, Any] | None) -> None:
        completion = self._completion
        message: dict[str, Any] = {"role": "assistant", "content": "".join(self._content), "refusal": None}
        if self._reasoning:
            message[self._script.reasoning_field] = "".join(self._reasoning)
        body: dict[str, Any] = {
            "id": completion.id,
            "object": "chat.completion",
            "created": completion.created,
            "model": completion.model,
            "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish_reason}],
        }
        if usage is not None:
            body["usage"] = usage
        await self.raw(orjson.dumps(body))
        await self.end()

    async def fail(self, body: Mapping[str, Any]) -> None:
        self.response.set_status(500)
        await self.raw(orjson.dumps(body))
        await self.end()

    async def garbage(self) -> None:
        await self.raw(_GARBAGE)

    async def flush(self) -> None:
        """A whole answer holds nothing back but itself."""

"""The response to one call, as a stream of server-sent events or as one JSON body."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import orjson
from aiohttp import web

from gql_chat.demo.tokens import usage_of


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

    def __init__(self, request: web.Request, completion: Completion, *, usage_requested: bool) -> None:
        self.response = web.StreamResponse()
        self.response.content_type = self.content_type
        self.usage_requested = usage_requested
        self._request = request
        self._completion = completion
        self._content: list[str] = []
        self._reasoning: list[str] = []

    @abstractmethod
    async def open(self) -> None:
        """Show the client that the response has begun, where the form can."""

    async def send(self, *texts: str, reasoning: Sequence[str] = ()) -> None:
        """Send deltas of reasoning, then deltas of content, in one write to the socket."""
        self._reasoning += reasoning
        self._content += texts

    @abstractmethod
    async def finish(self, finish_reason: str, usage: Mapping[str, Any] | None) -> None:
        """End the response, without usage if that is None."""

    async def end(self) -> None:
        """End the body as it is."""
        await self.response.write_eof()

    def usage(self) -> dict[str, Any]:
        """Return the cost of the prompt and of everything sent so far."""
        return usage_of(self._completion.messages, "".join(self._content), "".join(self._reasoning))

    async def _write(self, data: bytes) -> None:
        if not self.response.prepared:
            await self.response.prepare(self._request)
        await self.response.write(data)

    def _object(self, kind: str, choices: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        completion = self._completion
        head = {"id": completion.id, "object": kind, "created": completion.created, "model": completion.model}
        return {**head, "choices": choices}


class StreamedResponse(ChatResponse):
    """Server-sent events of `chat.completion.chunk` objects; the first has the role."""

    content_type = "text/event-stream"

    def __init__(self, request: web.Request, completion: Completion, *, usage_requested: bool) -> None:
        super().__init__(request, completion, usage_requested=usage_requested)
        self.response.charset = "utf-8"
        self.response.headers["Cache-Control"] = "no-cache"

    async def open(self) -> None:
        await self._write(self._chunk({"role": "assistant", "content": ""}))

    async def send(self, *texts: str, reasoning: Sequence[str] = ()) -> None:
        await super().send(*texts, reasoning=reasoning)
        events = [self._chunk({"reasoning_content": text}) for text in reasoning]
        events += [self._chunk({"content": text}) for text in texts]
        await self._write(b"".join(events))

    async def finish(self, finish_reason: str, usage: Mapping[str, Any] | None) -> None:
        last = self._chunk({}, finish_reason=finish_reason)
        if usage is not None:  # in a chunk of its own, as OpenAI sends it
            last += self._event(orjson.dumps({**self._object("chat.completion.chunk", []), "usage": usage}))
        await self._write(last + self._event(b"[DONE]"))
        await self.end()

    def _chunk(self, delta: Mapping[str, str], *, finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        chunk = self._object("chat.completion.chunk", [choice])
        return self._event(orjson.dumps({**chunk, "usage": None} if self.usage_requested else chunk))

    def _event(self, data: bytes) -> bytes:
        return b"data: " + data + b"\n\n"


class WholeResponse(ChatResponse):
    """One `chat.completion` object, sent when the response is complete."""

    content_type = "application/json"

    async def open(self) -> None:
        """Do nothing: the status comes with the body."""

    async def finish(self, finish_reason: str, usage: Mapping[str, Any] | None) -> None:
        message: dict[str, Any] = {"role": "assistant", "content": "".join(self._content), "refusal": None}
        if self._reasoning:
            message["reasoning_content"] = "".join(self._reasoning)
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish_reason}
        body = self._object("chat.completion", [choice])
        await self._write(orjson.dumps(body if usage is None else {**body, "usage": usage}))
        await self.end()

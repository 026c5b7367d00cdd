"""The fake model: an OpenAI-compatible server, fast and exact enough not to affect the measurement."""

import asyncio
import sys
import time
from collections.abc import Callable
from typing import Any, cast

import httptools
import orjson
import uvloop

from bench.tokens import Pace, stamped

_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)
_MARK = b"*" * 13
_END = b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"


class Upstream(asyncio.Protocol):
    """A connection of the server under test. A request to any path is one for a streamed completion."""

    def __init__(self) -> None:
        self._body = b""
        self._transport: asyncio.Transport
        self._parser = httptools.HttpRequestParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=1 << 24)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        """Collect a piece of the request's body."""
        self._body += body

    def on_message_complete(self) -> None:
        """Respond to the complete request."""
        request = orjson.loads(self._body)
        self._body = b""
        Reply(request, self._transport)


class Reply:
    """One streamed completion, on a schedule of its own: a token that is late does not delay those behind it."""

    def __init__(self, request: dict[str, Any], transport: asyncio.Transport) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._pace = pace = Pace.asked(request["messages"][-1]["content"])
        self._event = _chunks(request["model"])
        self._before, self._after = self._event({"content": _MARK.decode()}).split(_MARK)
        self._number = 0
        self._begin_at = self._loop.time() + pace.first_ms / 1000
        self._unsent = [_HEAD, self._event({"role": "assistant", "content": ""})]
        self._loop.call_at(self._begin_at, self._send)

    def _send(self) -> None:
        if self._transport.is_closing():
            return
        pace = self._pace
        pieces, self._unsent = self._unsent, []  # a timer may fire a moment early, so this does not mark the beginning
        now = self._loop.time()
        while self._number < pace.tokens and self._due_at() <= now:
            if self._number != pace.lost:
                pieces += (self._before, stamped(self._number), self._after)
            self._number += 1
        if self._number < pace.tokens:
            self._loop.call_at(self._due_at(), self._send)
        else:
            pieces += self._event({}, finish_reason="stop"), self._event(None, tokens=pace.tokens), _END
        self._transport.write(b"".join(pieces))

    def _due_at(self) -> float:
        return self._begin_at + self._number * self._pace.gap_ms / 1000


def _chunks(model: str) -> Callable[..., bytes]:
    """Return a function that makes events as OpenAI sends them, each as an HTTP chunk of its own."""
    base = {
        "id": "chatcmpl-0123456789abcdef0123456789abc",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": model,
        "service_tier": "default",
        "system_fingerprint": "fp_44709d6fcb",
    }

    def event(delta: dict[str, str] | None, *, finish_reason: str | None = None, tokens: int | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        usage = {"prompt_tokens": 10, "completion_tokens": tokens, "total_tokens": 10 + tokens} if tokens else None
        data = orjson.dumps({**base, "choices": [choice] if delta is not None else [], "usage": usage})
        return b"%x\r\ndata: %s\n\n\r\n" % (len(data) + 8, data)

    return event


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))

"""GraphQL responses as a stream: graphql-sse's "distinct connections mode", and Apollo's multipart subscriptions.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md#distinct-connections-mode
https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol
"""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from starlette.types import Receive, Send

from gql_chat.web.connections.open_connections import wait_for_disconnect


@dataclass(frozen=True, slots=True)
class Framing:
    """The form of a stream: what stands around each response, and the marks of its beginning, life and end."""

    content_type: bytes
    begin: bytes
    before: bytes
    after: bytes
    ping: bytes
    complete: bytes


EVENTS = Framing(
    b"text/event-stream; charset=utf-8",
    begin=b"",
    before=b"event: next\ndata: ",
    after=b"\n\n",
    ping=b":\n\n",
    complete=b"event: complete\ndata:\n\n",
)
# The boundary of the next part ends each one, because clients read a part only when they have seen its end.
_PART = b"\r\ncontent-type: application/json\r\n\r\n"
_BOUNDARY = b"\r\n--graphql"
PARTS = Framing(
    b'multipart/mixed;boundary="graphql";subscriptionSpec=1.0',
    begin=_BOUNDARY,
    before=_PART + b'{"payload":',
    after=b"}" + _BOUNDARY,
    ping=_PART + b"{}" + _BOUNDARY,
    complete=b"--\r\n",
)


async def send_event_stream(
    responses: AsyncGenerator[bytes, None],
    final_response: Coroutine[Any, Any, bytes],
    cut: Coroutine[Any, Any, object],
    receive: Receive,
    send: Send,
    *,
    ping_seconds: float,
    framing: Framing = EVENTS,
) -> None:
    """Send each response as an event until they end, `final_response` or `cut` returns, or the client disconnects.

    `responses` is closed in any case. After `cut` there is no event `complete`, so that the client subscribes again.
    Raises what any of them raised, without an end of the response: the server logs it and hangs up.
    """
    await _begin(framing, send, final_response, cut)
    await _race(
        _send_events(framing, responses, send),
        _send_final(framing, final_response, send),
        cut,
        _ping(framing, send, ping_seconds),
        wait_for_disconnect(receive),
    )
    await _end(send)


async def send_single_event(
    response: Coroutine[Any, Any, bytes], send: Send, *, ping_seconds: float, framing: Framing = EVENTS
) -> None:
    """Send the only response of a stream once it is there, whatever becomes of the client. Raise what it raises."""
    await _begin(framing, send, response)
    pinging = asyncio.create_task(_ping(framing, send, ping_seconds))
    try:
        text = await response
    finally:
        pinging.cancel()
        await asyncio.wait({pinging})
    await _send_text(send, framing.before + text + framing.after + framing.complete)
    await _end(send)


async def _begin(framing: Framing, send: Send, *unstarted: Coroutine[Any, Any, object]) -> None:
    """Begin the response. If that fails, close the coroutines that would have run after it."""
    headers = [
        (b"content-type", framing.content_type),
        (b"cache-control", b"no-store"),
        (b"vary", b"Accept"),
        (b"x-accel-buffering", b"no"),  # nginx would buffer the events
    ]
    try:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        if framing.begin:
            await _send_text(send, framing.begin)
    except BaseException:
        for coroutine in unstarted:
            coroutine.close()
        raise


async def _end(send: Send) -> None:
    await send({"type": "http.response.body", "body": b""})


async def _send_events(framing: Framing, responses: AsyncGenerator[bytes, None], send: Send) -> None:
    async with aclosing(responses):
        async for response in responses:
            await _send_text(send, framing.before + response + framing.after)
    await _send_text(send, framing.complete)


async def _send_final(framing: Framing, final_response: Coroutine[Any, Any, bytes], send: Send) -> None:
    await _send_text(send, framing.before + await final_response + framing.after + framing.complete)


async def _ping(framing: Framing, send: Send, ping_seconds: float) -> None:
    while True:  # at once, too: some browsers report an open stream only after its first byte
        await _send_text(send, framing.ping)
        await asyncio.sleep(ping_seconds)


async def _send_text(send: Send, text: bytes) -> None:
    await send({"type": "http.response.body", "body": text, "more_body": True})


async def _race(*coroutines: Coroutine[Any, Any, object]) -> None:
    """Run all until one has ended, then cancel the others, wait for their end, and raise the first failure of any."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for failure in results:
        if isinstance(failure, Exception) and not isinstance(failure, OSError):  # of `send`: the client is gone
            raise failure

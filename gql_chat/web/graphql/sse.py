"""GraphQL responses as server-sent events, in graphql-sse's "distinct connections mode".

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md#distinct-connections-mode
"""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from typing import Any

from starlette.types import Receive, Send


async def send_event_stream(
    responses: AsyncGenerator[str, None],
    final_response: Coroutine[Any, Any, str],
    cut: Coroutine[Any, Any, object],
    receive: Receive,
    send: Send,
    *,
    ping_seconds: float,
) -> None:
    """Send each response as an event until they end, `final_response` or `cut` returns, or the client disconnects.

    `responses` is closed in any case. After `cut` there is no event `complete`, so that the client subscribes again.
    Raises what any of them raised, without an end of the response: the server logs it and hangs up.
    """
    headers = [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"vary", b"Accept"),
        (b"x-accel-buffering", b"no"),  # nginx would buffer the events
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await _race(
        _send_events(responses, send),
        _send_final(final_response, send),
        cut,
        _ping(send, ping_seconds),
        _wait_for_disconnect(receive),
    )
    await send({"type": "http.response.body", "body": b""})


async def _send_events(responses: AsyncGenerator[str, None], send: Send) -> None:
    async with aclosing(responses):
        async for response in responses:
            await _send_text(send, f"event: next\ndata: {response}\n\n")
    await _send_text(send, "event: complete\ndata:\n\n")


async def _send_final(final_response: Coroutine[Any, Any, str], send: Send) -> None:
    await _send_text(send, f"event: next\ndata: {await final_response}\n\n")
    await _send_text(send, "event: complete\ndata:\n\n")


async def _ping(send: Send, ping_seconds: float) -> None:
    while True:  # at once, too: some browsers report an open stream only after its first byte
        await _send_text(send, ":\n\n")
        await asyncio.sleep(ping_seconds)


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send_text(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


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

"""A stream of events ends with whatever ends it first, and hides no failure."""

import asyncio
import inspect
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from gql_chat.web.graphql.sse import send_event_stream, send_single_event


async def never() -> Any:
    await asyncio.get_running_loop().create_future()


async def broken() -> Any:
    raise LookupError("a mistake of ours")


class Source:
    """Responses that end by failing when they are asked for another, or when they are closed."""

    def __init__(self, *, fails: bool = False, fails_to_close: bool = False) -> None:
        self.fails, self.fails_to_close, self.is_closed = fails, fails_to_close, False

    async def responses(self) -> AsyncGenerator[bytes, None]:
        try:
            yield b"{}"
            await (broken() if self.fails else never())
        finally:
            self.is_closed = True
            if self.fails_to_close:
                await broken()


async def sent(source: Source, *, final: Any = never, cut: Any = never, receive: Any = never) -> list[bytes | None]:
    """Return the bodies that were sent, None for one that ends the response."""
    bodies: list[bytes | None] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            bodies.append(message["body"] if message.get("more_body") else None)

    await send_event_stream(source.responses(), final(), cut(), receive, send, ping_seconds=60)
    return bodies


@pytest.mark.parametrize("where", ["responses", "close", "final", "cut", "receive"])
async def test_a_failure_is_raised_and_the_source_closed(where: str) -> None:
    source = Source(fails=where == "responses", fails_to_close=where == "close")
    ends = {where: broken} if where in ("final", "cut", "receive") else {"cut": lambda: asyncio.sleep(0.0)}
    with pytest.raises(LookupError, match="a mistake of ours"):
        await sent(source, **({} if where == "responses" else ends))
    assert source.is_closed


async def test_a_stream_that_is_cut_ends_without_complete() -> None:
    bodies = await sent(Source(), cut=lambda: asyncio.sleep(0.0))
    assert bodies[-1] is None
    assert not any(body and b"complete" in body for body in bodies)


async def test_a_client_that_is_gone_is_no_failure() -> None:
    source = Source()

    async def send(message: Any) -> None:
        if message.get("more_body"):
            raise OSError("the client is gone")  # as ASGI 2.4 says

    await send_event_stream(source.responses(), never(), never(), never, send, ping_seconds=60)
    assert source.is_closed


@pytest.mark.parametrize("failure", [OSError, asyncio.CancelledError])
async def test_what_a_stream_that_cannot_begin_would_have_sent_is_closed(failure: type[BaseException]) -> None:
    async def send(_: Any) -> None:
        raise failure

    source, final, cut, response = Source(), never(), never(), never()
    with pytest.raises(failure):
        await send_event_stream(source.responses(), final, cut, never, send, ping_seconds=60)
    with pytest.raises(failure):
        await send_single_event(response, send, ping_seconds=60)
    assert [inspect.getcoroutinestate(each) for each in (final, cut, response)] == ["CORO_CLOSED"] * 3

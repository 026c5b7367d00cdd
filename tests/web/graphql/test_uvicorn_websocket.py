"""The express way of a WebSocket's text frames: the same bytes as uvicorn's, or nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import connect
from websockets.frames import Frame, Opcode

from gql_chat.web.graphql.uvicorn_websocket import TRY_SEND, DirectWebSocketProtocol, EventQueue, Flag, text_head


@given(st.binary(max_size=70) | st.integers(100, 70_000).map(bytes))
def test_frames_are_those_of_the_protocol(payload: bytes) -> None:
    assert text_head(len(payload)) + payload == Frame(Opcode.TEXT, payload).serialize(mask=False)


class Echo:
    """Answers each text by the express way, and says whether that took it."""

    def __init__(self) -> None:
        self.taken: list[bool] = []
        self.closed = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        express = scope["extensions"][TRY_SEND]
        self.taken.append(express(b"before the handshake"))
        await receive()
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] == "websocket.receive":
            self.taken.append(express(event["text"].encode()))
            await send({"type": "websocket.send", "text": event["text"].upper()})
        self.taken.append(express(b"after the end"))
        self.closed.set()


@pytest.fixture
async def echo() -> AsyncIterator[tuple[Echo, str]]:
    app = Echo()
    config = uvicorn.Config(
        app, port=0, interface="asgi3", lifespan="off", log_config=None, ws=DirectWebSocketProtocol,
        ws_per_message_deflate=False,
    )  # fmt: skip
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        yield app, f"ws://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.force_exit = True
        await server.shutdown()


async def test_texts_of_every_size_arrive_in_order_both_ways(echo: tuple[Echo, str]) -> None:
    app, url = echo
    async with connect(url) as socket:
        for text in ("", "hi", "数据🌍" * 20, "x" * 126, "y" * 66_000):
            await socket.send(text)
            assert (await socket.recv(), await socket.recv()) == (text, text.upper())
    await app.closed.wait()
    assert app.taken == [False, *[True] * 5, False]


async def test_a_queue_returns_events_in_order_and_survives_a_cancelled_wait() -> None:
    queue = EventQueue()
    cancelled = asyncio.ensure_future(queue.get())
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.wait({cancelled})
    waiting = asyncio.ensure_future(queue.get())
    await asyncio.sleep(0)
    for event in "abc":
        queue.put_nowait(event)
    assert await waiting == "a"
    assert [await queue.get(), queue.empty(), await queue.get(), queue.empty()] == ["b", False, "c", True]


async def test_a_flag_wakes_all_that_wait_once_it_is_set() -> None:
    flag = Flag(is_set=True)
    await flag.wait()
    flag.clear()
    waiting = [asyncio.ensure_future(flag.wait()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    assert not flag.is_set()
    flag.set()
    await asyncio.wait(waiting)
    assert [one.cancelled() for one in waiting] == [True, False, False]

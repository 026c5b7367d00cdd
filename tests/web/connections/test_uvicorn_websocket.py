"""The express way of a WebSocket's text frames: the same bytes as uvicorn's, or nothing."""

import asyncio
import itertools
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast
from unittest.mock import create_autospec

import pytest
import uvicorn
import uvloop
from hypothesis import example, given
from hypothesis import strategies as st
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.asyncio.client import connect
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from gql_chat.web.connections.uvicorn_websocket import (
    FIND_FRAME_SENDER,
    TRY_SEND,
    DirectWebSocketProtocol,
    EventQueue,
    FrameSender,
    Writable,
    text_head,
)
from tests.support.running.examples import examples
from tests.support.running.in_loop import run_in_loop


@given(st.binary(max_size=70) | st.integers(100, 70_000).map(bytes))
@example(bytes(125))
@example(bytes(126))
@example(bytes((1 << 16) - 1))
@example(bytes(1 << 16))
def test_frames_are_those_of_the_protocol(payload: bytes) -> None:
    assert text_head(len(payload)) + payload == Frame(Opcode.TEXT, payload).serialize(mask=False)


class Echo:
    """Answers each text by the express way, and says whether that took it."""

    def __init__(self) -> None:
        self.taken: list[bool] = []
        self.closed = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        express, find_frame_sender = (scope["extensions"][name] for name in (TRY_SEND, FIND_FRAME_SENDER))
        self.taken.append(express(b"before the handshake"))
        assert find_frame_sender(b"", b"") is None
        await receive()
        await send({"type": "websocket.accept"})
        sender = find_frame_sender(b"<", b">")
        while (event := await receive())["type"] == "websocket.receive":
            self.taken.append(express(event["text"].encode(), then=b"then"))
            self.taken.append(sender.try_send(event["text"].encode()))
            await send({"type": "websocket.send", "text": event["text"].upper()})
            if event["text"] == "close":
                await send({"type": "websocket.close"})
                self.taken.append(sender.try_send(b"behind the close frame"))
        self.taken.append(express(b"after the end"))
        self.taken.append(sender.try_send(b"after the end"))
        self.closed.set()


@pytest.fixture
async def echo() -> AsyncIterator[tuple[Echo, str]]:
    app = Echo()
    config = uvicorn.Config(
        app, port=0, interface="asgi3", lifespan="off", log_config=None, ws=DirectWebSocketProtocol,
        ws_per_message_deflate=False,
    )  # fmt: skip
    async with run_in_loop(uvicorn.Server(config)) as port:
        yield app, f"ws://127.0.0.1:{port}"


async def test_texts_of_every_size_arrive_in_order_both_ways(echo: tuple[Echo, str]) -> None:
    app, url = echo
    async with connect(url) as socket:
        for text in ("", "hi", "数据🌍" * 20, "x" * 126, "y" * 66_000):
            await socket.send(text)
            assert [await socket.recv() for _ in range(4)] == [text, "then", f"<{text}>", text.upper()]
    await app.closed.wait()
    assert app.taken == [False, *[True] * 10, False, False]


async def test_no_frame_follows_a_close_frame(echo: tuple[Echo, str]) -> None:
    app, url = echo
    async with connect(url) as socket:
        await socket.send("close")
        assert [text async for text in socket] == ["close", "then", "<close>", "CLOSE"]
    await app.closed.wait()
    assert app.taken == [False, True, True, False, False, False]


@asynccontextmanager
async def accepted(writable: Writable) -> AsyncIterator[tuple[asyncio.Transport, socket.socket]]:
    """Yield a server's connection that clears `writable` while its client reads too slowly, and the client's socket."""
    loop = asyncio.get_running_loop()
    made: asyncio.Future[asyncio.Transport] = loop.create_future()

    class Accepting(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            made.set_result(cast(asyncio.Transport, transport))

        def pause_writing(self) -> None:
            writable.clear()

        def resume_writing(self) -> None:
            writable.set()

    server = await loop.create_server(Accepting, "127.0.0.1", 0)
    with socket.create_connection(server.sockets[0].getsockname()) as client:
        client.setblocking(False)
        transport = await made
        yield transport, client
        transport.abort()
    server.close()


async def read_texts(client: socket.socket, sender: FrameSender, count: int) -> list[str]:
    """Read that many texts, during which another is sent as soon as the connection takes it."""
    parser = ClientProtocol(parse_uri("ws://localhost"), state=State.OPEN)
    texts: list[str] = []
    while len(texts) < count:
        sender.try_send(b"late")
        parser.receive_data(await asyncio.get_running_loop().sock_recv(client, 1000))
        texts += [bytes(event.data).decode() for event in parser.events_received() if isinstance(event, Frame)]
    return texts


def test_frames_arrive_whole_and_in_order_however_slowly_they_are_read() -> None:
    async def run() -> None:
        writable = Writable()
        async with accepted(writable) as (transport, client):
            sender, sent = FrameSender(b"<", b">", transport, writable), 0
            while sender.try_send(b"%d" % sent + bytes(1000)):
                sent += 1
            texts = await read_texts(client, sender, sent + 1)
        numbered = [f"<{number}" for number in range(sent)]
        late = ["<late"] * (len(texts) - sent)
        assert [text.rstrip(">").rstrip("\0") for text in texts] == numbered + late

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())


def test_nothing_is_sent_to_a_client_that_is_gone() -> None:
    async def run() -> None:
        writable = Writable()
        async with accepted(writable) as (transport, client):
            sender = FrameSender(b"<", b">", transport, writable)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closes by a reset
            client.close()
            async with asyncio.timeout(5):
                while sender.try_send(b"text"):
                    await asyncio.sleep(0)
        assert transport.is_closing()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())


@pytest.mark.parametrize(("tls", "waiting_bytes"), [(object(), 0), (None, 1)])
def test_a_frame_goes_by_the_transport_if_that_encrypts_it_or_holds_others(tls: object, waiting_bytes: int) -> None:
    reading, writing = socket.socketpair()
    with reading, writing:
        transport = create_autospec(asyncio.Transport, instance=True)
        transport.is_closing.return_value = False
        transport.get_write_buffer_size.return_value = waiting_bytes
        transport.get_extra_info.side_effect = {"ssl_object": tls, "socket": writing}.get
        assert FrameSender(b"<", b">", transport, Writable()).try_send(b"text")
        transport.write.assert_called_once_with(text_head(6) + b"<text>")
        reading.setblocking(False)
        with pytest.raises(BlockingIOError):
            reading.recv(1)


MAX_BYTES = 300  # of a message, in the comparison with uvicorn

TEXTS = st.text(max_size=20) | st.sampled_from(["", "x" * 125, "y" * 126, "z" * MAX_BYTES, "数据🌍" * 15])
FRAMES = st.one_of(
    TEXTS.map(lambda text: [Frame(Opcode.TEXT, text.encode())]),
    TEXTS.map(lambda text: [Frame(Opcode.TEXT, text.encode())]),
    st.tuples(TEXTS, TEXTS).map(
        lambda two: [
            Frame(Opcode.TEXT, two[0].encode(), fin=False),
            Frame(Opcode.PING, b"ping"),
            Frame(Opcode.CONT, two[1].encode()),
        ]
    ),
    st.sampled_from(
        [
            [Frame(Opcode.BINARY, b"\xff")],
            [Frame(Opcode.PING, b"")],
            [Frame(Opcode.PONG, b"unasked")],
            [Frame(Opcode.TEXT, b"\xff is no UTF-8")],
            [Frame(Opcode.TEXT, b"a" * (MAX_BYTES + 1))],
            [Frame(Opcode.TEXT, b"begun", fin=False)],
            [Frame(Opcode.CONT, b"not begun")],
            [Frame(Opcode.CLOSE, b"\x03\xe8")],
        ]
    ),
)


@st.composite
def segments(draw: st.DrawFn) -> list[bytes]:
    """Draw what a client sends, mostly a frame at a time, and else cut anywhere."""
    frames = [frame for some in draw(st.lists(FRAMES, min_size=1, max_size=5)) for frame in some]
    whole = [frame.serialize(mask=draw(st.integers(0, 19)) > 0) for frame in frames]
    if draw(st.integers(0, 9)) == 0:
        whole[-1] = (
            bytes([whole[-1][0] ^ draw(st.sampled_from([0x40, 0x03]))]) + whole[-1][1:]
        )  # a reserved bit, or opcode
    if draw(st.booleans()):
        return whole
    sent = b"".join(whole)
    cuts = sorted(draw(st.sets(st.integers(1, len(sent) - 1), max_size=8))) if len(sent) > 1 else []
    return [sent[begin:end] for begin, end in itertools.pairwise([0, *cuts, len(sent)])]


class Transport:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.written = b""
        self.is_closed = False

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def get_extra_info(self, name: str) -> None: ...


HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


async def read_by(kind: Any, sent: list[bytes]) -> tuple[list[Any], bytes, bool]:
    """Return the application's events, the bytes written, and whether the connection was closed."""
    events: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while not events or events[-1]["type"] == "websocket.receive":
            events.append(await receive())

    config = uvicorn.Config(
        app,
        interface="asgi3",
        log_config=None,
        ws_per_message_deflate=False,
        ws_max_size=MAX_BYTES,
        ws_ping_interval=None,
    )
    config.load()
    protocol, transport = kind(config, uvicorn.server.ServerState(), {}), Transport()
    protocol.connection_made(transport)
    for data in (HANDSHAKE, *sent):
        if not transport.is_closed:
            protocol.data_received(data)
            for _ in range(5):  # turns of the loop, in which the application takes what was read
                await asyncio.sleep(0)
    protocol.connection_lost(None)
    for _ in range(5):
        await asyncio.sleep(0)
    head, _, written = transport.written.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101")
    return events, written, transport.is_closed


@given(segments())
@examples(200)
def test_whatever_a_client_sends_is_read_as_by_uvicorn(sent: list[bytes]) -> None:
    assert asyncio.run(read_by(DirectWebSocketProtocol, sent)) == asyncio.run(read_by(WebSocketsSansIOProtocol, sent))


async def test_a_message_that_comes_alone_does_not_pass_the_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    receive = ServerProtocol.receive_data

    def see_and_receive(conn: ServerProtocol, data: bytes) -> None:
        seen.append(data)
        receive(conn, data)

    monkeypatch.setattr(ServerProtocol, "receive_data", see_and_receive)
    texts = ["", "short", "x" * 200]
    events, _, _ = await read_by(
        DirectWebSocketProtocol, [Frame(Opcode.TEXT, t.encode()).serialize(mask=True) for t in texts]
    )
    assert [event.get("text") for event in events] == [*texts, None]
    assert seen == [HANDSHAKE]


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


async def test_all_that_wait_wake_once_a_client_reads_fast_enough_again() -> None:
    flag = Writable()
    await flag.wait()
    flag.clear()
    waiting = [asyncio.ensure_future(flag.wait()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    assert not flag.is_set()
    flag.set()
    await asyncio.wait(waiting)
    assert [one.cancelled() for one in waiting] == [True, False, False]

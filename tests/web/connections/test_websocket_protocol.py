"""WebSockets of clients that do not read, or read slowly."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from starlette.responses import PlainTextResponse
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.frames import Frame, Opcode

from gql_chat.web.connections.open_connections import OpenConnections
from gql_chat.web.connections.websocket_protocol import BoundedWebSocketProtocol
from tests.support.bounded_server import run_bounded_server
from tests.web.connections.test_http_protocol import until

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
)
PAYLOAD_BYTES = 125  # the maximum of a ping


class App:
    """Sends as many texts as a message asks for."""

    def __init__(self) -> None:
        self.text = "x" * 10_000

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] == "websocket.receive":
            for _ in range(int(event["text"])):
                await send({"type": "websocket.send", "text": self.text})


@asynccontextmanager
async def unread_socket(port: int) -> AsyncIterator[socket.socket]:
    """Yield a WebSocket whose client never reads, with small buffers."""
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(raw, ("127.0.0.1", port))
        await loop.sock_sendall(raw, HANDSHAKE)
        assert (await loop.sock_recv(raw, 1000)).startswith(b"HTTP/1.1 101 ")
        yield raw


def protocol_of(connections: OpenConnections) -> BoundedWebSocketProtocol:
    (protocol,) = connections._open
    assert isinstance(protocol, BoundedWebSocketProtocol)
    return protocol


@pytest.fixture
async def served() -> AsyncIterator[tuple[int, OpenConnections]]:
    async with run_bounded_server(App(), write_seconds=1.0) as running:
        yield running


async def test_a_client_that_pings_and_reads_nothing_is_not_read_either_and_aborted(
    served: tuple[int, OpenConnections],
) -> None:
    port, connections = served
    pings = Frame(Opcode.PING, bytes(PAYLOAD_BYTES)).serialize(mask=True) * 100_000  # 13 MB
    largest_bytes = 0

    def sample() -> bool:
        nonlocal largest_bytes
        for protocol in connections._open:
            largest_bytes = max(largest_bytes, protocol.transport.get_write_buffer_size())  # type: ignore[attr-defined]
        return len(connections) == 0

    async with unread_socket(port) as raw:
        sending = asyncio.create_task(asyncio.get_running_loop().sock_sendall(raw, pings))
        await until(sample)
        with pytest.raises(ConnectionError):
            await sending
    assert 0 < largest_bytes < 400_000  # the high-water mark, and the answers to what was read at once


async def test_a_client_that_reads_no_texts_is_aborted(served: tuple[int, OpenConnections]) -> None:
    port, connections = served
    async with unread_socket(port) as raw:
        request = Frame(Opcode.TEXT, b"100000").serialize(mask=True)
        await asyncio.get_running_loop().sock_sendall(raw, request)
        await until(lambda: len(connections) == 0)


async def test_pings_are_answered_and_reading_goes_on_after_a_pause(served: tuple[int, OpenConnections]) -> None:
    port, connections = served
    async with connect(f"ws://127.0.0.1:{port}", max_queue=1) as client:
        await client.send("500")
        protocol = protocol_of(connections)
        await until(lambda: not protocol.writable.is_set())
        for _ in range(500):
            assert len(await client.recv()) == 10_000
        async with asyncio.timeout(10):
            await (await client.ping())
        await client.send("1")
        assert len(await client.recv()) == 10_000


async def test_the_keep_alive_waits_for_a_client_that_reads_slowly_and_ends_one_that_does_not(
    served: tuple[int, OpenConnections], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, connections = served
    async with unread_socket(port) as raw:
        loop = asyncio.get_running_loop()
        protocol = protocol_of(connections)
        protocol.ping_timeout = 0.3
        await loop.sock_sendall(raw, Frame(Opcode.TEXT, b"1000").serialize(mask=True))
        await until(lambda: not protocol.writable.is_set())
        protocol.send_keepalive_ping()
        for _ in range(20):
            await loop.sock_recv(raw, 30_000)
            await asyncio.sleep(0.1)  # the speed is the point: many times the limit together
        assert (protocol.close_sent, protocol.transport.is_closing()) == (False, False)
        await until(lambda: protocol.close_sent)
        await until(lambda: len(connections) == 0)


async def test_upgrades_over_the_cap_get_503_and_places_become_free(served: Any) -> None:
    async with run_bounded_server(App(), max_connections=3) as (port, connections), AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(unread_socket(port)) for _ in range(3)]
        assert len(connections) == 3
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HANDSHAKE)
        assert (await reader.read()).startswith(b"HTTP/1.1 503 ")
        writer.close()
        sockets[0].close()
        await until(lambda: len(connections) == 2)
        async with unread_socket(port):
            assert len(connections) == 3


@pytest.mark.parametrize(
    ("line", "headers", "status"),
    [
        (b"GET / HTTP/1.1", b"X: %b\r\n" % (b"x" * 9000), 431),
        (b"GET / HTTP/1.1", b"X: x\r\n" * 150, 431),
        (b"GET /?%b HTTP/1.1" % (b"x" * 9000), b"", 414),
        (b"GET / HTTP/1.1", b"Content-Length: 2\r\n", 400),
        (b"GET / HTTP/1.1", b"Transfer-Encoding: chunked\r\n", 400),
    ],
)
async def test_a_handshake_that_is_not_taken_is_answered_and_the_connection_closed(
    served: tuple[int, OpenConnections], line: bytes, headers: bytes, status: int
) -> None:
    port, connections = served
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HANDSHAKE.replace(b"GET / HTTP/1.1", line)[:-2] + headers + b"\r\n")
    async with asyncio.timeout(20):
        assert (await reader.read()).startswith(b"HTTP/1.1 %d " % status)
    writer.close()
    await until(lambda: len(connections) == 0)


async def test_a_handshake_may_have_as_long_cookies_as_a_request(served: tuple[int, OpenConnections]) -> None:
    cookie = {"Cookie": "session=" + "x" * 20_000}
    async with connect(f"ws://127.0.0.1:{served[0]}/", additional_headers=cookie) as client:
        await client.send("1")
        assert await client.recv() == "x" * 10_000


async def test_a_refused_handshake_is_no_error_of_the_server(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await PlainTextResponse("not here", 421)(scope, receive, send)

    async with run_bounded_server(app) as (port, connections):
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://127.0.0.1:{port}/").__aenter__()
        await until(lambda: len(connections) == 0)
    assert (refused.value.response.status_code, refused.value.response.body) == (421, b"not here")
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_a_message_that_is_not_utf_8_is_no_error_of_the_server(
    served: tuple[int, OpenConnections], caplog: pytest.LogCaptureFixture
) -> None:
    port, connections = served
    loop = asyncio.get_running_loop()
    async with unread_socket(port) as raw, asyncio.timeout(20):
        await loop.sock_sendall(raw, Frame(Opcode.TEXT, b"\xff", fin=False).serialize(mask=True))
        await loop.sock_sendall(raw, Frame(Opcode.CONT, b"\xfe").serialize(mask=True))
        frame = await loop.sock_recv(raw, 1000)
        assert (frame[0], int.from_bytes(frame[2:4])) == (0x88, 1007)
        assert await loop.sock_recv(raw, 1000) == b""
    await until(lambda: len(connections) == 0)
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_the_close_frame_after_a_message_over_the_limit_arrives(served: tuple[int, OpenConnections]) -> None:
    port, connections = served
    message = Frame(Opcode.TEXT, b"x" * (17 << 20)).serialize(mask=True)  # uvicorn's limit is 16 MiB
    loop = asyncio.get_running_loop()
    async with unread_socket(port) as raw, asyncio.timeout(20):
        await loop.sock_sendall(raw, message)
        frame = await loop.sock_recv(raw, 1000)
        assert frame[0] == 0x88  # a close frame
        assert int.from_bytes(frame[2:4]) == 1009
        assert await loop.sock_recv(raw, 1000) == b""
    await until(lambda: len(connections) == 0)


async def test_a_client_that_stays_after_the_close_frame_is_closed(served: tuple[int, OpenConnections]) -> None:
    port, connections = served
    async with unread_socket(port) as raw, asyncio.timeout(20):
        protocol_of(connections).close_timeout = 0.2
        await asyncio.get_running_loop().sock_sendall(raw, b"\xff" * 10)  # not a frame
        await until(lambda: len(connections) == 0)

"""Deadlines and caps of HTTP connections, and the honest clients that never meet them."""

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs

from gql_chat.infra.telemetry.throttled_log import ThrottledLog
from gql_chat.web.connections import http_protocol, open_connections
from gql_chat.web.connections.open_connections import OpenConnections
from gql_chat.web.graphql.sse import send_event_stream
from tests.support.bounded_server import run_bounded_server

POST = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


class App:
    """Reads the body, then sends the answer when it may."""

    def __init__(self) -> None:
        self.answer = b"fine"
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.started = 0
        self.disconnects = 0
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.started += 1
        self.bodies.append(b"")
        number, more_body = len(self.bodies) - 1, True
        while more_body:
            event = await receive()
            if event["type"] == "http.disconnect":
                self.disconnects += 1
                return
            self.bodies[number] += event["body"]
            more_body = event["more_body"]
        await self.may_answer.wait()
        length = str(len(self.answer)).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
        await send({"type": "http.response.body", "body": self.answer})


class Client:
    """One raw connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def status(self) -> int:
        """Read the head of a response and return its status."""
        async with asyncio.timeout(20):
            head = await self.reader.readuntil(b"\r\n\r\n")
        return int(head.split()[1])

    async def read_to_end(self) -> bytes:
        async with asyncio.timeout(20):
            return await self.reader.read()


@asynccontextmanager
async def connected(port: int, **options: Any) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, **options)
    try:
        yield Client(reader, writer)
    finally:
        writer.transport.abort()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


Server = Callable[..., Awaitable[tuple[int, OpenConnections]]]


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
async def serve(app: App) -> AsyncIterator[Server]:
    async with AsyncExitStack() as stack:
        yield lambda **bounds: stack.enter_async_context(run_bounded_server(app, **bounds))


async def test_300_half_requests_are_answered_408_and_closed(serve: Server, app: App) -> None:
    port, connections = await serve(headers_seconds=1.5)
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(connected(port)) for _ in range(300)]
        for client in clients:
            client.send(b"GET / HTTP/1.1\r\nHost: local")
        with capture_logs() as lines:
            ends = await asyncio.gather(*(client.read_to_end() for client in clients))
        assert {end.split(b"\r\n")[0] for end in ends} == {b"HTTP/1.1 408 Request Timeout"}
        await until(lambda: len(connections) == 0)
    assert app.started == 0
    assert sum(line["event"] == "connection_refused" for line in lines) <= 1


async def test_the_time_for_headers_is_not_extended_by_bytes(serve: Server) -> None:
    port, _ = await serve(headers_seconds=0.4)
    async with connected(port) as client:
        client.send(GET)
        assert await client.status() == 200
        await client.reader.readexactly(4)
        client.send(POST)

        async def drip() -> None:
            for number in range(1000):
                client.send(b"X-%d: x\r\n" % number)
                await asyncio.sleep(0.02)

        dripping = asyncio.create_task(drip())
        assert await client.status() == 408
        dripping.cancel()


async def test_a_connection_without_a_byte_is_closed_without_a_response(serve: Server) -> None:
    port, _ = await serve(headers_seconds=0.2)
    async with connected(port) as client:
        assert await client.read_to_end() == b""


@pytest.mark.parametrize(
    "beginning",
    [
        b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000,
        b"GET / HTTP/1.1\r\n" + b"X-Name: value\r\n" * 6000,
        b"GET / HTTP/1.1\r\n" + b"X-Name: value\r\n" * 6000 + b"\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n" + b"X-Name: value\r\n" * 6000,
        POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX: " + b"x" * 70_000,
    ],
)  # fmt: skip
async def test_headers_and_trailers_of_more_than_64_kb_are_refused(serve: Server, beginning: bytes) -> None:
    port, connections = await serve()
    async with connected(port) as client:
        await until(lambda: len(connections) == 1)
        for start in range(0, len(beginning), 8000):
            protocol_of(connections).data_received(beginning[start : start + 8000])
        client.send(b"y" * 70_000)
        assert await client.status() == 431


@pytest.mark.parametrize("headers", [b"X: " + b"x" * 70_000, b"X-Name: value\r\n" * 6000])
async def test_headers_of_more_than_64_kb_that_are_read_at_once_are_refused_at_once(
    serve: Server, headers: bytes
) -> None:
    port, connections = await serve()
    async with connected(port) as client:
        client.send(GET)
        assert await client.status() == 200
        assert await client.reader.readexactly(4) == b"fine"
        protocol_of(connections).data_received(b"GET / HTTP/1.1\r\n" + headers)
        assert await client.status() == 431


@pytest.mark.parametrize("end", [b"", b" HTTP/1.1\r\nHost: localhost\r\n\r\n"])
async def test_a_url_of_more_than_64_kb_is_refused_with_414(serve: Server, end: bytes) -> None:
    port, _ = await serve()
    async with connected(port) as client:
        client.send(b"GET /" + (b"x" * 70_000 + end if end else b"x" * 1_000_000))
        assert await client.status() == 414


async def test_headers_of_60_kb_and_large_bodies_are_taken(serve: Server) -> None:
    port, _ = await serve()
    async with connected(port) as client:
        client.send(b"POST / HTTP/1.1\r\n" + b"X-Name: value\r\n" * 4000 + b"Content-Length: 1000000\r\n\r\n")
        client.send(bytes(1_000_000))
        assert await client.status() == 200


async def test_silence_in_a_body_ends_with_408_and_the_application_learns_of_it(serve: Server, app: App) -> None:
    port, _ = await serve(body_silence_seconds=0.3)
    async with connected(port) as client:
        client.send(POST + b"Content-Length: 10\r\n\r\nhalf")
        assert await client.status() == 408
        await client.read_to_end()
    await until(lambda: app.disconnects == 1)


async def test_a_slow_upload_of_many_times_the_limit_is_not_cut(serve: Server) -> None:
    port, _ = await serve(body_silence_seconds=0.4, headers_seconds=0.4)
    async with connected(port) as client:
        client.send(POST + b"Content-Length: 1000\r\n\r\n")
        for _ in range(20):
            await asyncio.sleep(0.08)  # the speed is the point: 1.6 s together
            client.send(bytes(50))
        assert await client.status() == 200


async def test_a_long_poll_of_many_times_every_limit_is_not_cut(serve: Server, app: App) -> None:
    port, _ = await serve(body_silence_seconds=0.1, headers_seconds=0.1, write_seconds=0.1)
    app.may_answer.clear()
    async with connected(port) as client:
        client.send(GET)
        await until(lambda: app.started == 1)
        await asyncio.sleep(1)  # ten times the limits
        app.may_answer.set()
        assert await client.status() == 200


async def test_a_client_that_waits_for_100_continue_is_not_silent(serve: Server, app: App) -> None:
    port, _ = await serve(body_silence_seconds=0.2)
    app_receives = asyncio.Event()
    original = App.__call__

    async def late(self: App, scope: Any, receive: Any, send: Any) -> None:
        await app_receives.wait()
        await original(self, scope, receive, send)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(App, "__call__", late)
        async with connected(port) as client:
            client.send(POST + b"Expect: 100-continue\r\nContent-Length: 4\r\n\r\n")
            await asyncio.sleep(0.6)  # three times the limit
            app_receives.set()
            assert await client.status() == 100
            client.send(b"body")
            assert await client.status() == 200


async def test_a_client_that_does_not_read_is_aborted(serve: Server, app: App) -> None:
    port, connections = await serve(write_seconds=0.4)
    app.answer = bytes(20_000_000)
    async with connected(port, limit=1000) as client:
        client.send(GET)
        assert await client.status() == 200
        await until(lambda: len(connections) == 0)
        assert len(await client.read_to_end()) < len(app.answer)


async def test_a_slow_reader_is_not_aborted(serve: Server, app: App) -> None:
    port, _ = await serve(write_seconds=0.5)
    app.answer = bytes(600_000)
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", port))
    async with connected_on(raw) as client:
        client.send(GET)
        assert await client.status() == 200
        read_bytes = 0
        while read_bytes < len(app.answer):
            read_bytes += len(await client.reader.read(30_000))
            await asyncio.sleep(0.05)  # the speed is the point: many times the limit together
    assert read_bytes == len(app.answer)


@asynccontextmanager
async def connected_on(raw: socket.socket) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection(sock=raw, limit=2000)
    try:
        yield Client(reader, writer)
    finally:
        writer.transport.abort()


@pytest.mark.parametrize("bound", ["max_connections", "max_per_address"])
async def test_connections_over_the_cap_get_503_at_once_and_free_ones_are_used_again(serve: Server, bound: str) -> None:
    port, connections = await serve(**{bound: 5})
    async with AsyncExitStack() as stack:
        within = [await stack.enter_async_context(connected(port)) for _ in range(5)]
        await until(lambda: len(connections) == 5)
        async with connected(port) as client:
            client.send(GET)
            response = await client.read_to_end()
            assert response.startswith(b"HTTP/1.1 503 ")
            assert b"\r\nretry-after: 30\r\n" in response
        within[0].writer.transport.abort()
        await until(lambda: len(connections) == 4)
        async with connected(port) as client:
            client.send(GET)
            assert await client.status() == 200


@pytest.mark.parametrize(
    ("bound", "reason"),
    [("max_connections", "too many connections"), ("max_per_address", "too many connections of one address")],
)
async def test_a_connection_over_the_cap_is_logged_with_the_reason(
    serve: Server, bound: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_connections, "warn_throttled", ThrottledLog().warn)
    port, connections = await serve(**{bound: 1})
    async with connected(port):
        await until(lambda: len(connections) == 1)
        with capture_logs() as lines:
            async with connected(port) as client:
                client.send(GET)
                await client.read_to_end()
    refusals = [line for line in lines if line["event"] == "connection_refused"]
    assert [(line["source"], line["reason"]) for line in refusals] == [("127.0.0.1", reason)]


async def test_pipelined_requests_are_answered_in_order_up_to_a_bound(serve: Server, app: App) -> None:
    port, _ = await serve()
    async with connected(port) as client:
        client.send(GET * 50)
        for _ in range(50):
            assert await client.status() == 200
            assert await client.reader.readexactly(4) == b"fine"
        app.may_answer.clear()
        client.send(GET * 1000)
        assert await client.read_to_end() == b""
    assert app.started <= 51


@pytest.mark.parametrize(
    ("offer", "upgrade"),
    [(b"Upgrade, HTTP2-Settings", b"h2c"), (b"keep-alive, upgrade", b"h2c"), (b"upgrade", b"websocket")],
)
async def test_a_post_that_offers_another_protocol_is_answered_in_http_1_1_with_its_body(
    serve: Server, app: App, offer: bytes, upgrade: bytes
) -> None:
    head = (
        POST
        + b"Connection: "
        + offer
        + b"\r\nUpgrade: "
        + upgrade
        + b"\r\nHTTP2-Settings: AAEAAEAAAAIAAAAA\r\nContent-Length: 5\r\n\r\n"
    )
    port, _ = await serve()
    async with connected(port) as client:
        client.send(head + b"hello" + head + b"wor")  # as Java's HttpClient does unless it is told otherwise
        assert await client.status() == 200
        client.send(b"ld")
        await client.reader.readexactly(len(app.answer))
        assert await client.status() == 200
        await client.reader.readexactly(len(app.answer))
        client.send(GET)
        assert await client.status() == 200
    assert app.bodies == [b"hello", b"world", b""]


async def test_a_malformed_request_is_refused_with_400_and_one_line_in_the_log(serve: Server) -> None:
    port, _ = await serve()
    with capture_logs() as lines:
        for _ in range(5):
            async with connected(port) as client:
                client.send(b"NONSENSE\r\n\r\n")
                assert await client.status() == 400
    assert sum(line["event"] == "connection_refused" for line in lines) <= 1


async def test_an_event_stream_that_nobody_reads_is_aborted_and_its_source_ends() -> None:
    ended = asyncio.Event()

    async def events() -> AsyncGenerator[bytes, None]:
        try:
            while True:
                await asyncio.sleep(0)  # as every source waits for its next event
                yield b"x" * 10_000
        finally:
            ended.set()

    async def never() -> bytes:
        await asyncio.get_running_loop().create_future()
        return b""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send_event_stream(events(), never(), never(), receive, send, ping_seconds=10)

    async with run_bounded_server(app, write_seconds=0.4) as (port, connections), connected(port, limit=1000) as client:
        client.send(GET)
        assert await client.status() == 200
        await until(lambda: len(connections) == 0)
        async with asyncio.timeout(10):
            await ended.wait()


async def test_a_connection_is_closed_after_its_response_when_the_server_ends(serve: Server, app: App) -> None:
    port, connections = await serve()
    async with connected(port) as idle, connected(port) as waiting:
        idle.send(GET)
        assert await idle.status() == 200
        app.may_answer.clear()
        waiting.send(GET)
        await until(lambda: app.started == 2)
        shut_down(connections)
        assert await idle.read_to_end() == b"fine"
        app.may_answer.set()
        assert (await waiting.read_to_end()).endswith(b"fine")


@pytest.mark.parametrize("sent_before", [0, 7])
async def test_a_new_connection_has_a_moment_for_its_request_when_the_server_ends(
    serve: Server, monkeypatch: pytest.MonkeyPatch, sent_before: int
) -> None:
    monkeypatch.setattr(http_protocol, "FIRST_REQUEST_SECONDS", 1.0)
    port, connections = await serve()
    async with connected(port) as client, connected(port) as unused:
        client.send(GET[:sent_before])
        await until(lambda: len(connections) == 2)
        shut_down(connections)
        client.send(GET[sent_before:])
        assert (await client.read_to_end()).endswith(b"fine")
        assert await unused.read_to_end() == b""


def protocol_of(connections: OpenConnections) -> http_protocol.BoundedHttpProtocol:
    """Return the only connection."""
    (protocol,) = connections._open
    assert isinstance(protocol, http_protocol.BoundedHttpProtocol)
    return protocol


def shut_down(connections: OpenConnections) -> None:
    """Do to each connection what the server does when it ends."""
    for connection in list(connections._open):
        assert isinstance(connection, http_protocol.BoundedHttpProtocol)
        connection.shutdown()

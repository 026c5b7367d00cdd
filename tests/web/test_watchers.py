"""Watchers that do not read cost the others nothing, and the server no memory."""

import asyncio
import base64
import os
import socket
import traceback
import tracemalloc
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import orjson
import pytest
import strawberry
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from gql_chat.api.engine.context import Context, Services
from gql_chat.api.engine.execution import Engine
from gql_chat.generation.delivery.growing import GrowingReply, Position
from gql_chat.infra.telemetry.request_context import RequestInfo, bind_request
from gql_chat.web.connections.open_connections import Slots
from gql_chat.web.connections.uvicorn_websocket import DRAIN, TRY_SEND, FrameSender
from gql_chat.web.graphql.websocket_connection import WebSocketConnection
from gql_chat.web.graphql.websocket_messages import ConnectionLimits
from tests.support.chat import Chat, run_chat
from tests.support.client import WATCH, Client, Screen
from tests.support.demo import Script

INIT = {"type": "connection_init"}
CHUNK = "x" * 50_000
CHUNKS = 100  # 5 MB, far more than the kernel's socket buffers take


async def open_stalled(client: Client, message_id: str) -> socket.socket:
    """Return a WebSocket that has subscribed to the reply and reads nothing after the handshake."""
    address = urlsplit(client.origin)
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(sock, (address.hostname, address.port))
    key = base64.b64encode(os.urandom(16)).decode()
    upgrade = [
        "GET /graphql HTTP/1.1", f"Host: {address.netloc}", "Upgrade: websocket", "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: graphql-transport-ws",
    ]  # fmt: skip
    await loop.sock_sendall(sock, "\r\n".join([*upgrade, "", ""]).encode())
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += await loop.sock_recv(sock, 1)
    payload = {"query": WATCH, "variables": {"id": message_id, "offset": 0}}
    init = {"type": "connection_init", "payload": {"Authorization": f"Bearer {client.token}"}}
    for message in (init, {"id": "1", "type": "subscribe", "payload": payload}):
        await loop.sock_sendall(sock, masked(orjson.dumps(message)))
    return sock


def masked(payload: bytes) -> bytes:
    """Return a client's text frame of RFC 6455, masked with zeros."""
    head = bytes([0x81, 0x80 | len(payload)]) if len(payload) < 126 else b"\x81\xfe" + len(payload).to_bytes(2)
    return head + bytes(4) + payload


async def read_events(sock: socket.socket) -> list[dict[str, Any]]:
    """Return all messages up to `complete`."""
    reader, writer = await asyncio.open_connection(sock=sock, limit=2**24)
    events: list[dict[str, Any]] = []
    while not events or events[-1]["type"] != "complete":
        _, length = await reader.readexactly(2)
        if length >= 126:
            length = int.from_bytes(await reader.readexactly(2 if length == 126 else 8))
        events.append(orjson.loads(await reader.readexactly(length)))
    writer.close()
    return events


def buffered_bytes(chat: Chat) -> int:
    """Return the most that the server holds for any one socket."""
    connections = chat.server.server_state.connections
    sockets = [connection for connection in connections if isinstance(connection, WebSocketsSansIOProtocol)]
    return max(connection.transport.get_write_buffer_size() for connection in sockets)


async def test_a_watcher_that_stops_reading_slows_nobody_and_buffers_no_more_than_a_delta(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with run_chat(sqlite_url, tmp_path, REPLY_MAX_CHARACTERS=str(CHUNKS * len(CHUNK) * 2)) as chat:
        ada = await chat.sign_up("ada")
        driven = chat.demo.drive("demo")
        reply_id = (await ada.send())["reply"]["id"]
        call = await driven.next_call()
        stalled = await open_stalled(ada, reply_id)
        screen, quick = Screen(), ada.watch(reply_id)
        peak_bytes = 0
        for number in range(1, CHUNKS + 1):
            await call.send(CHUNK)
            while len(screen.text) < number * len(CHUNK):
                screen.take(await anext(quick))
            peak_bytes = max(peak_bytes, buffered_bytes(chat))
        await call.finish()
        async for event in quick:
            screen.take(event)
        assert len(screen.text) == CHUNKS * len(CHUNK)
        assert peak_bytes < 64 * 1024 + 3 * len(CHUNK)  # the transport's mark, and the delta that passed it
        late = Screen()
        events = await read_events(stalled)
        for event in events[1:-1]:
            late.take(event["payload"]["data"]["reply"])
        assert late.text == screen.text
        assert len(events) < CHUNKS  # what it had not read came in one


@dataclass
class ReplyContext(Context):
    """A context with a reply to watch."""

    reply: GrowingReply | None = None


@strawberry.type
class Growth:
    """A delta."""

    text: str


@strawberry.type
class Query:
    """What a schema must have."""

    hello: str


@strawberry.type
class Subscription:
    """The reply of the context."""

    @strawberry.subscription
    async def growth(self, info: strawberry.Info[ReplyContext, None]) -> AsyncGenerator[Growth, None]:
        assert info.context.reply is not None
        async for delta in info.context.reply.watch(Position()):
            yield Growth(text=delta.text)


async def peak_bytes_of_watching(
    reply: GrowingReply, query: str = "subscription { growth { text } }"
) -> tuple[int, list[tuple[bytes, ...]]]:
    """Return the most memory that a watcher takes who lacks the whole reply, and its writes, each in parts."""
    sent, complete = list[tuple[bytes, ...]](), asyncio.Event()
    subscribe = {"id": "1", "type": "subscribe", "payload": {"query": query}}
    events = [{"type": "websocket.receive", "text": orjson.dumps(one).decode()} for one in (INIT, subscribe)]

    async def make_context(_: str | None, request: RequestInfo) -> ReplyContext:
        return ReplyContext(cast(Services, None), request, reply=reply)

    async def receive() -> Any:
        if events:
            return events.pop(0)
        await complete.wait()
        return {"type": "websocket.disconnect"}

    def try_send(*parts: bytes, then: bytes = b"") -> bool:
        sent.append((*parts, then))  # as a transport keeps what the kernel does not take
        if b'"complete"' in (then or parts[0]):
            complete.set()
        return True

    async def drain() -> None:
        pass

    engine = Engine(strawberry.Schema(query=Query, subscription=Subscription))
    scope = {"type": "websocket", "headers": [], "extensions": {TRY_SEND: try_send, DRAIN: drain}}
    with bind_request(RequestInfo(None, None, "req_1")):
        connection = WebSocketConnection(
            engine, make_context, ConnectionLimits(), Slots(1), scope, receive, cast(Any, None)
        )
        tracemalloc.start()
        try:
            await connection.run()
            return tracemalloc.get_traced_memory()[1], sent
        finally:
            tracemalloc.stop()


async def test_a_watcher_that_lacks_megabytes_takes_three_times_their_memory() -> None:
    reply = GrowingReply("msg_1", text="A burst of tokens. " * 140_000)
    reply.close()
    peak_bytes, sent = await peak_bytes_of_watching(reply)
    [response] = [parts for parts in sent if sum(map(len, parts)) > 1000]
    assert orjson.loads(b"".join(response))["payload"] == {"data": {"growth": {"text": str(reply.text)}}}
    assert peak_bytes < 3.1 * reply.text.length


async def test_the_response_to_a_query_and_its_completion_are_one_write() -> None:
    _, writes = await peak_bytes_of_watching(GrowingReply("msg_1"), "{ __typename }")
    acknowledgement, (*response, completion) = writes
    assert orjson.loads(b"".join(acknowledgement)) == {"type": "connection_ack"}
    payload = {"data": {"__typename": "Query"}}
    assert orjson.loads(b"".join(response)) == {"id": "1", "type": "next", "payload": payload}
    assert orjson.loads(completion) == {"id": "1", "type": "complete"}


async def test_a_token_reaches_the_socket_in_the_call_that_appends_it(
    chat: Chat, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, try_send = [], FrameSender.try_send

    def observe(sender: FrameSender, text: bytes) -> bool:
        was_sent = try_send(sender, text)
        callers = {frame.f_code for frame, _ in traceback.walk_stack(None)}
        if was_sent and GrowingReply.append.__code__ in callers:
            sent.append(text)
        return was_sent

    monkeypatch.setattr(FrameSender, "try_send", observe)
    driven = chat.demo.drive("demo")
    reply_id = (await ada.send())["reply"]["id"]
    call = await driven.next_call()
    screen, watch = Screen(), ada.watch(reply_id)
    for number in range(10):
        await call.send(f"{number} ")
        while not screen.text.endswith(f"{number} "):
            screen.take(await anext(watch))
    await call.finish()
    async for event in watch:
        screen.take(event)
    assert len(sent) >= 9  # the first token may come before its watcher


async def test_two_hundred_watchers_of_one_reply_all_get_it(chat: Chat, ada: Client) -> None:
    driven = chat.demo.drive("demo")
    reply_id = (await ada.send())["reply"]["id"]
    call = await driven.next_call()
    watching = [asyncio.create_task(ada.watch_to_end(reply_id)) for _ in range(200)]
    for number in range(20):
        await call.send(f"{number} ")
    await call.finish()
    screens = await asyncio.gather(*watching)
    expected = "".join(f"{number} " for number in range(20))
    assert [screen.text for screen in screens] == [expected] * 200
    assert {screen.final["status"] for screen in screens if screen.final} == {"COMPLETED"}


async def test_subscriptions_that_end_leave_no_task_and_no_waiter(chat: Chat, ada: Client) -> None:
    chat.demo.script("demo", Script(chunks=("a", "b")))
    await ada.watch_to_end((await ada.send())["reply"]["id"])
    before = len(asyncio.all_tasks())
    for _ in range(20):
        await ada.watch_to_end((await ada.send())["reply"]["id"])
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) <= before + 2  # a closing socket or two of this client

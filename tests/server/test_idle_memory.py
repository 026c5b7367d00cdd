"""What a connection holds while nothing happens on its subscription: most clients have one open all the time."""

import asyncio
import base64
import gc
import os
import socket
import struct
import tracemalloc
from urllib.parse import urlsplit

import orjson

from tests.support.chat import Chat
from tests.support.client import WATCH, Client

CHANGES = "subscription ($after: String) { changes(after: $after) { __typename } }"
CONNECTIONS = 50
MAX_BYTES = 22_000


class RawSocket:
    """A client of which the test's process holds a socket, and nothing else that would be counted."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected

    @classmethod
    async def subscribe(cls, client: Client, query: str, **variables: object) -> "RawSocket":
        """Connect and subscribe. Return once the subscription waits for more than its first event."""
        url, loop = urlsplit(client.origin), asyncio.get_running_loop()
        raw = cls(socket.socket())
        raw._socket.setblocking(False)
        await loop.sock_connect(raw._socket, (url.hostname, url.port))
        key = base64.b64encode(os.urandom(16)).decode()
        head = (
            f"GET /graphql HTTP/1.1\r\nHost: {url.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
            f"Sec-WebSocket-Protocol: graphql-transport-ws\r\nAuthorization: Bearer {client.token}\r\n\r\n"
        )
        await loop.sock_sendall(raw._socket, head.encode())
        assert (await loop.sock_recv(raw._socket, 4096)).startswith(b"HTTP/1.1 101 ")
        await raw._send({"type": "connection_init"})
        assert b"connection_ack" in await loop.sock_recv(raw._socket, 4096)
        await raw._send({"type": "subscribe", "id": "1", "payload": {"query": query, "variables": variables}})
        assert b'"type":"next"' in await loop.sock_recv(raw._socket, 4096)
        await raw._send({"type": "ping"})
        assert b"pong" in await loop.sock_recv(raw._socket, 4096)
        return raw

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    async def _send(self, message: dict[str, object]) -> None:
        text = orjson.dumps(message)
        long_head = struct.pack(">BBH4x", 0x81, 0x80 | 126, len(text))  # masked with zeros
        await asyncio.get_running_loop().sock_sendall(self._socket, long_head + text)


async def bytes_of_an_idle_subscription(client: Client, query: str, **variables: object) -> float:
    """Return the bytes of Python's objects that a subscription takes on a connection of its own."""
    sockets = [await RawSocket.subscribe(client, query, **variables) for _ in range(2)]
    gc.collect()
    tracemalloc.start()
    try:
        sockets += [await RawSocket.subscribe(client, query, **variables) for _ in range(CONNECTIONS)]
        gc.collect()
        return tracemalloc.get_traced_memory()[0] / CONNECTIONS
    finally:
        tracemalloc.stop()
        for one in sockets:
            one.close()


async def test_a_watch_of_a_reply_is_small_while_nothing_comes(chat: Chat, ada: Client) -> None:
    driven = chat.demo.drive("demo")
    reply_id = (await ada.send())["reply"]["id"]
    await (await driven.next_call()).send("Hello")
    assert await bytes_of_an_idle_subscription(ada, WATCH, id=reply_id, offset=0) < MAX_BYTES


async def test_the_feed_of_changes_is_small_while_nothing_changes(chat: Chat, ada: Client) -> None:
    cursor = (await ada.run("{ changesCursor }"))["changesCursor"]
    await ada.new_session()
    assert await bytes_of_an_idle_subscription(ada, CHANGES, after=cursor) < MAX_BYTES

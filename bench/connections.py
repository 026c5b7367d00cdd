"""Clients of the load: GraphQL over HTTP and over graphql-transport-ws, as cheap as Python allows.

The load shares a core with the fake model, so a general client would show in the measurement.
"""

import asyncio
import base64
import os
from collections.abc import Callable
from typing import Any, Self, cast

import click
import httptools
import orjson

OnData = Callable[[dict[str, Any]], None]

_NO_MASK = b"\0\0\0\0"  # a client must mask its frames, but the mask may be zero


class OperationFailed(click.ClickException):
    """The server responded with errors, or not at all."""


class HttpConnection(asyncio.Protocol):
    """A kept-alive connection: one request at a time."""

    def __init__(self, token: str | None) -> None:
        self._token = token
        self._transport: asyncio.Transport

    @classmethod
    async def open(cls, port: int, token: str | None = None) -> Self:
        """Connect to this machine's port."""
        loop = asyncio.get_running_loop()
        return (await loop.create_connection(lambda: cls(token), "127.0.0.1", port))[1]

    async def run(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        """Run a query or mutation and return its data. Raise OperationFailed."""
        body = orjson.dumps({"query": query, "variables": variables})
        authorization = f"authorization: Bearer {self._token}\r\n" if self._token else ""
        head = f"content-type: application/json\r\naccept: application/json\r\ncontent-length: {len(body)}\r\n"
        self._answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._pieces: list[bytes] = []
        self._parser = httptools.HttpResponseParser(self)
        self._transport.write(f"POST /graphql HTTP/1.1\r\nhost: localhost\r\n{authorization}{head}\r\n".encode() + body)
        answer: dict[str, Any] = orjson.loads(await self._answered)
        if answer.get("errors"):
            raise OperationFailed(str(answer["errors"]))
        data: dict[str, Any] = answer["data"]
        return data

    def close(self) -> None:
        """Disconnect."""
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if hasattr(self, "_answered") and not self._answered.done():
            self._answered.set_exception(OperationFailed("connection lost"))

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        """Collect a piece of the response's body."""
        self._pieces.append(body)

    def on_message_complete(self) -> None:
        """Complete the response."""
        self._answered.set_result(b"".join(self._pieces))


class Socket(asyncio.Protocol):
    """One client's graphql-transport-ws connection, for any number of operations at once."""

    def __init__(self, token: str | None) -> None:
        self._token = token
        self._transport: asyncio.Transport
        self._acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._unread = b""
        self._is_upgraded = False
        self._operations: dict[str, tuple[OnData, asyncio.Future[None]]] = {}
        self._count = 0

    @classmethod
    async def open(cls, port: int, token: str | None = None) -> Self:
        """Connect to this machine's port and wait for the acknowledgement."""
        loop = asyncio.get_running_loop()
        _, socket = await loop.create_connection(lambda: cls(token), "127.0.0.1", port)
        await socket._acknowledged
        return socket

    def start(self, query: str, variables: dict[str, Any], on_data: OnData) -> asyncio.Future[None]:
        """Start an operation. The future is done when it completes, or fails with OperationFailed."""
        self._count += 1
        operation_id = str(self._count)
        completed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._operations[operation_id] = on_data, completed
        self._send({"id": operation_id, "type": "subscribe", "payload": {"query": query, "variables": variables}})
        return completed

    async def first(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        """Return the first result of an operation, without waiting for its end."""
        came: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        completed = self.start(query, variables, lambda data: None if came.done() else came.set_result(data))
        either: set[asyncio.Future[Any]] = {came, completed}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not came.done():
                await completed
            return await came
        finally:
            completed.cancel()  # nobody waits for it any more, so its failure would be reported by asyncio

    def close(self) -> None:
        """Disconnect, even if operations are still running."""
        for _, completed in self._operations.values():
            completed.cancel()
        self._operations.clear()
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        key = base64.b64encode(os.urandom(16)).decode()
        self._transport.write(
            "GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        for waiting in [self._acknowledged, *(completed for _, completed in self._operations.values())]:
            if not waiting.done():
                waiting.set_exception(OperationFailed("connection lost"))

    def data_received(self, data: bytes) -> None:
        data = self._unread + data
        if not self._is_upgraded:
            head, found, data = data.partition(b"\r\n\r\n")
            if not found:
                self._unread = head
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self._acknowledged.set_exception(OperationFailed(head.decode()))
                return
            self._is_upgraded = True
            self._send(
                {
                    "type": "connection_init",
                    "payload": {"Authorization": f"Bearer {self._token}"} if self._token else {},
                }
            )
        self._unread = self._read_frames(data)

    def _read_frames(self, data: bytes) -> bytes:
        """Handle the complete frames and return the rest. RFC 6455, 5.2; none of our servers fragments."""
        start = 0
        while len(data) - start >= 2:
            length, head = data[start + 1], 2
            if length > 125:
                head = 4 if length == 126 else 10
                length = int.from_bytes(data[start + 2 : start + head], "big")
            end = start + head + length
            if len(data) < max(end, start + head):
                break
            self._take(data[start] & 15, data[start + head : end])
            start = end
        return data[start:]

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == 1:
            self._take_message(orjson.loads(payload))
        elif opcode == 8:
            self._transport.close()
        elif opcode == 9:
            self._send_frame(10, payload)

    def _take_message(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "next":
            on_data, completed = self._operations[message["id"]]
            if completed.done():
                return
            if message["payload"].get("errors"):
                completed.set_exception(OperationFailed(str(message["payload"]["errors"])))
            else:
                on_data(message["payload"]["data"])
        elif kind == "connection_ack":
            self._acknowledged.set_result(None)
        elif kind == "ping":
            self._send({"type": "pong"})
        elif kind in ("complete", "error"):
            _, completed = self._operations.pop(message["id"])
            if completed.done():
                return
            if kind == "complete":
                completed.set_result(None)
            else:
                completed.set_exception(OperationFailed(str(message["payload"])))

    def _send(self, message: dict[str, Any]) -> None:
        self._send_frame(1, orjson.dumps(message))

    def _send_frame(self, opcode: int, payload: bytes) -> None:
        length = len(payload)
        size = bytes([0x80 | length]) if length < 126 else b"\xfe" + length.to_bytes(2, "big")
        self._transport.write(bytes([0x80 | opcode]) + size + _NO_MASK + payload)

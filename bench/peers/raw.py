"""The lower limit in Python: tokens passed from socket to socket by callbacks, with nothing but the protocols.

No GraphQL is executed and nothing is stored, but each chunk is decoded and encoded again. For the benchmark only.

    python -m bench.peers.raw PORT MODEL_PORT
"""

import asyncio
import base64
import hashlib
import sys
from typing import Any, ClassVar, cast

import msgspec
import uvloop

PORT, MODEL_PORT = int(sys.argv[1]), int(sys.argv[2])
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class _Piece(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    delta: _Piece


class _Chunk(msgspec.Struct):
    choices: list[_Choice]


_decode = msgspec.json.Decoder(_Chunk).decode
_encode = msgspec.json.encode


class ModelConnection(asyncio.Protocol):
    """A reused connection to the model."""

    unused: ClassVar[list["ModelConnection"]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def ask(self, client: "ClientConnection", operation_id: str, text: str) -> None:
        """Request a completion and pass it on to the client."""
        self._client, self._unread, self._is_body = client, b"", False
        self._opening = b'{"id":"%s","type":"next","payload":{"data":{"chat":' % operation_id.encode()
        self._closing = b'{"id":"%s","type":"complete"}' % operation_id.encode()
        body = _encode({"model": "any", "messages": [{"role": "user", "content": text}], "stream": True})
        self._transport.write(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))

    def data_received(self, data: bytes) -> None:
        data = self._unread + data
        if not self._is_body:
            _, found, body = data.partition(b"\r\n\r\n")
            self._is_body = bool(found)
            data = body if found else data
        self._unread = self._read_chunks(data) if self._is_body else data

    def _read_chunks(self, data: bytes) -> bytes:
        """Send the content of the complete HTTP chunks, each an event, and return the rest."""
        texts = []
        start, is_over = 0, False
        while (end_of_size := data.find(b"\r\n", start)) >= 0:
            size = int(data[start:end_of_size], 16)
            if len(data) < end_of_size + size + 4:
                break
            event = data[end_of_size + 8 : end_of_size + size]
            start = end_of_size + size + 4
            if not size:
                is_over = True
                break
            if event != b"[DONE]":
                texts += [choice.delta.content or "" for choice in _decode(event).choices]
        if text := "".join(texts):
            self._client.send(b"%s%s}}}" % (self._opening, _encode(text)))
        if is_over:
            self._client.send(self._closing)
            self.unused.append(self)
        return data[start:]


class ClientConnection(asyncio.Protocol):
    """A client's WebSocket, masked with zeros only, as the load does."""

    def __init__(self) -> None:
        self._unread = b""
        self._is_upgraded = False
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        data = self._unread + data
        if not self._is_upgraded:
            head, found, data = data.partition(b"\r\n\r\n")
            if not found:
                self._unread = head
                return
            self._upgrade(head)
        while len(data) >= 6:
            head_length, length = (8, int.from_bytes(data[2:4], "big")) if data[1] & 127 == 126 else (6, data[1] & 127)
            if len(data) < head_length + length:
                break
            if data[0] & 15 == 1:
                self._take(msgspec.json.decode(data[head_length : head_length + length]))
            data = data[head_length + length :]
        self._unread = data

    def send(self, text: bytes) -> None:
        """Send a text frame."""
        length = len(text)
        size = (
            b"%c" % length
            if length < 126
            else (b"\x7e" + length.to_bytes(2, "big") if length < 65536 else b"\x7f" + length.to_bytes(8, "big"))
        )
        self._transport.write(b"\x81" + size + text)

    def _upgrade(self, head: bytes) -> None:
        self._is_upgraded = True
        headers = dict(line.lower().split(b": ", 1)[:1] + line.split(b": ", 1)[1:] for line in head.split(b"\r\n")[1:])
        accept = base64.b64encode(hashlib.sha1(headers[b"sec-websocket-key"] + _GUID, usedforsecurity=False).digest())
        self._transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Protocol: graphql-transport-ws\r\nSec-WebSocket-Accept: %s\r\n\r\n" % accept
        )

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "connection_init":
            self.send(b'{"type":"connection_ack"}')
        elif message["type"] == "subscribe" and "text" in message["payload"]["variables"]:
            task = asyncio.create_task(self._ask(message["id"], message["payload"]["variables"]["text"]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _ask(self, operation_id: str, text: str) -> None:
        loop = asyncio.get_running_loop()
        unused = ModelConnection.unused
        model = unused.pop() if unused else (await loop.create_connection(ModelConnection, "127.0.0.1", MODEL_PORT))[1]
        model.ask(self, operation_id, text)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(ClientConnection, "127.0.0.1", PORT, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve())

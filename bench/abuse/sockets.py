"""Connections without an HTTP client, which would not send what attackers send."""

import asyncio
import base64
import os
import struct


async def connect(origin: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a connection to the server."""
    host, _, port = origin.removeprefix("http://").partition(":")
    return await asyncio.open_connection(host, int(port))


def handshake() -> bytes:
    """Return the request that opens a WebSocket."""
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        "GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
    ).encode()


def text_frame(payload: bytes) -> bytes:
    """Return a text frame, masked with zeros: RFC 6455, 5.2."""
    length = len(payload)
    head = bytes([0x81, 0x80 | length]) if length < 126 else b"\x81\xfe" + struct.pack(">H", length)
    return head + bytes(4) + payload


async def state_of(reader: asyncio.StreamReader) -> str:
    """Return whether the connection is still open."""
    try:
        async with asyncio.timeout(1):
            await reader.read(-1)  # until the end of the stream
    except TimeoutError:
        return "open"
    except OSError:
        pass
    return "closed by the server"

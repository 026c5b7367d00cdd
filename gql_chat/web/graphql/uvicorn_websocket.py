"""uvicorn's WebSocket protocol, extended to write a text frame in one call without a coroutine.

A reply is thousands of frames of a hundred bytes. uvicorn's own path through the `websockets` package costs about 5 µs
for each, and waking the task that takes it as much again.
"""

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

TRY_SEND = "gql_chat.try_send"  # the key in the ASGI scope's extensions

FINAL_TEXT = 0x81  # RFC 6455, 5.2: FIN, opcode 1; a server's frames are not masked
LENGTH_IN_16_BITS, LENGTH_IN_64_BITS = 126, 127


class DirectWebSocketProtocol(WebSocketsSansIOProtocol):
    """The `ws` of uvicorn's configuration; applications find `try_send` in `scope["extensions"]`."""

    def handle_connect(self, event: Request) -> None:
        """Offer `try_send` to the application, which starts after this."""
        super().handle_connect(event)
        scope: Any = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"][TRY_SEND] = self.try_send

    def connection_lost(self, exc: Exception | None) -> None:
        """Break the connection's cycles, so that it is freed now: it is too old for the next garbage collections."""
        super().connection_lost(exc)
        if (scope := getattr(self, "scope", None)) is not None:
            del scope["extensions"][TRY_SEND]
        self.conn.parser.close()  # a generator that holds its connection

    def try_send(self, text: bytes) -> bool:
        """Write a frame of UTF-8 text; return False and write nothing if the client reads too slowly, or has gone."""
        if not self.writable.is_set() or not self.handshake_complete or self.close_sent or self.disconnected:
            return False
        if self.conn.extensions or self.transport.is_closing():
            return False
        self.transport.write(text_frame(text))
        return True

    async def send(self, message: Any) -> None:
        """Send as uvicorn does, but text by `try_send` if that takes it."""
        text = message.get("text")
        if text is None or message["type"] != "websocket.send" or not self.try_send(text.encode()):
            await super().send(message)


def text_frame(payload: bytes) -> bytes:
    """Encode an unfragmented, unmasked text frame (RFC 6455, 5.2)."""
    length = len(payload)
    if length < LENGTH_IN_16_BITS:
        return b"%c%c%b" % (FINAL_TEXT, length, payload)
    if length < 1 << 16:
        return b"%c%c%b%b" % (FINAL_TEXT, LENGTH_IN_16_BITS, length.to_bytes(2), payload)
    return b"%c%c%b%b" % (FINAL_TEXT, LENGTH_IN_64_BITS, length.to_bytes(8), payload)

"""uvicorn's WebSocket protocol with an express way: a text frame goes out in one call, without a coroutine.

A reply is thousands of frames of a hundred bytes. uvicorn's own way through the `websockets` package costs about 5 µs
for each, and to wake a task that takes it as much again.
"""

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

TRY_SEND = "gql_chat.try_send"  # the key in the ASGI scope's extensions

FINAL_TEXT = 0x81  # RFC 6455, 5.2: FIN, opcode 1; a server's frames are not masked
LENGTH_IN_16_BITS, LENGTH_IN_64_BITS = 126, 127


class DirectWebSocketProtocol(WebSocketsSansIOProtocol):
    """To be given to uvicorn as `ws`; applications find `try_send` in `scope["extensions"]`."""

    def handle_connect(self, event: Request) -> None:
        """Offer the express way to the application, which starts after this."""
        super().handle_connect(event)
        scope: Any = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"][TRY_SEND] = self.try_send

    def try_send(self, text: str) -> bool:
        """Write a text frame; False, and nothing is written, while the client reads too slowly or when it has gone."""
        if not self.writable.is_set() or not self.handshake_complete or self.close_sent or self.disconnected:
            return False
        if self.conn.extensions or self.transport.is_closing():
            return False
        self.transport.write(text_frame(text.encode()))
        return True

    async def send(self, message: Any) -> None:
        """As uvicorn's; texts go the express way if it is free."""
        text = message.get("text")
        if text is None or message["type"] != "websocket.send" or not self.try_send(text):
            await super().send(message)


def text_frame(payload: bytes) -> bytes:
    """One unfragmented, unmasked text frame: RFC 6455, 5.2."""
    length = len(payload)
    if length < LENGTH_IN_16_BITS:
        return b"%c%c%b" % (FINAL_TEXT, length, payload)
    if length < 1 << 16:
        return b"%c%c%b%b" % (FINAL_TEXT, LENGTH_IN_16_BITS, length.to_bytes(2), payload)
    return b"%c%c%b%b" % (FINAL_TEXT, LENGTH_IN_64_BITS, length.to_bytes(8), payload)

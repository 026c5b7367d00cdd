"""uvicorn's WebSocket protocol, extended to read and to write a text frame in one call without a coroutine.

A reply is thousands of frames of a hundred bytes. uvicorn's own path through the `websockets` package costs about 5 µs
for each, and waking the task that takes it as much again. Reading a client's message takes 50 calls of functions there.
"""

import asyncio
import os
import sys
from functools import lru_cache
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.datastructures import Headers as WebSocketHeaders
from websockets.frames import apply_mask  # type: ignore[attr-defined]  # the C extension's, if there is one
from websockets.http11 import Request
from websockets.streams import StreamReader

# The keys in the ASGI scope's extensions: `try_send`, `find_frame_sender`, a wait until the client reads fast enough.
TRY_SEND, FIND_FRAME_SENDER, DRAIN = "gql_chat.try_send", "gql_chat.find_frame_sender", "gql_chat.drain"

FINAL_TEXT = 0x81  # RFC 6455, 5.2: FIN, opcode 1; a server's frames are not masked
MASKED = 0x80  # as all frames of clients are
MASK_BYTES = 4
LENGTH_IN_16_BITS, LENGTH_IN_64_BITS = 126, 127

JOINED_BYTES = 65_536  # a longer message is written in its parts, so that it is not copied

KEPT_HEADS = 1024  # of frames, by their lengths

NO_HEADERS = WebSocketHeaders()

BETWEEN_FRAMES = StreamReader.at_eof.__code__  # where the parser waits for the next frame


class EventQueue:
    """A queue of events that one task takes."""

    __slots__ = ("_events", "_waiter")

    def __init__(self) -> None:
        self._events: list[Any] = []
        self._waiter: asyncio.Future[None] | None = None

    def put_nowait(self, event: Any) -> None:
        """Add an event."""
        self._events.append(event)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def empty(self) -> bool:
        """Return whether there is no event."""
        return not self._events

    @property
    def is_awaited(self) -> bool:
        """Whether a task waits for an event."""
        return self._waiter is not None

    async def get(self) -> Any:
        """Take the first event, once there is one."""
        while not self._events:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._events.pop(0)


class Writable:
    """Whether the client reads fast enough, which any number of tasks can wait for, and whether frames may follow.

    Both are read for each frame, without a call. Without waiters it takes no memory for them.
    """

    __slots__ = ("_waiters", "is_on", "is_over")

    def __init__(self) -> None:
        self.is_on = True
        """The value of `is_set`."""
        self.is_over = False
        """Whether a close frame was sent, behind which nothing may follow."""
        self._waiters: list[asyncio.Future[None]] | None = None

    def is_set(self) -> bool:
        """Return whether it is set."""
        return self.is_on

    def set(self) -> None:
        """Set it, and wake those that wait."""
        self.is_on = True
        waiters, self._waiters = self._waiters or (), None
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def clear(self) -> None:
        """Unset it."""
        self.is_on = False

    async def wait(self) -> None:
        """Return once it is set."""
        while not self.is_on:
            waiter = asyncio.get_running_loop().create_future()
            self._waiters = [*(self._waiters or ()), waiter]
            await waiter


class FrameSender:
    """Writes texts between one beginning and one end, each as a frame.

    A reply may have many watchers, and the processor's caches have forgotten each since its last token. So this holds
    all that a frame needs, and nothing else. While the transport holds nothing back, it writes to the socket itself.
    """

    __slots__ = ("_around_bytes", "_ending", "_opening", "_socket", "_transport", "_writable")

    def __init__(self, opening: bytes, ending: bytes, transport: asyncio.Transport, writable: Writable) -> None:
        self._opening, self._ending = opening, ending
        self._around_bytes = len(opening) + len(ending)
        self._transport, self._writable = transport, writable
        self._socket = _find_socket(transport)

    def try_send(self, text: bytes) -> bool:
        """Write a frame of UTF-8 text; return False and write nothing if the client reads too slowly, or has gone."""
        writable, transport = self._writable, self._transport
        if not writable.is_on or writable.is_over or transport.is_closing():
            return False
        length = self._around_bytes + len(text)
        parts = text_head(length), self._opening, text, self._ending
        if length > JOINED_BYTES:
            transport.writelines(parts)
            return True
        frame, written = b"".join(parts), 0
        if self._socket is not None and not transport.get_write_buffer_size():
            try:
                written = os.write(self._socket, frame)
            except OSError:
                written = 0  # the socket is full or lost, of which the transport takes care
        if written < len(frame):
            transport.write(frame[written:])
        return True


class DirectWebSocketProtocol(WebSocketsSansIOProtocol):
    """The `ws` of uvicorn's configuration; applications find `try_send` in `scope["extensions"]`."""

    # uvicorn's own attributes. They are too many for Python's compact form of a `__dict__`, which saves 1.2 KB.
    __slots__ = (
        *("_writable", "app", "app_state", "asgi_version", "client", "close_timeout", "close_timer", "config", "conn"),
        *("connections", "curr_msg_data_type", "default_headers", "disconnected", "frames", "handshake_complete"),
        *("handshake_initiated", "initial_response", "last_ping_rtt", "logger", "loop", "pending_ping_payload"),
        *("ping_interval", "ping_sent_at", "ping_timeout", "ping_timer", "pong_timer", "queue", "read_paused"),
        *("request", "response", "root_path", "scheme", "scope", "server", "tasks", "transport", "writable"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._writable = Writable()
        super().__init__(*args, **kwargs)
        # asyncio's have a deque of 600 bytes or three, for any number of tasks that wait. Here one waits.
        self.queue: Any = EventQueue()
        self.writable: Any = self._writable

    @property
    def close_sent(self) -> bool:
        """Whether a close frame was sent."""
        return self._writable.is_over

    @close_sent.setter
    def close_sent(self, is_sent: bool) -> None:
        self._writable.is_over = is_sent

    def handle_connect(self, event: Request) -> None:
        """Offer `try_send` and `find_frame_sender` to the application, which starts after this."""
        super().handle_connect(event)
        scope: Any = getattr(self, "scope", None)
        if scope is not None:
            offered = {TRY_SEND: self.try_send, FIND_FRAME_SENDER: self.find_frame_sender, DRAIN: self.writable.wait}
            scope["extensions"] |= offered

    def connection_lost(self, exc: Exception | None) -> None:
        """Break the connection's cycles, so that it is freed now: it is too old for the next garbage collections."""
        super().connection_lost(exc)
        if (scope := getattr(self, "scope", None)) is not None:
            for offered in (TRY_SEND, FIND_FRAME_SENDER):
                scope.get("extensions", {}).pop(offered, None)
        self.conn.parser.close()  # a generator that holds its connection

    def data_received(self, data: bytes) -> None:
        """Read as uvicorn does, except that bytes which are exactly one message skip the parser."""
        text = self._read_whole_message(data)
        if text is None:
            super().data_received(data)
        else:
            # It is taken in this turn of the loop, so reading is not paused for it.
            self.queue.put_nowait({"type": "websocket.receive", "text": text})

    def _read_whole_message(self, data: bytes) -> str | None:
        """Return the text of the message. None if the parser has to read it, or nobody waits for a message."""
        if not self.queue.is_awaited or not self.queue.empty() or self.close_sent or self.conn.extensions:
            return None
        parser: Any = self.conn.parser
        waiting = getattr(parser.gi_yieldfrom, "gi_yieldfrom", None)
        if waiting is None or waiting.gi_code is not BETWEEN_FRAMES or self.conn.current_size is not None:
            return None
        mask_at = _find_mask(data)
        if mask_at is None or len(data) - mask_at - MASK_BYTES > self.config.ws_max_size:
            return None
        begin = mask_at + MASK_BYTES
        try:
            return apply_mask(data[begin:], data[mask_at:begin]).decode()
        except UnicodeDecodeError:
            return None

    def try_send(self, *parts: bytes, then: bytes = b"") -> bool:
        """Write a frame of UTF-8 text, and a second one of `then` if given, by one system call.

        Return False and write nothing if the client reads too slowly, or has gone.
        """
        if not self.writable.is_on or not self.handshake_complete or self.close_sent or self.disconnected:
            return False
        if self.conn.extensions or self.transport.is_closing():
            return False
        length = len(parts[0]) if len(parts) == 1 else sum(map(len, parts))
        frames = (text_head(length), *parts, text_head(len(then)), then) if then else (text_head(length), *parts)
        if length <= JOINED_BYTES:
            self.transport.write(b"".join(frames))
        else:
            self.transport.writelines(frames)
        return True

    def find_frame_sender(self, opening: bytes, ending: bytes) -> FrameSender | None:
        """Return what sends texts between these two. None unless the handshake is over, or if frames are compressed."""
        if not self.handshake_complete or self.conn.extensions:
            return None
        return FrameSender(opening, ending, self.transport, self._writable)

    async def send(self, message: Any) -> None:
        """Send as uvicorn does, but text by `try_send` if that takes it."""
        text = message.get("text")
        if text is None or message["type"] != "websocket.send" or not self.try_send(text.encode()):
            await super().send(message)
        if message["type"] == "websocket.accept" and self.handshake_complete:
            # Nobody reads them again, but the parser and the application's frames hold them as long as the connection
            # lasts. Behind a proxy these frames have a copy of the scope.
            self.request.headers = self.response.headers = NO_HEADERS
            scope: Any = self.scope
            scope["headers"].clear()
            scope.clear()


@lru_cache(KEPT_HEADS)
def text_head(length: int) -> bytes:
    """Return what stands before the payload of an unfragmented, unmasked text frame of this length (RFC 6455, 5.2)."""
    if length < LENGTH_IN_16_BITS:
        return b"%c%c" % (FINAL_TEXT, length)
    if length < 1 << 16:
        return b"%c%c%b" % (FINAL_TEXT, LENGTH_IN_16_BITS, length.to_bytes(2))
    return b"%c%c%b" % (FINAL_TEXT, LENGTH_IN_64_BITS, length.to_bytes(8))


def _find_socket(transport: asyncio.Transport) -> int | None:
    """Return the descriptor to which bytes can be written as they are. It is the transport's until that is closing."""
    if sys.platform == "win32" or transport.get_extra_info("ssl_object") is not None:
        return None
    descriptor: int = transport.get_extra_info("socket").fileno()
    return descriptor


def _find_mask(data: bytes) -> int | None:
    """Return the place of the mask if this is one unfragmented, masked text frame (RFC 6455, 5.2), else None."""
    if len(data) < 2 + MASK_BYTES or data[0] != FINAL_TEXT or data[1] < MASKED:
        return None
    length, mask_at = data[1] - MASKED, 2
    if length == LENGTH_IN_16_BITS:
        mask_at = 4
        length = int.from_bytes(data[2:mask_at])
    elif length == LENGTH_IN_64_BITS:
        mask_at = 10
        length = int.from_bytes(data[2:mask_at])
    return mask_at if len(data) == mask_at + MASK_BYTES + length else None

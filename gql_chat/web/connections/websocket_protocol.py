"""uvicorn's WebSocket protocol, extended by the caps on connections and by patience that a slow client deserves.

uvicorn reads and answers pings while the client reads nothing: one client took 739 MB of the server's memory.
"""

from asyncio import BaseTransport
from http import HTTPStatus
from typing import Any

from websockets.frames import CloseCode

from gql_chat.web.connections.http_protocol import plain_response
from gql_chat.web.connections.open_connections import (
    OpenConnections,
    WriteProgress,
    count_acknowledged_bytes,
    log_refusal,
)
from gql_chat.web.connections.uvicorn_websocket import DirectWebSocketProtocol

PING_BYTES = 6  # of a frame of the keep-alive
CLOSE_SECONDS = 1.0  # for the client to answer a close frame when the server ends


class BoundedWebSocketProtocol(DirectWebSocketProtocol):
    """The `ws` of uvicorn's configuration, once `connections` is given."""

    __slots__ = ("_acknowledged_bytes", "_is_draining", "_open", "_write_progress")

    def __init__(self, *args: Any, connections: OpenConnections, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._open = connections
        self._write_progress = WriteProgress()
        self._acknowledged_bytes = 0
        self._is_draining = False

    def connection_made(self, transport: BaseTransport) -> None:
        """Take the place that the HTTP protocol has left in this very call."""
        super().connection_made(transport)
        self._open.enter(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the open connections."""
        self._open.leave(self)
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Close the connection; if a close frame was sent, let the client answer it, which may lose the frame else."""
        if self.close_sent and not self.transport.is_closing():
            self.stop_keepalive()
            self.loop.call_later(CLOSE_SECONDS, self.transport.close)
        else:
            super().shutdown()

    def data_received(self, data: bytes) -> None:
        """Read as uvicorn does, until the connection is only drained. It leaves some handshakes without an answer."""
        if not self._is_draining:
            super().data_received(data)
        if not self.handshake_initiated and self.conn.handshake_exc is not None:
            self._refuse_handshake()

    def send_receive_event_to_app(self) -> None:
        """Pass the message on. Close as uvicorn does for a text that is not UTF-8, but log no traceback of it."""
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.frames = []
                log_refusal(self, "a message is not UTF-8")
                self.conn.send_close(CloseCode.INVALID_DATA)
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()

    async def send(self, message: Any) -> None:
        """Send as uvicorn does, which takes a refusal by an HTTP response for no answer at all and logs an error."""
        await super().send(message)
        if self.initial_response is not None and self.close_sent:
            self.handshake_complete = True

    def pause_writing(self) -> None:
        """Stop reading, too, because it may be our answers to pings that fill the buffer."""
        super().pause_writing()
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """Read again, unless the application has yet to take what was read."""
        super().resume_writing()
        if not self.read_paused:
            self.transport.resume_reading()

    async def receive(self) -> Any:
        """Return the next event as uvicorn does, but read no more while the client does not read."""
        event = await self.queue.get()
        if self.read_paused and self.queue.empty():
            self.read_paused = False
            if self.writable.is_set():
                self.transport.resume_reading()
        return event

    def send_keepalive_ping(self) -> None:
        """Remember how far the client has read before the ping."""
        self._acknowledged_bytes = count_acknowledged_bytes(self.transport)
        super().send_keepalive_ping()

    def keepalive_timeout(self) -> None:
        """Close the connection, unless the client still receives more than the ping: that may wait behind megabytes."""
        acknowledged_bytes = count_acknowledged_bytes(self.transport)
        if acknowledged_bytes > self._acknowledged_bytes + PING_BYTES:
            self._acknowledged_bytes = acknowledged_bytes
            self.pong_timer = self.loop.call_later(self.ping_timeout or 0, self.keepalive_timeout)
        else:
            super().keepalive_timeout()

    def handle_parser_exception(self) -> None:
        """Close as uvicorn does, but read and discard what the client is still sending, for a while.

        To close with unread bytes resets the connection, and a client loses the close frame that it has not read yet.
        """
        assert self.conn.close_sent is not None, "websockets sends a close frame with what it raises"
        code, reason = self.conn.close_sent.code, self.conn.close_sent.reason
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = self._is_draining = True
        self.transport.write_eof()
        self.transport.resume_reading()
        self.close_timer = self.loop.call_later(self.close_timeout, self.transport.close)

    def _refuse_handshake(self) -> None:
        """Respond to a handshake that websockets refuses: its own response to lines that are too long, else 400."""
        refusal = b"".join(self.conn.data_to_send())
        self.transport.write(refusal or plain_response(HTTPStatus.BAD_REQUEST, "The WebSocket handshake is not valid."))
        log_refusal(self, "the WebSocket handshake is not valid")
        self.handshake_initiated = self.handshake_complete = self.close_sent = True
        self.transport.close()

    def enforce(self, now_seconds: float) -> None:
        """Abort the connection if the client reads nothing."""
        if self._write_progress.stalled_seconds(self.transport, now_seconds) >= self._open.bounds.write_seconds:
            log_refusal(self, "the client does not read")
            self.transport.abort()

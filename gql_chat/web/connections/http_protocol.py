"""uvicorn's HTTP protocol, extended by deadlines, by a limit of header bytes and by the caps on connections.

uvicorn itself waits for ever: of 3,500 requests that were sent by half, 3,500 were open after 90 s.
"""

from asyncio import Transport
from http import HTTPStatus
from typing import Any
from weakref import WeakMethod

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from gql_chat.web.connections.open_connections import RETRY_AFTER_SECONDS, OpenConnections, WriteProgress, log_refusal

# The key in the ASGI scope's extensions: a weak reference to `try_send_body`, because the scope is the connection's.
TRY_SEND_BODY = "gql_chat.try_send_body"
MAX_PIPELINED = 100  # requests of one connection that wait for an earlier one
FIRST_REQUEST_SECONDS = 1.0  # how long a server that ends waits for the first request of a connection


class BoundedHttpProtocol(HttpToolsProtocol):
    """The `http` of uvicorn's configuration, once `connections` is given."""

    def __init__(self, *args: Any, connections: OpenConnections, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._open = connections
        self._bounds = connections.bounds
        self._is_admitted = True
        self._begun_at_seconds = self._received_at_seconds = self.loop.time()
        self._has_begun = False
        self._chunk_bytes = 0
        self._has_advanced = False
        self._bytes_without_advance = 0
        self._refusal: tuple[HTTPStatus, str] | None = None
        self._write_progress = WriteProgress()
        self._extensions = {TRY_SEND_BODY: WeakMethod(self.try_send_body)}

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Admit the connection if there are not too many."""
        super().connection_made(transport)
        self._is_admitted = self._open.enter(self)
        if self._open.overflows:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place among the open connections back."""
        self._open.leave(self)
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection's place among the open ones over to the WebSocket's protocol.

        Without its cookies, which nobody reads. Single sign-on in front of the server makes some that are longer than
        websockets takes a line.
        """
        self._open.leave(self)
        self.scope["headers"] = [header for header in self.scope["headers"] if header[0] != b"cookie"]
        super().handle_websocket_upgrade()
        self.parser = None  # type: ignore[assignment]  # it holds this protocol, which nobody else holds any more

    def shutdown(self) -> None:
        """Close the connection after its response. A new one gets a moment, because its request may be on its way."""
        if self._current_cycle is None:
            self.loop.call_at(self._begun_at_seconds + FIRST_REQUEST_SECONDS, self._shut_down_if_http)
        else:
            super().shutdown()

    def _shut_down_if_http(self) -> None:
        if self in self.connections:  # a WebSocket's protocol took its place otherwise
            super().shutdown()

    def data_received(self, data: bytes) -> None:
        """Parse as uvicorn does, within the bounds. A refusal is logged once per minute and client, not each time."""
        self._unset_keepalive_if_required()
        self._received_at_seconds = self.loop.time()
        self._chunk_bytes = len(data)
        self._has_advanced = False
        try:
            if not self._is_admitted:
                self._reject(HTTPStatus.SERVICE_UNAVAILABLE, "Too many connections.")
            self.parser.feed_data(data)
            self._count_without_advance(len(data))
        except httptools.HttpParserUpgrade as upgrade:
            if self._offers_other_protocol():
                self._ignore_upgrade(data[upgrade.args[0] :])
            elif self._should_upgrade():
                self.handle_websocket_upgrade()
        except (httptools.HttpParserError, _Rejected):
            self._refuse(*(self._refusal or (HTTPStatus.BAD_REQUEST, "Invalid HTTP request received.")))

    def on_message_begin(self) -> None:
        """Start the time for the headers."""
        super().on_message_begin()
        self._begun_at_seconds = self._received_at_seconds
        self._has_begun = True
        self._bytes_without_advance = 0  # if nothing came before it, all that was read with it is counted

    def on_headers_complete(self) -> None:
        """Start the request, unless its headers are too large or too many requests wait."""
        self._has_advanced = True
        received_bytes = self._bytes_without_advance + self._chunk_bytes
        if received_bytes > self._bounds.headers_max_bytes and self._header_bytes() > self._bounds.headers_max_bytes:
            self._reject_large_headers()
        if len(self.pipeline) >= MAX_PIPELINED:
            self._reject(HTTPStatus.BAD_REQUEST, "Too many requests were sent before the first response.")
        if not self._offers_other_protocol():
            self.scope["extensions"] = self._extensions  # type: ignore[typeddict-item]  # ours is none of uvicorn's
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        """End the body, unless the request is still to begin: see `_ignore_upgrade`."""
        if not self._offers_other_protocol():
            super().on_message_complete()

    def try_send_body(self, data: bytes) -> bool:
        """Write a part of the response's body in this very call, and return whether that was possible."""
        cycle = self.cycle
        if not data or self.flow.write_paused or self.pipeline or not cycle.chunked_encoding:  # so it has begun
            return False
        if cycle.response_complete or cycle.disconnected:
            return False
        self.transport.write(b"%x\r\n%b\r\n" % (len(data), data))
        return True

    def on_body(self, body: bytes) -> None:
        """Pass the part of the body on."""
        self._has_advanced = True
        super().on_body(body)

    def enforce(self, now_seconds: float) -> None:
        """Close the connection if the client has kept it waiting for too long."""
        if self._write_progress.stalled_seconds(self.transport, now_seconds) >= self._bounds.write_seconds:
            log_refusal(self, "the client does not read")
            self.transport.abort()
        elif self.transport.is_closing():
            pass
        elif not self._is_admitted:
            self.transport.close()
        elif self._awaits_headers():
            if now_seconds - self._begun_at_seconds >= self._bounds.headers_seconds:
                self._time_out("The headers did not arrive in time.")
        elif self._awaits_body() and now_seconds - self._received_at_seconds >= self._bounds.body_silence_seconds:
            self._time_out("The body did not arrive in time.")

    @property
    def _current_cycle(self) -> RequestResponseCycle | None:
        return self.cycle  # None before the first request, which its type does not say

    def _awaits_headers(self) -> bool:
        cycle = self._current_cycle
        if cycle is None or "method" not in self.scope:
            return True
        # Bytes came after the response, for they ended the keep-alive, but no request has begun.
        return cycle.response_complete and self.timeout_keep_alive_task is None

    def _awaits_body(self) -> bool:
        # A client that waits for us is not silent.
        return self.cycle.more_body and not (self.flow.read_paused or self.cycle.waiting_for_100_continue)

    def _offers_other_protocol(self) -> bool:
        """Return whether the offer is none of a WebSocket, which begins with a GET (RFC 6455, 4.1)."""
        if not self.parser.should_upgrade() or (offer := self._get_upgrade()) is None:
            return False
        return offer != b"websocket" or self.parser.get_method() != b"GET"

    def _ignore_upgrade(self, rest: bytes) -> None:
        """Begin the request without its offer of another protocol. `rest` is what came after its headers.

        The parser leaves out the body of such a request, and Java's HttpClient offers HTTP/2 with each one.
        """
        parser, self.parser = self.parser, httptools.HttpRequestParser(self)
        head = [b"%s %s HTTP/%s" % (parser.get_method(), self.url, parser.get_http_version().encode())]
        head += [b"%s: %s" % header for header in self.headers if header[0] != b"upgrade"]
        self.data_received(b"\r\n".join([*head, b"", rest]))

    def _header_bytes(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + len(": \r\n") for name, value in self.headers)

    def _count_without_advance(self, received_bytes: int) -> None:
        """Bound headers, trailers and all else that the parser takes without a part of a body."""
        self._bytes_without_advance = 0 if self._has_advanced else self._bytes_without_advance + received_bytes
        if self._bytes_without_advance > self._bounds.headers_max_bytes:
            self._reject_large_headers()

    def _reject_large_headers(self) -> None:
        if len(self.url) > self._bounds.headers_max_bytes // 2:
            self._reject(HTTPStatus.REQUEST_URI_TOO_LONG, "The URL is too long. Send the operation by POST.")
        self._reject(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are too large.")

    def _reject(self, status: HTTPStatus, message: str) -> None:
        self._refusal = status, message
        raise _Rejected

    def _time_out(self, message: str) -> None:
        if not self._has_begun:  # a connection that a browser opened in advance
            log_refusal(self, message)
            self.transport.close()
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, message)

    def _refuse(self, status: HTTPStatus, message: str) -> None:
        """Respond if no response has begun, and close the connection."""
        log_refusal(self, message)
        cycle = self._current_cycle if self._current_cycle and not self._current_cycle.response_complete else None
        has_responded = cycle is not None and cycle.response_started
        if not self.pipeline and not has_responded and not self.transport.is_closing():
            self.transport.write(plain_response(status, message))
        if cycle is not None:  # the application must not write after the refusal
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.close()


class _Rejected(Exception):
    """The request is refused."""


def plain_response(status: HTTPStatus, message: str) -> bytes:
    """Return a response after which the connection is closed."""
    retry = f"retry-after: {RETRY_AFTER_SECONDS}\r\n" if status is HTTPStatus.SERVICE_UNAVAILABLE else ""
    return (
        f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: text/plain; charset=utf-8\r\n"
        f"content-length: {len(message)}\r\n{retry}connection: close\r\n\r\n{message}"
    ).encode()

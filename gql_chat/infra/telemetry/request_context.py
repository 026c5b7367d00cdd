"""The request that the running code serves: where it came from, and its ids in logs and traces."""

from contextvars import ContextVar
from typing import Any, TypeAlias

import msgspec

from gql_chat.infra.ids import random_bytes

Fields: TypeAlias = dict[str, Any]
"""The fields of a line in the log. One that is None is left out."""


def new_trace_id() -> str:
    """Return 32 random hexadecimal digits, the form of https://www.w3.org/TR/trace-context/."""
    return random_bytes(16).hex()


class RequestLine:
    """The access log's line for an HTTP request and its GraphQL operation. It is written when the request ends."""

    __slots__ = ("_is_open", "_operation")

    def __init__(self) -> None:
        self._is_open = True
        self._operation: tuple[Fields, bool] | None = None

    def take(self, fields: Fields, *, is_logged: bool) -> bool:
        """Keep an operation's fields. Return False if the request has ended, or has an operation already."""
        if not self._is_open or self._operation is not None:
            return False
        self._operation = fields, is_logged
        return True

    def close(self) -> tuple[Fields, bool] | None:
        """Return what was kept, when the request has ended. A mutation whose client has left ends later."""
        operation, self._operation = self._operation, None
        self._is_open = False
        return operation


class RequestInfo(msgspec.Struct, frozen=True):
    """The origin of an operation. On a WebSocket all fields but the ids are those of the upgrade request.

    `origin` is the address of this server as the client names it, `https://host:port`. `trace_id` comes from
    `traceparent`, the header as the client sent it, or is a new one. `path` is without the query. `line` is the
    request's line in the log, and None on a WebSocket, whose operations have lines of their own.
    """

    client_ip: str | None
    user_agent: str | None
    request_id: str
    trace_id: str = msgspec.field(default_factory=new_trace_id)
    traceparent: str | None = None
    origin: str = ""
    method: str | None = None
    path: str | None = None
    line: RequestLine | None = None


_current: ContextVar[RequestInfo | None] = ContextVar("bind_request", default=None)


def current_request() -> RequestInfo | None:
    """Return the request that this task, or the task that started it, serves. None for the server's own work."""
    return _current.get()


class bind_request:  # noqa: N801 - it is used like a function, and costs a third of a `contextmanager`
    """Make this the current request of all code that runs or is started in the block."""

    __slots__ = ("_request", "_token")

    def __init__(self, request: RequestInfo | None) -> None:
        self._request = request

    def __enter__(self) -> None:
        self._token = _current.set(self._request)

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)

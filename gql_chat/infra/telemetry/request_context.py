"""The request that the running code serves: where it came from, and the ids under which logs and traces tell of it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


def new_trace_id() -> str:
    """32 hexadecimal digits, as https://www.w3.org/TR/trace-context/ has them."""
    return os.urandom(16).hex()


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """Where an operation came from. On a WebSocket all but the ids are the upgrade request's.

    `origin` is this server's as the client names it, `https://host:port`.
    `trace_id` is that of `traceparent`, the header as the client sent it, or a new one. `path` is without the query.
    """

    client_ip: str | None
    user_agent: str | None
    request_id: str
    trace_id: str = field(default_factory=new_trace_id)
    traceparent: str | None = None
    origin: str = ""
    method: str | None = None
    path: str | None = None


_serving: ContextVar[RequestInfo | None] = ContextVar("serving", default=None)


def current_request() -> RequestInfo | None:
    """What this task works for, or the task that started it; None for what the server does by itself."""
    return _serving.get()


@contextmanager
def serving(request: RequestInfo | None) -> Iterator[None]:
    """What runs or is started in the block works for this request."""
    token = _serving.set(request)
    try:
        yield
    finally:
        _serving.reset(token)

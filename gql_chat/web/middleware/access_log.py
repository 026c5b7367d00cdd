"""What is told of each HTTP request and WebSocket connection: a line in the log, and how many by path and status."""

import time
from collections.abc import Awaitable, Collection

import structlog
from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gql_chat.infra.telemetry.logging import ACCESS_LOGGER
from gql_chat.infra.telemetry.metrics import Counter

access = structlog.get_logger(ACCESS_LOGGER)

OTHER = "(other)"  # what anybody may think up
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "OPTIONS"})
CLIENT_GONE = 499  # as nginx has it: nobody was there any more to be answered

REQUESTS = Counter(
    "gql_chat_http_requests_total", "HTTP requests that ended, by the path's beginning.", ("method", "path", "status")
)


class AccessLogMiddleware:
    """Counts an ASGI application's HTTP requests, and logs them and its connections.

    Those that go well to `quiet` paths are logged at DEBUG only.
    """

    def __init__(self, app: Starlette, *, quiet: Collection[str]) -> None:
        self._app: ASGIApp = app
        self._places = {_place(route.path) for route in app.routes if isinstance(route, (Route, Mount))}
        self._quiet = frozenset(quiet)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._account_for_connection(scope, receive, send)
        else:
            await self._account_for_request(scope, receive, send)

    async def _account_for_connection(self, scope: Scope, receive: Receive, send: Send) -> None:
        accepted, code = False, None

        def send_and_look(message: Message) -> Awaitable[None]:
            nonlocal accepted, code
            if message["type"] == "websocket.accept":
                accepted = True
            elif message["type"] == "websocket.close":
                code = message.get("code")
            return send(message)

        started_at = time.perf_counter()
        try:
            await self._app(scope, receive, send_and_look)
        finally:
            duration_ms = round((time.perf_counter() - started_at) * 1000, 1)
            # Without a code it was the client who closed it.
            access.info("connection" if accepted else "connection_refused", code=code, duration_ms=duration_ms)

    async def _account_for_request(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = CLIENT_GONE

        def send_and_look(message: Message) -> Awaitable[None]:  # no coroutine of its own: tokens come this way
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            return send(message)

        started_at = time.perf_counter()
        try:
            await self._app(scope, receive, send_and_look)
        except Exception:
            status = 500
            raise
        finally:
            self._tell(scope, status, time.perf_counter() - started_at)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        place = place if (place := _place(scope["path"])) in self._places else OTHER
        method = scope["method"] if scope["method"] in METHODS else OTHER
        REQUESTS.labels(method, place, str(status)).inc()
        tell = access.debug if place in self._quiet and status < 400 else access.info
        tell("request", status=status, duration_ms=round(seconds * 1000, 1))


def _place(path: str) -> str:
    """Its first part."""
    return "/" + path.removeprefix("/").partition("/")[0]

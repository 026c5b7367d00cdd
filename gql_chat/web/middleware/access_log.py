"""The access log: a line for each HTTP request and WebSocket connection, and counts by path and status.

The line of a request with a GraphQL operation is the operation's: see `infra/telemetry/access_lines.py`.
"""

import time
from collections.abc import Awaitable, Collection, Mapping

import structlog
from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gql_chat.infra.telemetry.access_lines import ACCESS_LOGGER, log_operation_of_request
from gql_chat.infra.telemetry.metrics import Counter

access = structlog.get_logger(ACCESS_LOGGER)

OTHER = "(other)"  # for methods and paths that clients make up
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "OPTIONS"})
RATE_LIMITED = 429  # logged once a minute by the limit itself
CLIENT_GONE = 499  # as in nginx: the client left before the response began

REQUESTS = Counter(
    "gql_chat_http_requests_total", "HTTP requests that ended, by the path's beginning.", ("method", "path", "status")
)


class AccessLogMiddleware:
    """Counts and logs an application's HTTP requests, and logs its WebSocket connections.

    Requests to `quiet` paths are logged at DEBUG if they are successful or rate limited. `direct` are applications
    that need nothing of Starlette, by path: it costs 40 calls a request, and holds 3 KB for each WebSocket.
    """

    def __init__(self, app: Starlette, *, direct: Mapping[str, ASGIApp], quiet: Collection[str]) -> None:
        self._app: ASGIApp = app
        self._direct = direct
        paths = [*direct, *(route.path for route in app.routes if isinstance(route, (Route, Mount)))]
        self._segments = {_first_segment(path) for path in paths}
        self._quiet = frozenset(quiet)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Run the application. There is no coroutine of its own, which each WebSocket would hold."""
        log = self._log_connection if scope["type"] == "websocket" else self._log_request
        return log(scope, receive, send)

    async def _log_connection(self, scope: Scope, receive: Receive, send: Send) -> None:
        accepted, code = False, None

        def observe_and_send(message: Message) -> Awaitable[None]:
            nonlocal accepted, code
            if message["type"] == "websocket.accept":
                accepted = True
            elif message["type"] == "websocket.close":
                code = message.get("code")
            return send(message)

        started_at = time.perf_counter()
        try:
            await self._direct.get(scope["path"], self._app)(scope, receive, observe_and_send)
        finally:
            duration_ms = round((time.perf_counter() - started_at) * 1000, 1)
            # Without a code, the client closed it.
            access.info("connection" if accepted else "connection_refused", code=code, duration_ms=duration_ms)

    async def _log_request(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = CLIENT_GONE

        def observe_and_send(
            message: Message,
        ) -> Awaitable[None]:  # no coroutine: every token passes here
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            return send(message)

        started_at = time.perf_counter()
        try:
            await self._direct.get(scope["path"], self._app)(scope, receive, observe_and_send)
        except Exception:
            status = 500
            raise
        finally:
            self._count_and_log(scope, status, time.perf_counter() - started_at)

    def _count_and_log(self, scope: Scope, status: int, seconds: float) -> None:
        segment = segment if (segment := _first_segment(scope["path"])) in self._segments else OTHER
        method = scope["method"] if scope["method"] in METHODS else OTHER
        REQUESTS.labels(method, segment, str(status)).inc()
        duration_ms = round(seconds * 1000, 1)
        if log_operation_of_request(status, duration_ms):
            return
        is_quiet = segment in self._quiet and (status < 400 or status == RATE_LIMITED)
        write = access.debug if is_quiet else access.info
        write("request", status=status, duration_ms=duration_ms)


def _first_segment(path: str) -> str:
    """Return the path up to its second slash."""
    return "/" + path.removeprefix("/").partition("/")[0]

"""The request id, trace id and origin of a request: from its headers or new, for all code that serves it."""

import re
from collections.abc import Awaitable
from functools import lru_cache

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gql_chat.infra.ids import short_random_id
from gql_chat.infra.net.addresses import parse_address
from gql_chat.infra.telemetry.request_context import RequestInfo, RequestLine, bind_request, new_trace_id
from gql_chat.web.headers import read_header

# A client's own id is logged, so it must not be able to forge a line.
ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")

# https://www.w3.org/TR/trace-context/#traceparent-header. Later versions may append fields.
_TRACEPARENT = re.compile(
    r"(?P<version>[0-9a-f]{2})-(?P<trace_id>[0-9a-f]{32})-(?P<span_id>[0-9a-f]{16})-[0-9a-f]{2}(?P<more>-.*)?"
)

_HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")
_UNPRINTABLE = re.compile(rb"[^\x21-\x7e]")

MAX_AGENT_LENGTH = 500
MAX_PATH_LENGTH = 200  # in logs
KEPT_ADDRESSES = 4096


class RequestIdMiddleware:
    """Sets the current request for an application, and adds `X-Request-ID` and `X-Trace-ID` to its responses."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        info = read_request_info(scope)

        def send_with_ids(
            message: Message,
        ) -> Awaitable[None]:  # no coroutine: every token passes here
            if message["type"] in ("http.response.start", "websocket.accept"):
                ids = (b"x-request-id", info.request_id.encode()), (b"x-trace-id", info.trace_id.encode())
                message = {**message, "headers": [*message.get("headers", ()), *ids]}
            return send(message)

        with bind_request(info):
            await self._app(scope, receive, send_with_ids)


def read_request_info(scope: Scope) -> RequestInfo:
    """Read the request; `X-Request-ID` and `traceparent` are replaced by new ids unless they are well formed."""
    request_id = read_header(scope, b"x-request-id") or ""
    if not ACCEPTABLE_ID.fullmatch(request_id):
        request_id = short_random_id()
    traceparent = read_header(scope, b"traceparent")
    trace_id = _trace_id(traceparent) if traceparent else None
    client = scope.get("client")
    return RequestInfo(
        client_ip=_address(client[0]) if client else None,
        user_agent=(read_header(scope, b"user-agent") or "")[:MAX_AGENT_LENGTH] or None,
        request_id=request_id,
        trace_id=trace_id or new_trace_id(),
        traceparent=traceparent if trace_id else None,
        origin=_origin(scope, read_header(scope, b"host") or ""),
        method=scope.get("method", "WEBSOCKET"),
        path=_path(scope),
        line=RequestLine() if scope["type"] == "http" else None,
    )


@lru_cache(KEPT_ADDRESSES)
def _address(text: str) -> str | None:
    """Return the normal form of a client's address."""
    address = parse_address(text)
    return str(address) if address else None


def _trace_id(traceparent: str) -> str | None:
    found = _TRACEPARENT.fullmatch(traceparent)
    if found is None or found["version"] == "ff" or (found["version"] == "00" and found["more"]):
        return None
    if not (found["trace_id"].strip("0") and found["span_id"].strip("0")):
        return None
    return found["trace_id"]


def _origin(scope: Scope, host: str) -> str:
    scheme = "https" if scope.get("scheme") in ("https", "wss") else "http"
    if not _HOST.fullmatch(host):  # missing, or not an address
        name, port = scope.get("server") or ("localhost", None)
        host = f"{name}:{port}" if port else name
    return f"{scheme}://{host}"


def _path(scope: Scope) -> str:
    # Percent-encoded as it was sent, because terminals show it.
    path: bytes = scope.get("raw_path") or scope.get("path", "").encode()
    return _UNPRINTABLE.sub(b"?", path[:MAX_PATH_LENGTH]).decode("ascii")

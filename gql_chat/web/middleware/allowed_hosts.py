"""The host names by which clients may address the server.

A page of another site can let its own name lead to this server (DNS rebinding) and is then of the same origin for the
browser. The name in the `Host` header gives it away.
"""

from collections.abc import Awaitable, Collection

import structlog
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from gql_chat.infra.net.addresses import site_of
from gql_chat.infra.telemetry.throttled_log import warn_throttled

LOOPBACK_NAMES = ("localhost", "*.localhost", "127.0.0.1", "[::1]")
REFUSAL = "This server does not serve this host name. Its operator can add it to GQL_CHAT_ALLOWED_HOSTS.\n"

log = structlog.get_logger(__name__)


class AllowedHostsMiddleware:
    """Answers 421 to other hosts than `hosts`: names, `*.example.com` for all names below, or `*`.

    Probes of `exempt` paths come with the address of a container.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str], *, exempt: Collection[str]) -> None:
        self._app = app
        names = {host.lower().rstrip(".") for host in hosts}
        self._names = frozenset(name for name in names if not name.startswith("*"))
        self._endings = tuple(name.removeprefix("*") for name in names if name.startswith("*"))
        self._exempt = frozenset(exempt)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Run the application, or refuse. There is no coroutine of its own, which each WebSocket would hold."""
        name = host_name(Headers(scope=scope).get("host", ""))
        if name in self._names or (name and name.endswith(self._endings)) or scope["path"] in self._exempt:
            return self._app(scope, receive, send)
        client = scope.get("client")
        warn_throttled(log, "host_refused", site_of(client[0]) if client else "unknown", host=name[:200])
        response = PlainTextResponse(REFUSAL, 421)
        return response(scope, receive, send)


def host_name(header: str) -> str:
    """Return the name in a `Host` header without the port."""
    end = header.find("]") + 1 if header.startswith("[") else header.find(":")
    return (header[:end] if end > 0 else header).lower().rstrip(".")

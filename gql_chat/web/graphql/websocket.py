"""GraphQL over WebSocket: the origins that may connect, and the open connections, of graphql-transport-ws only."""

import asyncio
from collections.abc import Collection

import structlog
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from gql_chat.api.engine.context import MakeContext
from gql_chat.api.engine.execution import Engine
from gql_chat.infra.net.addresses import site_of
from gql_chat.infra.telemetry.metrics import gauge
from gql_chat.infra.telemetry.request_context import current_request
from gql_chat.infra.telemetry.throttled_log import warn_throttled
from gql_chat.web.connections.open_connections import RETRY_AFTER_SECONDS, LastingConnections, in_turn
from gql_chat.web.graphql.websocket_connection import WebSocketConnection
from gql_chat.web.graphql.websocket_messages import CloseCode, ConnectionLimits
from gql_chat.web.middleware.cors import warn_origin_refused

CONNECTIONS = gauge("gql_chat_websockets", "Open WebSocket connections.")

SUBPROTOCOL = "graphql-transport-ws"
RESTART = CloseCode.SERVICE_RESTART, "Service restart"

log = structlog.get_logger(__name__)


class GraphQLOverWebSocket:
    """The ASGI application at `/graphql` for WebSockets.

    A page of another site may connect only if `allowed_origins` contains its origin or `*`.
    """

    def __init__(
        self,
        engine: Engine,
        make_context: MakeContext,
        *,
        allowed_origins: Collection[str] = (),
        limits: ConnectionLimits | None = None,
    ) -> None:
        self._engine = engine
        self._make_context = make_context
        self._allowed_origins = frozenset(allowed_origins)
        self._limits = limits or ConnectionLimits()
        self.lasting = LastingConnections(self._limits.max_per_user, self._limits.max_per_address)
        """Counts the open connections; event streams share its limits."""
        self.connections: set[WebSocketConnection] = set()
        """The open connections; `close` ends one from outside."""
        self._is_leaving = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        # No variable holds the headers, because this frame lasts as long as the connection.
        if not self._allows_origin(Headers(scope=scope)):
            warn_origin_refused(Headers(scope=scope)["origin"])
            await send({"type": "websocket.close"})  # before `accept`, so that the response to the upgrade is 403
            return
        request = current_request()
        address = site_of(request.client_ip if request else None)
        if not self.lasting.addresses.take(address):
            warn_throttled(log, "connection_refused", address, reason="too many WebSockets of one address")
            retry = {"retry-after": str(RETRY_AFTER_SECONDS)}
            await PlainTextResponse("Too many connections.", 503, retry)(scope, receive, send)
            return
        try:
            await self._serve(scope, receive, send)
        finally:
            self.lasting.addresses.release(address)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = WebSocketConnection(
            self._engine, self._make_context, self._limits, self.lasting.users, scope, receive, send
        )
        if SUBPROTOCOL not in scope["subprotocols"]:
            await send({"type": "websocket.accept"})
            await connection.close(CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE, "Subprotocol not acceptable")
            return
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
        if self._is_leaving:  # the TCP connection is older: it waited for this request
            await connection.close(*RESTART)
            return
        self.connections.add(connection)
        CONNECTIONS.inc()
        try:
            await connection.run()
        finally:
            CONNECTIONS.dec()
            self.connections.discard(connection)

    async def send_elsewhere(self, *, within_seconds: float) -> None:
        """Close each connection once its queries and mutations are answered. Its client connects to another server."""
        self._is_leaving = True
        async with asyncio.TaskGroup() as leaving:
            async for connection in in_turn(list(self.connections), within_seconds=within_seconds):
                leaving.create_task(connection.leave(*RESTART))

    async def end(self, *, patience_seconds: float) -> None:
        """Close all connections for a restart, after which clients reconnect by themselves."""
        self._is_leaving = True
        ends = [connection.end(*RESTART, patience_seconds=patience_seconds) for connection in self.connections]
        await asyncio.gather(*ends)

    def _allows_origin(self, headers: Headers) -> bool:
        """Return whether the request may come from its origin.

        Browsers always send one. Other programs need not, and may do all that their token allows.
        """
        origin = headers.get("origin")
        if origin is None or not self._allowed_origins.isdisjoint((origin, "*")):
            return True
        return origin.partition("://")[2] == headers.get("host")

"""GraphQL over WebSocket: who may connect, and which connections are open. Only graphql-transport-ws is spoken."""

import asyncio
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from gql_chat.api.engine.context import MakeContext
from gql_chat.api.engine.execution import Engine
from gql_chat.infra.telemetry.metrics import gauge
from gql_chat.web.graphql.websocket_connection import CloseCode, ConnectionLimits, WebSocketConnection

CONNECTIONS = gauge("gql_chat_websockets", "Open WebSocket connections.")

SUBPROTOCOL = "graphql-transport-ws"


class GraphQLOverWebSocket:
    """The ASGI application at `/graphql` for WebSockets.

    A page of another site may connect only if its origin is among `allowed_origins`, or `*` is.
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
        self.connections: set[WebSocketConnection] = set()
        """Those open now; `close` ends one from outside."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        headers = Headers(scope=scope)
        if not self._allows_origin(headers):
            await send({"type": "websocket.close"})  # before it was accepted: the upgrade is answered with 403
            return
        connection = WebSocketConnection(self._engine, self._make_context, self._limits, scope, receive, send)
        if SUBPROTOCOL not in scope["subprotocols"]:
            await send({"type": "websocket.accept"})
            await connection.close(CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE, "Subprotocol not acceptable")
            return
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
        self.connections.add(connection)
        CONNECTIONS.inc()
        try:
            await connection.run()
        finally:
            CONNECTIONS.dec()
            self.connections.discard(connection)

    async def end(self, *, patience_seconds: float) -> None:
        """Close all connections because the server restarts; clients come back by themselves."""
        closing = CloseCode.SERVICE_RESTART, "Service restart"
        ends = [connection.end(*closing, patience_seconds=patience_seconds) for connection in self.connections]
        await asyncio.gather(*ends)

    def _allows_origin(self, headers: Headers) -> bool:
        """Browsers always name the page's origin, and programs need not: what they can do with a token they may."""
        origin = headers.get("origin")
        if origin is None or not self._allowed_origins.isdisjoint((origin, "*")):
            return True
        return origin.partition("://")[2] == headers.get("host")

"""The toy schema behind the real transports and a real server, on the test's own loop."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from gql_chat.api.engine.execution import Engine
from gql_chat.api.engine.trusted_documents import TrustedDocuments
from gql_chat.web.graphql.http import GraphQLOverHTTP
from gql_chat.web.graphql.statuses import Edition
from gql_chat.web.graphql.websocket import GraphQLOverWebSocket
from gql_chat.web.graphql.websocket_messages import ConnectionLimits
from gql_chat.web.middleware.request_id import RequestIdMiddleware
from tests.support.running.in_loop import run_in_loop
from tests.support.toy import Toy, make_context_of, schema

MAX_BODY_BYTES = 20_000


@dataclass
class ToyServer:
    toy: Toy
    port: int
    over_websocket: GraphQLOverWebSocket
    engine: Engine
    protocols: set[Any]

    @property
    def holds_back(self) -> bool:
        """Whether what is sent to a WebSocket waits, because its client does not read."""
        websockets = [one for one in self.protocols if isinstance(one, WebSocketsSansIOProtocol)]
        return any(not protocol.writable.is_set() for protocol in websockets)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/graphql"


@contextlib.asynccontextmanager
async def run_toy_server(
    edition: Edition = "2025", trusted_documents: TrustedDocuments | None = None, **more: Any
) -> AsyncIterator[ToyServer]:
    """Run the server. `more` are limits of its WebSockets, whose number event streams share."""
    toy, engine = Toy(), Engine(schema, trusted_documents=trusted_documents)
    make_context = make_context_of(toy)
    few: dict[str, Any] = {"max_message_characters": 5000, "max_operations": 3}
    limits = ConnectionLimits(**few | more)
    over_websocket = GraphQLOverWebSocket(
        engine, make_context, allowed_origins=["https://friend.example"], limits=limits
    )
    over_http = GraphQLOverHTTP(
        engine,
        make_context,
        over_websocket.lasting,
        max_body_bytes=MAX_BODY_BYTES,
        ping_seconds=0.05,
        edition=edition,
    )
    app = Starlette(routes=[Route("/graphql", over_http), WebSocketRoute("/graphql", over_websocket)])
    config = uvicorn.Config(
        RequestIdMiddleware(app),
        port=0,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        http="httptools",
        lifespan="off",
        log_config=None,
    )
    server = uvicorn.Server(config)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(engine.finish_mutations)
        port = await stack.enter_async_context(run_in_loop(server))
        stack.callback(toy.gate.set)
        yield ToyServer(toy, port, over_websocket, engine, server.server_state.connections)

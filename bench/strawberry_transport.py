"""Our HTTP and WebSocket handlers against Strawberry's ASGI app, with the toy schema of the tests: docs/decisions/0023.

pytest -p bench.strawberry_transport tests/web/graphql/test_http.py tests/web/graphql/test_websocket.py
python -m bench.strawberry_transport
"""

import asyncio
import os
import statistics
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL

from gql_chat.api.engine.context import Context, MakeContext
from gql_chat.api.engine.execution import Engine
from gql_chat.infra.telemetry.logging import configure_logging
from gql_chat.infra.telemetry.request_context import current_request
from gql_chat.web.connections.uvicorn_websocket import DirectWebSocketProtocol
from gql_chat.web.graphql.http import GraphQLOverHTTP
from gql_chat.web.graphql.websocket import GraphQLOverWebSocket
from gql_chat.web.middleware.request_id import RequestIdMiddleware
from tests.support import toy, toy_server
from tests.support.backing_services.ports import free_port

REQUESTS, SUBSCRIPTIONS, ROUNDS = 1000, 20, 5
EVENTS = len(range(0, len(toy.TEXT), 3)) + 1  # of one subscription
WATCH = "subscription { reply { ... on ReplyDelta { kind offset text } ... on ReplyFinished { message { id } } } }"
SERVERS = ("ours", "strawberry")


class StrawberryApp(GraphQL[Any, None]):
    """Strawberry's app with the toy's context, signed in by the header or by the payload of `connection_init`."""

    def __init__(self, make_context: MakeContext, **options: Any) -> None:
        protocols = [GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL]
        super().__init__(toy.schema, subscription_protocols=protocols, graphql_ide=None, **options)
        self._make_context = make_context

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Any:
        """Return the context of the request or connection."""
        context: Any = await self._context_of(request.headers.get("authorization"))
        context.connection_params = None
        return context

    async def on_ws_connect(self, context: Any) -> Any:
        """Sign in by the payload, as Strawberry's documentation suggests."""
        authorization = (context.connection_params or {}).get("Authorization")
        if authorization is not None:
            signed_in = await self._context_of(authorization)
            context.viewer, context.auth_error = signed_in.viewer, signed_in.auth_error
        return await super().on_ws_connect(context)

    async def _context_of(self, authorization: str | None) -> Context:
        info = current_request()
        assert info is not None, "RequestIdMiddleware sets it"
        return await self._make_context(authorization, info)


class _OverHTTP:
    def __init__(self, engine: object, make_context: MakeContext, **options: object) -> None:
        self._app = StrawberryApp(make_context)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


class _OverWebSocket(_OverHTTP):
    def __init__(self, engine: object, make_context: MakeContext, *, allowed_origins: Any, limits: Any) -> None:
        self.connections: set[object] = set()
        self._app = StrawberryApp(
            make_context,
            allowed_origins=allowed_origins,
            connection_init_wait_timeout=timedelta(seconds=limits.init_timeout_seconds),
            max_subscriptions_per_connection=limits.max_operations,
        )


def pytest_configure() -> None:
    """Let the tests' toy server use Strawberry's app."""
    vars(toy_server).update(GraphQLOverHTTP=_OverHTTP, GraphQLOverWebSocket=_OverWebSocket)


def serve(kind: str, port: int) -> None:
    """Serve the toy schema until the process is killed."""
    configure_logging("WARNING", "json", access=False)
    make_context = toy.make_context_of(toy.Toy())
    http: Any = StrawberryApp(make_context)
    websocket: Any = http
    if kind == "ours":
        engine = Engine(toy.schema)
        websocket = GraphQLOverWebSocket(engine, make_context)
        http = GraphQLOverHTTP(engine, make_context, websocket.lasting)
    app = Starlette(routes=[Route("/graphql", http), WebSocketRoute("/graphql", websocket)])
    uvicorn.run(
        RequestIdMiddleware(app),
        port=port,
        http="httptools",
        ws=DirectWebSocketProtocol if kind == "ours" else "websockets-sansio",
        ws_per_message_deflate=False,
        lifespan="off",
        log_level="critical",
    )


@asynccontextmanager
async def _running(kind: str) -> AsyncIterator[tuple[int, str]]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.strawberry_transport", kind, str(port))
    try:
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                break
        yield process.pid, f"http://127.0.0.1:{port}/graphql"
    finally:
        process.kill()
        await process.wait()


def _cpu_seconds(pid: int) -> float:
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _request(http: aiohttp.ClientSession, url: str) -> None:
    for _ in range(REQUESTS):
        async with http.post(url, json={"query": '{ hello(name: "Ada") }'}) as response:
            await response.read()


async def _watch(http: aiohttp.ClientSession, url: str) -> None:
    async with http.ws_connect(url, protocols=["graphql-transport-ws"]) as socket:
        await socket.send_json({"type": "connection_init"})
        await socket.receive()
        for number in range(SUBSCRIPTIONS):
            await socket.send_json({"id": str(number), "type": "subscribe", "payload": {"query": WATCH}})
            while (await socket.receive_json())["type"] != "complete":
                pass


async def compare() -> None:
    """Print the median CPU time of each server per request and per event, of interleaved rounds."""
    async with aiohttp.ClientSession() as http, _running("ours") as ours, _running("strawberry") as theirs:
        for name, load, count in (("request", _request, REQUESTS), ("event", _watch, SUBSCRIPTIONS * EVENTS)):
            figures: dict[str, list[float]] = {kind: [] for kind in SERVERS}
            for _ in range(ROUNDS + 1):
                for kind, (pid, url) in zip(SERVERS, (ours, theirs), strict=True):
                    before = _cpu_seconds(pid)
                    await load(http, url)
                    figures[kind].append((_cpu_seconds(pid) - before) / count * 1e6)
            for kind in SERVERS:
                rounds = figures[kind][1:]  # the first warms up
                median = statistics.median(rounds)
                sys.stdout.write(f"{kind:10} {median:7.1f} µs per {name} ({min(rounds):.1f} to {max(rounds):.1f})\n")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(sys.argv[1], int(sys.argv[2]))
    else:
        asyncio.run(compare())

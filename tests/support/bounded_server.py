"""An ASGI application behind the protocols that bound connections, on the test's own loop."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import uvicorn

from gql_chat.infra.tasks.periodic import run_every
from gql_chat.web.connections.http_protocol import BoundedHttpProtocol
from gql_chat.web.connections.open_connections import ConnectionBounds, OpenConnections
from gql_chat.web.connections.websocket_protocol import BoundedWebSocketProtocol
from tests.support.running.in_loop import run_in_loop


@asynccontextmanager
async def run_bounded_server(app: Any, **bounds: Any) -> AsyncIterator[tuple[int, OpenConnections]]:
    """Serve the application on a free port with these bounds; yield the port and the open connections."""
    connections = OpenConnections(ConnectionBounds(**bounds))
    config = uvicorn.Config(
        app, port=0, interface="asgi3", lifespan="off", log_config=None, ws_per_message_deflate=False,
        http=partial(BoundedHttpProtocol, connections=connections),  # type: ignore[arg-type]
        ws=partial(BoundedWebSocketProtocol, connections=connections),  # type: ignore[arg-type]
    )  # fmt: skip
    sweeping = run_every(connections.bounds.sweep_seconds, connections.sweep, "connections")
    async with sweeping, run_in_loop(uvicorn.Server(config)) as port:
        yield port, connections

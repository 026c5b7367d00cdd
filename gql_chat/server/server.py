"""The uvicorn server, between the opening and the closing of our services."""

import gc
import socket
import sys
from collections.abc import Collection
from contextlib import AsyncExitStack
from functools import partial
from urllib.parse import urlsplit

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from gql_chat import __version__
from gql_chat.api.engine.complexity import Limits
from gql_chat.infra.tasks.periodic import run_every
from gql_chat.server.banner import format_banner, origin_of, redis_status
from gql_chat.server.listening import listen
from gql_chat.server.process_limits import cap_connections, raise_open_file_limit
from gql_chat.server.process_metrics import collect_process_metrics
from gql_chat.server.services import open_services
from gql_chat.server.tracing import traces
from gql_chat.settings import Settings
from gql_chat.web.app import Application
from gql_chat.web.connections.http_protocol import BoundedHttpProtocol
from gql_chat.web.connections.open_connections import ConnectionBounds, OpenConnections
from gql_chat.web.connections.websocket_protocol import BoundedWebSocketProtocol
from gql_chat.web.endpoints.metrics import MetricsPage
from gql_chat.web.graphql.websocket_connection import ConnectionLimits
from gql_chat.web.middleware.allowed_hosts import LOOPBACK_NAMES, host_name

GRACEFUL_SHUTDOWN_SECONDS = 10  # for requests in flight, once no reply is being written any more
WS_PING_SECONDS = 20.0
MAX_MESSAGE_BYTES = 1024 * 1024  # of one WebSocket message


class Server(uvicorn.Server):
    """uvicorn's server. Services are opened here and not in an ASGI lifespan, whose failures come as tracebacks."""

    def __init__(self, settings: Settings, *, banner: bool = True) -> None:
        self._connections = OpenConnections(_connection_bounds(settings), settings.trusted_proxies)
        super().__init__(_config(self._answer, settings, self._connections))
        self._settings = settings
        self._has_banner = banner
        self._open = AsyncExitStack()
        self._application: Application | None = None
        self._sockets: list[socket.socket] | None = None

    @property
    def application(self) -> Application:
        """The application, once started."""
        assert self._application is not None
        return self._application

    @property
    def origin(self) -> str:
        """The address that it listens on, once started: `http://host:port`."""
        return origin_of(self.servers[0].sockets[0])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, open the services, and print the banner. Raises CannotStart."""
        try:
            if sockets is None:
                sockets = self._sockets = listen(self._settings.host, self._settings.port)
            await self._open.enter_async_context(collect_process_metrics(__version__))
            await self._open.enter_async_context(traces(self._settings))
            services = await self._open.enter_async_context(open_services(self._settings))
            self._application = Application(
                services,
                allowed_origins=self._settings.allowed_origins,
                allowed_hosts=_allowed_hosts(self._settings),
                trusted_proxies=self._settings.trusted_proxies,
                websocket_limits=_websocket_limits(self._settings),
                introspection=self._settings.introspection,
                limits=_limits(self._settings),
                metrics_page=_metrics_page(self._settings),
            )
            sweep_seconds = self._connections.bounds.sweep_seconds
            await self._open.enter_async_context(run_every(sweep_seconds, self._connections.sweep, "connections"))
            await super().startup(sockets)
        except BaseException:
            await self._open.aclose()
            for listener in self._sockets or ():
                listener.close()
            raise
        if self._has_banner:
            sys.stdout.write(format_banner(self.servers[0].sockets[0], redis_status(services.redis)))
            sys.stdout.flush()
        _tune_garbage_collection()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let every reply settle, then close connections, then services."""
        await self.application.drain()
        await super().shutdown(self._sockets if sockets is None else sockets)
        await self.application.finish()
        await self._open.aclose()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.application.asgi(scope, receive, send)


def _limits(settings: Settings) -> Limits:
    return Limits(max_cost=settings.operation_max_cost, max_answer_bytes=settings.answer_max_bytes)


def _metrics_page(settings: Settings) -> MetricsPage | None:
    if settings.metrics_open:
        return MetricsPage(token=None)
    return MetricsPage(settings.metrics_token.get_secret_value()) if settings.metrics_token else None


def _allowed_hosts(settings: Settings) -> Collection[str]:
    """Return the host names to serve; by default those of this machine only, where no others can be meant."""
    if settings.allowed_hosts:
        return settings.allowed_hosts
    if settings.trusted_proxies or settings.host not in ("localhost", "127.0.0.1", "::1"):
        return ("*",)
    public = (host_name(urlsplit(settings.public_url).netloc),) if settings.public_url else ()
    return (*LOOPBACK_NAMES, *public)


def _connection_bounds(settings: Settings) -> ConnectionBounds:
    return ConnectionBounds(
        max_connections=cap_connections(settings.max_connections, raise_open_file_limit()),
        max_per_address=settings.max_connections_per_address,
        headers_seconds=settings.request_headers_timeout_seconds,
        headers_max_bytes=settings.request_headers_max_bytes,
        body_silence_seconds=settings.request_body_silence_timeout_seconds,
        write_seconds=settings.write_timeout_seconds,
    )


def _websocket_limits(settings: Settings) -> ConnectionLimits:
    return ConnectionLimits(
        init_timeout_seconds=settings.websocket_init_timeout_seconds,
        anonymous_seconds=settings.websocket_anonymous_seconds,
        max_per_user=settings.max_websockets_per_user,
        max_per_address=settings.max_connections_per_address,
    )


def _tune_garbage_collection() -> None:
    # Objects of the start-up live for ever. Not scanning them, and the others seldom, takes ~30 % off an operation.
    gc.unfreeze()  # what the imports left, garbage included
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def _config(app: ASGIApp, settings: Settings, connections: OpenConnections) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        interface="asgi3",
        host=settings.host,
        port=settings.port,
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        http=partial(BoundedHttpProtocol, connections=connections),  # type: ignore[arg-type]
        ws=partial(BoundedWebSocketProtocol, connections=connections),  # type: ignore[arg-type]
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_ping_interval=WS_PING_SECONDS,
        ws_per_message_deflate=False,  # 3 µs a frame and up to 47 KB a connection, to shrink deltas of 100 bytes
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=settings.keep_alive_timeout_seconds,  # type: ignore[arg-type]
        timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_SECONDS,
    )

"""The uvicorn server, between the opening and the closing of our services."""

import asyncio
import gc
import socket
import sys
from collections.abc import Awaitable, Collection
from contextlib import AbstractContextManager, AsyncExitStack
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from gql_chat import __version__
from gql_chat.api.engine.complexity import Limits
from gql_chat.api.engine.trusted_documents import TrustedDocuments, read_manifest
from gql_chat.infra.tasks.periodic import run_every
from gql_chat.server import CannotStart
from gql_chat.server.banner import format_banner, format_farewell, print_lines, redis_status
from gql_chat.server.listening import accepting_many, listen, noted_address, origin_of
from gql_chat.server.process import ENDING_SIGNALS, cap_connections, handling_signals, raise_open_file_limit
from gql_chat.server.services import open_services
from gql_chat.server.telemetry import collect_process_metrics, traces
from gql_chat.settings import Settings
from gql_chat.web.app import Application
from gql_chat.web.connections.http_protocol import BoundedHttpProtocol
from gql_chat.web.connections.open_connections import ConnectionBounds, OpenConnections
from gql_chat.web.connections.websocket_protocol import BoundedWebSocketProtocol
from gql_chat.web.endpoints.metrics import MetricsPage
from gql_chat.web.endpoints.pages import DOCUMENTS
from gql_chat.web.graphql.websocket_messages import ConnectionLimits
from gql_chat.web.middleware.allowed_hosts import LOOPBACK_NAMES, host_name

REQUESTS_SECONDS = 5  # at least, for requests in flight once no reply is being written any more
REFUSALS_SECONDS = 1  # for the answers to those that were not finished in this time
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
        self._listeners: list[socket.socket] = []
        self._must_hurry = asyncio.Event()

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
            # Workers that accept one connection each in turn share them evenly.
            self._listeners = sockets or accepting_many(listen(self._settings.host, self._settings.port))
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
                trusted_documents=read_trusted_documents(self._settings),
                limits=_limits(self._settings),
                metrics_page=_metrics_page(self._settings),
                http_edition=self._settings.http_status,
            )
            sweep_seconds = self._connections.bounds.sweep_seconds
            await self._open.enter_async_context(run_every(sweep_seconds, self._connections.sweep, "connections"))
            await super().startup(self._listeners)
            if self._settings.is_embedded:
                self._open.enter_context(noted_address(self.servers[0].sockets[0], self._settings.data_dir))
        except BaseException:
            await self._open.aclose()
            for listener in self._listeners:
                listener.close()
            raise
        if self._has_banner:
            print_lines(format_banner(self.servers[0].sockets[0], redis_status(services.redis)))

    async def main_loop(self) -> None:
        """Serve until asked to end."""
        tuning = asyncio.create_task(self._tune_once_loaded(), name="tune the interpreter")
        await super().main_loop()
        tuning.cancel()

    def end(self) -> None:
        """End once all replies have."""
        self.should_exit = True

    def end_at_once(self) -> None:
        """Interrupt all replies and end."""
        self.should_exit = True
        self._must_hurry.set()

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        """Handle the signals that end a server while the block runs. The second one ends it at once."""
        return handling_signals(
            dict.fromkeys(ENDING_SIGNALS, lambda: self.end_at_once() if self.should_exit else self.end())
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End without cutting what can end by itself, in the order of decision 34."""
        loop, drain_seconds = asyncio.get_running_loop(), self._settings.drain_seconds
        began_at = loop.time()
        self._stop_listening()
        self.application.refuse_replies()
        if self._has_banner:
            print_lines(format_farewell(self.application.services.runner.count, drain_seconds))
        await self._drain(drain_seconds)
        await self.application.interrupt_replies()
        await self.application.end_subscriptions()
        left_seconds = 0 if self._must_hurry.is_set() else round(began_at + drain_seconds - loop.time())
        self.config.timeout_graceful_shutdown = max(REQUESTS_SECONDS, left_seconds)
        await super().shutdown()
        await self.application.end_mutations()
        await self._send_refusals()
        await self._open.aclose()

    async def _drain(self, seconds: float) -> None:
        """Let all replies end within this time, unless asked to hurry. Meanwhile clients go where they can."""
        finishing = asyncio.create_task(self._finish_replies(moving_seconds=seconds / 2))
        hurrying = asyncio.create_task(self._must_hurry.wait())
        await asyncio.wait({finishing, hurrying}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in (tasks := (finishing, hurrying)):
            task.cancel()
        await asyncio.wait(tasks)

    async def _finish_replies(self, moving_seconds: float) -> None:
        """Return once all replies have ended, and all clients have gone if there is another server."""
        moving = asyncio.create_task(self._move_clients(moving_seconds))
        try:
            await self.application.finish_replies()
            if self.application.services.redis and await self.application.services.peers.is_any_serving():
                await moving
        finally:
            moving.cancel()
            await asyncio.wait({moving})

    async def _move_clients(self, seconds: float) -> None:
        """Send all clients to another server as soon as one serves. Until then they stay and see their replies grow."""
        while not await self.application.services.peers.is_any_serving():
            pass  # the next one may just be starting
        for connection in list(self.server_state.connections):
            if isinstance(connection, BoundedHttpProtocol):
                connection.shutdown()  # after the response to its request
        await self.application.send_clients_elsewhere(within_seconds=seconds)

    async def _send_refusals(self) -> None:
        """Wait for the requests that uvicorn has cancelled, which are answered that this server ends."""
        if self.server_state.tasks and not self.force_exit:
            await asyncio.wait(self.server_state.tasks, timeout=REFUSALS_SECONDS)

    def _stop_listening(self) -> None:
        for server in self.servers:
            server.close()
        for listener in self._listeners:
            listener.close()

    async def _tune_once_loaded(self) -> None:
        await self.application.services.side_calls.llm.client()
        _tune_interpreter()

    def _answer(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return self.application.asgi(scope, receive, send)  # no coroutine, which each WebSocket would hold


def _limits(settings: Settings) -> Limits:
    return Limits(max_cost=settings.operation_max_cost, max_answer_bytes=settings.answer_max_bytes)


def read_trusted_documents(settings: Settings, pages_documents: Path = DOCUMENTS) -> TrustedDocuments:
    """Read the manifests of the settings and of the built pages. Raise CannotStart if the former is none."""
    path = settings.trusted_documents_file
    of_pages = read_manifest(pages_documents) if pages_documents.is_file() else {}
    try:
        return TrustedDocuments(settings.trusted_documents, of_pages | (read_manifest(path) if path else {}))
    except ValueError as exc:
        raise CannotStart(f"GQL_CHAT_TRUSTED_DOCUMENTS_FILE: {path}: {exc}") from exc


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


def _tune_interpreter() -> None:
    # Objects of the start-up live for ever. Not scanning them takes ~30 % off an operation.
    gc.collect()
    gc.freeze()
    # A collection stops everything, the longer the more objects it has to look at.
    gc.set_threshold(5_000, 20, 100)
    # The time for which another thread with work of its own, such as a document's validation, may delay the loop.
    sys.setswitchinterval(0.0005)


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
    )

"""The Starlette application: GraphQL, its page and a sign of life."""

from collections.abc import Collection
from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp
from strawberry.http.ides import get_graphql_ide_html

from gql_chat.api.engine.context import Services, context_maker
from gql_chat.api.engine.execution import Engine
from gql_chat.api.schema import schema
from gql_chat.files.links import LINKS_PATH
from gql_chat.web.endpoints.files import FileTransfers
from gql_chat.web.endpoints.health import Health
from gql_chat.web.endpoints.metrics import MetricsPage
from gql_chat.web.graphql.http import GraphQLOverHTTP
from gql_chat.web.graphql.websocket import GraphQLOverWebSocket
from gql_chat.web.middleware import cors
from gql_chat.web.middleware.access_log import AccessLogMiddleware
from gql_chat.web.middleware.cors import for_pages_of
from gql_chat.web.middleware.proxies import BehindProxies, Network
from gql_chat.web.middleware.request_id import RequestIdMiddleware

GRAPHQL_PATH = "/graphql"
LAST_WORDS_SECONDS = 1.0  # for subscriptions whose replies have just settled; others never complete by themselves
GRAPHIQL_PATH = "/graphiql/"
METRICS_PATH = "/metrics"
HEALTH_PATH, READY_PATH = "/healthz", "/readyz"
# Operations have lines of their own, and the others are asked for all the time.
QUIET_PATHS = (GRAPHQL_PATH, METRICS_PATH, HEALTH_PATH, READY_PATH)


class Application:
    """What serves requests with these services."""

    def __init__(
        self,
        services: Services,
        *,
        allowed_origins: Collection[str] = (),
        trusted_proxies: Collection[Network] = (),
        introspection: bool = True,
        metrics_page: MetricsPage | None = None,
    ) -> None:
        self.services = services
        self._engine = Engine(schema, introspection=introspection)
        make_context = context_maker(services)
        self._websocket = GraphQLOverWebSocket(self._engine, make_context, allowed_origins=allowed_origins)
        http = GraphQLOverHTTP(self._engine, make_context, max_file_bytes=partial(_max_file_bytes, services))
        transfers = FileTransfers(services.files)
        redis = services.redis
        health = Health(
            is_draining=lambda: services.runner.draining,
            redis_is_up=(lambda: redis.health.is_up) if redis else None,
        )
        routes: list[BaseRoute] = [
            Route(GRAPHQL_PATH, for_pages_of(allowed_origins, http, cors.GRAPHQL)),
            Route(f"{LINKS_PATH}/{{file_id}}", for_pages_of(allowed_origins, transfers, cors.FILES)),
            WebSocketRoute(GRAPHQL_PATH, self._websocket),
            Route(GRAPHIQL_PATH, _graphiql),
            Route("/", _to_graphiql),
            Route(HEALTH_PATH, health.alive),
            Route(READY_PATH, health.ready),
        ]
        if metrics_page:
            routes.append(Route(METRICS_PATH, metrics_page.show))
        app = RequestIdMiddleware(AccessLogMiddleware(Starlette(routes=routes), quiet=QUIET_PATHS))
        self.asgi: ASGIApp = BehindProxies(app, trusted_proxies) if trusted_proxies else app

    async def drain(self) -> None:
        """Settle every reply with all that has arrived, let watchers be told, then close their sockets."""
        await self.services.runner.drain()
        await self._websocket.end(patience_seconds=LAST_WORDS_SECONDS)

    async def finish(self) -> None:
        """Let mutations end whose callers have gone."""
        await self._engine.finish_mutations()


def _max_file_bytes(services: Services) -> int:
    return services.files.policy.current.max_size_bytes


def _graphiql(request: Request) -> HTMLResponse:
    page = get_graphql_ide_html("graphiql")
    return HTMLResponse(
        page.replace('window.location.href.split("?")[0]', f'new URL("{GRAPHQL_PATH}", window.location.href).href')
    )


def _to_graphiql(request: Request) -> RedirectResponse:
    return RedirectResponse(GRAPHIQL_PATH)

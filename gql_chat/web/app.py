"""The Starlette application: its routes and middleware."""

import asyncio
from collections.abc import Collection
from functools import partial

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from gql_chat.api.engine.complexity import Limits
from gql_chat.api.engine.context import Services, context_maker
from gql_chat.api.engine.execution import Engine
from gql_chat.api.engine.trusted_documents import TrustedDocuments
from gql_chat.api.schema import schema
from gql_chat.files.links import LINKS_PATH
from gql_chat.infra.db.migrations import installed_migrations
from gql_chat.web import GRAPHQL_PATH
from gql_chat.web.connections.open_connections import LastingConnections
from gql_chat.web.endpoints.files import FileTransfers
from gql_chat.web.endpoints.health import Health, check_database
from gql_chat.web.endpoints.metrics import MetricsPage
from gql_chat.web.endpoints.pages import LeadsBrowsersToGraphiQL, Pages
from gql_chat.web.graphql.http import GraphQLOverHTTP
from gql_chat.web.graphql.statuses import Edition
from gql_chat.web.graphql.websocket import GraphQLOverWebSocket
from gql_chat.web.graphql.websocket_messages import ConnectionLimits
from gql_chat.web.middleware import cors
from gql_chat.web.middleware.access_log import AccessLogMiddleware
from gql_chat.web.middleware.allowed_hosts import AllowedHostsMiddleware
from gql_chat.web.middleware.proxies import Network, TrustedProxies
from gql_chat.web.middleware.request_id import RequestIdMiddleware
from gql_chat.web.middleware.security_headers import SecurityHeadersMiddleware
from gql_chat.web.openai.callers import Callers
from gql_chat.web.openai.completions import ChatCompletions
from gql_chat.web.openai.models import Models, no_such_path

METRICS_PATH = "/metrics"
OPENAI_PATH = "/v1"
COMPLETIONS_PATH, MODELS_PATH = f"{OPENAI_PATH}/chat/completions", f"{OPENAI_PATH}/models"
HEALTH_PATH, READY_PATH = "/healthz", "/readyz"
# Operations have log lines of their own, and the other paths are polled.
QUIET_PATHS = (GRAPHQL_PATH, METRICS_PATH, HEALTH_PATH, READY_PATH)
COMPLETION_SECONDS = 1.0  # for subscriptions to replies that have just settled; others do not complete by themselves


class Application:
    """The application that serves requests with these services."""

    def __init__(
        self,
        services: Services,
        *,
        allowed_origins: Collection[str] = (),
        allowed_hosts: Collection[str] = ("*",),
        trusted_proxies: Collection[Network] = (),
        websocket_limits: ConnectionLimits | None = None,
        introspection: bool = True,
        trusted_documents: TrustedDocuments | None = None,
        limits: Limits | None = None,
        metrics_page: MetricsPage | None = None,
        http_edition: Edition = "2025",
    ) -> None:
        self.services = services
        self._engine = Engine(
            schema,
            limits=limits,
            introspection=introspection,
            budgets=services.budgets,
            trusted_documents=trusted_documents,
        )
        self._has_graphiql = trusted_documents is None or trusted_documents.mode != "only"
        make_context = context_maker(services)
        self._websocket = GraphQLOverWebSocket(
            self._engine, make_context, allowed_origins=allowed_origins, limits=websocket_limits
        )
        lasting = self._websocket.lasting
        self._http = GraphQLOverHTTP(self._engine, make_context, lasting, edition=http_edition)
        self._callers = Callers(make_context, services.budgets)
        self._completions = self._make_completions(lasting)
        routes = [
            *self._api_routes(allowed_origins),
            *self._openai_routes(allowed_origins),
            *self._operator_routes(metrics_page),
        ]
        self.asgi = self._behind_middleware(Starlette(routes=routes), allowed_origins, allowed_hosts, trusted_proxies)

    def refuse_replies(self) -> None:
        """Start no reply from now on, and report at `/readyz` that this server shuts down."""
        self.services.runner.draining = True

    async def finish_replies(self) -> None:
        """Return once every reply and completion has ended, also those of mutations that have begun."""
        await self._engine.finish_mutations()
        await self.services.runner.finish()
        await self._completions.finish()

    async def interrupt_replies(self) -> None:
        """Settle every reply that has not ended as INTERRUPTED, with all text that has arrived."""
        await self.services.runner.interrupt()
        await self._completions.interrupt()

    async def send_clients_elsewhere(self, *, within_seconds: float) -> None:
        """Have all subscriptions made again at another server, which follows the replies that are written here."""
        await asyncio.gather(
            self._websocket.send_elsewhere(within_seconds=within_seconds),
            self._http.send_elsewhere(within_seconds=within_seconds),
        )

    async def end_subscriptions(self) -> None:
        """End all subscriptions once they have had the time to send the ends of their replies."""
        await asyncio.gather(
            self._websocket.end(patience_seconds=COMPLETION_SECONDS),
            self._http.end_subscriptions(patience_seconds=COMPLETION_SECONDS),
        )

    async def end_mutations(self) -> None:
        """Refuse mutations from now on, and wait for those whose callers have gone."""
        await self._engine.end_mutations()

    def _graphql(self, allowed_origins: Collection[str]) -> ASGIApp:
        """Return GraphQL's application for both protocols."""
        http = cors.with_cors(self._http, allowed_origins, cors.GRAPHQL)
        http = LeadsBrowsersToGraphiQL(http) if self._has_graphiql else http
        websocket = self._websocket
        # No coroutine, which each WebSocket would hold.
        return lambda scope, receive, send: (http if scope["type"] == "http" else websocket)(scope, receive, send)

    def _api_routes(self, allowed_origins: Collection[str]) -> list[BaseRoute]:
        transfers = FileTransfers(self.services.files)
        return [
            Route(f"{LINKS_PATH}/{{file_id}}", cors.with_cors(transfers, allowed_origins, cors.FILES)),
            *Pages(self.services.files.links.origin, has_graphiql=self._has_graphiql).routes(),
        ]

    def _make_completions(self, lasting: LastingConnections) -> ChatCompletions:
        return ChatCompletions(
            self._callers,
            self.services.completions,
            limits=self.services.starter.limits,
            sign_outs=self.services.sign_outs,
            lasting=lasting,
            is_draining=lambda: self.services.runner.draining,
        )

    def _openai_routes(self, allowed_origins: Collection[str]) -> list[BaseRoute]:
        models = Models(self._callers, self.services.completions)
        paths: dict[str, ASGIApp] = {
            COMPLETIONS_PATH: self._completions,
            MODELS_PATH: models,
            f"{MODELS_PATH}/{{model:path}}": models,
        }
        without_v1 = [path.removeprefix(OPENAI_PATH) for path in paths]  # of a base URL that lacks it, and is told so
        paths |= dict.fromkeys([*without_v1, f"{OPENAI_PATH}/{{path:path}}"], no_such_path)
        return [Route(path, cors.with_cors(app, allowed_origins, cors.OPENAI)) for path, app in paths.items()]

    def _operator_routes(self, metrics_page: MetricsPage | None) -> list[BaseRoute]:
        runner, redis = self.services.runner, self.services.redis
        health = Health(
            is_draining=lambda: runner.draining,
            redis_is_up=(lambda: redis.is_up) if redis else None,
            # Those of this version: a later one may be installed in its place while it runs.
            check_database=partial(check_database, runner.renew_lease, installed_migrations()),
        )
        routes: list[BaseRoute] = [Route(HEALTH_PATH, health.alive), Route(READY_PATH, health.ready)]
        return [*routes, Route(METRICS_PATH, metrics_page.show)] if metrics_page else routes

    def _behind_middleware(
        self,
        routes: Starlette,
        allowed_origins: Collection[str],
        allowed_hosts: Collection[str],
        trusted_proxies: Collection[Network],
    ) -> ASGIApp:
        direct = {GRAPHQL_PATH: self._graphql(allowed_origins)}
        app: ASGIApp = AccessLogMiddleware(routes, direct=direct, quiet=QUIET_PATHS)
        if "*" not in allowed_hosts:
            app = AllowedHostsMiddleware(app, allowed_hosts, exempt=(HEALTH_PATH, READY_PATH))
        app = RequestIdMiddleware(SecurityHeadersMiddleware(app))
        return TrustedProxies(app, trusted_proxies) if trusted_proxies else app

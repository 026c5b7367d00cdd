"""The Starlette application: GraphQL, its page and a sign of life."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from strawberry.http.ides import get_graphql_ide_html

from gql_chat.api.context import Services, context_maker
from gql_chat.api.execution import Engine
from gql_chat.api.schema import schema
from gql_chat.files.links import LINKS_PATH
from gql_chat.web.file_transfers import METHODS, FileTransfers
from gql_chat.web.graphql_http import GraphQLOverHTTP
from gql_chat.web.graphql_ws import GraphQLOverWebSocket
from gql_chat.web.proxies import BehindProxies, Network
from gql_chat.web.request_info import Identified

GRAPHQL_PATH = "/graphql"
LAST_WORDS_SECONDS = 1.0  # for subscriptions whose replies have just settled; others never complete by themselves
GRAPHIQL_PATH = "/graphiql/"
PREFLIGHT_GOOD_FOR_SECONDS = 7200  # the most that Chrome takes


@dataclass(frozen=True, slots=True)
class Sharing:
    """What pages of other origins may ask by, and what they may read, besides what is always allowed."""

    methods: Collection[str]
    request_headers: Collection[str]
    response_headers: Collection[str]


GRAPHQL_SHARING = Sharing(
    ("GET", "POST"),
    # The last two are what clients send with files so that browsers ask first; here the token is enough.
    ("authorization", "content-type", "x-request-id", "traceparent", "tracestate", "apollo-require-preflight",
     "graphql-require-preflight"),
    ("x-request-id", "x-trace-id"),
)  # fmt: skip
FILES_SHARING = Sharing(
    METHODS,
    ("content-type", "range", "if-none-match", "if-range"),
    ("x-request-id", "x-trace-id", "accept-ranges", "content-range", "content-length", "content-disposition", "etag"),
)


class Application:
    """What serves requests with these services."""

    def __init__(
        self,
        services: Services,
        *,
        allowed_origins: Collection[str] = (),
        trusted_proxies: Collection[Network] = (),
        introspection: bool = True,
    ) -> None:
        self.services = services
        self._engine = Engine(schema, introspection=introspection)
        make_context = context_maker(services)
        self._websocket = GraphQLOverWebSocket(self._engine, make_context, allowed_origins=allowed_origins)
        http = GraphQLOverHTTP(self._engine, make_context, max_file_bytes=partial(_max_file_bytes, services))
        transfers = FileTransfers(services.files)
        app: ASGIApp = Starlette(
            routes=[
                Route(GRAPHQL_PATH, _for_pages_of(allowed_origins, http, GRAPHQL_SHARING)),
                Route(f"{LINKS_PATH}/{{file_id}}", _for_pages_of(allowed_origins, transfers, FILES_SHARING)),
                WebSocketRoute(GRAPHQL_PATH, self._websocket),
                Route(GRAPHIQL_PATH, _graphiql),
                Route("/", _to_graphiql),
                Route("/healthz", _healthz),
            ]
        )
        app = Identified(app)
        self.asgi: ASGIApp = BehindProxies(app, trusted_proxies) if trusted_proxies else app

    async def drain(self) -> None:
        """Settle every reply with all that has arrived, let watchers be told, then close their sockets."""
        await self.services.generation.runner.drain()
        await self._websocket.end(patience_seconds=LAST_WORDS_SECONDS)

    async def finish(self) -> None:
        """Let mutations end whose callers have gone."""
        await self._engine.finish_mutations()


def _max_file_bytes(services: Services) -> int:
    return services.files.policy.current.max_size_bytes


def _for_pages_of(origins: Collection[str], app: ASGIApp, sharing: Sharing) -> ASGIApp:
    """Browsers let pages of these origins, besides the server's own, read what the application answers.

    No page can make a visitor's browser act for the visitor, because there are no cookies: a page needs a token.
    """
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=sharing.methods,
        allow_headers=sharing.request_headers,
        expose_headers=sharing.response_headers,
        max_age=PREFLIGHT_GOOD_FOR_SECONDS,
    )


def _graphiql(request: Request) -> HTMLResponse:
    page = get_graphql_ide_html("graphiql")
    return HTMLResponse(
        page.replace('window.location.href.split("?")[0]', f'new URL("{GRAPHQL_PATH}", window.location.href).href')
    )


def _to_graphiql(request: Request) -> RedirectResponse:
    return RedirectResponse(GRAPHIQL_PATH)


def _healthz(request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok\n")

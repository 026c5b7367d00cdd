"""CORS: the access of pages of other origins, with its own policy for each part of the server."""

from collections.abc import Collection
from dataclasses import dataclass

import structlog
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp

from gql_chat.infra.telemetry.throttled_log import warn_throttled

PREFLIGHT_MAX_AGE_SECONDS = 7200  # Chrome's maximum
LOGGED_ORIGIN_LENGTH = 200  # characters; a client may send any

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CorsPolicy:
    """The methods and headers that pages may use beyond those that are always allowed."""

    methods: Collection[str]
    request_headers: Collection[str]
    response_headers: Collection[str]


GRAPHQL = CorsPolicy(
    ("GET", "HEAD", "POST"),
    (
        *("authorization", "content-type", "x-request-id"),
        *("traceparent", "tracestate", "baggage", "sentry-trace"),  # of W3C's traces, and of Sentry
        *("apollographql-client-name", "apollographql-client-version"),
        *("x-apollo-operation-name", "x-apollo-operation-id", "x-apollo-operation-type"),
        # Clients send these with files to force a preflight; this server relies on the token instead.
        *("apollo-require-preflight", "graphql-require-preflight"),
    ),
    ("x-request-id", "x-trace-id", "ratelimit", "ratelimit-policy", "retry-after"),
)
OPENAI = CorsPolicy(
    ("GET", "POST"),
    (
        *("authorization", "content-type", "x-request-id", "openai-organization", "openai-project"),
        *(f"x-stainless-{name}" for name in ("arch", "lang", "os", "package-version", "retry-count", "runtime")),
        *(f"x-stainless-{name}" for name in ("runtime-version", "timeout", "helper-method", "poll-helper")),
    ),
    ("x-request-id", "x-trace-id", "retry-after", "x-should-retry"),
)
FILES = CorsPolicy(
    ("GET", "HEAD", "PUT"),
    ("content-type", "range", "if-none-match", "if-range"),
    ("x-request-id", "x-trace-id", "accept-ranges", "content-range", "content-length", "content-disposition", "etag"),
)


def with_cors(app: ASGIApp, origins: Collection[str], policy: CorsPolicy) -> ASGIApp:
    """Let pages of these origins read the application's responses.

    No page can make a visitor's browser act for the visitor: there are no cookies, and a page needs a token.
    """
    return _LoggingCORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=policy.methods,
        allow_headers=policy.request_headers,
        expose_headers=policy.response_headers,
        max_age=PREFLIGHT_MAX_AGE_SECONDS,
    )


def warn_origin_refused(origin: str) -> None:
    """Log that a page of this origin was refused, and which setting allows it."""
    shown = origin[:LOGGED_ORIGIN_LENGTH]
    warn_throttled(log, "origin_refused", shown, origin=shown, allow_it_in="GQL_CHAT_ALLOWED_ORIGINS")


class _LoggingCORSMiddleware(CORSMiddleware):
    """Also logs refused preflights, which only pages of other origins send."""

    def preflight_response(self, request_headers: Headers) -> Response:
        origin = request_headers["origin"]
        if not self.is_allowed_origin(origin=origin):
            warn_origin_refused(origin)
        return super().preflight_response(request_headers)

"""What pages of other origins may do here: CORS, for each part of the server its own."""

from collections.abc import Collection
from dataclasses import dataclass

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

PREFLIGHT_GOOD_FOR_SECONDS = 7200  # the most that Chrome takes


@dataclass(frozen=True, slots=True)
class Sharing:
    """What they may ask by, and what they may read of answers, besides what is always allowed."""

    methods: Collection[str]
    request_headers: Collection[str]
    response_headers: Collection[str]


GRAPHQL = Sharing(
    ("GET", "POST"),
    # The last two are what clients send with files so that browsers ask first; here the token is enough.
    ("authorization", "content-type", "x-request-id", "traceparent", "tracestate", "apollo-require-preflight",
     "graphql-require-preflight"),
    ("x-request-id", "x-trace-id"),
)  # fmt: skip
FILES = Sharing(
    ("GET", "HEAD", "PUT"),
    ("content-type", "range", "if-none-match", "if-range"),
    ("x-request-id", "x-trace-id", "accept-ranges", "content-range", "content-length", "content-disposition", "etag"),
)


def for_pages_of(origins: Collection[str], app: ASGIApp, sharing: Sharing) -> ASGIApp:
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

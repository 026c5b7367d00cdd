"""Responses as JSON, and errors that become responses."""

from typing import Any

import orjson
import structlog
from starlette.responses import Response

from gql_chat.errors import GqlChatError
from gql_chat.web.openai.errors import error_body, error_headers, form_of

NO_STORE = {"cache-control": "no-store"}
JSON = "application/json"

log = structlog.get_logger(__name__)


def json_response(value: Any) -> Response:
    """Return a value as a response."""
    return Response(orjson.dumps(value), headers=NO_STORE, media_type=JSON)


def error_response(error: Exception) -> Response:
    """Return an error as a response. Log what was not expected."""
    expected = error if isinstance(error, GqlChatError) else None
    if expected is None:
        log.error("unexpected_error", exc_info=error)
    status = form_of(expected).status
    headers = {**NO_STORE, **error_headers(expected)}
    if status in (401, 403, 413, 429, 503):
        headers["connection"] = "close"  # the rest of the body is not read
    return Response(error_body(expected), status, headers, JSON)

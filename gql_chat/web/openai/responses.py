"""Responses as JSON, and errors in OpenAI's form: https://platform.openai.com/docs/guides/error-codes."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
import structlog
from starlette.responses import Response

from gql_chat.errors import (
    BadUserInput,
    Forbidden,
    GqlChatError,
    KeyRequired,
    NotFound,
    PayloadTooLarge,
    ProviderErrorCode,
    ProviderFailed,
    QuotaExceeded,
    RateLimited,
    Unauthenticated,
    Unavailable,
)

INVALID, SERVER = "invalid_request_error", "server_error"
NO_STORE = {"cache-control": "no-store"}
JSON = "application/json"
# In place of sentences about a sign-in: these users know an API key, perhaps one of OpenAI.
WRONG_KEY = (
    "The API key is missing, wrong or revoked: send a personal access token of the scope COMPLETIONS, "
    "as `Authorization: Bearer gqlchat_…`."
)
MAX_RETRY_SECONDS = 60  # OpenAI's own clients wait no longer; above it they would only repeat the request

log = structlog.get_logger(__name__)


class WrongMethod(BadUserInput):
    """The path takes other methods."""

    def __init__(self, *methods: str) -> None:
        self.methods = ", ".join(methods)
        super().__init__(f"Not allowed: this path takes {self.methods}.")


class NoSuchPath(NotFound):
    """Nothing of OpenAI's API is served at the path."""


class Form(NamedTuple):
    """The HTTP status, the type and the code of an error."""

    status: int
    type: str
    code: str | None


_FORMS: Mapping[type[GqlChatError], Form] = {
    WrongMethod: Form(405, INVALID, "method_not_supported"),
    NoSuchPath: Form(404, INVALID, "unknown_url"),
    BadUserInput: Form(400, INVALID, None),
    KeyRequired: Form(400, INVALID, "key_required"),
    Unauthenticated: Form(401, INVALID, "invalid_api_key"),
    Forbidden: Form(403, INVALID, "insufficient_permissions"),
    NotFound: Form(404, INVALID, "model_not_found"),
    PayloadTooLarge: Form(413, INVALID, "payload_too_large"),
    QuotaExceeded: Form(429, "insufficient_quota", "insufficient_quota"),
    RateLimited: Form(429, "requests", "rate_limit_exceeded"),
    Unavailable: Form(503, SERVER, "unavailable"),
}
_UNEXPECTED = Form(500, SERVER, None)

# A provider that refuses the stored key is not the client's 401: that would say that the client's own token is wrong.
_PROVIDER_FORMS: Mapping[ProviderErrorCode, Form] = {
    ProviderErrorCode.UNREACHABLE: Form(502, SERVER, "provider_unreachable"),
    ProviderErrorCode.TIMEOUT: Form(504, SERVER, "provider_timeout"),
    ProviderErrorCode.AUTHENTICATION: Form(403, INVALID, "provider_refused_key"),
    ProviderErrorCode.RATE_LIMITED: Form(429, "requests", "rate_limit_exceeded"),
    ProviderErrorCode.QUOTA_EXCEEDED: Form(429, "insufficient_quota", "insufficient_quota"),
    ProviderErrorCode.MODEL_NOT_FOUND: Form(404, INVALID, "model_not_found"),
    ProviderErrorCode.CONTEXT_TOO_LONG: Form(400, INVALID, "context_length_exceeded"),
    ProviderErrorCode.CONTENT_FILTERED: Form(400, INVALID, "content_filter"),
    ProviderErrorCode.BAD_REQUEST: Form(400, INVALID, None),
    ProviderErrorCode.BAD_RESPONSE: Form(502, SERVER, "provider_bad_response"),
    ProviderErrorCode.UNAVAILABLE: Form(503, SERVER, "provider_unavailable"),
}


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


def form_of(error: GqlChatError | None) -> Form:
    """Return the form of an error; None is an unexpected one."""
    if isinstance(error, ProviderFailed):
        return _PROVIDER_FORMS[error.provider_code]
    return next((form for kind, form in _FORMS.items() if isinstance(error, kind)), _UNEXPECTED)


def error_body(error: GqlChatError | None) -> bytes:
    """Return the JSON of an error; what was not expected is not described."""
    form = form_of(error)
    message = error.message if error is not None else "The server had an error while processing your request."
    if type(error) is Unauthenticated:  # TokenExpired says what it is
        message = WRONG_KEY
    param = error.field if error is not None else None
    return orjson.dumps({"error": {"message": message, "type": form.type, "param": param, "code": form.code}})


def error_headers(error: GqlChatError | None) -> dict[str, str]:
    """Return `Retry-After` where waiting helps, and what tells OpenAI's clients not to repeat the request otherwise."""
    if isinstance(error, WrongMethod):
        return {"allow": error.methods}
    seconds = error.retry_after_seconds if error is not None else None
    headers = {} if seconds is None else {"retry-after": str(seconds)}
    is_vain = isinstance(error, QuotaExceeded) and (seconds is None or seconds > MAX_RETRY_SECONDS)
    return {**headers, "x-should-retry": "false"} if is_vain else headers

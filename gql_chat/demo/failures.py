"""The failures of OpenAI's API, worded as OpenAI words them: an HTTP status and the body that goes with it.

Statuses and codes: https://platform.openai.com/docs/guides/error-codes
"""

from typing import Any

Failure = tuple[int, dict[str, Any]]


def invalid_api_key() -> Failure:
    """The key is not known here."""
    return _failure(401, "Incorrect API key provided.", code="invalid_api_key")


def rate_limited() -> Failure:
    """Too many requests in this minute; later ones will pass."""
    return _failure(429, "Rate limit reached for requests.", kind="requests", code="rate_limit_exceeded")


def insufficient_quota() -> Failure:
    """The account has no money left: the same status as a rate limit, but waiting does not help."""
    message = "You exceeded your current quota, please check your plan and billing details."
    return _failure(429, message, kind="insufficient_quota", code="insufficient_quota")


def model_not_found(model: str) -> Failure:
    """No such model."""
    message = f"The model `{model}` does not exist or you do not have access to it."
    return _failure(404, message, code="model_not_found")


def context_length_exceeded() -> Failure:
    """The prompt is longer than the model can read."""
    message = "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens."
    return _failure(400, message, param="messages", code="context_length_exceeded")


def content_filtered() -> Failure:
    """The prompt was refused, as Azure's content management policy refuses it."""
    message = "The response was filtered due to the prompt triggering the content management policy."
    return _failure(400, message, param="prompt", code="content_filter")


def unknown_argument(name: str) -> Failure:
    """A parameter that this server does not know, as older compatible servers say of `stream_options`."""
    return _failure(400, f"Unrecognized request argument supplied: {name}", param=name)


def bad_request(message: str, *, param: str | None = None) -> Failure:
    """A body that breaks the protocol."""
    return _failure(400, message, param=param)


def unknown_url(method: str, path: str) -> Failure:
    """Nothing is served at this path."""
    return _failure(404, f"Invalid URL ({method} {path})")


def server_error() -> Failure:
    """The provider broke."""
    return _failure(500, "The server had an error while processing your request.", kind="server_error")


def overloaded() -> Failure:
    """The provider is up but cannot take the call."""
    message = "The engine is currently overloaded, please try again later."
    return _failure(503, message, kind="server_error", code="overloaded")


def _failure(
    status: int,
    message: str,
    *,
    kind: str = "invalid_request_error",
    param: str | None = None,
    code: str | None = None,
) -> Failure:
    return status, {"error": {"message": message, "type": kind, "param": param, "code": code}}

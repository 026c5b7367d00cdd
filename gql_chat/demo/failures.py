"""The failures of OpenAI's API, worded as OpenAI words them: functions that return an HTTP status and its body.

Statuses and codes: https://platform.openai.com/docs/guides/error-codes
"""

from functools import partial
from typing import Any

Failure = tuple[int, dict[str, Any]]


def _failure(
    status: int,
    message: str,
    *,
    kind: str = "invalid_request_error",
    param: str | None = None,
    code: str | None = None,
) -> Failure:
    return status, {"error": {"message": message, "type": kind, "param": param, "code": code}}


invalid_api_key = partial(_failure, 401, "Incorrect API key provided.", code="invalid_api_key")
# Later requests will pass.
rate_limited = partial(_failure, 429, "Rate limit reached for requests.", kind="requests", code="rate_limit_exceeded")
# The same status as a rate limit, but waiting does not help.
insufficient_quota = partial(
    _failure,
    429,
    "You exceeded your current quota, please check your plan and billing details.",
    kind="insufficient_quota",
    code="insufficient_quota",
)
context_length_exceeded = partial(
    _failure,
    400,
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.",
    param="messages",
    code="context_length_exceeded",
)
# As Azure's content management policy refuses a prompt.
content_filtered = partial(
    _failure,
    400,
    "The response was filtered due to the prompt triggering the content management policy.",
    param="prompt",
    code="content_filter",
)
bad_request = partial(_failure, 400)
server_error = partial(_failure, 500, "The server had an error while processing your request.", kind="server_error")
overloaded = partial(
    _failure, 503, "The engine is currently overloaded, please try again later.", kind="server_error", code="overloaded"
)


def model_not_found(model: str) -> Failure:
    """Return the failure for an unknown model."""
    message = f"The model `{model}` does not exist or you do not have access to it."
    return _failure(404, message, code="model_not_found")


def unknown_argument(name: str) -> Failure:
    """Return the failure of older compatible servers for a parameter that they do not know."""
    return _failure(400, f"Unrecognized request argument supplied: {name}", param=name)


def unknown_url(method: str, path: str) -> Failure:
    """Return the failure for a path that is not served."""
    return _failure(404, f"Invalid URL ({method} {path})")

"""The failures of OpenAI's API, worded as OpenAI words them: functions that return an HTTP status and its body.

Statuses and codes: https://platform.openai.com/docs/guides/error-codes
"""

from functools import partial

from gql_chat.demo.server import Failure, failure_of, model_not_found

__all__ = ["Failure", "model_not_found"]

invalid_api_key = partial(failure_of, 401, "Incorrect API key provided.", code="invalid_api_key")
# Later requests will pass.
rate_limited = partial(failure_of, 429, "Rate limit reached for requests.", kind="requests", code="rate_limit_exceeded")
# The same status as a rate limit, but waiting does not help.
insufficient_quota = partial(
    failure_of,
    429,
    "You exceeded your current quota, please check your plan and billing details.",
    kind="insufficient_quota",
    code="insufficient_quota",
)
context_length_exceeded = partial(
    failure_of,
    400,
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.",
    param="messages",
    code="context_length_exceeded",
)
# As Azure's content management policy refuses a prompt.
content_filtered = partial(
    failure_of,
    400,
    "The response was filtered due to the prompt triggering the content management policy.",
    param="prompt",
    code="content_filter",
)
bad_request = partial(failure_of, 400)
server_error = partial(failure_of, 500, "The server had an error while processing your request.", kind="server_error")
overloaded = partial(
    failure_of,
    503,
    "The engine is currently overloaded, please try again later.",
    kind="server_error",
    code="overloaded",
)


def unknown_argument(name: str) -> Failure:
    """Return the failure of older compatible servers for a parameter that they do not know."""
    return failure_of(400, f"Unrecognized request argument supplied: {name}", param=name)

"""Responses of errors: the connection ends where the rest of the request's body is not read."""

import pytest

from gql_chat.errors import (
    BadUserInput,
    Forbidden,
    GqlChatError,
    NotFound,
    PayloadTooLarge,
    RateLimited,
    Unauthenticated,
    Unavailable,
)
from gql_chat.web.openai.responses import error_response


@pytest.mark.parametrize(
    ("error", "status", "connection"),
    [
        (Unauthenticated("Sign in."), 401, "close"),
        (Forbidden("Not yours."), 403, "close"),
        (PayloadTooLarge("Too large."), 413, "close"),
        (RateLimited("Too often."), 429, "close"),
        (Unavailable("Not now."), 503, "close"),
        (BadUserInput("Not so."), 400, None),
        (NotFound("Not here."), 404, None),
    ],
)
def test_a_refusal_before_the_body_is_read_ends_the_connection(
    error: GqlChatError, status: int, connection: str | None
) -> None:
    response = error_response(error)
    assert (response.status_code, response.headers.get("connection")) == (status, connection)

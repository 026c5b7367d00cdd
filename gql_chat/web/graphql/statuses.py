"""The HTTP statuses of GraphQL's responses, by media type and by edition of GraphQL over HTTP.

https://github.com/graphql/graphql-over-http: the first edition, of September 2026, says more than the drafts of 2025.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from gql_chat.api.engine.errors import ErrorCode
from gql_chat.api.engine.requests import MalformedRequest, RequestRejected

Edition = Literal["2025", "2026"]

PARTIAL_SUCCESS = 294  # the edition's own code, not registered


class Statuses(NamedTuple):
    """The statuses of requests that HTTP itself would accept."""

    malformed: int
    """Of JSON that is no request."""
    unparsed: int
    """Of a document that is not GraphQL."""
    rejected: int
    """Of an operation that is not valid, not found or too complex, or whose variables do not fit."""
    partial: int
    """Of a response with errors beside `data`."""

    def of_response(self, response: Mapping[str, Any]) -> int:
        """Return the status of the response to an operation that ran."""
        return self.partial if "errors" in response else 200

    def of_rejection(self, rejected: RequestRejected) -> int:
        """Return the status of a response without `data`."""
        if isinstance(rejected, MalformedRequest):
            return self.malformed
        return self.unparsed if rejected.code == ErrorCode.GRAPHQL_PARSE_FAILED else self.rejected


# A client of plain JSON cannot distinguish our 400 from a proxy's, so it gets 200.
OF_JSON = Statuses(malformed=400, unparsed=200, rejected=200, partial=200)
OF_GRAPHQL_RESPONSES: Mapping[Edition, Statuses] = {
    "2025": Statuses(malformed=400, unparsed=400, rejected=400, partial=200),
    "2026": Statuses(malformed=422, unparsed=400, rejected=422, partial=PARTIAL_SUCCESS),
}
# Of errors before an operation began, whatever the media type.
OF_REFUSALS: Mapping[str, int] = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.TOKEN_EXPIRED: 401,
    ErrorCode.PAYLOAD_TOO_LARGE: 413,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.QUOTA_EXCEEDED: 429,
    ErrorCode.UNAVAILABLE: 503,
}

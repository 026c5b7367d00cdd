"""Where a request came from, and the id under which it can be found in the logs."""

import re
import uuid

from starlette.datastructures import Headers
from starlette.types import Scope

from gql_chat.api.context import RequestInfo

ACCEPTABLE_ID = re.compile(
    r"[A-Za-z0-9._:-]{1,128}"
)  # a client's own id goes into logs: nothing that could forge a line


def read_request_info(scope: Scope) -> RequestInfo:
    """The id is the client's `X-Request-ID`, where that is a plain word, or a new one."""
    headers = Headers(scope=scope)
    request_id = headers.get("x-request-id", "")
    if not ACCEPTABLE_ID.fullmatch(request_id):
        request_id = uuid.uuid4().hex
    client = scope.get("client")
    return RequestInfo(
        client_ip=client[0] if client else None, user_agent=headers.get("user-agent"), request_id=request_id
    )

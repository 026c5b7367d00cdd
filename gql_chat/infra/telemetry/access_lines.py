"""The access log's lines about operations: one for each HTTP request, and one for each operation of a WebSocket.

Most lines of a log are of this kind, so they leave out what is the same in nearly all of them.
"""

import structlog

from gql_chat.infra.telemetry.request_context import Fields, RequestInfo, current_request
from gql_chat.infra.telemetry.tracing import is_tracing

ACCESS_LOGGER = "gql_chat.access"
OPERATION = "operation"
USUAL_METHODS = frozenset({"POST", "WEBSOCKET"})
USUAL_STATUS = 200

access = structlog.get_logger(ACCESS_LOGGER)


def log_operation(fields: Fields, *, is_logged: bool = True) -> None:
    """Log that an operation has ended, at DEBUG unless `is_logged`: at once, or when its HTTP request has ended."""
    request = current_request()
    if request is None or request.line is None or not request.line.take(fields, is_logged=is_logged):
        _write(request, fields, is_logged=is_logged)


def log_operation_of_request(status: int, duration_ms: float) -> bool:
    """Log the operation of the current HTTP request, which has ended. Return False if it has had none."""
    request = current_request()
    operation = request.line.close() if request is not None and request.line is not None else None
    if operation is None:
        return False
    fields, is_logged = operation
    fields["status"] = status if status != USUAL_STATUS else None
    if fields["duration_ms"] is None:  # it was refused before it ran
        fields["duration_ms"] = duration_ms
    _write(request, fields, is_logged=is_logged)
    return True


def origin_of_operation(request: RequestInfo) -> Fields:
    """Return the fields that describe the operation's request: the trace if there is one, and an unusual method."""
    is_traced = request.traceparent is not None or is_tracing()
    return {
        "request_id": request.request_id,
        "trace_id": request.trace_id if is_traced else None,
        "client_ip": request.client_ip,
        "method": request.method if request.method not in USUAL_METHODS else None,
    }


def _write(request: RequestInfo | None, fields: Fields, *, is_logged: bool) -> None:
    write = access.info if is_logged else access.debug
    line = fields | origin_of_operation(request) if request is not None else fields
    write(OPERATION, **{name: value for name, value in line.items() if value is not None})

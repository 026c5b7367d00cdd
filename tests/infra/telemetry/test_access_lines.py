"""An operation's line: written once, at its request's end or, if that has been, at its own."""

from structlog.testing import capture_logs

from gql_chat.infra.telemetry.access_lines import log_operation, log_operation_of_request
from gql_chat.infra.telemetry.request_context import RequestInfo, RequestLine, bind_request


def test_an_operation_waits_for_the_end_of_its_request_and_says_its_status() -> None:
    with capture_logs() as lines, bind_request(RequestInfo("::1", None, "req-1", method="POST", line=RequestLine())):
        log_operation({"field": "me", "code": "OK", "duration_ms": 1.5, "user_id": None})
        assert lines == []
        assert log_operation_of_request(294, 2.5)
        assert not log_operation_of_request(294, 2.5)
    own = {"field": "me", "code": "OK", "duration_ms": 1.5, "request_id": "req-1", "client_ip": "::1"}
    assert lines == [{"event": "operation", "log_level": "info", "status": 294, **own}]


def test_a_refused_operation_has_the_duration_of_its_request_and_is_as_quiet_as_it_was_logged() -> None:
    with capture_logs() as lines, bind_request(RequestInfo("::1", None, "req-1", method="GET", line=RequestLine())):
        log_operation({"code": "RATE_LIMITED", "duration_ms": None}, is_logged=False)
        assert log_operation_of_request(429, 2.5)
    own = {"code": "RATE_LIMITED", "duration_ms": 2.5, "request_id": "req-1", "client_ip": "::1", "method": "GET"}
    assert lines == [{"event": "operation", "log_level": "debug", "status": 429, **own}]


def test_an_operation_that_took_no_time_keeps_its_own_duration() -> None:
    with capture_logs() as lines, bind_request(RequestInfo("::1", None, "req-1", method="POST", line=RequestLine())):
        log_operation({"field": "me", "code": "OK", "duration_ms": 0.0})
        assert log_operation_of_request(200, 2.5)
    assert [line["duration_ms"] for line in lines] == [0.0]


def test_an_operation_that_outlives_its_request_or_is_its_second_has_a_line_of_its_own() -> None:
    fields = {"field": "me", "code": "OK", "duration_ms": 1.5}
    with capture_logs() as lines, bind_request(RequestInfo("::1", None, "req-1", method="POST", line=RequestLine())):
        log_operation({**fields, "field": "first"})
        log_operation({**fields, "field": "second"})
        assert [line["field"] for line in lines] == ["second"]
        assert log_operation_of_request(200, 2.5)
        log_operation({**fields, "field": "late"})
    assert [line["field"] for line in lines] == ["second", "first", "late"]


def test_an_operation_of_a_websocket_is_logged_at_once_with_its_trace_if_the_client_has_one() -> None:
    info = RequestInfo("::1", None, "req-1.1", "4bf9", traceparent="00-4bf9", method="WEBSOCKET")
    with capture_logs() as lines, bind_request(info):
        log_operation({"field": "me", "code": "OK", "duration_ms": 1.5})
        assert not log_operation_of_request(200, 2.5)
    (line,) = lines
    assert (line["trace_id"], "method" in line) == ("4bf9", False)

"""The form of the log, for machines and on a terminal, with the lines of libraries in it."""

import json
import os
import subprocess
import sys
from functools import cache
from typing import Any

SPEAK = """
import logging, sys, warnings
import structlog
from python_multipart import MultipartParser
from python_multipart.exceptions import MultipartParseError
from gql_chat.infra.telemetry.logging import configure_logging
from gql_chat.infra.telemetry.request_context import RequestInfo, bind_request

configure_logging(sys.argv[1], sys.argv[2], access=sys.argv[3] == "on", secrets=["the secret of the settings"])
log = structlog.get_logger("gql_chat.of.test")
log.debug("ours_at_debug")
logging.getLogger("somebody.else").debug("theirs at debug")
structlog.get_logger("gql_chat.access").info("operation", code="OK")
with bind_request(RequestInfo("192.0.2.1", "agent", "req-1", "4bf9", method="POST", path="/a")):
    log.info("within", number=1, text="a\\x1b[31m")
    logging.getLogger("somebody.else").warning("by %s", "another")
warnings.warn("be careful")
try:
    MultipartParser(b"boundary").write(b"no form")
except MultipartParseError:
    log.info("refused")
try:
    password = "hunter2"
    raise ValueError("token=hunter2 and the secret of the settings")
except ValueError:
    log.exception("failed")
"""


@cache
def spoken(level: str = "INFO", form: str = "json", access: str = "on") -> str:
    """Return the log of a process. Processes with the same arguments are one."""
    run = subprocess.run(
        [sys.executable, "-c", SPEAK, level, form, access], capture_output=True, text=True, check=True, env=os.environ
    )
    assert run.stdout == ""
    return run.stderr


def lines_of(output: str) -> dict[str, dict[str, Any]]:
    lines = [json.loads(line) for line in output.splitlines()]
    return {line["message"].partition("\n")[0]: line for line in lines}


def test_lines_for_machines_have_no_spaces_between_their_fields() -> None:
    for line in spoken().splitlines():
        assert line == json.dumps(json.loads(line), separators=(",", ":"))


def test_for_machines_each_line_is_json_with_the_request_that_it_belongs_to() -> None:
    lines = lines_of(spoken())
    request = {
        "request_id": "req-1",
        "trace_id": "4bf9",
        "client_ip": "192.0.2.1",
        "method": "POST",
        "path": "/a",
    }
    ours, theirs = lines["within"], lines["by another"]
    assert ours | request | {"number": 1, "text": "a\x1b[31m", "level": "info", "logger": "gql_chat.of.test"} == ours
    assert theirs | request | {"level": "warning", "logger": "somebody.else"} == theirs
    assert ours["time"].endswith("Z")
    assert "request_id" not in lines["failed"]
    assert lines["operation"]["code"] == "OK"
    assert any("be careful" in line for line in (str(line) for line in lines.values()))
    assert "ours_at_debug" not in lines


def test_at_debug_libraries_say_no_more() -> None:
    lines = lines_of(spoken("DEBUG"))
    assert "ours_at_debug" in lines
    assert "theirs at debug" not in lines


def test_a_form_that_breaks_the_rules_is_no_warning() -> None:
    messages = [*lines_of(spoken())]
    assert messages[messages.index("refused") - 1].endswith("be careful")  # and nothing by the parser


def test_lines_about_requests_can_be_left_out() -> None:
    lines = lines_of(spoken(access="off"))
    assert "operation" not in lines
    assert "within" in lines


def test_exceptions_are_told_without_secrets_and_without_local_variables() -> None:
    for form in ("json", "text"):
        output = spoken(form=form)
        assert "ValueError" in output
        assert "hunter2" not in output
        assert "the secret of the settings" not in output
        assert output.count("[redacted]") == 2


def test_for_people_lines_are_readable_and_cannot_move_the_cursor() -> None:
    (line,) = (line for line in spoken(form="text").splitlines() if "within" in line)
    assert "[info     ] within" in line
    assert "request_id=req-1" in line
    assert "\x1b" not in line

"""Logs: one event per line, as JSON or as text for a terminal. Libraries' lines have the same form.

Each line has the ids of the request that it belongs to: see `request_context.py`.
"""

import logging
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Final, Literal

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, Processor, WrappedLogger

from gql_chat.infra.telemetry.access_lines import ACCESS_LOGGER, OPERATION
from gql_chat.infra.telemetry.metrics import Counter
from gql_chat.infra.telemetry.redaction import Redactor
from gql_chat.infra.telemetry.request_context import current_request

# At INFO they log what we log ourselves.
_NOISY = ("tortoise", "aiosqlite", "httpx2", "httpcore2", "openai", "asyncio", "uvicorn.access")

# At WARNING it logs each form that breaks its rules. Its sender is answered so, and can send any number of them.
_OF_CLIENTS_FAULTS = "python_multipart"

# uvicorn and websockets log every connection in three lines, of which one has the query. We log it ourselves. The
# end of a server is printed.
_SUPERFLUOUS_LINES = (
    *('%s - "WebSocket %s"', "connection open", "connection closed", "connection rejected"),
    *("Shutting down", "Waiting for", "Finished server process"),
)

_PACKAGE: Final = __name__.partition(".")[0]

_LINES = Counter("gql_chat_log_lines_total", "Lines of the log, by level.", ("level",))


def configure_logging(
    level: str, log_format: Literal["auto", "json", "text"], *, access: bool = True, secrets: Iterable[str] = ()
) -> None:
    """Log everything from `level` (a name of the logging module) on to standard error.

    DEBUG only applies to our own lines: libraries would log whole messages. `access` enables a line for each request
    and operation. `secrets` never appear.
    """
    as_json = log_format == "json" or (log_format == "auto" and not sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    _find_out_only_what_lines_show()
    redact = Redactor(secrets)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(_as_json(redact) if as_json else _as_text(redact)))
    number = logging.getLevelNamesMapping()[level]
    logging.basicConfig(handlers=[handler], level=max(logging.INFO, number), force=True)
    logging.captureWarnings(True)
    logging.getLogger(_PACKAGE).setLevel(level)
    logging.getLogger(ACCESS_LOGGER).setLevel(logging.NOTSET if access else logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_is_wanted)
    logging.getLogger(_OF_CLIENTS_FAULTS).setLevel(max(logging.ERROR, number))
    for name in _NOISY:
        logging.getLogger(name).setLevel(max(logging.WARNING, number))


def _find_out_only_what_lines_show() -> None:
    """Leave out the place in the code, the thread and the process, which took a quarter of a line's time.

    https://docs.python.org/3/howto/logging.html#optimization
    """
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    setattr(logging, "_srcfile", None)  # noqa: B010 - typeshed does not have what Python documents


def _formatter(render: list[Processor]) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
    )


def _as_json(redact: Redactor) -> list[Processor]:
    render = structlog.processors.JSONRenderer(separators=(",", ":"))

    def render_redacted(logger: WrappedLogger, name: str, event: EventDict) -> str | bytes:
        line = str(render(logger, name, event))
        return render(logger, name, redact.within(event)) if redact.suspects(line) else line

    return [
        structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),  # locals hold secrets
        structlog.processors.EventRenamer("message"),
        render_redacted,
    ]


def _as_text(redact: Redactor) -> list[Processor]:
    render = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), timestamp_key="time", exception_formatter=structlog.dev.plain_traceback
    )
    return [_make_printable, lambda logger, name, event: redact(str(render(logger, name, event)))]


def _make_printable(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    # A text that users choose, such as the name of a model, must not control the terminal.
    return {
        key: repr(value) if isinstance(value, str) and not value.isprintable() else value
        for key, value in event.items()
    }


def _is_wanted(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith(_SUPERFLUOUS_LINES)


def _add_request(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    request = current_request()
    if request is not None and event.get("event") != OPERATION:  # which has what it needs of it
        event["request_id"] = request.request_id
        event["trace_id"] = request.trace_id
        event["client_ip"] = request.client_ip
        event["method"] = request.method
        event["path"] = request.path
    return event


def _add_logger_name(logger: logging.Logger, name: str, event: EventDict) -> EventDict:
    return event if event.get("event") == OPERATION else structlog.stdlib.add_logger_name(logger, name, event)


def _add_time(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Add the time in UTC, to the millisecond, in ISO 8601."""
    event["time"] = f"{datetime.now(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
    return event


def _count(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    _lines_of(event["level"]).inc()
    return event


@cache
def _lines_of(level: str) -> Counter:
    return _LINES.labels(level)


# The processors of our own lines and of those of libraries.
_SHARED: Final[list[Processor]] = [
    _add_request,
    structlog.stdlib.add_log_level,
    _add_logger_name,
    structlog.stdlib.ExtraAdder(allow=["request_id"]),
    _add_time,
    _count,
]

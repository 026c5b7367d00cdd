"""Traces: spans around operations that take time. Without a tracer a span costs a call that does nothing.

`use_tracer` sets the tracer; `otel.py` provides OpenTelemetry's, and is imported only where it is switched on.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Literal, Protocol, TypeAlias

Value: TypeAlias = str | int | float | bool | Sequence[str]

Kind: TypeAlias = Literal["INTERNAL", "SERVER", "CLIENT"]
"""The role of a span between processes: it serves a caller, calls another server, or neither."""


class Span(Protocol):
    """An operation that is under way."""

    def set_attributes(self, **attributes: Value | None) -> None:
        """Add attributes: `gen_ai__request__model` becomes `gen_ai.request.model`, and None is left out."""
        ...

    def fail(self, error_type: str) -> None:
        """Mark the span as failed with this error type, a word from a small set."""
        ...


class Tracer(Protocol):
    """Creates spans."""

    def span(self, name: str, kind: Kind) -> AbstractContextManager[Span]:
        """Open a span for as long as the block runs, as a child of the task's current span."""
        ...

    def outgoing_headers(self) -> Mapping[str, str]:
        """Return the headers that pass the current span on to the next server."""
        ...


class _NoSpan:
    def set_attributes(self, **attributes: Value | None) -> None:
        pass

    def fail(self, error_type: str) -> None:
        pass


_no_span = nullcontext(_NoSpan())
_tracer: Tracer | None = None


@contextmanager
def use_tracer(tracer: Tracer) -> Iterator[None]:
    """Trace the whole process with this tracer for as long as the block runs."""
    global _tracer  # noqa: PLW0603 - read for every operation
    _tracer = tracer
    try:
        yield
    finally:
        _tracer = None


def is_tracing() -> bool:
    """Return whether spans are recorded."""
    return _tracer is not None


def span(name: str, kind: Kind = "INTERNAL") -> AbstractContextManager[Span]:
    """Open a span, which costs nothing without a tracer. Names and attributes never hold users' texts or secrets."""
    return _no_span if _tracer is None else _tracer.span(name, kind)


def outgoing_headers() -> Mapping[str, str]:
    """Return the headers that pass the current span on to the next server."""
    return {} if _tracer is None else _tracer.outgoing_headers()

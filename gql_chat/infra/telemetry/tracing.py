"""Traces: spans around what takes time. Where nothing traces they cost a call that does nothing.

What traces is set by `using`; `infra/otel.py` does it by OpenTelemetry, and is imported only where it is switched on.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from enum import Enum, auto
from typing import Protocol, TypeAlias

Value: TypeAlias = str | int | float | bool | Sequence[str]


class Kind(Enum):
    """A span's place between processes: it serves a caller, it calls somebody, or neither."""

    INTERNAL = auto()
    SERVER = auto()
    CLIENT = auto()


class Span(Protocol):
    """Something that is under way."""

    def note(self, **attributes: Value | None) -> None:
        """Say more of it; `gen_ai__request__model` becomes `gen_ai.request.model`, and None is nothing to say."""
        ...

    def fail(self, error_type: str) -> None:
        """It ends in a failure of this type, a word from a small set."""
        ...


class Tracer(Protocol):
    """Where spans go."""

    def span(self, name: str, kind: Kind) -> AbstractContextManager[Span]:
        """A span for as long as the block runs, under the one that the task is in."""
        ...

    def outgoing_headers(self) -> Mapping[str, str]:
        """What tells the next server which span calls it."""
        ...


class _NoSpan:
    def note(self, **attributes: Value | None) -> None:
        """See Span."""

    def fail(self, error_type: str) -> None:
        """See Span."""


_nothing = nullcontext(_NoSpan())
_tracer: Tracer | None = None


@contextmanager
def using(tracer: Tracer) -> Iterator[None]:
    """Trace by this, in the whole process, for as long as the block runs."""
    global _tracer  # noqa: PLW0603 - read for every operation
    _tracer = tracer
    try:
        yield
    finally:
        _tracer = None


def span(name: str, kind: Kind = Kind.INTERNAL) -> AbstractContextManager[Span]:
    """See Tracer. No name, and no attribute, holds what people write or keep secret."""
    return _nothing if _tracer is None else _tracer.span(name, kind)


def outgoing_headers() -> Mapping[str, str]:
    """See Tracer."""
    return {} if _tracer is None else _tracer.outgoing_headers()

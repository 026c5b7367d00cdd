"""CPU time of operations: that of the event loop's thread in the steps of an operation's own coroutines.

Each step costs two readings of the thread's clock, 0.3 µs each. The time of loaders' queries, of database drivers and
of other threads is not counted.
"""

from collections.abc import Awaitable, Coroutine, Generator
from time import thread_time
from types import CoroutineType, TracebackType
from typing import Any, TypeVar

T = TypeVar("T")


class CpuMeter:
    """The CPU time of one operation."""

    __slots__ = ("is_running", "seconds")

    def __init__(self) -> None:
        self.seconds = 0.0
        self.is_running = False
        """Whether a step is being timed. Steps of coroutines that it awaits are a part of it."""

    def take(self) -> float:
        """Return the seconds since the last call."""
        seconds, self.seconds = self.seconds, 0.0
        return seconds


def metered(awaitable: Awaitable[T], meter: CpuMeter) -> Awaitable[T]:
    """Return the coroutine, metered; other awaitables as they are."""
    return _Metered(awaitable, meter) if isinstance(awaitable, CoroutineType) else awaitable


class _Metered(Coroutine[Any, Any, T]):
    __slots__ = ("_coroutine", "_meter")

    def __init__(self, coroutine: "CoroutineType[Any, Any, T]", meter: CpuMeter) -> None:
        self._coroutine = coroutine
        self._meter = meter

    def __await__(self) -> Generator[Any, Any, T]:
        return self  # `await` needs no more of a generator than this has

    def __iter__(self) -> "_Metered[T]":
        return self

    def __next__(self) -> Any:
        return self.send(None)

    def send(self, value: Any) -> Any:
        meter = self._meter
        if meter.is_running:
            return self._coroutine.send(value)
        meter.is_running = True
        started = thread_time()
        try:
            return self._coroutine.send(value)
        finally:
            meter.seconds += thread_time() - started
            meter.is_running = False

    def throw(self, kind: Any, value: BaseException | object = None, trace: TracebackType | None = None) -> Any:
        return self._coroutine.throw(kind) if value is None else self._coroutine.throw(kind, value, trace)

    def close(self) -> None:
        self._coroutine.close()

"""CPU time of operations: that of the event loop's thread in the steps of an operation's own coroutines.

Long operations go on in slices: what arrives for 49 fields at once would otherwise run in one turn of the loop.

Each step costs two readings of the thread's clock, 0.3 µs each. The time of loaders' queries, of database drivers and
of other threads is not counted.
"""

import asyncio
from collections.abc import Awaitable, Coroutine, Generator
from time import thread_time
from types import CoroutineType, TracebackType
from typing import Any, TypeVar

T = TypeVar("T")


SLICE_SECONDS = 0.005
"""The CPU time after which an operation is long, and that of all long operations in one turn of the event loop."""


class Slices:
    """The CPU time that long operations have left in this turn of the event loop."""

    def __init__(self) -> None:
        self._left = SLICE_SECONDS
        self._is_renewed_next = False

    @property
    def is_used_up(self) -> bool:
        """Whether long operations have to wait for the next turn."""
        return self._left <= 0

    def use(self, seconds: float) -> None:
        """Count a step of a long operation."""
        self._left -= seconds
        if not self._is_renewed_next:
            self._is_renewed_next = True
            asyncio.get_running_loop().call_soon(self._renew)

    def _renew(self) -> None:
        self._left = SLICE_SECONDS
        self._is_renewed_next = False


class CpuMeter:
    """The CPU time of one operation. With `slices` the operation pauses once it is long."""

    __slots__ = ("_slices", "is_running", "seconds")

    def __init__(self, slices: Slices | None = None) -> None:
        self._slices = slices
        self.seconds = 0.0
        self.is_running = False
        """Whether a step is being timed. Steps of coroutines that it awaits are a part of it."""

    def take(self) -> float:
        """Return the seconds since the last call."""
        seconds, self.seconds = self.seconds, 0.0
        return seconds

    @property
    def is_paused(self) -> bool:
        """Whether the operation has to wait for the next turn of the event loop."""
        return self.seconds > SLICE_SECONDS and self._slices is not None and self._slices.is_used_up

    def count(self, seconds: float) -> None:
        """Count a step."""
        self.seconds += seconds
        if self.seconds > SLICE_SECONDS and self._slices is not None:
            self._slices.use(seconds)


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
        if meter.is_paused:
            return None  # as `asyncio.sleep(0)` does: the task goes on in the next turn
        meter.is_running = True
        started = thread_time()
        try:
            return self._coroutine.send(value)
        finally:
            meter.count(thread_time() - started)
            meter.is_running = False

    def throw(self, kind: Any, value: BaseException | object = None, trace: TracebackType | None = None) -> Any:
        return self._coroutine.throw(kind) if value is None else self._coroutine.throw(kind, value, trace)

    def close(self) -> None:
        self._coroutine.close()

"""Turns at work that keeps the event loop busy, so that everything else on the loop goes on between them."""

import asyncio
import time
from types import TracebackType


class Turns:
    """A context for work without an await: one turn at a time, and at most half of the time for all of them."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._began_at = 0.0  # in CPU seconds
        self._next_at = 0.0

    async def __aenter__(self) -> None:
        await self._lock.acquire()
        try:
            await asyncio.sleep(max(self._next_at - _now(), 0))
        except BaseException:
            self._lock.release()
            raise
        self._began_at = time.thread_time()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._next_at = _now() + (time.thread_time() - self._began_at)
        self._lock.release()


def _now() -> float:
    return asyncio.get_running_loop().time()

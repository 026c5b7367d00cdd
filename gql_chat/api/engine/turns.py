"""Turns at work that takes CPU time without an await: in a thread, so that the event loop goes on meanwhile."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


class Turns:
    """One piece of work at a time, and at most half of the time for all of them.

    The thread and the event loop share one interpreter lock. Whichever waits for it gets it after the interpreter's
    switch interval, which the server sets.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="turns")
        self._next_at = 0.0

    async def run(self, work: Callable[[], Result], charge: Callable[[float], None]) -> Result:
        """Return the result of the work, and charge its CPU seconds, even if the caller is cancelled meanwhile."""
        loop = asyncio.get_running_loop()
        async with self._lock:
            await asyncio.sleep(max(self._next_at - loop.time(), 0))
            spent: list[float] = []
            running = loop.run_in_executor(self._thread, _measure, work, spent)
            try:
                return await asyncio.shield(running)
            finally:
                await asyncio.wait([running])  # a thread cannot be cancelled
                charge(spent[0])
                self._next_at = loop.time() + spent[0]


def _measure(work: Callable[[], Result], spent: list[float]) -> Result:
    began_at = time.thread_time()
    try:
        return work()
    finally:
        spent.append(time.thread_time() - began_at)

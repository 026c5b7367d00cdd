"""A worker's vital signs: that it is there, its memory, and how late its event loop is.

Whatever blocks the loop, every token of every reply waits for.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from gql_chat.infra.tasks.periodic import every
from gql_chat.infra.telemetry.metrics import Histogram, gauge, sampled, take_samples

LOOK_SECONDS = 0.25
SAMPLE_SECONDS = 1.0

VERSION = gauge("gql_chat_info", "1; the label tells the version.", ("version",), merged="max")
WORKERS = gauge("gql_chat_workers", "Processes that serve.")
MEMORY = gauge("gql_chat_memory_bytes", "Resident memory of all workers; Linux only.")
LAG = Histogram(
    "gql_chat_event_loop_lag_seconds",
    "How much later than it should a timer of the event loop rang, four times a second in each worker.",
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)

_STATM = Path("/proc/self/statm")  # https://man7.org/linux/man-pages/man5/proc_pid_statm.5.html


@asynccontextmanager
async def vital_signs(version: str) -> AsyncIterator[None]:
    """Take them, and samples of everything else, for as long as the block runs."""
    async with AsyncExitStack() as stack:
        stack.enter_context(sampled(VERSION.labels(version), lambda: 1))
        stack.enter_context(sampled(WORKERS, lambda: 1))
        stack.enter_context(sampled(MEMORY, _resident_bytes))
        await stack.enter_async_context(every(SAMPLE_SECONDS, take_samples, "metrics"))
        await stack.enter_async_context(_watched_loop())
        yield


@asynccontextmanager
async def _watched_loop() -> AsyncIterator[None]:
    looks = _Looks(asyncio.get_running_loop())
    try:
        yield
    finally:
        looks.stop()


class _Looks:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._schedule()

    def stop(self) -> None:
        self._timer.cancel()

    def _schedule(self) -> None:
        self._due = self._loop.time() + LOOK_SECONDS
        self._timer = self._loop.call_at(self._due, self._look)

    def _look(self) -> None:
        LAG.observe(max(self._loop.time() - self._due, 0.0))
        self._schedule()


def _resident_bytes() -> int:
    if not sys.platform.startswith("linux"):
        return 0
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

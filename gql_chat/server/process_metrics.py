"""Metrics of a worker process: its presence, its memory and the lag of its event loop.

Every token of every reply waits for whatever blocks the event loop.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from gql_chat.infra.tasks.periodic import run_every
from gql_chat.infra.telemetry.metrics import Histogram, gauge, sampled, take_samples

LAG_SECONDS = 0.25
SAMPLE_SECONDS = 1.0

VERSION = gauge("gql_chat_info", "Always 1; the label holds the version.", ("version",), merged="max")
WORKERS = gauge("gql_chat_workers", "Running workers.")
MEMORY = gauge("gql_chat_memory_bytes", "Resident memory of all workers; Linux only.")
LAG = Histogram(
    "gql_chat_event_loop_lag_seconds",
    "How late a timer of the event loop fired, measured four times a second in each worker.",
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)

_STATM = Path("/proc/self/statm")  # https://man7.org/linux/man-pages/man5/proc_pid_statm.5.html


@asynccontextmanager
async def collect_process_metrics(version: str) -> AsyncIterator[None]:
    """Measure the process, and sample all other gauges, for as long as the block runs."""
    async with AsyncExitStack() as stack:
        stack.enter_context(sampled(VERSION.labels(version), lambda: 1))
        stack.enter_context(sampled(WORKERS, lambda: 1))
        stack.enter_context(sampled(MEMORY, _resident_bytes))
        await stack.enter_async_context(run_every(SAMPLE_SECONDS, take_samples, "metrics"))
        stack.callback(_LagTimer(asyncio.get_running_loop()).stop)
        yield


class _LagTimer:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._schedule()

    def stop(self) -> None:
        self._timer.cancel()

    def _schedule(self) -> None:
        self._due = self._loop.time() + LAG_SECONDS
        self._timer = self._loop.call_at(self._due, self._observe)

    def _observe(self) -> None:
        LAG.observe(max(self._loop.time() - self._due, 0.0))
        self._schedule()


def _resident_bytes() -> int:
    if not sys.platform.startswith("linux"):
        return 0
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

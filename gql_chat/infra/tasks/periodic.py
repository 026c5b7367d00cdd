"""Periodic work in the background, which no failure stops."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TypeAlias

import structlog

from gql_chat.infra.telemetry.metrics import Counter

FAILURES = Counter("gql_chat_periodic_failures_total", "Failures of periodic work.", ("work",))

log = structlog.get_logger(__name__)

Work: TypeAlias = Callable[[], Awaitable[object]]


@asynccontextmanager
async def run_every(seconds: float, work: Work, name: str, *, at_once: bool = False) -> AsyncIterator[None]:
    """Call `work` at this interval for as long as the block runs, the first time after one interval or `at_once`.

    Of several failures in a row, only the first and the recovery are logged.
    """
    async with run_in_turn(seconds, {name: work}, at_once=at_once):
        yield


@asynccontextmanager
async def run_in_turn(seconds: float, works: Mapping[str, Work], *, at_once: bool = False) -> AsyncIterator[None]:
    """Call works one after the other, and all again after an interval. See `run_every`.

    Together they take one connection of the database. The failure of one does not keep the next from its turn.
    """

    async def repeat() -> None:
        failures = dict.fromkeys(works, 0)
        pause_seconds = 0.0 if at_once else seconds
        while True:
            await asyncio.sleep(pause_seconds)
            pause_seconds = seconds
            for name, work in works.items():
                failures[name] = await _attempt(work, name, failures[name])

    task = asyncio.create_task(repeat(), name=" · ".join(works))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _attempt(work: Work, name: str, failures: int) -> int:
    """Call the work after so many failures in a row, and return how many there are now."""
    try:
        await work()
    except Exception:
        if failures == 0:
            log.warning("periodic_work_failed", work=name, exc_info=True)
        FAILURES.labels(name).inc()
        return failures + 1
    if failures:
        log.info("periodic_work_recovered", work=name, failures=failures)
    return 0

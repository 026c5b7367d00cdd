"""Periodic work in the background, which no failure stops."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from gql_chat.infra.telemetry.metrics import Counter

FAILURES = Counter("gql_chat_periodic_failures_total", "Failures of periodic work.", ("work",))

log = structlog.get_logger(__name__)


@asynccontextmanager
async def run_every(
    seconds: float, work: Callable[[], Awaitable[object]], name: str, *, at_once: bool = False
) -> AsyncIterator[None]:
    """Call `work` at this interval for as long as the block runs, the first time after one interval or `at_once`.

    Of several failures in a row, only the first and the recovery are logged.
    """

    async def repeat() -> None:
        failures = 0
        pause_seconds = 0.0 if at_once else seconds
        while True:
            await asyncio.sleep(pause_seconds)
            pause_seconds = seconds
            try:
                await work()
            except Exception:
                if failures == 0:
                    log.warning("periodic_work_failed", work=name, exc_info=True)
                failures += 1
                FAILURES.labels(name).inc()
            else:
                if failures:
                    log.info("periodic_work_recovered", work=name, failures=failures)
                failures = 0

    task = asyncio.create_task(repeat(), name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})

"""Something that is done again and again beside everything else, and that no failure stops."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from gql_chat.infra.telemetry.metrics import Counter

FAILURES = Counter("gql_chat_periodic_failures_total", "Failures of what is done again and again.", ("work",))

log = structlog.get_logger(__name__)


@asynccontextmanager
async def every(seconds: float, verb: Callable[[], Awaitable[object]], name: str) -> AsyncIterator[None]:
    """Call the verb that often for as long as the block runs, the first time after one interval.

    Of failures in a row only the first is logged, and then that it works again.
    """

    async def repeat() -> None:
        failures = 0
        while True:
            await asyncio.sleep(seconds)
            try:
                await verb()
            except Exception:
                if failures == 0:
                    log.warning("periodic_work_failed", work=name, exc_info=True)
                failures += 1
                FAILURES.labels(name).inc()
            else:
                if failures:
                    log.info("periodic_work_goes_on", work=name, failures=failures)
                failures = 0

    task = asyncio.create_task(repeat(), name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})

"""Something that is done again and again beside everything else, and that no failure stops."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

log = structlog.get_logger(__name__)


@asynccontextmanager
async def every(seconds: float, verb: Callable[[], Awaitable[object]], name: str) -> AsyncIterator[None]:
    """Call the verb that often for as long as the block runs, the first time after one interval."""

    async def repeat() -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await verb()
            except Exception:
                log.warning("periodic_work_failed", work=name, exc_info=True)

    task = asyncio.create_task(repeat(), name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})

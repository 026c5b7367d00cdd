"""The pace at which clients are sent to another server: all at once, they would keep each other waiting there."""

import asyncio
from collections.abc import AsyncIterator, Collection
from typing import TypeVar

T = TypeVar("T")

# A client that connects again costs the other server about 3 ms of CPU. It has replies of its own to write.
MOVES_PER_SECOND = 50


async def in_turn(items: Collection[T], *, within_seconds: float) -> AsyncIterator[T]:
    """Yield the items one by one at this pace, or faster so that all have had their turn within the time."""
    now = asyncio.get_running_loop().time
    began_at, interval_seconds = now(), min(1 / MOVES_PER_SECOND, within_seconds / max(1, len(items)))
    for number, item in enumerate(items):
        if (wait_seconds := began_at + number * interval_seconds - now()) > 0:
            await asyncio.sleep(wait_seconds)
        yield item

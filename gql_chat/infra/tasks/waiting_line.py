"""A line of tasks that wait for their turn: each waits for as long as the line moves, but not for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

# Of one task, however well the line moves. Clients give up after 30 to 60 seconds.
LONGEST_SECONDS = 30.0


class WaitedTooLong(Exception):
    """The turn of a task has not come in time."""


class WaitingLine:
    """Bounds the time that tasks wait. Call `move` whenever a task that had its turn is done."""

    def __init__(self) -> None:
        self._moved_at_seconds = 0.0

    def move(self) -> None:
        """Note that the line moves."""
        self._moved_at_seconds = asyncio.get_running_loop().time()

    @asynccontextmanager
    async def patience(self, standstill_seconds: float) -> AsyncIterator[None]:
        """Raise WaitedTooLong in the block once the line has stood still for this time, or after LONGEST_SECONDS.

        On a machine with too much to do, a line moves slowly. To refuse its tasks would only make them come again.
        """
        loop = asyncio.get_running_loop()
        began_at = loop.time()
        longest_seconds = max(standstill_seconds, LONGEST_SECONDS)
        looking: asyncio.TimerHandle
        timeout = asyncio.timeout(None)

        def look() -> None:
            nonlocal looking
            moved_at = max(began_at, self._moved_at_seconds)
            until = min(moved_at + standstill_seconds, began_at + longest_seconds)
            if until <= loop.time():
                timeout.reschedule(until)
            else:
                looking = loop.call_at(until, look)

        looking = loop.call_later(standstill_seconds, look)
        try:
            async with timeout:
                yield
        except TimeoutError as exc:
            if timeout.expired():
                raise WaitedTooLong from exc
            raise
        finally:
            looking.cancel()

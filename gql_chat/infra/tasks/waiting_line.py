"""Lines of tasks that wait for their turn: each waits for as long as its line moves, but not for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Literal
from weakref import WeakValueDictionary

from gql_chat.infra.tasks.deadlines import READ_SECONDS

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
        Nor can a line move while the process stands still: the time by which the last look is late is given back, once.
        """
        loop = asyncio.get_running_loop()
        began_at = loop.time()
        longest_seconds = max(standstill_seconds, LONGEST_SECONDS)
        looking: asyncio.TimerHandle
        timeout = asyncio.timeout(None)

        def look(*, is_last: bool = False) -> None:
            nonlocal looking
            moved_at, now = max(began_at, self._moved_at_seconds), loop.time()
            until = min(moved_at + standstill_seconds, began_at + longest_seconds)
            if until > now:
                looking = loop.call_at(until, look)
            elif is_last:
                timeout.reschedule(until)
            else:
                late_seconds = min(max(now - until, READ_SECONDS), standstill_seconds)
                looking = loop.call_later(late_seconds, partial(look, is_last=True))

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


class PatientLock(asyncio.Lock):
    """A lock with a line of its own."""

    def __init__(self) -> None:
        super().__init__()
        self._line = WaitingLine()

    @property
    def is_taken(self) -> bool:
        """Whether a task that comes now has to wait."""
        return self.locked() or bool(self._waiters)

    async def acquire_within(self, standstill_seconds: float) -> Literal[True]:
        """Acquire the lock. Raise WaitedTooLong as `patience` does."""
        if not self.is_taken:  # most often, and then nothing has to be bounded
            return await super().acquire()
        async with self._line.patience(standstill_seconds):
            return await super().acquire()

    def release(self) -> None:
        """Release the lock to the next task in the line."""
        self._line.move()
        super().release()


class OwnersTurns:
    """Gives the tasks of each owner one turn at a time, in the order of arrival. Owners do not wait for each other."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, PatientLock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, owner: str, standstill_seconds: float) -> AsyncIterator[bool]:
        """Wait for the owner's turn, which lasts for the block. Yield whether it had to wait. Raises WaitedTooLong."""
        lock = self._locks.get(owner) or self._locks.setdefault(owner, PatientLock())
        has_waited = lock.is_taken
        await lock.acquire_within(standstill_seconds)
        try:
            yield has_waited
        finally:
            lock.release()

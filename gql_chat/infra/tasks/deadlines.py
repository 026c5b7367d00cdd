"""Time limits for answers, which the time in which this process stood still does not use up."""

import asyncio
from types import TracebackType

# For what has arrived to be read, because uvloop runs timers before it reads.
READ_SECONDS = 0.001


class Deadline:
    """Does what `asyncio.timeout` does, and gives back once the time by which its own timer was late.

    A process that gets no processor for longer than the limit finds the limit passed and the answer waiting in the
    socket. By `asyncio.timeout`, nobody reads it, and the other side seems not to respond.
    """

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._timeout = asyncio.timeout(None)
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()
        if self._seconds is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(due_at := loop.time() + self._seconds, self._give_back, due_at, self._seconds)

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        await self._timeout.__aexit__(exc_type, exc, traceback)

    def _give_back(self, due_at: float, seconds: float) -> None:
        now = asyncio.get_running_loop().time()
        self._timeout.reschedule(now + min(max(now - due_at, READ_SECONDS), seconds))

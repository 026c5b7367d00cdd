"""A fair queue for scarce work: owners (users, or clients' networks) take turns, however much each of them asks for."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import ceil

import structlog

from gql_chat.errors import RateLimited, Unavailable
from gql_chat.infra.telemetry.metrics import in_queue
from gql_chat.infra.telemetry.throttled_log import warn_throttled

MAX_RETRY_SECONDS = 600  # so that an estimate from a few slow items does not send clients away for hours
_SMOOTHING = 8  # items that the mean duration follows, for estimates of how long to wait

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """How many items may run, and how many may wait, in all and of one owner."""

    at_once: int
    waiting: int
    waiting_per_owner: int
    at_once_per_owner: int = 1


class FairQueue:
    """Gives turns to owners in rotation, and within an owner in the order of arrival. It counts for one process.

    While the first item of an owner waits and the owner runs less than it may, every other owner starts one item at
    the most. `name` names the queue in metrics and logs: `searches`.
    """

    def __init__(self, name: str, limits: QueueLimits) -> None:
        self._name = name
        self._limits = limits
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}  # in the order of the rotation
        self._waiting_count = 0
        self._running: dict[str, int] = {}
        self._running_count = 0
        self._mean_seconds = 0.0

    @property
    def size(self) -> int:
        """The number of items that wait or run."""
        return self._waiting_count + self._running_count

    @asynccontextmanager
    async def turn(self, owner: str) -> AsyncIterator[None]:
        """Wait for the owner's turn, which lasts for the block.

        Raise RateLimited if too much of this owner waits already, Unavailable if too much waits in all.
        """
        with in_queue(self._name):
            await self._enter(owner)
            started_at = time.monotonic()
            try:
                yield
            finally:
                self._mean_seconds += (time.monotonic() - started_at - self._mean_seconds) / _SMOOTHING
                self._leave(owner)

    async def _enter(self, owner: str) -> None:
        if owner not in self._waiting and self._has_room_for(owner):
            self._start(owner)
            return
        self._require_place(owner)
        place = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(owner, deque()).append(place)
        self._waiting_count += 1
        try:
            await place
        except BaseException:
            if place.done() and not place.cancelled():  # cancelled after its turn had come
                self._leave(owner)
            elif place in self._waiting.get(owner, ()):
                self._waiting[owner].remove(place)
                self._forget_place(owner)
            raise

    def _leave(self, owner: str) -> None:
        self._running_count -= 1
        self._running[owner] -= 1
        if not self._running[owner]:
            del self._running[owner]
        self._start_next()

    def _start_next(self) -> None:
        # At most `at_once` owners are skipped, because each of them is running something.
        while (next_owner := next(filter(self._has_room_for, self._waiting), None)) is not None:
            line = self._waiting[next_owner]
            place = line.popleft()
            del self._waiting[next_owner]
            self._waiting[next_owner] = line  # to the end of the rotation
            self._forget_place(next_owner)
            if not place.cancelled():
                self._start(next_owner)
                place.set_result(None)

    def _start(self, owner: str) -> None:
        self._running_count += 1
        self._running[owner] = self._running.get(owner, 0) + 1

    def _forget_place(self, owner: str) -> None:
        self._waiting_count -= 1
        if not self._waiting[owner]:
            del self._waiting[owner]

    def _has_room_for(self, owner: str) -> bool:
        limits = self._limits
        return self._running_count < limits.at_once and self._running.get(owner, 0) < limits.at_once_per_owner

    def _require_place(self, owner: str) -> None:
        seconds = min(max(ceil(self._waiting_count * self._mean_seconds / self._limits.at_once), 1), MAX_RETRY_SECONDS)
        if self._waiting_count >= self._limits.waiting:
            warn_throttled(log, "queue_full", self._name)
            message = f"The server is busy; try again in {seconds} s."
            raise Unavailable(message, retry_after_seconds=seconds)
        if len(self._waiting.get(owner, ())) >= self._limits.waiting_per_owner:
            warn_throttled(log, "queue_full_for_owner", owner, queue=self._name)
            message = f"Too many of your requests are waiting; try again in {seconds} s."
            raise RateLimited(message, retry_after_seconds=seconds)

"""The circuit breaker of a client of Redis: the one place that decides about errors, and the one that probes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Self, TypeVar

from gql_chat.infra.redis.health import RedisHealth
from gql_chat.infra.tasks.deadlines import Deadline

PROBE_SECONDS = 1.0  # between probes whether a lost Redis is back
PROBE_TIMEOUT_SECONDS = 1.0  # for a probe, which connects first
MAX_CALLS = 32  # of each client at once; further callers wait for their turn
CLOSE_SECONDS = 0.5  # so that a frozen Redis does not delay the shutdown of a worker

T = TypeVar("T")


class RedisLost(Exception):
    """Redis does not respond, or refuses what we ask of it: do without it."""


class Breaker:
    """Lets calls through until one fails. From then on every call fails at once, until a probe succeeds.

    The first probe is made before the first call, so that it is known from the start whether Redis is there.

    Every error of a call counts, because every caller can do without Redis, and because each kind has left a server
    degraded for ever: a full, read-only, saving, loading or busy Redis, a changed password, revoked permissions, a key
    of another type. The probe is repeated whatever it raises.
    """

    def __init__(
        self, part: str, health: RedisHealth, probe: Callable[[], Awaitable[None]], *, timeout_seconds: float
    ) -> None:
        self._part = part
        self._health = health
        self._probe = probe
        self._timeout_seconds = timeout_seconds
        self._turns = asyncio.Semaphore(MAX_CALLS)
        self._tripped = asyncio.Event()
        self._is_closing = False

    async def __aenter__(self) -> Self:
        await self._try_probe()
        self._probing = asyncio.create_task(self._probe_while_open(), name=f"redis {self._part}")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._is_closing = True
        self._probing.cancel()
        await asyncio.wait({self._probing}, timeout=CLOSE_SECONDS)

    @property
    def is_open(self) -> bool:
        """Whether calls fail at once."""
        return self._tripped.is_set()

    @property
    def is_running(self) -> bool:
        """Whether the task that probes is alive."""
        return not self._probing.done()

    async def call(self, send: Callable[[], Awaitable[T]]) -> T:
        """Return the result of the call. Raises RedisLost."""
        if self.is_open:
            raise RedisLost
        try:
            # One timeout around everything: redis-py has one for each of several steps.
            async with Deadline(self._timeout_seconds), self._turns:
                return await send()
        except Exception as exc:
            self.trip(exc)
            raise RedisLost from exc

    def trip(self, error: Exception) -> None:
        """Open the breaker because of this error."""
        self._tripped.set()
        self._health.report_lost(self._part, error)

    async def _probe_while_open(self) -> None:
        while not self._is_closing:  # redis-py may lose the cancellation of a task that writes
            await self._tripped.wait()
            await asyncio.sleep(PROBE_SECONDS)
            await self._try_probe()

    async def _try_probe(self) -> None:
        try:
            async with Deadline(PROBE_TIMEOUT_SECONDS):
                await self._probe()
        except Exception as exc:  # noqa: BLE001 - whatever it is may end
            self.trip(exc)
        else:
            self._tripped.clear()
            self._health.report_found(self._part)

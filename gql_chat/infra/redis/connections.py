"""The connections of one worker to Redis: a fast path and a hint, without which every caller can do."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeAlias

from redis import exceptions
from redis.asyncio import BlockingConnectionPool, ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from gql_chat.infra.redis.health import LOST, RedisHealth
from gql_chat.infra.redis.subscriber import Subscriber
from gql_chat.infra.telemetry.metrics import sampled

FAST_SECONDS = 0.3  # for what a request waits for: longer would be felt more than the way without Redis
PATIENT_SECONDS = 1.0  # for what nobody waits for
PROBE_SECONDS = 1.0  # between looks whether a lost Redis is back
CLOSE_SECONDS = 0.5  # a frozen Redis does not hold up the end of a worker
MAX_CONNECTIONS = 32  # of each client; more callers than that wait for their turn

# With these Redis says that it cannot work now, not that we asked for something wrong.
_LOST = (
    exceptions.ConnectionError,
    exceptions.TimeoutError,
    exceptions.OutOfMemoryError,
    exceptions.ReadOnlyError,
    OSError,  # TimeoutError is one
)

Argument: TypeAlias = str | bytes | int | float


class RedisLost(Exception):
    """Redis does not answer, or takes no writes: do without it."""


@dataclass(frozen=True)
class LuaScript:
    """A Lua script, which Redis runs as a whole before anything else."""

    source: str

    @cached_property
    def sha(self) -> str:
        """What Redis knows it by."""
        return hashlib.sha1(self.source.encode(), usedforsecurity=False).hexdigest()


class ScriptCall(NamedTuple):
    """A script with what it works on."""

    script: LuaScript
    keys: Sequence[str]
    arguments: Sequence[Argument]


class RedisClient:
    """Commands that are answered in time or not at all, with a breaker.

    After one failure every call fails at once, until a probe, made beside the calls, finds Redis back.
    """

    def __init__(self, url: str, part: str, *, timeout_seconds: float, health: RedisHealth) -> None:
        self._part = part
        self._timeout_seconds = timeout_seconds
        self._health = health
        self._is_lost = False
        self._probe_key = f"gql-chat:probe:{part}"
        self._pool = BlockingConnectionPool.from_url(
            url,
            max_connections=MAX_CONNECTIONS,
            timeout=timeout_seconds,
            socket_timeout=timeout_seconds,
            socket_connect_timeout=timeout_seconds,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            driver_info=None,
        )
        self._redis = Redis(connection_pool=self._pool)
        self._redis.response_callbacks.clear()  # answers are taken as they come

    async def __aenter__(self) -> Self:
        self._probing = asyncio.create_task(self._probe_when_lost(), name=f"redis {self._part}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._probing.cancel()
        await asyncio.wait({self._probing}, timeout=CLOSE_SECONDS)
        with suppress(*_LOST):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._pool.aclose()

    @property
    def is_up(self) -> bool:
        """Whether a call would be tried."""
        return not self._is_lost

    async def run(self, *command: Argument) -> Any:
        """What Redis answers, as bytes where it is text. Raises RedisLost."""
        return await self._try(lambda: self._redis.execute_command(*command))  # type: ignore[no-untyped-call]

    async def run_script(self, script: LuaScript, keys: Sequence[str], arguments: Sequence[Argument]) -> Any:
        """What the script returns. Raises RedisLost."""
        answer = (await self.run_scripts([ScriptCall(script, keys, arguments)]))[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def run_scripts(self, calls: Sequence[ScriptCall]) -> list[Any]:
        """What each of the scripts returns, or the error that it raised, in one round trip. Raises RedisLost."""
        answers: list[Any] = await self._try(lambda: self._send_scripts(calls))
        unknown = [number for number, answer in enumerate(answers) if isinstance(answer, exceptions.NoScriptError)]
        if unknown:  # Redis is new, or was restarted
            for script in {calls[number].script for number in unknown}:
                await self.run("SCRIPT", "LOAD", script.source)
            again = await self._try(lambda: self._send_scripts([calls[number] for number in unknown]))
            for number, answer in zip(unknown, again, strict=True):
                answers[number] = answer
        return answers

    async def _send_scripts(self, calls: Sequence[ScriptCall]) -> list[Any]:
        async with self._redis.pipeline(transaction=False) as pipeline:
            for script, keys, arguments in calls:
                pipeline.execute_command("EVALSHA", script.sha, len(keys), *keys, *arguments)
            answers: list[Any] = await pipeline.execute(raise_on_error=False)
        for answer in answers:
            if isinstance(answer, _LOST):
                raise answer
        return answers

    async def _try(self, send: Callable[[], Awaitable[Any]]) -> Any:
        if self._is_lost:
            raise RedisLost
        try:
            # Once more around all of it: redis-py has a time-out for each of several steps.
            async with asyncio.timeout(self._timeout_seconds):
                return await send()
        except _LOST as exc:
            self._is_lost = True
            self._health.lost(self._part, exc)
            raise RedisLost from exc

    async def _probe_when_lost(self) -> None:
        while True:
            await asyncio.sleep(PROBE_SECONDS)
            if not self._is_lost:
                continue
            with suppress(*_LOST):
                async with asyncio.timeout(self._timeout_seconds):
                    # A write, because a Redis that is full or a mere replica answers pings.
                    await self._redis.set(self._probe_key, b"", px=1000)
                self._is_lost = False
                self._health.found(self._part)


@dataclass(frozen=True)
class RedisConnections:
    """What a worker has of one Redis. Every key and channel begins with the prefix."""

    prefix: str
    fast: RedisClient
    patient: RedisClient
    subscriber: Subscriber
    health: RedisHealth


@asynccontextmanager
async def open_redis(url: str, prefix: str) -> AsyncIterator[RedisConnections]:
    """Connections for as long as the block runs, whether or not Redis is there when it begins.

    Raises ValueError for a URL that cannot be used.
    """
    _check(url)
    health = RedisHealth()
    with sampled(LOST, lambda: not health.is_up):
        async with (
            RedisClient(url, "fast", timeout_seconds=FAST_SECONDS, health=health) as fast,
            RedisClient(url, "patient", timeout_seconds=PATIENT_SECONDS, health=health) as patient,
            Subscriber(url, health) as subscriber,
        ):
            yield RedisConnections(prefix, fast, patient, subscriber, health)


def _check(url: str) -> None:
    try:
        ConnectionPool.from_url(url).make_connection()  # type: ignore[no-untyped-call]
    except (TypeError, ValueError):
        # Without the error's own text, which may quote a password.
        raise ValueError("must be such as redis://:password@host:6379/0") from None

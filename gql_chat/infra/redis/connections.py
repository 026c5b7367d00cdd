"""The connections of one worker to Redis, which is a fast path and a hint: every caller can do without it."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Self, TypeAlias

from redis import exceptions
from redis.asyncio import BlockingConnectionPool, ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from gql_chat.infra.redis.health import LOST, RedisHealth
from gql_chat.infra.redis.subscriber import Subscriber
from gql_chat.infra.telemetry.metrics import sampled

FAST_SECONDS = 0.3  # for calls that a request waits for: beyond it, the way without Redis is faster
PATIENT_SECONDS = 1.0  # for calls that nobody waits for
PROBE_SECONDS = 1.0  # between probes whether a lost Redis is back
CLOSE_SECONDS = 0.5  # so that a frozen Redis does not delay the shutdown of a worker
MAX_CONNECTIONS = 32  # of each client; further callers wait for their turn

# Errors by which Redis reports that it cannot work now, not that the command is wrong.
_LOST = (
    exceptions.ConnectionError,
    exceptions.TimeoutError,
    exceptions.OutOfMemoryError,
    exceptions.ReadOnlyError,
    OSError,  # TimeoutError is one
)

Argument: TypeAlias = str | bytes | int | float


class RedisLost(Exception):
    """Redis does not respond, or accepts no writes: do without it."""


@dataclass(frozen=True)
class LuaScript:
    """A Lua script, which Redis runs atomically."""

    source: str

    @cached_property
    def sha(self) -> str:
        """The digest by which Redis finds the script."""
        return hashlib.sha1(self.source.encode(), usedforsecurity=False).hexdigest()


class ScriptCall(NamedTuple):
    """A script with its keys and arguments."""

    script: LuaScript
    keys: Sequence[str]
    arguments: Sequence[Argument]


class RedisClient:
    """Runs commands with a deadline and a circuit breaker.

    After one failure every call fails at once, until a background probe finds Redis back.
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
        self._redis.response_callbacks.clear()  # responses are returned as they come

    async def __aenter__(self) -> Self:
        self._probing = asyncio.create_task(self._probe_when_lost(), name=f"redis {self._part}")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._probing.cancel()
        await asyncio.wait({self._probing}, timeout=CLOSE_SECONDS)
        with suppress(*_LOST):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._pool.aclose()

    @property
    def is_up(self) -> bool:
        """Whether a call would be attempted."""
        return not self._is_lost

    async def run(self, *command: Argument) -> Any:
        """Return Redis's response, with text as bytes. Raises RedisLost."""
        return await self._try(lambda: self._redis.execute_command(*command))  # type: ignore[no-untyped-call]

    async def run_script(self, script: LuaScript, keys: Sequence[str], arguments: Sequence[Argument]) -> Any:
        """Return the script's result. Raises RedisLost, and the error that the script raised."""
        try:
            return await self.run("EVALSHA", script.sha, len(keys), *keys, *arguments)
        except exceptions.NoScriptError:  # Redis is new or was restarted
            return await self.run("EVAL", script.source, len(keys), *keys, *arguments)

    async def run_scripts(self, calls: Sequence[ScriptCall]) -> list[Any]:
        """Run the scripts in one round trip and return the result of each, or its error. Raises RedisLost."""
        answers: list[Any] = await self._try(lambda: self._send_scripts(calls))
        unknown = [number for number, answer in enumerate(answers) if isinstance(answer, exceptions.NoScriptError)]
        if unknown:  # Redis is new or was restarted
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
            # One timeout around everything: redis-py has one for each of several steps.
            async with asyncio.timeout(self._timeout_seconds):
                return await send()
        except _LOST as exc:
            self._is_lost = True
            self._health.report_lost(self._part, exc)
            raise RedisLost from exc

    async def _probe_when_lost(self) -> None:
        while True:
            await asyncio.sleep(PROBE_SECONDS)
            if not self._is_lost:
                continue
            with suppress(*_LOST):
                async with asyncio.timeout(self._timeout_seconds):
                    # A write, because a Redis that is full or only a replica responds to PING.
                    await self._redis.set(self._probe_key, b"", px=1000)
                self._is_lost = False
                self._health.report_found(self._part)


@dataclass(frozen=True)
class RedisConnections:
    """A worker's connections to one Redis. Every key and channel begins with the prefix."""

    prefix: str
    fast: RedisClient
    patient: RedisClient
    subscriber: Subscriber
    health: RedisHealth

    @property
    def is_up(self) -> bool:
        """Whether Redis responds on every connection and messages are received."""
        return self.health.is_up and self.subscriber.is_running


@asynccontextmanager
async def open_redis(url: str, prefix: str) -> AsyncIterator[RedisConnections]:
    """Connect for as long as the block runs, even if Redis is down when it begins. Raises ValueError for a bad URL."""
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
        raise ValueError("must have the form redis://:password@host:6379/0") from None

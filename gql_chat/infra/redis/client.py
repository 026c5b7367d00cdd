"""A client of Redis: commands and scripts with a deadline and a circuit breaker."""

import asyncio
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Self, TypeAlias

from redis.asyncio.cluster import RedisCluster
from redis.exceptions import NoScriptError

from gql_chat.infra.redis.address import RedisAddress
from gql_chat.infra.redis.breaker import CLOSE_SECONDS, Breaker
from gql_chat.infra.redis.drivers import close_driver, keys_of_all_primaries, make_driver, pubsub_of
from gql_chat.infra.redis.health import RedisHealth

Argument: TypeAlias = str | bytes | int | float


@dataclass(frozen=True)
class LuaScript:
    """A Lua script, which Redis runs atomically."""

    source: str

    @cached_property
    def sha(self) -> str:
        """The digest by which Redis finds the script."""
        return hashlib.sha1(self.source.encode(), usedforsecurity=False).hexdigest()


class ScriptCall(NamedTuple):
    """A script with its keys, which must be in one slot of a cluster, and its arguments."""

    script: LuaScript
    keys: Sequence[str]
    arguments: Sequence[Argument]


# Whatever other calls need: a Redis that is full, or only a replica, still responds to PING.
_PROBE = LuaScript("""
redis.call('TIME')
redis.call('SET', KEYS[1], '', 'PX', 1000)
redis.call('GETRANGE', KEYS[1], 0, -1)
redis.call('DEL', KEYS[1])
return redis.call(ARGV[1], KEYS[1], '')
""")


class RedisClient:
    """Runs commands with a deadline and a circuit breaker: see Breaker."""

    def __init__(
        self, address: RedisAddress, part: str, *, prefix: str, timeout_seconds: float, health: RedisHealth
    ) -> None:
        self._address = address
        self._timeout_seconds = timeout_seconds
        self._probe_key = f"{prefix}probe:{part}"
        self._publish = pubsub_of(address).publish
        self._breaker = Breaker(part, health, self._probe, timeout_seconds=timeout_seconds)
        self._driver = make_driver(address, timeout_seconds)

    async def __aenter__(self) -> Self:
        await self._breaker.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._breaker.__aexit__(*exc)
        await self._close()

    @property
    def is_up(self) -> bool:
        """Whether a call would be attempted."""
        return not self._breaker.is_open

    @property
    def is_running(self) -> bool:
        """Whether a lost Redis would be found again."""
        return self._breaker.is_running

    async def run(self, *command: Argument) -> Any:
        """Return Redis's response, with text as bytes. Raises RedisLost."""
        return await self._breaker.call(lambda: self._driver.execute_command(*command))

    async def publish(self, channel: str, message: bytes) -> int:
        """Publish the message and return how many subscribers there are. Raises RedisLost."""
        subscribers: int = await self.run(self._publish, channel, message)
        return subscribers

    async def run_script(self, script: LuaScript, keys: Sequence[str], arguments: Sequence[Argument]) -> Any:
        """Return the script's result. Raises RedisLost."""
        return await self._breaker.call(lambda: self._run_script(ScriptCall(script, keys, arguments)))

    async def run_scripts(self, calls: Sequence[ScriptCall]) -> list[Any]:
        """Run the scripts in one round trip and return the result of each, or its error. Raises RedisLost.

        An error of one script opens the breaker as every other does.
        """
        answers = await self._breaker.call(lambda: self._run_scripts(calls))
        for answer in answers:
            if isinstance(answer, Exception):
                self._breaker.trip(answer)
                break
        return answers

    async def _run_script(self, call: ScriptCall) -> Any:
        script, keys, arguments = call
        run = self._driver.execute_command
        try:
            return await run("EVALSHA", script.sha, len(keys), *keys, *arguments)
        except NoScriptError:  # Redis is new or was restarted
            return await run("EVAL", script.source, len(keys), *keys, *arguments)

    async def _run_scripts(self, calls: Sequence[ScriptCall]) -> list[Any]:
        answers = await self._send("EVALSHA", [(call.script.sha, call) for call in calls])
        unknown = [number for number, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
        if unknown:  # Redis is new or was restarted
            again = await self._send("EVAL", [(calls[number].script.source, calls[number]) for number in unknown])
            for number, answer in zip(unknown, again, strict=True):
                answers[number] = answer
        return answers

    async def _send(self, command: str, calls: Sequence[tuple[str, ScriptCall]]) -> list[Any]:
        pipeline = self._driver.pipeline(transaction=False)
        for script, (_, keys, arguments) in calls:
            pipeline.execute_command(command, script, len(keys), *keys, *arguments)
        answers: list[Any] = await pipeline.execute(raise_on_error=False)
        return answers

    async def _probe(self) -> None:
        """Connect anew, because connections may be those of a former primary or user, and do what calls do."""
        await self._close()
        self._driver = make_driver(self._address, self._timeout_seconds)
        keys = [self._probe_key]
        if isinstance(self._driver, RedisCluster):
            await self._driver.initialize()
            keys = keys_of_all_primaries(self._driver.nodes_manager.slots_cache, self._probe_key)
        for answer in await self._run_scripts([ScriptCall(_PROBE, [key], [self._publish]) for key in keys]):
            if isinstance(answer, Exception):
                raise answer

    async def _close(self) -> None:
        with suppress(Exception):
            async with asyncio.timeout(CLOSE_SECONDS):
                await close_driver(self._driver)

"""The connections to Redis: answers in time or not at all, and one line in the log however long Redis is away."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from redis.asyncio.connection import Connection
from structlog.testing import capture_logs

from gql_chat.infra.redis import connections as connections_module
from gql_chat.infra.redis.breaker import RedisLost
from gql_chat.infra.redis.client import LuaScript, ScriptCall
from gql_chat.infra.redis.connections import PATIENT_SECONDS, RedisConnections, open_redis
from tests.support.backing_services.valkey import Valkey, running_valkey

ECHO = LuaScript("return ARGV[1]")
COUNT = LuaScript("return redis.call('INCRBY', KEYS[1], ARGV[1])")


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[RedisConnections]:
    async with open_redis(redis_url, "test:") as connections:
        yield connections


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


async def test_commands_and_scripts_are_answered(redis: RedisConnections) -> None:
    for client in (redis.fast, redis.patient):
        assert await client.run("SET", "key", "value", "PX", 60_000) == b"OK"
        assert await client.run("GET", "key") == b"value"
        assert await client.run_script(ECHO, [], [b"\xff\x00"]) == b"\xff\x00"
    calls = [ScriptCall(COUNT, [f"count {number % 2}"], [number]) for number in range(5)]
    assert await redis.patient.run_scripts(calls) == [0, 1, 2, 4, 6]
    assert redis.health.is_up


async def test_an_error_of_a_script_is_its_own_answer_and_opens_the_breaker(redis: RedisConnections) -> None:
    with pytest.raises(RedisLost):
        await redis.fast.run_script(LuaScript("return redis.call('NONSENSE')"), [], [])
    assert not redis.fast.is_up
    good, wrong = ScriptCall(ECHO, [], ["fine"]), ScriptCall(COUNT, ["text"], ["no number"])
    answers = await redis.patient.run_scripts([good, wrong, good])
    assert (answers[0], answers[2]) == (b"fine", b"fine")
    assert isinstance(answers[1], Exception)
    assert not redis.patient.is_up
    await until(lambda: redis.health.is_up)
    assert await redis.patient.run_scripts([good]) == [b"fine"]


@pytest.mark.parametrize("part", ["fast", "patient"])
async def test_an_answer_that_comes_while_the_process_stands_still_is_in_time(
    own_redis: Valkey, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    read, stalls = Connection.read_response, list[float]()

    def stand_still() -> None:
        own_redis.thaw()
        while b"cmdstat_get:calls=1" not in own_redis.command("INFO", "commandstats"):
            pass
        time.sleep(PATIENT_SECONDS)
        stalls.append(PATIENT_SECONDS)

    async def stand_still_meanwhile(self: Connection, **options: Any) -> Any:
        if self is not redis.subscriber._current:  # type: ignore[attr-defined]
            asyncio.get_running_loop().call_soon(stand_still)
        return await read(self, **options)

    async with open_redis(own_redis.url, "test:") as redis:
        await until(lambda: redis.is_up)
        monkeypatch.setattr(Connection, "read_response", stand_still_meanwhile)
        own_redis.freeze()
        assert await getattr(redis, part).run("GET", "key") is None
        assert (redis.health.outages, stalls) == (0, [PATIENT_SECONDS])


async def test_many_more_callers_than_connections_have_their_turn(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections_module, "PATIENT_SECONDS", 20)  # not the time is at issue
    async with open_redis(redis_url, "test:") as redis:
        answers = await asyncio.gather(*(redis.patient.run("INCR", "count") for _ in range(200)))
    assert sorted(answers) == list(range(1, 201))


async def test_a_redis_that_is_away_costs_one_failure_one_line_and_comes_back(own_redis: Valkey) -> None:
    with capture_logs() as logs:
        async with open_redis(own_redis.url, "test:") as redis:
            await until(lambda: redis.subscriber.is_up)
            await redis.fast.run("SET", "key", "value")
            own_redis.kill()
            for _ in range(100):
                with pytest.raises(RedisLost):
                    await redis.fast.run("GET", "key")
            with pytest.raises(RedisLost):
                await redis.patient.run_script(ECHO, [], ["text"])
            await until(lambda: not redis.subscriber.is_up)
            assert (redis.fast.is_up, redis.patient.is_up, redis.health.is_up) == (False, False, False)
            own_redis.start()
            await until(lambda: redis.health.is_up)
            assert await redis.patient.run_script(ECHO, [], ["text"]) == b"text"
            assert await redis.fast.run("GET", "key") is None
            assert redis.health.outages == 1
    assert [line["event"] for line in logs] == ["redis_lost", "redis_is_back"]


async def test_a_frozen_redis_is_given_up_and_costs_nothing_more_until_it_thaws(own_redis: Valkey) -> None:
    async with open_redis(own_redis.url, "test:") as redis:
        await until(lambda: redis.subscriber.is_up)
        with own_redis.frozen():
            for _ in range(2):
                with pytest.raises(RedisLost):
                    await redis.fast.run("GET", "key")
            await until(lambda: not redis.subscriber.is_up)
        await until(lambda: redis.health.is_up)
        assert await redis.fast.run("GET", "key") is None


async def test_a_redis_without_memory_counts_as_lost_until_it_takes_writes() -> None:
    with running_valkey("--maxmemory", "1") as full, capture_logs() as logs:
        async with open_redis(full.url, "test:") as redis:
            with pytest.raises(RedisLost):
                await redis.fast.run("SET", "key", "value")
            with pytest.raises(RedisLost):
                await redis.patient.run_script(COUNT, ["count"], [1])
            for _ in range(3):  # no probe takes the answer to a mere question for health
                await asyncio.sleep(0.5)
                assert (redis.fast.is_up, redis.patient.is_up) == (False, False)
    assert [line["event"] for line in logs] == ["redis_lost"]


async def test_a_server_starts_and_ends_without_redis() -> None:
    with running_valkey() as server:
        url = server.url
    async with asyncio.timeout(10), open_redis(url, "test:") as redis:
        with pytest.raises(RedisLost):
            await redis.fast.run("GET", "key")


@pytest.mark.parametrize("fault", [Valkey.freeze, Valkey.kill])
async def test_the_end_is_quick_whatever_has_become_of_redis(
    own_redis: Valkey, fault: Callable[[Valkey], None]
) -> None:
    loop = asyncio.get_running_loop()
    async with open_redis(own_redis.url, "test:") as redis:
        with redis.subscriber.subscribe("channel", lambda _: None):
            assert await redis.subscriber.wait_until_subscribed("channel", 20)
        await redis.fast.run("SET", "key", "x" * 1_000_000)
        fault(own_redis)
        calls = [asyncio.create_task(client.run("GET", "key")) for client in (redis.fast, redis.patient)]
        await asyncio.sleep(0.05)  # so that they are under way
        started = loop.time()
    assert loop.time() - started < 4
    assert all(isinstance(answer, RedisLost) for answer in await asyncio.gather(*calls, return_exceptions=True))

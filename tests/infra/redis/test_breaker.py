"""The breaker of a client of Redis, and how often it probes."""

import asyncio

from gql_chat.infra.redis.breaker import Breaker
from gql_chat.infra.redis.health import RedisHealth


async def test_a_redis_that_refuses_at_once_is_probed_once_a_second() -> None:
    probes = 0

    async def probe() -> None:
        nonlocal probes
        probes += 1
        await asyncio.sleep(0)
        raise ConnectionRefusedError

    async with Breaker("test", RedisHealth(), probe, timeout_seconds=1) as breaker:
        for _ in range(50):  # turns of the loop, each of which could probe
            await asyncio.sleep(0)
        assert (breaker.is_open, probes) == (True, 1)


async def test_a_breaker_that_closes_probes_no_more() -> None:
    async def probe() -> None:
        pass

    async with Breaker("test", RedisHealth(), probe, timeout_seconds=1) as breaker:
        await asyncio.sleep(0)  # the task waits for the first error
        assert (breaker.is_open, breaker.is_running) == (False, True)
    assert not breaker.is_running

"""The rate limiter: so many at once, as many again over the period, and never more in any window."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from itertools import count
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from gql_chat.errors import RateLimited
from gql_chat.infra.rate_limits.limiter import (
    Limit,
    LocalRateLimiter,
    NoRateLimiter,
    Rate,
    RateLimiter,
    require_rate,
    require_rates,
)
from gql_chat.infra.rate_limits.redis_limiter import RedisRateLimiter
from gql_chat.infra.redis.connections import open_redis
from gql_chat.infra.telemetry import metrics
from tests.infra.redis.test_connections import until
from tests.support.backing_services.valkey import Valkey
from tests.support.running.examples import examples


class Time:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


Make: TypeAlias = Callable[[Time], RateLimiter]


@pytest.fixture(params=["local", "redis", "redis cluster"])
async def make(request: pytest.FixtureRequest) -> AsyncIterator[Make]:
    """Yield a function that makes a limiter; the tests run on each kind."""
    if request.param == "local":
        yield LocalRateLimiter
    else:
        numbers = count()
        server = request.getfixturevalue("redis_cluster" if request.param == "redis cluster" else "redis_server")
        server.empty()
        async with open_redis(server.url, "test:") as redis:
            await until(lambda: redis.is_up)
            yield lambda time: RedisRateLimiter(redis.patient, f"{next(numbers)}:", clock=time)


async def test_a_burst_passes_then_one_every_interval(make: Make) -> None:
    time = Time()
    limiter, limit = make(time), Limit(3, 30)
    assert [await limiter.take("a", limit) for _ in range(5)] == [0, 0, 0, 10, 10]
    assert await limiter.take("b", limit) == 0  # buckets do not mix
    time.now += 10
    assert [await limiter.take("a", limit) for _ in range(2)] == [0, 10]
    time.now += 1000
    assert [await limiter.take("a", limit) for _ in range(4)] == [0, 0, 0, 10]


async def test_a_limit_is_reached_exactly_however_its_interval_is_rounded(make: Make) -> None:
    for at_once, per_seconds in [(600, 60), (7, 1), (49, 3600), (100, 1)]:
        limiter, limit = make(Time()), Limit(at_once, per_seconds)
        waits = [await limiter.take("a", limit) for _ in range(at_once + 1)]
        assert waits == [0] * at_once + [pytest.approx(per_seconds / at_once, abs=1e-4)]


@examples(40)
@given(at_once=st.integers(1, 5), per_seconds=st.floats(1, 100), pauses=st.lists(st.floats(0, 50), max_size=60))
async def test_no_window_holds_more_than_twice_the_count_and_waiting_as_told_is_enough(
    make: Make, at_once: int, per_seconds: float, pauses: list[float]
) -> None:
    time, passed = Time(), list[float]()
    limiter, limit = make(time), Limit(at_once, per_seconds)
    for pause in pauses:
        time.now += pause
        wait_seconds = await limiter.take("a", limit)
        if wait_seconds > 0:
            time.now += wait_seconds + 1e-6
            assert await limiter.take("a", limit) == 0
        passed.append(time.now)
    for start in passed:
        assert len([at for at in passed if start <= at < start + per_seconds * 0.999]) <= 2 * at_once


async def test_the_error_says_how_long_to_wait_in_whole_seconds() -> None:
    limiter, limit = LocalRateLimiter(Time()), Limit(1, 2.5)
    await require_rate(limiter, "a", limit)
    with pytest.raises(RateLimited) as refused:
        await require_rate(limiter, "a", limit)
    assert refused.value.retry_after_seconds == 3
    for _ in range(10):
        await require_rate(NoRateLimiter(), "a", limit)


async def test_a_weighted_event_counts_as_several_and_one_above_the_limit_needs_an_empty_bucket(make: Make) -> None:
    time = Time()
    limiter, limit = make(time), Limit(10, 10)
    assert [await limiter.take("a", limit, 4) for _ in range(3)] == [0, 0, 2]
    assert await limiter.take("a", limit, 2) == 0
    assert await limiter.take("a", limit, 0.5) == 0.5
    await limiter.refund("a", limit, 4)
    assert [await limiter.take("a", limit, 4), await limiter.take("a", limit)] == [0, 1]
    assert await limiter.take("a", limit, 25) == 10
    time.now += 10
    assert await limiter.take("a", limit, 25) == 0
    assert await limiter.take("a", limit) == 16
    time.now += 16
    assert await limiter.take("a", limit) == 0


async def test_what_is_refunded_was_never_counted(make: Make) -> None:
    time = Time()
    limiter, limit = make(time), Limit(2, 20)
    for _ in range(5):
        assert await limiter.take("a", limit) == 0
        await limiter.refund("a", limit)
    assert [await limiter.take("a", limit) for _ in range(3)] == [0, 0, 10]
    await limiter.refund("a", limit)
    assert [await limiter.take("a", limit) for _ in range(2)] == [0, 10]
    time.now += 1000
    await limiter.refund("a", limit)  # all has leaked out by now: nothing can be saved up
    assert [await limiter.take("a", limit) for _ in range(3)] == [0, 0, 10]
    await limiter.refund("never taken", limit)
    assert [await limiter.take("never taken", limit) for _ in range(3)] == [0, 0, 10]


async def test_buckets_that_have_leaked_out_take_no_memory(redis_url: str) -> None:
    local, limit = LocalRateLimiter(Time()), Limit(2, 200)
    async with open_redis(redis_url, "test:") as redis:
        for limiter in (local, RedisRateLimiter(redis.patient, "test:")):
            assert await limiter.take("a", limit) == 0
            await limiter.refund("a", limit)
        assert (len(local._buckets), await redis.patient.run("DBSIZE")) == (0, 0)
        await limiter.take("a", limit)
        assert 0 < await redis.patient.run("PTTL", "test:limit:a") <= 100_000
        await RedisRateLimiter(redis.patient, "test:", clock=Time()).take("b", limit)  # Redis does not know that clock
        assert await redis.patient.run("PTTL", "test:limit:b") == -1


async def test_workers_share_a_limit(redis_url: str) -> None:
    limit = Limit(10, 3600)
    async with open_redis(redis_url, "test:") as one, open_redis(redis_url, "test:") as other:
        limiters = [RedisRateLimiter(redis.patient, "test:") for redis in (one, other)]
        waits = await asyncio.gather(*(limiters[number % 2].take("a", limit) for number in range(30)))
    assert len([wait for wait in waits if wait == 0]) == 10
    assert all(359 < wait <= 360 for wait in waits if wait)


@pytest.mark.parametrize("away", [Valkey.stopped, Valkey.frozen], ids=["dead", "frozen"])
async def test_without_redis_a_worker_limits_by_itself_and_says_so_once(
    own_redis: Valkey, away: Callable[[Valkey], AbstractContextManager[None]]
) -> None:
    limit, counted = Limit(2, 3600), await counter_value()
    with capture_logs() as logs:
        async with open_redis(own_redis.url, "test:") as redis:
            limiter = RedisRateLimiter(redis.fast, "test:")
            assert await limiter.take("a", limit) == 0
            with away(own_redis):
                assert [await limiter.take("a", limit) > 0 for _ in range(4)] == [False, False, True, True]
                await limiter.refund("a", limit)
                assert await limiter.take("a", limit) == 0
            assert await counter_value() == counted + 5
            async with asyncio.timeout(20):
                while not redis.health.is_up:
                    await asyncio.sleep(0.01)
            assert await limiter.take("b", limit) == 0
            assert await counter_value() == counted + 5
    assert [line["event"] for line in logs] == ["redis_lost", "redis_is_back"]


async def counter_value() -> float:
    """Return how often a limit was counted without Redis."""
    page = (await metrics.render()).decode()
    return float(re.findall(r"^gql_chat_limits_without_redis_total (\S+)$", page, re.MULTILINE)[0])


# Steps at one bucket: wait, then take one, or refund the one taken so many ago, if it was not yet.
attempts = st.lists(st.tuples(st.floats(0, 20), st.sampled_from(["take", "take", "take", 0, 1, 3])), max_size=80)


@examples(40)
@given(at_once=st.integers(1, 5), per_seconds=st.floats(1, 100), steps=attempts)
async def test_whatever_is_refunded_no_window_keeps_more_than_the_limit(
    make: Make, at_once: int, per_seconds: float, steps: list[tuple[float, str | int]]
) -> None:
    time, kept, refunded = Time(), list[float](), list[tuple[float, float]]()
    limiter, limit = make(time), Limit(at_once, per_seconds)
    for pause, step in steps:
        time.now += pause
        if step == "take":
            if await limiter.take("a", limit) == 0:
                kept.append(time.now)
        elif int(step) < len(kept):
            await limiter.refund("a", limit)
            refunded.append((kept.pop(-1 - int(step)), time.now))
    interval = per_seconds / at_once
    for number, start in enumerate(kept):
        for later, end in enumerate(kept[number:], start=1):
            # While one that is refunded later is held, the bucket may leak what is the other's, before the window too.
            held = sum(max(0.0, min(end, back) - taken) for taken, back in refunded if back >= start)
            assert later <= at_once + (end - start + held + 1e-3) / interval + 1e-6


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 4)), min_size=1, max_size=4), st.integers(1, 6))
async def test_of_several_rates_all_are_counted_or_none(fills: list[tuple[int, int]], attempts: int) -> None:
    limiter = LocalRateLimiter(Time())
    rates = [Rate(str(number), Limit(count, 60)) for number, (count, _) in enumerate(fills)]
    left = [count - min(count, taken) for count, taken in fills]
    for rate, (_, taken) in zip(rates, fills, strict=True):
        for _ in range(taken):
            await limiter.take(*rate)
    for _ in range(attempts):
        before = levels(limiter)
        try:
            await require_rates(limiter, rates)
        except RateLimited:
            assert min(left) == 0
            assert levels(limiter) == pytest.approx(before)
        else:
            left = [one - 1 for one in left]
            assert min(left) >= 0


def levels(limiter: LocalRateLimiter) -> dict[str, float]:
    """Return the levels of buckets that are not empty."""
    buckets = limiter._buckets._buckets.items()
    return {name: bucket.empty_at for name, bucket in buckets if bucket.empty_at > 100}


async def test_a_refusal_is_counted_by_kind_and_logged_once_per_minute_and_bucket() -> None:
    limiter, limit = LocalRateLimiter(Time()), Limit(1, 10)
    before = await refusals("a_test_of")
    with capture_logs() as logs:
        for bucket in ("a test of:ada", "a test of:bob"):
            await require_rate(limiter, bucket, limit)
            for _ in range(5):
                with pytest.raises(RateLimited):
                    await require_rate(limiter, bucket, limit)
    assert [(line["event"], line["source"]) for line in logs] == [
        ("rate_limited", "a test of:ada"), ("rate_limited", "a test of:bob"),
    ]  # fmt: skip
    assert await refusals("a_test_of") == before + 10


async def refusals(kind: str) -> float:
    """Return the number of refusals of this kind."""
    page = (await metrics.render()).decode()
    return sum(map(float, re.findall(rf'^gql_chat_refusals_total{{kind="{kind}"}} (\S+)$', page, re.MULTILINE)))

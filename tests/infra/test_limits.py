"""The rate limiter: so many at once, as many again over the period, and never more in any window."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.errors import RateLimited
from gql_chat.infra import limits
from gql_chat.infra.limits import Limit, LocalRateLimiter, NoRateLimiter, Rate, require_rate, require_rates


class Time:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_a_burst_passes_then_one_every_interval() -> None:
    time = Time()
    limiter, limit = LocalRateLimiter(time), Limit(3, 30)
    assert [await limiter.take("a", limit) for _ in range(5)] == [0, 0, 0, 10, 10]
    assert await limiter.take("b", limit) == 0  # buckets do not mix
    time.now += 10
    assert [await limiter.take("a", limit) for _ in range(2)] == [0, 10]
    time.now += 1000
    assert [await limiter.take("a", limit) for _ in range(4)] == [0, 0, 0, 10]


async def test_a_limit_is_reached_exactly_however_its_interval_is_rounded() -> None:
    for count, per_seconds in [(600, 60), (7, 1), (49, 3600), (1000, 0.1)]:
        limiter, limit = LocalRateLimiter(Time()), Limit(count, per_seconds)
        waits = [await limiter.take("a", limit) for _ in range(count + 1)]
        assert waits == [0] * count + [pytest.approx(per_seconds / count)]


@given(st.integers(1, 5), st.floats(1, 100), st.lists(st.floats(0, 50), max_size=60))
async def test_no_window_holds_more_than_twice_the_count_and_waiting_as_told_is_enough(
    count: int, per_seconds: float, pauses: list[float]
) -> None:
    time, passed = Time(), list[float]()
    limiter, limit = LocalRateLimiter(time), Limit(count, per_seconds)
    for pause in pauses:
        time.now += pause
        wait_seconds = await limiter.take("a", limit)
        if wait_seconds > 0:
            time.now += wait_seconds + 1e-6
            assert await limiter.take("a", limit) == 0
        passed.append(time.now)
    for start in passed:
        assert len([at for at in passed if start <= at < start + per_seconds * 0.999]) <= 2 * count


async def test_the_error_says_how_long_to_wait_in_whole_seconds() -> None:
    limiter, limit = LocalRateLimiter(Time()), Limit(1, 2.5)
    await require_rate(limiter, "a", limit)
    with pytest.raises(RateLimited) as refused:
        await require_rate(limiter, "a", limit)
    assert refused.value.retry_after_seconds == 3
    for _ in range(10):
        await require_rate(NoRateLimiter(), "a", limit)


async def test_memory_is_bounded_by_forgetting_the_least_recent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_BUCKETS", 3)
    limiter, limit = LocalRateLimiter(Time()), Limit(1, 10)
    for bucket in "abcd":
        assert await limiter.take(bucket, limit) == 0
    assert await limiter.take("d", limit) == 10
    assert await limiter.take("a", limit) == 0
    assert len(limiter._empty_at) == 3


async def test_what_is_refunded_was_never_counted() -> None:
    time = Time()
    limiter, limit = LocalRateLimiter(time), Limit(2, 20)
    for _ in range(5):
        assert await limiter.take("a", limit) == 0
        await limiter.refund("a", limit)
    assert limiter._empty_at == {}
    assert [await limiter.take("a", limit) for _ in range(3)] == [0, 0, 10]
    await limiter.refund("a", limit)
    assert [await limiter.take("a", limit) for _ in range(2)] == [0, 10]
    time.now += 1000
    await limiter.refund("a", limit)  # all has leaked out by now: nothing can be saved up
    assert [await limiter.take("a", limit) for _ in range(3)] == [0, 0, 10]
    await limiter.refund("never taken", limit)
    assert "never taken" not in limiter._empty_at


# Steps at one bucket: wait, then take one, or refund the one taken so many ago, if it was not yet.
attempts = st.lists(st.tuples(st.floats(0, 20), st.sampled_from(["take", "take", "take", 0, 1, 3])), max_size=80)


@given(st.integers(1, 5), st.floats(1, 100), attempts)
async def test_whatever_is_refunded_no_window_keeps_more_than_the_limit(
    count: int, per_seconds: float, steps: list[tuple[float, str | int]]
) -> None:
    time, kept, refunded = Time(), list[float](), list[tuple[float, float]]()
    limiter, limit = LocalRateLimiter(time), Limit(count, per_seconds)
    for pause, step in steps:
        time.now += pause
        if step == "take":
            if await limiter.take("a", limit) == 0:
                kept.append(time.now)
        elif int(step) < len(kept):
            await limiter.refund("a", limit)
            refunded.append((kept.pop(-1 - int(step)), time.now))
    interval = per_seconds / count
    for number, start in enumerate(kept):
        for later, end in enumerate(kept[number:], start=1):
            # While one that is refunded later is held, the bucket may leak what is the other's.
            held = sum(max(0.0, min(end, back) - max(start, taken)) for taken, back in refunded)
            assert later <= count + (end - start + held) / interval + 1e-6


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 4)), min_size=1, max_size=4), st.integers(1, 6))
async def test_of_several_rates_all_are_counted_or_none(fills: list[tuple[int, int]], attempts: int) -> None:
    limiter = LocalRateLimiter(Time())
    rates = [Rate(str(number), Limit(count, 60)) for number, (count, _) in enumerate(fills)]
    left = [count - min(count, taken) for count, taken in fills]
    for rate, (_, taken) in zip(rates, fills, strict=True):
        for _ in range(taken):
            await limiter.take(*rate)
    for _ in range(attempts):
        before = dict(limiter._empty_at)
        try:
            await require_rates(limiter, rates)
        except RateLimited:
            assert min(left) == 0
            assert limiter._empty_at == pytest.approx(before)
        else:
            left = [one - 1 for one in left]
            assert min(left) >= 0

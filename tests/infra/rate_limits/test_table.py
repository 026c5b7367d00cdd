"""Tables of buckets: bounded, and no flood of names empties a bucket or exceeds a limit."""

from hypothesis import given
from hypothesis import strategies as st

from gql_chat.infra.rate_limits import table
from gql_chat.infra.rate_limits.limiter import Limit, LocalRateLimiter, place_rates, require_rates
from tests.support.running.examples import examples


class Time:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Level:
    """A bucket that leaks only when the test says so."""

    def __init__(self) -> None:
        self.level = 0

    def is_empty(self, _now: float) -> bool:
        return self.level == 0

    def copy(self) -> "Level":
        copied = Level()
        copied.level = self.level
        return copied


async def test_many_addresses_do_not_empty_a_full_bucket() -> None:
    """51,000 addresses of one /48, each with two buckets, once pushed every other bucket out of the table in 64 s."""
    time, limit = Time(), Limit(10, 900)
    limiter = LocalRateLimiter(time)
    for _ in range(10):
        assert await limiter.take("wrong passwords:victim", limit) == 0
    for number in range(51_000):
        time.now += 64 / 51_000
        await limiter.take(f"wrong passwords:{number}:2001:db8:0:{number:x}::/64", limit)
        await limiter.take(f"logins:2001:db8:0:{number:x}::/64", Limit(100, 600))
    assert await limiter.take("wrong passwords:victim", limit) > 0
    assert len(limiter._buckets) <= table.MAX_BUCKETS + 2 * table.SHARED_BUCKETS


async def test_addresses_of_one_48_have_one_limit_together() -> None:
    limiter, limit = LocalRateLimiter(Time()), Limit(10, 60)
    passed = 0
    for number in range(3000):
        rates = place_rates(limiter, "logins", f"2001:db8:0:{number:x}::1", limit)
        passed += all([await limiter.take(*rate) == 0 for rate in rates[:1]])
    assert passed == 160
    [address] = place_rates(limiter, "logins", "192.0.2.7", limit)
    assert address.limit == limit
    assert len(limiter._buckets) == 1


async def test_an_office_with_many_networks_is_not_limited_by_its_48() -> None:
    limiter, limit = LocalRateLimiter(Time()), Limit(10, 60)
    for network in range(16):
        for _ in range(10):
            await require_rates(limiter, place_rates(limiter, "logins", f"2001:db8:0:{network << 8:x}::1", limit))


async def test_empty_buckets_are_dropped_while_new_ones_come() -> None:
    time = Time()
    limiter, limit = LocalRateLimiter(time), Limit(10, 1)
    for number in range(1000):
        time.now += 0.1
        await limiter.take(str(number), limit)
    assert len(limiter._buckets) <= 4


steps = st.lists(
    st.tuples(st.sampled_from([0.0, 0.0, 0.3, 2.0, 15.0]), st.integers(0, 11), st.sampled_from([1.0, 0.5, 3.0])),
    max_size=120,
)


@examples(150)
@given(steps, st.integers(1, 6))
async def test_a_full_table_is_bounded_and_never_looser_than_an_unbounded_one(
    steps: list[tuple[float, int, float]], max_buckets: int
) -> None:
    time, limits = Time(), [Limit(4, 8), Limit(2, 30)]
    bounded, unbounded = LocalRateLimiter(time, max_buckets=max_buckets), LocalRateLimiter(time)
    for pause, name, amount in steps:
        time.now += pause
        limit = limits[name % 2]
        if await bounded.take(str(name), limit, amount) == 0:
            assert await unbounded.take(str(name), limit, amount) == 0
        assert len(bounded._buckets._buckets) <= max_buckets


def test_a_full_table_looks_further_for_an_empty_bucket() -> None:
    """Look further than twice: else a new name would share a bucket although the third oldest is empty."""
    buckets = table.BucketTable(Level, max_buckets=table.LOOK_AT + 1)
    for number in range(table.LOOK_AT + 1):
        buckets.get(str(number), 0).level = 1
    last = buckets.find(str(table.LOOK_AT))
    assert last is not None
    last.level = 0
    assert buckets.get("new", 0) is buckets.find("new")
    assert buckets.find(str(table.LOOK_AT)) is None

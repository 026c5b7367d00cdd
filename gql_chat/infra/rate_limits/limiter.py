"""Rate limits by the generic cell rate algorithm, which stores one number per bucket.

https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm. Decision record: docs/decisions/0026-rate-limiter.md.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple, Protocol

from gql_chat.errors import RateLimited

MAX_BUCKETS = 100_000  # ~20 MB; beyond it the least recently used ones are forgotten
ROUNDING_SECONDS = 1e-6  # six hundred tenths of a second add up to slightly more than a minute


@dataclass(frozen=True, slots=True)
class Limit:
    """Up to `count` at once, and as many again over the period."""

    count: int
    per_seconds: float


class Rate(NamedTuple):
    """A bucket and its limit."""

    bucket: str
    limit: Limit


class RateLimiter(Protocol):
    """Counts events in named buckets."""

    async def take(self, bucket: str, limit: Limit) -> float:
        """Count an event and return 0.0 if the limit allows it. Otherwise return the seconds until it will."""
        ...

    async def refund(self, bucket: str, limit: Limit) -> None:
        """Count one event less, because the one that was taken has turned out not to be limited."""
        ...


class LocalRateLimiter:
    """A limiter for one process."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._empty_at: OrderedDict[str, float] = OrderedDict()

    async def take(self, bucket: str, limit: Limit) -> float:
        now = self._monotonic()
        interval = limit.per_seconds / limit.count
        empty_at = max(self._empty_at.get(bucket, now), now)
        # The bucket leaks one event every interval. This one fits if all others but `count - 1` have leaked by then.
        wait_seconds = empty_at - now - (limit.count - 1) * interval
        if wait_seconds > ROUNDING_SECONDS:
            return wait_seconds
        self._empty_at[bucket] = empty_at + interval
        self._empty_at.move_to_end(bucket)
        if len(self._empty_at) > MAX_BUCKETS:
            self._empty_at.popitem(last=False)
        return 0.0

    async def refund(self, bucket: str, limit: Limit) -> None:
        if bucket in self._empty_at:
            self._empty_at[bucket] -= limit.per_seconds / limit.count
            if self._empty_at[bucket] <= self._monotonic():
                del self._empty_at[bucket]


class NoRateLimiter:
    """A limiter that allows everything."""

    async def take(self, bucket: str, limit: Limit) -> float:
        return 0.0

    async def refund(self, bucket: str, limit: Limit) -> None:
        pass


async def require_rate(limiter: RateLimiter, bucket: str, limit: Limit) -> None:
    """Count one event in the bucket. Raises RateLimited with the whole seconds to wait."""
    wait_seconds = await limiter.take(bucket, limit)
    if wait_seconds > 0:
        seconds = ceil(wait_seconds)
        raise RateLimited(f"Too many attempts; try again in {seconds} s.", retry_after_seconds=seconds)


async def require_rates(limiter: RateLimiter, rates: Sequence[Rate]) -> None:
    """Count one event in each of the buckets, or in none of them. Raises RateLimited."""
    for number, rate in enumerate(rates):
        try:
            await require_rate(limiter, *rate)
        except RateLimited:
            await refund(limiter, rates[:number])
            raise


async def refund(limiter: RateLimiter, rates: Sequence[Rate]) -> None:
    """Count one event less in each of the buckets."""
    for rate in rates:
        await limiter.refund(*rate)

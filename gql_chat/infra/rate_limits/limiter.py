"""Rate limits by the generic cell rate algorithm, which stores one number per bucket.

https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm. Decision record: docs/decisions/0026-rate-limiter.md.
"""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final, NamedTuple, Protocol

import structlog

from gql_chat.errors import RateLimited
from gql_chat.infra.net.addresses import sites_of
from gql_chat.infra.rate_limits.table import MAX_BUCKETS, BucketTable
from gql_chat.infra.telemetry import metrics
from gql_chat.infra.telemetry.throttled_log import warn_throttled

log = structlog.get_logger(__name__)

ROUNDING_SECONDS = 1e-6  # six hundred tenths of a second add up to slightly more than a minute

# Of a limit per place, by the number of networks that an address belongs to, the largest first: an IPv4 address is one
# place, an IPv6 address is in its /64, its /56 and its /48 at the same time.
FACTORS = {1: (1,), 3: (16, 4, 1)}

REFUSALS: Final = metrics.Counter(
    "gql_chat_refusals_total", "Requests and operations that were refused because of a limit, by limit.", ("kind",)
)


@dataclass(frozen=True, slots=True)
class Limit:
    """Up to `count` at once, and as many again over the period."""

    count: int
    per_seconds: float

    def times(self, factor: int) -> "Limit":
        """Return a limit of `factor` times as many events over the same period."""
        return Limit(self.count * factor, self.per_seconds)


class Rate(NamedTuple):
    """A bucket and its limit. A bucket's name begins with its kind and a colon: `registrations:192.0.2.7`."""

    bucket: str
    limit: Limit


class RateLimiter(Protocol):
    """Counts events in named buckets. An event may count as `amount` events, or as a part of one.

    An event that counts as more than the limit's `count` needs an empty bucket, and leaves it more than full.
    """

    place_factor: int
    """The operator's factor for limits per place: more where many users share an address."""

    async def take(self, bucket: str, limit: Limit, amount: float = 1) -> float:
        """Count an event and return 0.0 if the limit allows it. Otherwise return the seconds until it will."""
        ...

    async def refund(self, bucket: str, limit: Limit, amount: float = 1) -> None:
        """Count an event less, because the one that was taken has turned out not to be limited."""
        ...


class LocalRateLimiter:
    """A limiter for one process."""

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        max_buckets: int = MAX_BUCKETS,
        place_factor: int = 1,
    ) -> None:
        self.place_factor = place_factor
        self._monotonic = monotonic
        self._buckets = BucketTable(_Bucket, max_buckets=max_buckets)

    async def take(self, bucket: str, limit: Limit, amount: float = 1) -> float:
        now = self._monotonic()
        interval = limit.per_seconds / limit.count
        level = self._buckets.get(bucket, now, limit)
        empty_at = max(level.empty_at, now)
        # The bucket leaks one event every interval. This one fits if enough of the others have leaked by then.
        wait_seconds = empty_at - now - max(limit.count - amount, 0) * interval
        if wait_seconds > ROUNDING_SECONDS:
            return wait_seconds
        level.empty_at = empty_at + amount * interval
        return 0.0

    async def refund(self, bucket: str, limit: Limit, amount: float = 1) -> None:
        level = self._buckets.find(bucket)  # what was counted in a shared bucket remains counted
        if level is not None:
            level.empty_at -= amount * limit.per_seconds / limit.count
            if level.is_empty(self._monotonic()):
                self._buckets.drop(bucket)


class _Bucket:
    __slots__ = ("empty_at",)

    def __init__(self, empty_at: float = 0.0) -> None:
        self.empty_at = empty_at

    def is_empty(self, now: float) -> bool:
        return self.empty_at <= now

    def copy(self) -> "_Bucket":
        return _Bucket(self.empty_at)


class NoRateLimiter:
    """A limiter that allows everything."""

    place_factor = 1

    async def take(self, bucket: str, limit: Limit, amount: float = 1) -> float:
        return 0.0

    async def refund(self, bucket: str, limit: Limit, amount: float = 1) -> None:
        pass


async def require_rate(limiter: RateLimiter, bucket: str, limit: Limit, amount: float = 1) -> None:
    """Count an event in the bucket. Raise RateLimited with the whole seconds to wait."""
    wait_seconds = await limiter.take(bucket, limit, amount)
    if wait_seconds > 0:
        raise refusal(bucket, wait_seconds)


async def require_rates(limiter: RateLimiter, rates: Sequence[Rate]) -> None:
    """Count one event in each of the buckets, or in none of them. Raise RateLimited."""
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


def refusal(bucket: str, wait_seconds: float) -> RateLimited:
    """Return the error of a full bucket, which is logged and counted."""
    kind = re.sub(r"\W", "_", bucket.partition(":")[0])
    REFUSALS.labels(kind).inc()
    warn_throttled(log, "rate_limited", bucket)
    seconds = max(ceil(wait_seconds), 1)
    return RateLimited(f"Too many attempts; try again in {seconds} s.", retry_after_seconds=seconds)


def place_rates(limiter: RateLimiter, kind: str, ip: str | None, limit: Limit) -> list[Rate]:
    """Return the rates that an event from this address counts against. `limit` is the smallest network's.

    A client with an IPv6 prefix can use a new /64 for every request. A larger network has a larger limit, because it
    may also be many households, and is checked first, so that a refused request leaves no bucket for its /64. All are
    multiplied by the limiter's `place_factor`.
    """
    sites = sites_of(ip)
    return [
        Rate(f"{kind}:{site}", limit.times(factor * limiter.place_factor))
        for site, factor in zip(sites, FACTORS[len(sites)], strict=True)
    ]

"""Rate limits that all workers share: each take is one call to Redis, or to a local limiter during an outage."""

from collections.abc import Callable
from typing import Final

from gql_chat.infra.rate_limits.limiter import Limit, LocalRateLimiter
from gql_chat.infra.redis.breaker import RedisLost
from gql_chat.infra.redis.client import LuaScript, RedisClient
from gql_chat.infra.telemetry import metrics

# Seconds since 1970 are stored to a quarter of a microsecond, and thousands of them may add up.
ROUNDING_SECONDS = 1e-3

WITHOUT_REDIS: Final = metrics.Counter(
    "gql_chat_limits_without_redis_total", "Rate limit checks that a worker counted alone because Redis was lost."
)

# The beginning of both scripts. The clock is Redis's, so that workers need not agree on the time; tests pass their own,
# by which Redis cannot let a bucket expire.
_READ = """
local now, interval = tonumber(ARGV[1]), tonumber(ARGV[2])
local is_own_clock = not now
if is_own_clock then
    local time = redis.call('TIME')
    now = time[1] + time[2] / 1000000
end
local empty_at = tonumber(redis.call('GET', KEYS[1]) or now)
local function keep()
    if empty_at <= now then
        redis.call('DEL', KEYS[1])
    elseif is_own_clock then
        local milliseconds = math.ceil((empty_at - now) * 1000)
        redis.call('SET', KEYS[1], string.format('%.17g', empty_at), 'PX', milliseconds)
    else
        redis.call('SET', KEYS[1], string.format('%.17g', empty_at))
    end
end
"""

# The algorithm of LocalRateLimiter. It returns seconds as text, because Redis truncates numbers to integers.
_TAKE = LuaScript(f"""
-- KEYS: the bucket. ARGV: now or nothing, seconds between events, the amount, how many at once.
{_READ}
empty_at = math.max(empty_at, now)
local wait = empty_at - now - math.max(ARGV[4] - ARGV[3], 0) * interval
if wait > {ROUNDING_SECONDS} then return string.format('%.6f', wait) end
empty_at = empty_at + ARGV[3] * interval
keep()
return '0'
""")

_REFUND = LuaScript(f"""
-- KEYS: the bucket. ARGV: now or nothing, seconds between events, the amount.
{_READ}
empty_at = empty_at - ARGV[3] * interval
keep()
return '0'
""")


class RedisRateLimiter:
    """A limiter for several workers. During an outage of Redis each limits alone: looser, but never open."""

    def __init__(
        self, client: RedisClient, prefix: str, *, clock: Callable[[], float] | None = None, place_factor: int = 1
    ) -> None:
        self.place_factor = place_factor
        self._client = client
        self._prefix = f"{prefix}limit:"
        self._clock = clock
        self._local = LocalRateLimiter()

    async def take(self, bucket: str, limit: Limit, amount: float = 1) -> float:
        try:
            return float(await self._run(_TAKE, bucket, limit, amount))
        except RedisLost:
            WITHOUT_REDIS.inc()
            return await self._local.take(bucket, limit, amount)

    async def refund(self, bucket: str, limit: Limit, amount: float = 1) -> None:
        try:
            await self._run(_REFUND, bucket, limit, amount)
        except RedisLost:
            await self._local.refund(bucket, limit, amount)

    async def _run(self, script: LuaScript, bucket: str, limit: Limit, amount: float) -> bytes:
        now = self._clock() if self._clock else ""
        arguments = (now, limit.per_seconds / limit.count, amount, limit.count)
        answer: bytes = await self._client.run_script(script, [self._prefix + bucket], arguments)
        return answer

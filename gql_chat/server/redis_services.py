"""The services that several workers share through Redis."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

from gql_chat.generation.delivery.redis_broker import RedisBroker
from gql_chat.infra.rate_limits.limiter import NoRateLimiter, RateLimiter
from gql_chat.infra.rate_limits.redis_limiter import RedisRateLimiter
from gql_chat.infra.redis.breaker import RedisLost
from gql_chat.infra.redis.connections import RedisConnections, open_redis
from gql_chat.infra.redis.preflight import find_redis_fault
from gql_chat.infra.redis.signals import RedisSignals
from gql_chat.server import CannotStart
from gql_chat.server.shared_services import SharedServices
from gql_chat.settings import Settings


@asynccontextmanager
async def open_redis_services(settings: Settings, *, lease: timedelta) -> AsyncIterator[SharedServices]:
    """Open the services on the Redis of the settings. Raises CannotStart."""
    async with AsyncExitStack() as stack:
        redis = await _open_redis(settings, stack)
        signals = await stack.enter_async_context(RedisSignals(redis))
        broker = await stack.enter_async_context(RedisBroker(redis, lease=lease))
        limiter: RateLimiter = NoRateLimiter()
        if settings.rate_limits:
            limiter = RedisRateLimiter(redis.fast, redis.prefix, place_factor=settings.address_limits_factor)
        yield SharedServices(broker, signals, limiter, redis)


async def require_redis(settings: Settings) -> None:
    """Raise CannotStart if Redis does not do what the settings ask of it, also while it is just down."""
    async with AsyncExitStack() as stack:
        redis = await _open_redis(settings, stack)
        try:
            await redis.patient.run("PING")
        except RedisLost as exc:
            raise CannotStart("GQL_CHAT_REDIS_URL: Redis does not respond; servers do without it meanwhile") from exc


async def _open_redis(settings: Settings, stack: AsyncExitStack) -> RedisConnections:
    assert settings.redis_url is not None
    url, ca_file = settings.redis_url.get_secret_value(), settings.redis_ca_file
    try:
        fault = await find_redis_fault(url, ca_file)
    except ValueError as exc:
        raise CannotStart(f"GQL_CHAT_REDIS_URL: {exc}") from exc
    if fault:
        raise CannotStart(f"GQL_CHAT_REDIS_URL: {fault}")
    return await stack.enter_async_context(open_redis(url, settings.redis_prefix, ca_file))

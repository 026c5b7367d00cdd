"""The services by which workers act together: through Redis if the settings name one, else within this process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module

from gql_chat.generation.delivery.broker import Broker, LocalBroker
from gql_chat.infra.rate_limits.limiter import LocalRateLimiter, NoRateLimiter, RateLimiter
from gql_chat.infra.redis.health import RedisStatus
from gql_chat.infra.signals import NoSignals, Signals
from gql_chat.settings import Settings


@dataclass(frozen=True, slots=True)
class SharedServices:
    """Services by which workers act together. Without Redis there is one worker, and `redis` is None."""

    broker: Broker
    signals: Signals
    limiter: RateLimiter
    redis: RedisStatus | None = None


@asynccontextmanager
async def open_shared_services(settings: Settings, lease: timedelta) -> AsyncIterator[SharedServices]:
    """Open the services that the settings ask for. Raises CannotStart."""
    if settings.redis_url is not None:
        # Not imported by servers without Redis.
        redis_services = import_module("gql_chat.server.redis_services")
        async with redis_services.open_redis_services(settings, lease=lease) as shared:
            yield shared
        return
    limiter: RateLimiter = NoRateLimiter()
    if settings.rate_limits:
        limiter = LocalRateLimiter(place_factor=settings.address_limits_factor)
    yield SharedServices(LocalBroker(), NoSignals(), limiter)

"""Redis for the tests of delivery, and workers that share it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from itertools import chain, count

import pytest

from gql_chat.chats.leases import LEASE
from gql_chat.generation.delivery.redis_broker import RedisBroker
from gql_chat.infra.redis.connections import RedisConnections, open_redis
from tests.support.running.brokers import WRITER, Open


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[RedisConnections]:
    async with open_redis(redis_url, "test:") as connections:
        yield connections


@pytest.fixture
async def worker(redis_url: str) -> AsyncIterator[Open]:
    """Yield what opens the broker of one more worker; the first one is WRITER."""
    async with AsyncExitStack() as stack:
        ids = chain([WRITER], map(str, count(2)))

        async def opened(lease: timedelta = LEASE, url: str = redis_url) -> RedisBroker:
            redis = await stack.enter_async_context(open_redis(url, "test:"))
            return await stack.enter_async_context(RedisBroker(redis, lease=lease, worker_id=next(ids)))

        yield opened

"""Sentinels name the primary, and a failover ends by itself on every connection."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest
from structlog.testing import capture_logs

from gql_chat.chats.leases import LEASE
from gql_chat.generation.delivery.growing import GrowingReply
from gql_chat.generation.delivery.redis_broker import RedisBroker
from gql_chat.infra.redis import breaker
from gql_chat.infra.redis.connections import RedisConnections, open_redis
from tests.generation.delivery.test_broker import wait_until_shown
from tests.infra.redis.test_connections import until
from tests.support.backing_services.valkey_groups import WatchedValkey, running_sentinels
from tests.support.running.brokers import WRITER


@pytest.fixture(scope="module")
def group() -> Iterator[WatchedValkey]:
    """Run a primary, its replica and Sentinels for all tests here."""
    with running_sentinels() as running:
        yield running


@pytest.fixture
async def redis(group: WatchedValkey, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RedisConnections]:
    monkeypatch.setattr(breaker, "PROBE_SECONDS", 0.1)
    async with open_redis(group.url, "test:") as connections:
        await until(lambda: connections.is_up)
        yield connections


@pytest.mark.parametrize("is_killed", [False, True], ids=["asked for", "killed"])
async def test_replies_go_on_through_a_failover(group: WatchedValkey, redis: RedisConnections, is_killed: bool) -> None:
    async with AsyncExitStack() as stack:
        other = await stack.enter_async_context(open_redis(group.url, "test:"))
        writer = await stack.enter_async_context(RedisBroker(redis, lease=LEASE, worker_id=WRITER))
        reader = await stack.enter_async_context(RedisBroker(other, lease=LEASE))
        replies = [GrowingReply(f"msg_{number}", text="before") for number in range(20)]
        for reply in replies:
            stack.enter_context(writer.publish(reply))
        await until(lambda: not writer.unpublished)
        old = group.primary
        with capture_logs() as logs:
            if is_killed:
                old.kill()
            else:
                group.sentinels[0].order("SENTINEL", "FAILOVER", "chat")
                await until(lambda: group.primary is not old)
                old.order("REPLICAOF", "127.0.0.1", group.primary.port)  # as the Sentinels do ten seconds later
            while redis.is_up:
                for reply in replies:
                    reply.append(",")
                await asyncio.sleep(0.01)
            await until(lambda: redis.is_up and not writer.unpublished)
        assert group.primary is not old
        for reply in replies:
            reply.append(" after")
            await wait_until_shown(reader, reply)
        assert {line["event"] for line in logs} <= {"redis_lost", "redis_is_back"}
    if is_killed:
        old.start()
    group.wait_until_watched()

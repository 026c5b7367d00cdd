"""A user with the permissions that docs/production.md names can do all that a server does."""

import re
from pathlib import Path

import pytest

from gql_chat.chats.leases import LEASE
from gql_chat.generation.delivery.growing import GrowingReply
from gql_chat.generation.delivery.redis_broker import RedisBroker
from gql_chat.infra.rate_limits.limiter import Limit
from gql_chat.infra.rate_limits.redis_limiter import RedisRateLimiter
from gql_chat.infra.redis.connections import open_redis
from gql_chat.infra.redis.preflight import find_redis_fault
from tests.generation.delivery.test_broker import wait_until_shown
from tests.infra.redis.test_connections import until
from tests.support.running.brokers import WRITER

DOCUMENT = Path(__file__).parents[3] / "docs" / "production.md"


@pytest.mark.parametrize("deployment", ["redis_server", "redis_cluster"])
async def test_a_user_with_the_documented_permissions_lacks_none(
    request: pytest.FixtureRequest, deployment: str
) -> None:
    server = request.getfixturevalue(deployment)
    nodes = server.primaries if deployment == "redis_cluster" else [server]
    found = re.search(r"needs `(~.*?)`, and `(.*?)` in a cluster", DOCUMENT.read_text(encoding="utf-8"))
    assert found
    rules = f"{found[1]} {found[2] if deployment == 'redis_cluster' else ''}".split()
    for node in nodes:
        node.order("ACL", "SETUSER", "chat", "reset", "on", ">secret", *rules)
    url = server.url.replace("//", "//chat:secret@", 1)
    try:
        assert await find_redis_fault(url) is None
        async with open_redis(url, "gql-chat:") as redis, RedisBroker(redis, lease=LEASE, worker_id=WRITER) as broker:
            await until(lambda: redis.is_up)
            assert await RedisRateLimiter(redis.fast, redis.prefix).take("a", Limit(1, 60)) == 0
            async with open_redis(url, "gql-chat:") as other, RedisBroker(other, lease=LEASE) as reader:
                await until(lambda: other.is_up)
                reply = GrowingReply("msg_x", text="shown")
                with broker.publish(reply):
                    await wait_until_shown(reader, reply)
                    assert list(await reader.recover([WRITER])) == ["msg_x"]
            assert redis.health.outages == 0
    finally:
        for node in nodes:
            node.order("ACL", "DELUSER", "chat")

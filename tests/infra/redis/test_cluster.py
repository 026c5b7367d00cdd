"""A cluster serves as one Redis does: scripts in one slot each, sharded pub/sub, failovers and slots that move."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack

import pytest
from redis.crc import key_slot
from structlog.testing import capture_logs

from gql_chat.chats.leases import LEASE
from gql_chat.generation.delivery.growing import GrowingReply
from gql_chat.generation.delivery.redis_broker import RedisBroker
from gql_chat.infra.redis import breaker
from gql_chat.infra.redis.client import ScriptCall
from gql_chat.infra.redis.cluster_subscriber import ClusterSubscriber
from gql_chat.infra.redis.connections import RedisConnections, open_redis
from gql_chat.infra.redis.signals import RedisSignals
from tests.generation.delivery.test_broker import wait_until_shown
from tests.infra.redis.test_connections import COUNT, until
from tests.support.backing_services.valkey_groups import ValkeyCluster, running_cluster
from tests.support.running.brokers import WRITER

KEYS = [f"key {number}" for number in range(100)]


@pytest.fixture(scope="module")
def cluster() -> Iterator[ValkeyCluster]:
    """Run a cluster with replicas for all tests here. A test that harms it mends it."""
    with running_cluster(with_replicas=True) as running:
        yield running


@pytest.fixture
async def redis(cluster: ValkeyCluster, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RedisConnections]:
    monkeypatch.setattr(breaker, "PROBE_SECONDS", 0.1)
    cluster.empty()
    async with open_redis(cluster.url, "test:") as connections:
        await until(lambda: connections.is_up)
        yield connections


async def test_scripts_are_run_at_whichever_node_has_the_slot(cluster: ValkeyCluster, redis: RedisConnections) -> None:
    for client in (redis.fast, redis.patient):
        assert await client.run_scripts([ScriptCall(COUNT, [key], [1]) for key in KEYS]) == [1] * len(KEYS)
        for node in cluster.primaries:
            assert node.keys("key *") != []
            node.order("SCRIPT", "FLUSH")
        assert [await client.run_script(COUNT, [key], [1]) for key in KEYS] == [2] * len(KEYS)
        cluster.empty()
    assert redis.health.outages == 0


async def test_channels_are_received_from_whichever_node_has_the_slot(
    cluster: ValkeyCluster, redis: RedisConnections
) -> None:
    heard: dict[str, list[bytes]] = {key: [] for key in KEYS}
    with ExitStack() as stack:
        for channel, messages in heard.items():
            stack.enter_context(redis.subscriber.subscribe(channel, messages.append))
        assert all(await asyncio.gather(*(redis.subscriber.wait_until_subscribed(channel, 20) for channel in heard)))
        for node in cluster.primaries:
            assert node.command("CLIENT", "LIST", "TYPE", "PUBSUB").count(b"flags=P") == 1
        for channel in heard:
            assert await redis.patient.publish(channel, f"to {channel}".encode()) == 1
        await until(lambda: all(heard.values()))
    assert heard == {channel: [f"to {channel}".encode()] for channel in heard}
    assert redis.subscriber.wanted == 0
    while await redis.patient.publish(KEYS[0], b"unheard"):
        await asyncio.sleep(0.01)


async def test_signals_reach_the_other_workers(cluster: ValkeyCluster) -> None:
    heard: list[Sequence[str]] = []
    async with AsyncExitStack() as stack:
        redises = [await stack.enter_async_context(open_redis(cluster.url, "test:")) for _ in range(2)]
        one, other = [await stack.enter_async_context(RedisSignals(redis)) for redis in redises]
        stack.enter_context(other.subscribe("topic", heard.append))
        assert await redises[1].subscriber.wait_until_subscribed("test:signals", 20)
        one.send("topic", ["sent"])
        await until(lambda: heard == [["sent"]])


async def test_a_primary_that_is_killed_is_replaced_while_replies_are_written(
    cluster: ValkeyCluster, redis: RedisConnections
) -> None:
    async with AsyncExitStack() as stack:
        other = await stack.enter_async_context(open_redis(cluster.url, "test:"))
        await until(lambda: other.is_up)
        writer = await stack.enter_async_context(RedisBroker(redis, lease=LEASE, worker_id=WRITER))
        reader = await stack.enter_async_context(RedisBroker(other, lease=LEASE))
        replies = [GrowingReply(f"msg_{number}", text="before") for number in range(20)]
        for reply in replies:
            stack.enter_context(writer.publish(reply))
        await until(lambda: not writer.unpublished)
        with capture_logs() as logs:
            cluster.primaries[0].kill()
            for reply in replies:
                reply.append(", meanwhile")
            await until(lambda: not redis.is_up and not other.is_up)
            await until(lambda: redis.is_up and other.is_up and not writer.unpublished)
        for reply in replies:
            reply.append(", after")
            await wait_until_shown(reader, reply)
        assert {line["event"] for line in logs} == {"redis_lost", "redis_is_back"}
    cluster.replace(0)


async def test_a_channel_moves_with_its_slot(cluster: ValkeyCluster, redis: RedisConnections) -> None:
    heard: list[bytes] = []
    gaps: list[bool] = []
    redis.subscriber.on_lost.append(lambda: gaps.append(True))
    with redis.subscriber.subscribe(KEYS[0], heard.append):
        assert await redis.subscriber.wait_until_subscribed(KEYS[0], 20)
        cluster.move_slot_of(KEYS[0])
        await until(lambda: gaps != [])
        await until(lambda: redis.is_up)
        assert await redis.subscriber.wait_until_subscribed(KEYS[0], 20)
        assert await redis.patient.publish(KEYS[0], b"heard") == 1
        await until(lambda: heard == [b"heard"])


async def test_a_channel_that_is_found_at_another_node_may_have_missed_something(redis: RedisConnections) -> None:
    subscriber, gaps = redis.subscriber, list[bool]()
    assert isinstance(subscriber, ClusterSubscriber)
    subscriber.on_lost.append(lambda: gaps.append(True))
    with subscriber.subscribe(KEYS[0], lambda _: None):
        assert await subscriber.wait_until_subscribed(KEYS[0], 20)
        slots, slot = subscriber._slots, key_slot(KEYS[0].encode())
        elsewhere = next(nodes for nodes in slots.values() if nodes[0].name != slots[slot][0].name)
        following = asyncio.create_task(subscriber._follow({**slots, slot: elsewhere}))
        await asyncio.sleep(0)  # before any node can have said that the slot is not its own
        assert gaps == [True]
        await following


async def test_a_server_starts_and_ends_without_its_cluster() -> None:
    async with asyncio.timeout(10), open_redis("redis+cluster://127.0.0.1:1,127.0.0.1:2", "test:") as redis:
        assert not redis.is_up
        assert redis.subscriber.is_running
        with redis.subscriber.subscribe("one", lambda _: None):
            assert not await redis.subscriber.wait_until_subscribed("one", 20)


async def test_the_whole_cluster_may_be_away_for_a_while(redis: RedisConnections, cluster: ValkeyCluster) -> None:
    heard: list[bytes] = []
    with redis.subscriber.subscribe("one", heard.append), ExitStack() as stack:
        assert await redis.subscriber.wait_until_subscribed("one", 20)
        for node in cluster.nodes:
            stack.enter_context(node.frozen())
        await until(lambda: not redis.is_up)
        stack.close()
        await until(lambda: redis.is_up)
        assert await redis.subscriber.wait_until_subscribed("one", 20)
        assert await redis.patient.publish("one", b"heard") == 1
        await until(lambda: heard == [b"heard"])

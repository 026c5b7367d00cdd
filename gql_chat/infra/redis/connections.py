"""The connections of one worker to Redis, which is a fast path and a hint: every caller can do without it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from gql_chat.infra.redis.address import Deployment, RedisAddress
from gql_chat.infra.redis.client import RedisClient
from gql_chat.infra.redis.cluster_subscriber import ClusterSubscriber
from gql_chat.infra.redis.drivers import CONNECT_SECONDS, make_pool, parse_address, pubsub_of
from gql_chat.infra.redis.health import LOST, RedisHealth
from gql_chat.infra.redis.server_subscriber import ServerSubscriber
from gql_chat.infra.redis.subscriber import Subscriber
from gql_chat.infra.telemetry.metrics import sampled

FAST_SECONDS = 0.3  # for calls that a request waits for: beyond it, the way without Redis is faster
PATIENT_SECONDS = 1.0  # for calls that nobody waits for


@dataclass(frozen=True)
class RedisConnections:
    """A worker's connections to one Redis. Every key and channel begins with the prefix."""

    prefix: str
    publish_command: str
    """The command by which scripts publish."""
    fast: RedisClient
    patient: RedisClient
    subscriber: Subscriber
    health: RedisHealth

    @property
    def is_up(self) -> bool:
        """Whether Redis works on every connection, messages are received, and each loss would be found to end."""
        return self.health.is_up and all(part.is_running for part in (self.fast, self.patient, self.subscriber))


@asynccontextmanager
async def open_redis(url: str, prefix: str, ca_file: Path | None = None) -> AsyncIterator[RedisConnections]:
    """Connect for as long as the block runs, even if Redis is down when it begins. Raises ValueError for a bad URL."""
    address = parse_address(url, ca_file)
    health = RedisHealth()
    async with AsyncExitStack() as stack:
        stack.enter_context(sampled(LOST, lambda: not health.is_up))
        fast, patient = [
            await stack.enter_async_context(
                RedisClient(address, part, prefix=prefix, timeout_seconds=seconds, health=health)
            )
            for part, seconds in (("fast", FAST_SECONDS), ("patient", PATIENT_SECONDS))
        ]
        subscriber = await stack.enter_async_context(_open_subscriber(address, health))
        yield RedisConnections(prefix, pubsub_of(address).publish, fast, patient, subscriber, health)


@asynccontextmanager
async def _open_subscriber(address: RedisAddress, health: RedisHealth) -> AsyncIterator[Subscriber]:
    if address.deployment is Deployment.CLUSTER:
        async with ClusterSubscriber(address, health) as of_cluster:
            yield of_cluster
        return
    # The pool makes the connections, and has some of its own to Sentinels.
    async with (
        make_pool(address, CONNECT_SECONDS) as pool,
        ServerSubscriber(pool.make_connection, pubsub_of(address), health) as of_server,
    ):
        yield of_server

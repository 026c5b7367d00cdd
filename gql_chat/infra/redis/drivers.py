"""redis-py's clients and connections for each deployment of Redis, without its retries: the breaker waits instead."""

from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from redis.asyncio import ConnectionPool, Redis, connection
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.connection import AbstractConnection, Connection, SSLConnection, UnixDomainSocketConnection
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff
from redis.crc import key_slot

from gql_chat.infra.redis.address import Deployment, RedisAddress
from gql_chat.infra.tasks.deadlines import Deadline

CONNECT_SECONDS = 1.0  # with TLS, and however soon a call gives up: the next one finds the connection

# The limits of redis-py are passed at the same moment as ours, so both have to be of this kind.
connection.async_timeout = Deadline  # type: ignore[assignment, attr-defined]

Driver: TypeAlias = Redis | RedisCluster


class PubSubCommands(NamedTuple):
    """The commands of pub/sub, and the kinds of its messages."""

    publish: str
    subscribe: str
    unsubscribe: str
    message: bytes


_PLAIN = PubSubCommands("PUBLISH", "SUBSCRIBE", "UNSUBSCRIBE", b"message")
_SHARDED = PubSubCommands("SPUBLISH", "SSUBSCRIBE", "SUNSUBSCRIBE", b"smessage")


def parse_address(url: str, ca_file: Path | None = None) -> RedisAddress:
    """Parse an URL: see RedisAddress. Raises ValueError also if redis-py does not know one of its options."""
    address = RedisAddress.parse(url, ca_file)
    try:
        make_driver(address, CONNECT_SECONDS)
        make_pool(address, CONNECT_SECONDS).make_connection()  # type: ignore[no-untyped-call]
    except TypeError:
        raise ValueError("has an option that is not known") from None
    return address


def pubsub_of(address: RedisAddress) -> PubSubCommands:
    """Return the commands of sharded pub/sub for a cluster, where the others would reach each node for each message."""
    return _SHARDED if address.deployment is Deployment.CLUSTER else _PLAIN


def make_driver(address: RedisAddress, timeout_seconds: float) -> Driver:
    """Make a client, which connects when it is first used."""
    if address.deployment is not Deployment.CLUSTER:
        redis = Redis.from_pool(make_pool(address, timeout_seconds))
        redis.response_callbacks.clear()  # responses are returned as they come
        return redis
    nodes = [ClusterNode(host, port) for host, port in address.nodes]
    options = {**address.options, **_connection_options(timeout_seconds)}
    return RedisCluster(startup_nodes=nodes, ssl=address.is_tls, **options)


async def close_driver(driver: Driver) -> None:
    """Close all connections of the client. A RedisCluster closes none of them once one has failed."""
    await driver.aclose()
    if isinstance(driver, RedisCluster):
        await driver.nodes_manager.aclose()
        await driver.nodes_manager.aclose("startup_nodes")


def make_pool(address: RedisAddress, timeout_seconds: float) -> ConnectionPool:
    """Make a pool of connections to the server, or to the primary that the Sentinels name when it connects."""
    options = {**address.options, **_connection_options(timeout_seconds)}
    if address.deployment is Deployment.SENTINEL:
        sentinel = {**address.sentinel_options, **_connection_options(timeout_seconds), "ssl": address.is_tls}
        sentinels = Sentinel(list(address.nodes), sentinel_kwargs=sentinel)  # type: ignore[no-untyped-call]
        pool: ConnectionPool = _SentinelPool(address.service, sentinels, ssl=address.is_tls, **options)  # type: ignore[no-untyped-call]
        return pool
    kind = UnixDomainSocketConnection if "path" in options else _connection_class(address)
    return ConnectionPool(connection_class=kind, **options)


def make_node_connection(
    address: RedisAddress, host: str, port: str | int, timeout_seconds: float
) -> AbstractConnection:
    """Make a connection to one node of the cluster, or to one Sentinel."""
    is_sentinel = address.deployment is Deployment.SENTINEL
    own = address.sentinel_options if is_sentinel else address.options
    options = {**own, **_connection_options(timeout_seconds)}
    return _connection_class(address)(host=host, port=int(port), **options)


class _SentinelPool(SentinelConnectionPool):
    """A pool that closes its connections to the Sentinels with itself."""

    async def aclose(self) -> None:
        await super().aclose()
        await self.sentinel_manager.aclose()


def _connection_class(address: RedisAddress) -> type[Connection]:
    return SSLConnection if address.is_tls else Connection


def _connection_options(timeout_seconds: float) -> dict[str, Any]:
    return {
        "socket_timeout": timeout_seconds,
        "socket_connect_timeout": CONNECT_SECONDS,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
        "driver_info": None,
    }


Slots = Mapping[int, Sequence[ClusterNode]]
"""The nodes of each slot, its primary first."""


def primary_of(slots: Slots, key: str) -> ClusterNode:
    """Return the primary that has this key or channel."""
    return slots[key_slot(key.encode())][0]


def keys_of_all_primaries(slots: Slots, name: str) -> list[str]:
    """Return a key that begins with the name for each primary."""
    missing, keys, numbers = {nodes[0].name for nodes in slots.values()}, [], count()
    while missing:
        key = f"{name}:{next(numbers)}"
        owner = primary_of(slots, key).name
        if owner in missing:
            missing.remove(owner)
            keys.append(key)
    return keys

"""The connections of a worker for its channels in a cluster: one to each primary, by sharded pub/sub.

redis-py's ClusterPubSub is not used for the same reasons as its PubSub: see ServerSubscriber.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from typing import NamedTuple, Self

from redis.asyncio.cluster import ClusterNode, RedisCluster

from gql_chat.infra.redis.address import RedisAddress
from gql_chat.infra.redis.drivers import (
    CONNECT_SECONDS,
    Slots,
    close_driver,
    make_driver,
    make_node_connection,
    primary_of,
    pubsub_of,
)
from gql_chat.infra.redis.health import RedisHealth
from gql_chat.infra.redis.server_subscriber import ServerSubscriber
from gql_chat.infra.redis.subscriber import CLOSE_SECONDS, PART, MessageHandler

LOOK_SECONDS = 2.0  # for a look at the cluster, which may begin with a node that does not answer
LOST_SECONDS = 0.5  # between looks while a connection is lost
UP_SECONDS = 30.0  # between looks while all is well: a slot that moves ends its subscriptions by itself


class _Place(NamedTuple):
    """Where a channel is subscribed to."""

    node: ServerSubscriber
    subscription: AbstractContextManager[None]


class ClusterSubscriber:
    """Subscribes to each channel at the primary of its slot, and moves the subscription when the slot moves."""

    def __init__(self, address: RedisAddress, health: RedisHealth) -> None:
        self.on_lost: list[Callable[[], None]] = []
        self._address = address
        self._health = health
        self._slots: Slots = {}
        self._nodes: dict[str, ServerSubscriber] = {}
        self._wanted: dict[str, MessageHandler] = {}
        self._places: dict[str, _Place] = {}
        self._must_look = asyncio.Event()
        self._has_looked = asyncio.Event()
        self._is_closing = False

    async def __aenter__(self) -> Self:
        self._looking = asyncio.create_task(self._keep_looking(), name="redis cluster")
        await self._has_looked.wait()
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._is_closing = True
        self._looking.cancel()
        await asyncio.wait({self._looking}, timeout=CLOSE_SECONDS)
        await asyncio.gather(*(node.__aexit__(*exc) for node in self._nodes.values()))

    @property
    def is_up(self) -> bool:
        return bool(self._nodes) and all(node.is_up for node in self._nodes.values())

    @property
    def is_running(self) -> bool:
        return not self._looking.done() and all(node.is_running for node in self._nodes.values())

    @property
    def wanted(self) -> int:
        return len(self._wanted)

    @contextmanager
    def subscribe(self, channel: str, handler: MessageHandler) -> Iterator[None]:
        self._wanted[channel] = handler
        self._place(channel)
        try:
            yield
        finally:
            if self._wanted.get(channel) is handler:  # else a later handler has replaced it
                del self._wanted[channel]
                self._displace(channel)

    async def wait_until_subscribed(self, channel: str, timeout_seconds: float) -> bool:
        place = self._places.get(channel)
        return place is not None and await place.node.wait_until_subscribed(channel, timeout_seconds)

    def _place(self, channel: str) -> None:
        self._displace(channel)
        if self._slots:
            node = self._nodes[primary_of(self._slots, channel).name]
            subscription = node.subscribe(channel, self._wanted[channel])
            subscription.__enter__()
            self._places[channel] = _Place(node, subscription)

    def _displace(self, channel: str) -> None:
        place = self._places.pop(channel, None)
        if place is not None:
            place.subscription.__exit__(None, None, None)

    async def _keep_looking(self) -> None:
        while not self._is_closing:
            self._must_look.clear()
            is_fine = False
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    slots = await self._find_slots()
                await self._follow(slots)
                self._health.report_found(PART)
                is_fine = self.is_up
            except Exception as exc:  # noqa: BLE001 - whatever it is may end
                self._health.report_lost(PART, exc)
            self._has_looked.set()
            if not is_fine:
                await asyncio.sleep(LOST_SECONDS)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(UP_SECONDS):
                    await self._must_look.wait()

    async def _find_slots(self) -> Slots:
        cluster = make_driver(self._address, CONNECT_SECONDS)
        assert isinstance(cluster, RedisCluster)
        try:
            await cluster.nodes_manager.initialize()
            return cluster.nodes_manager.slots_cache
        finally:
            await close_driver(cluster)

    async def _follow(self, slots: Slots) -> None:
        """Connect to all primaries, and subscribe to each channel at its own."""
        primaries = {nodes[0].name: nodes[0] for nodes in slots.values()}
        old = [self._nodes.pop(name) for name in self._nodes.keys() - primaries.keys()]
        new = [self._add(node) for name, node in primaries.items() if name not in self._nodes]
        self._slots = slots
        if self._place_all():
            self._report_lost()
        await asyncio.gather(*(node.has_tried.wait() for node in new), *(self._remove(node) for node in old))

    def _place_all(self) -> bool:
        """Subscribe to each channel where it is now, and return whether any was elsewhere."""
        elsewhere = [channel for channel in self._wanted if self._is_elsewhere(channel)]
        has_moved = any(channel in self._places for channel in elsewhere)
        for channel in elsewhere:
            self._place(channel)
        return has_moved

    def _add(self, node: ClusterNode) -> ServerSubscriber:
        connect = partial(make_node_connection, self._address, node.host, node.port, CONNECT_SECONDS)
        part = f"{PART} {node.name}"
        subscriber = self._nodes[node.name] = ServerSubscriber(connect, pubsub_of(self._address), self._health, part)
        subscriber.on_lost.append(self._report_lost)
        subscriber.start()
        return subscriber

    async def _remove(self, node: ServerSubscriber) -> None:
        await node.__aexit__()
        self._health.report_found(node.part)

    def _is_elsewhere(self, channel: str) -> bool:
        place = self._places.get(channel)
        return place is None or place.node is not self._nodes[primary_of(self._slots, channel).name]

    def _report_lost(self) -> None:
        self._must_look.set()
        for lost in self.on_lost:
            lost()

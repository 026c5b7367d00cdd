"""Throw-away groups of Valkeys: a cluster of three primaries, and a primary with a replica and Sentinels."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from tests.support.backing_services.ports import free_port
from tests.support.backing_services.valkey import Valkey, running_valkey

SERVICE = "chat"
SLOTS = 16384
NODE_TIMEOUT_MILLISECONDS = 1000  # after which a node counts as lost, and its replica takes its place
NO_TIMEOUT_MILLISECONDS = 60_000  # where nothing is to be lost, however busy the machine is
DOWN_MILLISECONDS = 300  # the same for Sentinels


class ValkeyCluster:
    """Three primaries, with a replica for each if `replicas`."""

    def __init__(self, primaries: list[Valkey], replicas: list[Valkey]) -> None:
        self.primaries = primaries
        self.replicas = replicas
        self.url = f"redis+cluster://{','.join(f'127.0.0.1:{node.port}' for node in primaries)}"

    @property
    def nodes(self) -> list[Valkey]:
        """All nodes."""
        return [*self.primaries, *self.replicas]

    def keys(self, pattern: str) -> list[str]:
        """Return the keys that match the pattern."""
        return [key for node in self.primaries for key in node.keys(pattern)]

    def empty(self) -> None:
        """Delete all data."""
        for node in self.primaries:
            node.order("FLUSHALL")

    def meet(self) -> None:
        """Make the servers a cluster, and return when all of its nodes agree."""
        first, *others = self.nodes
        bus = int(_text(first, "CONFIG", "GET", "cluster-port").splitlines()[-1])
        for node in others:
            node.order("CLUSTER", "MEET", "127.0.0.1", first.port, bus)
        share = SLOTS // len(self.primaries) + 1
        for number, node in enumerate(self.primaries):
            node.order("CLUSTER", "ADDSLOTSRANGE", number * share, min((number + 1) * share, SLOTS) - 1)
        for primary, replica in zip(self.primaries, self.replicas, strict=False):
            name = _text(primary, "CLUSTER", "MYID").splitlines()[-1]
            _wait_until(lambda: name in _text(replica, "CLUSTER", "NODES"))  # noqa: B023
            replica.order("CLUSTER", "REPLICATE", name)
        _wait_until(lambda: all(self._is_ready(node) for node in self.nodes))

    def replace(self, number: int) -> None:
        """Start a primary that was killed, as the replica of the one that has replaced it."""
        self.primaries[number].start()
        self.primaries[number], self.replicas[number] = self.replicas[number], self.primaries[number]
        _wait_until(lambda: all(self._is_ready(node) for node in self.nodes))

    def move_slot_of(self, key: str) -> None:
        """Move the slot of a key, and no data, to another primary."""
        slot = _text(self.primaries[0], "CLUSTER", "KEYSLOT", key).strip(":\r\n")
        at = next(number for number, node in enumerate(self.primaries) if self._owns(node, key))
        source, target = self.primaries[at], self.primaries[at - 1]
        names = [_text(node, "CLUSTER", "MYID").splitlines()[-1] for node in (source, target)]
        target.order("CLUSTER", "SETSLOT", slot, "IMPORTING", names[0])
        source.order("CLUSTER", "SETSLOT", slot, "MIGRATING", names[1])
        for node in (target, source, *self.primaries):
            node.order("CLUSTER", "SETSLOT", slot, "NODE", names[1])

    def _owns(self, node: Valkey, key: str) -> bool:
        return not node.command("GET", key).startswith(b"-MOVED")

    def _is_ready(self, node: Valkey) -> bool:
        told = node.command("CLUSTER", "NODES")
        if self.replicas and any(
            b"master_link_status:up" not in replica.command("INFO", "replication") for replica in self.replicas
        ):
            return False
        return (
            b"cluster_state:ok" in node.command("CLUSTER", "INFO")
            and told.count(b" connected") >= len(self.nodes)
            and told.count(b"slave") == len(self.replicas)
        )


@contextmanager
def running_cluster(*, with_replicas: bool = False) -> Iterator[ValkeyCluster]:
    """Run a cluster for as long as the block runs."""
    timeout = NODE_TIMEOUT_MILLISECONDS if with_replicas else NO_TIMEOUT_MILLISECONDS
    options = ["--cluster-enabled", "yes", "--cluster-node-timeout", str(timeout)]
    options += ["--cluster-replica-validity-factor", "0", "--cluster-allow-replica-migration", "no"]
    with ExitStack() as stack:
        nodes = [
            stack.enter_context(running_valkey(*options, "--cluster-port", str(free_port())))
            for _ in range(6 if with_replicas else 3)
        ]
        cluster = ValkeyCluster(nodes[:3], nodes[3:])
        cluster.meet()
        yield cluster


class WatchedValkey:
    """A primary and a replica that three Sentinels watch."""

    def __init__(self, servers: list[Valkey], sentinels: list[Valkey]) -> None:
        self.servers = servers
        self.sentinels = sentinels
        places = ",".join(f"127.0.0.1:{sentinel.port}" for sentinel in sentinels)
        self.url = f"redis+sentinel://{places}/{SERVICE}"

    @property
    def primary(self) -> Valkey:
        """The server that the Sentinels name now."""
        answer = self.sentinels[0].command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)
        return next(server for server in self.servers if b"\r\n%d\r\n" % server.port in answer)

    def wait_until_watched(self) -> None:
        """Return when the Sentinels know each other and the replica."""
        _wait_until(lambda: all(self._is_known_to(sentinel) for sentinel in self.sentinels))

    def _is_known_to(self, sentinel: Valkey) -> bool:
        told = sentinel.command("INFO", "sentinel")
        return b"status=ok" in told and b"slaves=1,sentinels=%d" % len(self.sentinels) in told


@contextmanager
def running_sentinels() -> Iterator[WatchedValkey]:
    """Run a primary, a replica and their Sentinels for as long as the block runs."""
    with ExitStack() as stack:
        primary = stack.enter_context(running_valkey())
        replica = stack.enter_context(running_valkey("--replicaof", "127.0.0.1", str(primary.port)))
        sentinels = [stack.enter_context(running_valkey(sentinel=_watch(primary))) for _ in range(3)]
        group = WatchedValkey([primary, replica], sentinels)
        group.wait_until_watched()
        yield group


def _watch(primary: Valkey) -> str:
    return (
        f"sentinel monitor {SERVICE} 127.0.0.1 {primary.port} 2\n"
        f"sentinel down-after-milliseconds {SERVICE} {DOWN_MILLISECONDS}\n"
        f"sentinel failover-timeout {SERVICE} 2000\n"
    )


def _text(server: Valkey, *command: str) -> str:
    return server.command(*command).decode()


def _wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until, "the servers do not find each other"
        time.sleep(0.02)

"""The open connections of one process: how many there may be, and how long a client may keep one waiting."""

import asyncio
import socket
import struct
from asyncio import Transport
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, TypeVar

import structlog
from starlette.types import Receive

from gql_chat.errors import RateLimited
from gql_chat.infra.net.addresses import parse_address, site_of
from gql_chat.infra.telemetry.throttled_log import warn_throttled
from gql_chat.web.middleware.proxies import Network

MAX_SWEEP_SECONDS = 1.0  # between two looks at all connections, and so the precision of every deadline
RETRY_AFTER_SECONDS = 30
# Connections above the maximum that may wait for their refusal. Beyond it, new ones are aborted without any.
REFUSALS = 128
# The pace at which clients are sent to another server: all at once, they would keep each other waiting there. One that
# connects again costs that server about 3 ms of CPU, and it has replies of its own to write.
MOVES_PER_SECOND = 50

_BYTES_ACKNOWLEDGED = struct.Struct("120xQ")  # the field tcpi_bytes_acked of Linux's struct tcp_info

T = TypeVar("T")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ConnectionBounds:
    """The bounds on the connections of one process."""

    max_connections: int = 10_000
    max_per_address: int = 2_000
    headers_seconds: float = 10.0
    """The time for the headers of a request."""
    headers_max_bytes: int = 64 * 1024
    body_silence_seconds: float = 30.0
    """The time between two parts of a body."""
    write_seconds: float = 60.0
    """The time in which a client must receive at least one byte of those that wait to be sent."""

    @property
    def sweep_seconds(self) -> float:
        """The time between two looks at all connections."""
        return min(MAX_SWEEP_SECONDS, self.headers_seconds / 4, self.body_silence_seconds / 4, self.write_seconds / 4)


class ClientConnection(Protocol):
    """A connection as `OpenConnections` sees it."""

    client: tuple[str, int] | None

    def enforce(self, now_seconds: float) -> None:
        """Close the connection if a deadline has passed."""
        ...


class Slots:
    """Counts by key, up to a maximum for each."""

    def __init__(self, maximum: int) -> None:
        self._maximum = maximum
        self._taken = Counter[str]()

    def take(self, key: str) -> bool:
        """Count one more; return False and count nothing if the maximum is reached."""
        if self._taken[key] >= self._maximum:
            return False
        self._taken[key] += 1
        return True

    def release(self, key: str) -> None:
        """Count one less."""
        self._taken[key] -= 1
        if not self._taken[key]:
            del self._taken[key]


class LastingConnections:
    """The WebSockets and event streams of a process, counted by user and by address, even behind a proxy."""

    def __init__(self, max_per_user: int, max_per_address: int) -> None:
        self.users = Slots(max_per_user)
        self.addresses = Slots(max_per_address)

    @contextmanager
    def count_stream(self, user_id: str | None, ip: str | None) -> Iterator[None]:
        """Count an event stream while the block runs. Raise RateLimited."""
        site = site_of(ip)
        with _one_of(self.addresses, site, "event streams of one address"):
            if user_id is None:
                yield
                return
            with _one_of(self.users, user_id, "event streams of one user"):
                yield


@contextmanager
def _one_of(slots: Slots, key: str, what: str) -> Iterator[None]:
    if not slots.take(key):
        warn_throttled(log, "connection_refused", key, reason=f"too many {what}")
        raise RateLimited(f"Too many {what}.", retry_after_seconds=RETRY_AFTER_SECONDS)
    try:
        yield
    finally:
        slots.release(key)


class OpenConnections:
    """All connections of a process.

    Connections from `trusted_proxies` are not counted by address, because many clients share each of them.
    """

    def __init__(self, bounds: ConnectionBounds, trusted_proxies: Collection[Network] = ()) -> None:
        self.bounds = bounds
        self._trusted_proxies = tuple(trusted_proxies)
        self._sites = lru_cache(maxsize=4096)(self._site)
        self._per_site = Slots(bounds.max_per_address)
        self._open: dict[ClientConnection, str | None] = {}

    def __len__(self) -> int:
        return len(self._open)

    @property
    def overflows(self) -> bool:
        """Whether even connections that wait for their refusal are too many."""
        return len(self._open) > self.bounds.max_connections + REFUSALS

    def enter(self, connection: ClientConnection) -> bool:
        """Add the connection, and return whether it may be used; if not, the caller refuses it."""
        site = self._sites(connection.client[0]) if connection.client else None
        is_full = len(self._open) >= self.bounds.max_connections
        if is_full or (site is not None and not self._per_site.take(site)):
            self._open[connection] = None
            log_refusal(connection, "too many connections" if is_full else "too many connections of one address")
            return False
        self._open[connection] = site
        return True

    def leave(self, connection: ClientConnection) -> None:
        """Remove the connection if it is there."""
        site = self._open.pop(connection, None)
        if site is not None:
            self._per_site.release(site)

    async def sweep(self) -> None:
        """Close every connection whose deadline has passed."""
        if self._open:
            now_seconds = asyncio.get_running_loop().time()
            for connection in list(self._open):
                connection.enforce(now_seconds)

    def _site(self, host: str) -> str | None:
        address = parse_address(host)
        if address is not None and any(address in network for network in self._trusted_proxies):
            return None
        return site_of(host)


class WriteProgress:
    """Measures for how long a client has received nothing of what waits to be sent to it."""

    __slots__ = ("_acknowledged_bytes", "_since_seconds")

    def __init__(self) -> None:
        self._acknowledged_bytes = 0
        self._since_seconds: float | None = None

    def stalled_seconds(self, transport: Transport, now_seconds: float) -> float:
        """Return the time since a byte was received, as far as calls of this method saw it; 0 if nothing waits."""
        if not transport.get_write_buffer_size():
            self._since_seconds = None
            return 0.0
        acknowledged_bytes = count_acknowledged_bytes(transport)
        if self._since_seconds is None or acknowledged_bytes != self._acknowledged_bytes:
            self._since_seconds, self._acknowledged_bytes = now_seconds, acknowledged_bytes
        return now_seconds - self._since_seconds


def count_acknowledged_bytes(transport: Transport) -> int:
    """Return how many bytes the client's system has received, or on other systems than Linux, minus the unsent ones.

    Bytes that left our process do not count: the system takes megabytes for a client that reads nothing.
    """
    tcp_info = getattr(socket, "TCP_INFO", None)
    try:
        info = transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, tcp_info, _BYTES_ACKNOWLEDGED.size)
        acknowledged: int = _BYTES_ACKNOWLEDGED.unpack(info)[0]
    except (OSError, TypeError, struct.error):
        return -transport.get_write_buffer_size()
    return acknowledged


def log_refusal(connection: ClientConnection, reason: str) -> None:
    """Log that a connection was refused or closed, once per minute and client."""
    source = site_of(connection.client[0]) if connection.client else "unknown"
    warn_throttled(log, "connection_refused", source, reason=reason)


async def in_turn(items: Collection[T], *, within_seconds: float) -> AsyncIterator[T]:
    """Yield the items one by one at this pace, or faster so that all have had their turn within the time."""
    now = asyncio.get_running_loop().time
    began_at, interval_seconds = now(), min(1 / MOVES_PER_SECOND, within_seconds / max(1, len(items)))
    for number, item in enumerate(items):
        if (wait_seconds := began_at + number * interval_seconds - now()) > 0:
            await asyncio.sleep(wait_seconds)
        yield item


async def wait_for_disconnect(receive: Receive) -> None:
    """Read the rest of an HTTP request, and return once its client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass

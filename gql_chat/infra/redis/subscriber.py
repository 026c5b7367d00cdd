"""One connection on which a worker hears every Redis channel that it wants, and which is rebuilt whenever it is lost.

Not redis-py's PubSub, which forgets in an outage what it was subscribed to, and says nothing of what it missed.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Self, TypeAlias

from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from gql_chat.infra.redis.health import RedisHealth

CONNECT_SECONDS = 1.0
PING_SECONDS = 0.5  # without a word before Redis is asked for one, and again before it is taken for lost
PAUSES_SECONDS = (0.1, 0.2, 0.5, 1.0)  # between attempts to connect; the last one again and again
CLOSE_SECONDS = 0.5
PART = "subscriber"

# So many messages that lie ready are told in a row before others have their turn on the loop.
BURST = 100

Hear: TypeAlias = Callable[[bytes], None]


class Subscriber:
    """Owns the set of wanted channels; on every new connection it subscribes to all of them.

    What is said on a channel while there is no connection is missed. Who has to know adds to `on_lost`.
    """

    def __init__(self, url: str, health: RedisHealth) -> None:
        self.on_lost: list[Callable[[], None]] = []
        """Called whenever the connection has been lost: from then on messages are missed."""
        self.is_up = False
        self._health = health
        self._pool = ConnectionPool.from_url(
            url,
            socket_timeout=CONNECT_SECONDS,
            socket_connect_timeout=CONNECT_SECONDS,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            driver_info=None,
        )
        self._heard: AbstractConnection | None = None
        self._wanted: dict[str, Hear] = {}
        self._subscribed: set[str] = set()
        self._unanswered: Counter[str] = Counter()
        self._confirmations: dict[str, asyncio.Future[None]] = {}
        self._changed = asyncio.Event()
        self._has_tried = asyncio.Event()
        self._is_closing = False

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._run(), name="redis subscriber")
        await self._has_tried.wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_closing = True
        for _ in range(3):  # as for who keeps it subscribed
            self._running.cancel()
            done, _ = await asyncio.wait({self._running}, timeout=CLOSE_SECONDS)
            if done:
                break

    @property
    def wanted(self) -> int:
        """How many channels are heard."""
        return len(self._wanted)

    @contextmanager
    def hearing(self, channel: str, hear: Hear) -> Iterator[None]:
        """Call this, which must not raise, with every message on the channel, in place of who heard it before."""
        self._wanted[channel] = hear
        self._changed.set()
        try:
            yield
        finally:
            if self._wanted.get(channel) is hear:  # else somebody else hears it by now
                del self._wanted[channel]
                self._changed.set()

    async def confirmed(self, channel: str, timeout_seconds: float) -> bool:
        """Whether every message from now on will be heard; waits for that as long as there is a connection."""
        if not self.is_up:
            return False
        if channel in self._subscribed and not self._unanswered[channel]:
            return True
        confirmation = self._confirmations.setdefault(channel, asyncio.get_running_loop().create_future())
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                await asyncio.shield(confirmation)
        return channel in self._subscribed and not self._unanswered[channel]

    async def _run(self) -> None:
        failures = 0
        while not self._is_closing:
            connection = self._pool.make_connection()  # type: ignore[no-untyped-call]
            try:
                await connection.connect()
                await self._listen(connection)
            except (RedisError, OSError) as exc:
                failures = 0 if self.is_up else failures + 1
                self._health.lost(PART, exc)
            finally:
                self._has_tried.set()
                self._forget()
                with suppress(RedisError, OSError):
                    await connection.disconnect(nowait=True)
            await asyncio.sleep(PAUSES_SECONDS[min(failures, len(PAUSES_SECONDS) - 1)])

    async def _listen(self, connection: AbstractConnection) -> None:
        self._heard = connection
        subscribing = asyncio.create_task(self._keep_subscribed(connection), name="redis subscriptions")
        try:
            await self._hear_all(connection)
        finally:
            self._heard = None
            subscribing.cancel()
            await asyncio.wait({subscribing}, timeout=CLOSE_SECONDS)

    async def _hear_all(self, connection: AbstractConnection) -> None:
        await connection.send_command("PING", check_health=False)
        silences, heard = 0, 0  # one may be our own, of a loop that was busy
        while not self._is_closing:
            message = await connection.read_response(timeout=PING_SECONDS, disconnect_on_error=False, push_request=True)
            if message is not None:
                silences = 0
                self._take(message)
                heard += 1
                if heard % BURST == 0:
                    await asyncio.sleep(0)
            elif silences:
                raise TimeoutError("Redis has become silent")
            else:
                await connection.send_command("PING", check_health=False)
                silences = 1

    async def _keep_subscribed(self, connection: AbstractConnection) -> None:
        self._changed.set()
        while connection is self._heard:  # redis-py may lose the cancellation of a task that writes
            await self._changed.wait()
            self._changed.clear()
            dropped, added = self._subscribed - self._wanted.keys(), self._wanted.keys() - self._subscribed
            self._subscribed.difference_update(dropped)
            self._subscribed.update(added)
            self._unanswered.update(added)
            try:
                if dropped:
                    await connection.send_command("UNSUBSCRIBE", *dropped, check_health=False)
                if added:
                    await connection.send_command("SUBSCRIBE", *added, check_health=False)
            except (RedisError, OSError):
                return  # who reads from the connection finds it lost, too

    def _take(self, message: Any) -> None:
        if not self.is_up:
            self.is_up = True
            self._has_tried.set()
            self._health.found(PART)
        if not isinstance(message, list):  # the answer to a PING before the first subscription
            return
        kind, channel = message[0], message[1].decode()
        if kind == b"message" and channel in self._wanted:
            self._wanted[channel](message[2])
        elif kind == b"subscribe":
            self._unanswered[channel] -= 1
            if not self._unanswered[channel]:
                del self._unanswered[channel]
                self._confirm(channel)

    def _confirm(self, channel: str) -> None:
        confirmation = self._confirmations.pop(channel, None)
        if confirmation is not None and not confirmation.done():
            confirmation.set_result(None)

    def _forget(self) -> None:
        was_up, self.is_up = self.is_up, False
        self._subscribed.clear()
        self._unanswered.clear()
        for channel in list(self._confirmations):
            self._confirm(channel)
        if was_up:
            for lost in self.on_lost:
                lost()

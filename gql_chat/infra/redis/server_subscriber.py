"""The one connection of a worker for all its channels on one server, rebuilt whenever it is lost.

redis-py's PubSub is not used: in an outage it forgets its subscriptions, and it does not report what it missed.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Self

import structlog
from redis.asyncio.connection import AbstractConnection

from gql_chat.infra.redis.drivers import PubSubCommands
from gql_chat.infra.redis.health import RedisHealth
from gql_chat.infra.redis.subscriber import CLOSE_SECONDS, PART, MessageHandler
from gql_chat.infra.telemetry.throttled_log import warn_throttled

PING_SECONDS = 0.5  # of silence before a PING, and again before the connection counts as lost
PAUSES_SECONDS = (0.1, 0.2, 0.5, 1.0)  # between attempts to connect; the last one repeats

# How many buffered messages are handled in a row before other tasks get their turn on the event loop.
BURST = 100

log = structlog.get_logger(__name__)


class ServerSubscriber:
    """Owns the set of wanted channels, and subscribes to all of them on every new connection to its server.

    The connection is up once it has confirmed all of them: a user that may not subscribe can still connect.
    """

    def __init__(
        self, connect: Callable[[], AbstractConnection], commands: PubSubCommands, health: RedisHealth, part: str = PART
    ) -> None:
        self.on_lost: list[Callable[[], None]] = []
        self.is_up = False
        self._health = health
        self.part = part
        """The name by which the health of Redis knows this connection."""
        self.has_tried = asyncio.Event()
        """Set once a connection is up, or has failed."""
        self._make_connection = connect
        self._commands = commands
        self._current: AbstractConnection | None = None
        self._wanted: dict[str, MessageHandler] = {}
        self._subscribed: set[str] = set()
        self._unanswered: Counter[str] = Counter()
        self._confirmations: dict[str, asyncio.Future[None]] = {}
        self._changed = asyncio.Event()
        self._is_closing = False

    async def __aenter__(self) -> Self:
        self.start()
        await self.has_tried.wait()
        return self

    def start(self) -> None:
        """Begin to connect."""
        self._running = asyncio.create_task(self._run(), name=f"redis {self.part}")

    async def __aexit__(self, *exc: object) -> None:
        self._is_closing = True
        for _ in range(3):  # redis-py may lose the cancellation of a task that writes
            self._running.cancel()
            done, _ = await asyncio.wait({self._running}, timeout=CLOSE_SECONDS)
            if done:
                break

    @property
    def is_running(self) -> bool:
        return not self._running.done()

    @property
    def wanted(self) -> int:
        return len(self._wanted)

    @contextmanager
    def subscribe(self, channel: str, handler: MessageHandler) -> Iterator[None]:
        self._wanted[channel] = handler
        self._changed.set()
        try:
            yield
        finally:
            if self._wanted.get(channel) is handler:  # else a later handler has replaced it
                del self._wanted[channel]
                self._changed.set()

    async def wait_until_subscribed(self, channel: str, timeout_seconds: float) -> bool:
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
            connection = self._make_connection()
            try:
                await connection.connect()  # type: ignore[no-untyped-call]
                await self._listen(connection)
            except Exception as exc:  # noqa: BLE001 - whatever it is may end
                failures = 0 if self.is_up else failures + 1
                self._health.report_lost(self.part, exc)
            finally:
                self.has_tried.set()
                self._reset()
                with suppress(Exception):
                    await connection.disconnect(nowait=True)
            await asyncio.sleep(PAUSES_SECONDS[min(failures, len(PAUSES_SECONDS) - 1)])

    async def _listen(self, connection: AbstractConnection) -> None:
        await self._update(connection)
        await connection.send_command("PING", check_health=False)
        self._current = connection
        subscribing = asyncio.create_task(self._keep_subscribed(connection), name="redis subscriptions")
        try:
            await self._receive_all(connection)
        finally:
            self._current = None
            subscribing.cancel()
            await asyncio.wait({subscribing}, timeout=CLOSE_SECONDS)

    async def _receive_all(self, connection: AbstractConnection) -> None:
        silences, received = 0, 0  # a single silence may be that of our own busy event loop
        while not self._is_closing:
            message = await connection.read_response(timeout=PING_SECONDS, disconnect_on_error=False, push_request=True)
            if message is not None:
                silences = 0
                self._handle(message)
                received += 1
                if received % BURST == 0:
                    await asyncio.sleep(0)
            elif silences:
                raise TimeoutError("Redis has become silent")
            else:
                await connection.send_command("PING", check_health=False)
                silences = 1

    async def _keep_subscribed(self, connection: AbstractConnection) -> None:
        while connection is self._current:  # redis-py may lose the cancellation of a task that writes
            await self._changed.wait()
            try:
                await self._update(connection)
            except Exception:  # noqa: BLE001 - the task that reads from the connection finds it lost, too
                return

    async def _update(self, connection: AbstractConnection) -> None:
        """Subscribe to what is wanted now and to nothing else."""
        self._changed.clear()
        dropped, added = self._subscribed - self._wanted.keys(), self._wanted.keys() - self._subscribed
        self._subscribed.difference_update(dropped)
        self._subscribed.update(added)
        self._unanswered.update(added)
        # One command for each, because those of one command would have to be in one slot of a cluster.
        commands = [(self._commands.unsubscribe, channel) for channel in dropped]
        commands += [(self._commands.subscribe, channel) for channel in added]
        if commands:
            await connection.send_packed_command(connection.pack_commands(commands), check_health=False)

    def _handle(self, message: Any) -> None:
        kind = message[0] if isinstance(message, list) else message  # a PONG before the first subscription is no list
        if kind.lower() == b"pong":
            self._report_up()
            return
        channel = message[1].decode()
        if kind == self._commands.message:
            if channel in self._wanted:  # else it has just been dropped, and Redis does not know yet
                self._call(self._wanted[channel], channel, message[2])
        elif kind == self._commands.subscribe.lower().encode():
            self._unanswered[channel] -= 1
            if not self._unanswered[channel]:
                del self._unanswered[channel]
                self._confirm(channel)
        elif channel in self._subscribed and channel not in self._unanswered:
            raise ConnectionError("the slot of a channel has moved to another node")

    def _report_up(self) -> None:
        if not self.is_up:
            self.is_up = True
            self.has_tried.set()
            self._health.report_found(self.part)

    def _call(self, handler: MessageHandler, channel: str, content: bytes) -> None:
        try:
            handler(content)
        except Exception as exc:  # noqa: BLE001 - the connection serves all other channels too
            warn_throttled(log, "redis_message_not_handled", channel, exc_info=exc)

    def _confirm(self, channel: str) -> None:
        confirmation = self._confirmations.pop(channel, None)
        if confirmation is not None and not confirmation.done():
            confirmation.set_result(None)

    def _reset(self) -> None:
        was_up, self.is_up = self.is_up, False
        self._subscribed.clear()
        self._unanswered.clear()
        for channel in list(self._confirmations):
            self._confirm(channel)
        if was_up:
            for lost in self.on_lost:
                lost()

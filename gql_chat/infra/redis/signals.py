"""Signals between the workers of one server: hints, which may be lost. Who needs to know looks for itself as well."""

import asyncio
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from types import TracebackType
from typing import Protocol, Self, TypeAlias

import msgspec
import structlog

from gql_chat.infra.redis.connections import RedisConnections, RedisLost
from gql_chat.infra.telemetry.metrics import queued

MAX_UNSENT = 10_000  # beyond it signals are dropped, because Redis does not keep up
CLOSE_SECONDS = 1.5
FAULT_SECONDS = 5.0  # after a fault that is not Redis being away

SignalPayload: TypeAlias = Sequence[str]
"""What a signal says: ids, mostly."""

Hear: TypeAlias = Callable[[SignalPayload], None]

log = structlog.get_logger(__name__)


class Signals(Protocol):
    """Says something on a topic to whoever hears it in the other workers."""

    def send(self, topic: str, words: SignalPayload) -> None:
        """Tell the other workers, soon; never waits and never raises."""
        ...

    def hearing(self, topic: str, hear: Hear) -> AbstractContextManager[None]:
        """Call this, which must not raise, with what other workers send on the topic."""
        ...


class NoSignals:
    """There are no other workers."""

    def send(self, topic: str, words: SignalPayload) -> None:
        """See Signals."""

    def hearing(self, topic: str, hear: Hear) -> AbstractContextManager[None]:
        """See Signals."""
        return nullcontext()


class _Signal(msgspec.Struct, array_like=True):
    sender: str
    topic: str
    words: list[str]


class RedisSignals:
    """By one channel of Redis."""

    def __init__(self, redis: RedisConnections) -> None:
        self._client = redis.patient
        self._subscriber = redis.subscriber
        self._channel = f"{redis.prefix}signals"
        self._name = secrets.token_hex(8)
        self._hearers: dict[str, Hear] = {}
        self._unsent = asyncio.Queue[_Signal](MAX_UNSENT)
        self._is_closing = False
        self._metrics = ExitStack()

    async def __aenter__(self) -> Self:
        self._metrics.enter_context(queued("signals", self._unsent.qsize))
        self._subscription = self._subscriber.hearing(self._channel, self._hear)
        self._subscription.__enter__()
        self._sending = asyncio.create_task(self._send_all(), name="signals")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_closing = True
        self._sending.cancel()
        await asyncio.wait({self._sending}, timeout=CLOSE_SECONDS)
        self._subscription.__exit__(None, None, None)
        self._metrics.close()

    def send(self, topic: str, words: SignalPayload) -> None:
        """See Signals."""
        if self._client.is_up and not self._unsent.full():
            self._unsent.put_nowait(_Signal(self._name, topic, list(words)))

    @contextmanager
    def hearing(self, topic: str, hear: Hear) -> Iterator[None]:
        """See Signals."""
        self._hearers[topic] = hear
        try:
            yield
        finally:
            del self._hearers[topic]

    async def _send_all(self) -> None:
        while not self._is_closing:  # redis-py may lose the cancellation of a task that writes
            signal = await self._unsent.get()
            try:
                await self._client.run("PUBLISH", self._channel, msgspec.json.encode(signal))
            except RedisLost:
                while not self._unsent.empty():  # whoever they were for has looked by the time that Redis is back
                    self._unsent.get_nowait()
            except Exception:  # rights that we lack, perhaps: all can do without
                log.exception("signal_not_sent")
                await asyncio.sleep(FAULT_SECONDS)

    def _hear(self, message: bytes) -> None:
        try:
            signal = msgspec.json.decode(message, type=_Signal)
        except msgspec.DecodeError:  # of another version of this server, perhaps
            log.warning("signal_not_understood")
            return
        if signal.sender != self._name and signal.topic in self._hearers:
            self._hearers[signal.topic](signal.words)

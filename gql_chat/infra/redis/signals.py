"""Signals that travel by Redis."""

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Self

import msgspec
import structlog

from gql_chat.infra.redis.breaker import RedisLost
from gql_chat.infra.redis.connections import RedisConnections
from gql_chat.infra.signals import SignalHandler, SignalPayload
from gql_chat.infra.telemetry.metrics import queued
from gql_chat.infra.telemetry.throttled_log import warn_throttled

MAX_UNSENT = 10_000  # beyond it signals are dropped, because Redis does not keep up
CLOSE_SECONDS = 1.5

log = structlog.get_logger(__name__)


class _Signal(msgspec.Struct, array_like=True):
    sender: str
    topic: str
    payload: list[str]


class RedisSignals:
    """Sends all signals on one Redis channel."""

    def __init__(self, redis: RedisConnections) -> None:
        self._client = redis.patient
        self._subscriber = redis.subscriber
        self._channel = f"{redis.prefix}signals"
        self._name = secrets.token_hex(8)
        self._handlers: dict[str, SignalHandler] = {}
        self._unsent = asyncio.Queue[_Signal](MAX_UNSENT)
        self._is_closing = False
        self._open = ExitStack()

    async def __aenter__(self) -> Self:
        self._open.enter_context(queued("signals", self._unsent.qsize))
        self._open.enter_context(self._subscriber.subscribe(self._channel, self._receive))
        self._sending = asyncio.create_task(self._send_all(), name="signals")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._is_closing = True
        self._sending.cancel()
        await asyncio.wait({self._sending}, timeout=CLOSE_SECONDS)
        self._open.close()

    def send(self, topic: str, payload: SignalPayload) -> None:
        if self._client.is_up and not self._unsent.full():
            self._unsent.put_nowait(_Signal(self._name, topic, list(payload)))

    @contextmanager
    def subscribe(self, topic: str, handler: SignalHandler) -> Iterator[None]:
        self._handlers[topic] = handler
        try:
            yield
        finally:
            del self._handlers[topic]

    async def _send_all(self) -> None:
        while not self._is_closing:  # redis-py may lose the cancellation of a task that writes
            signal = await self._unsent.get()
            try:
                await self._client.publish(self._channel, msgspec.json.encode(signal))
            except RedisLost:
                while not self._unsent.empty():  # their receivers have checked by the time that Redis is back
                    self._unsent.get_nowait()

    def _receive(self, message: bytes) -> None:
        try:
            signal = msgspec.json.decode(message, type=_Signal)
        except msgspec.DecodeError:  # sent by another version of this server, perhaps
            warn_throttled(log, "signal_not_decoded", self._channel)
            return
        if signal.sender != self._name and signal.topic in self._handlers:
            self._handlers[signal.topic](signal.payload)

"""The broker of several workers: watchers on the writing worker read the growing reply, all others its mirror."""

from collections.abc import AsyncGenerator, Collection, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from datetime import timedelta
from typing import Self

import msgspec
import structlog

from gql_chat.chats.pieces import Piece
from gql_chat.generation.delivery.broker import LocalBroker, new_worker_id
from gql_chat.generation.delivery.growing import Delta, GrowingReply, Position, TrySend
from gql_chat.generation.delivery.mirrors import Mirrors
from gql_chat.generation.delivery.publishing import Publisher
from gql_chat.generation.delivery.redis_log import LogScripts, pieces_of
from gql_chat.infra.redis.breaker import RedisLost
from gql_chat.infra.redis.connections import RedisConnections
from gql_chat.infra.telemetry.metrics import gauge, sampled

MIRRORED = gauge("gql_chat_replies_mirrored", "Replies that are watched on other workers than those that write them.")
UNPUBLISHED = gauge("gql_chat_replies_unpublished", "Replies with text that was not published to other workers yet.")

# For a reaper, which comes within three leases after a writer's last write, but only once there is a server, and the
# database is back: an outage that ends several servers takes minutes.
KEEP_SECONDS = 3600.0

log = structlog.get_logger(__name__)


class RedisBroker:
    """Redis carries what replies' writers append to the workers that watch them, and keeps it for a reaper."""

    def __init__(self, redis: RedisConnections, *, lease: timedelta, worker_id: str | None = None) -> None:
        self.worker_id = worker_id or new_worker_id()
        self._client = redis.patient
        self._subscriber = redis.subscriber
        self._scripts = LogScripts(redis.prefix, redis.publish_command, keep_seconds=KEEP_SECONDS)
        self._local = LocalBroker(self.worker_id)
        self._publisher = Publisher(redis.patient, self._scripts, self.worker_id, lease=lease)
        self._mirrors = Mirrors(redis.patient, redis.subscriber, self._scripts)
        self._exit_stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._exit_stack.enter_async_context(self._publisher)
        await self._exit_stack.enter_async_context(self._mirrors)
        asks = self._scripts.asks(self.worker_id)
        self._exit_stack.enter_context(self._subscriber.subscribe(asks, self._publisher.on_ask))
        self._exit_stack.enter_context(sampled(MIRRORED, lambda: self.mirrored))
        self._exit_stack.enter_context(sampled(UNPUBLISHED, lambda: self.unpublished))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._exit_stack.aclose()

    @property
    def mirrored(self) -> int:
        """How many replies of other workers are watched here."""
        return len(self._mirrors)

    @property
    def unpublished(self) -> int:
        """How many replies of this worker have text, or an end, that the others do not know."""
        return self._publisher.unpublished

    @contextmanager
    def publish(self, reply: GrowingReply) -> Iterator[None]:
        publication = self._publisher.begin(reply)
        try:
            with self._local.publish(reply):
                yield
        finally:
            self._publisher.end(publication)

    def watch(
        self, message_id: str, position: Position, try_send: TrySend | None = None, *, writer_id: str | None
    ) -> AsyncGenerator[Delta, None]:
        if writer_id in (None, self.worker_id):
            return self._local.watch(message_id, position, try_send)
        return self._mirrors.watch(message_id, position, try_send, writer_id=writer_id)

    def renew(self, message_ids: Collection[str], *, until: float) -> None:
        self._publisher.renew(message_ids, until=until)

    def note_saved(self, saved: Mapping[str, Position]) -> None:
        self._publisher.note_saved(saved)

    async def recover(self, worker_ids: Collection[str]) -> Mapping[str, Sequence[Piece]]:
        try:
            logs = await self._client.run_scripts([self._scripts.seal(worker_id) for worker_id in worker_ids])
        except RedisLost:
            return {}
        recovered: dict[str, Sequence[Piece]] = {}
        for messages in logs:
            if not isinstance(messages, Exception):
                recovered |= _read(messages)
        return recovered

    def end(self, dead: Mapping[str, str]) -> None:
        for message_id, worker_id in dead.items():
            self._publisher.end_reaped(message_id, worker_id)


def _read(messages: Sequence[bytes]) -> Mapping[str, Sequence[Piece]]:
    try:
        return pieces_of(messages)
    except msgspec.DecodeError:
        log.warning("log_not_understood", exc_info=True)  # of another version: the database has the reply's pieces
        return {}

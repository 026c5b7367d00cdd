"""The broker of several workers: watchers on the writing worker read the growing reply, all others its mirror."""

from collections.abc import AsyncGenerator, Collection, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from datetime import timedelta
from typing import Self

from gql_chat.chats.leases import Snapshot
from gql_chat.generation.delivery.broker import LocalBroker
from gql_chat.generation.delivery.growing import Delta, GrowingReply, Position, TrySend
from gql_chat.generation.delivery.mirrors import Mirrors
from gql_chat.generation.delivery.publishing import Publisher
from gql_chat.generation.delivery.redis_copy import Copy, CopyScripts
from gql_chat.infra.redis.breaker import RedisLost
from gql_chat.infra.redis.connections import RedisConnections
from gql_chat.infra.telemetry.metrics import gauge, sampled

MIRRORED = gauge("gql_chat_replies_mirrored", "Replies that are watched on other workers than those that write them.")
UNPUBLISHED = gauge("gql_chat_replies_unpublished", "Replies with text that was not published to other workers yet.")

# A reaper comes within three leases after a writer's last write, even if it has just been started.
LEASES_TO_KEEP = 6


class RedisBroker:
    """Redis carries what a reply's writer appends to the workers that watch it, and keeps it for a reaper."""

    def __init__(self, redis: RedisConnections, *, lease: timedelta) -> None:
        self._client = redis.patient
        keep_seconds = LEASES_TO_KEEP * lease.total_seconds()
        self._scripts = CopyScripts(redis.prefix, redis.publish_command, keep_seconds=keep_seconds)
        self._local = LocalBroker()
        self._publisher = Publisher(redis.patient, self._scripts, lease=lease)
        self._mirrors = Mirrors(redis.patient, redis.subscriber, self._scripts)
        self._exit_stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._exit_stack.enter_async_context(self._publisher)
        await self._exit_stack.enter_async_context(self._mirrors)
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
        self, message_id: str, position: Position, try_send: TrySend | None = None
    ) -> AsyncGenerator[Delta, None]:
        broker = self._local if self._local.writes(message_id) else self._mirrors
        return broker.watch(message_id, position, try_send)

    def renew(self, message_ids: Collection[str], *, until: float) -> None:
        self._publisher.renew(message_ids, until=until)

    async def recover(self, message_ids: Sequence[str]) -> list[Snapshot]:
        try:
            answers = await self._client.run_scripts([self._scripts.seal(message_id) for message_id in message_ids])
        except RedisLost:
            return []
        return [
            Copy(*answer).snapshot(message_id)
            for message_id, answer in zip(message_ids, answers, strict=True)
            if not isinstance(answer, Exception)
        ]

    def end(self, message_ids: Sequence[str]) -> None:
        for message_id in message_ids:
            self._publisher.end_reaped(message_id)

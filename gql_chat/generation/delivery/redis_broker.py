"""The broker of several workers: watchers of this one read the growing reply itself, those of others its mirror."""

from collections.abc import AsyncGenerator, Collection, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from datetime import timedelta
from types import TracebackType
from typing import Self

from gql_chat.chats.messages import Snapshot
from gql_chat.generation.delivery.broker import LocalBroker
from gql_chat.generation.delivery.copies import Copy, CopyScripts
from gql_chat.generation.delivery.growing import Delta, GrowingReply, Position, TrySend
from gql_chat.generation.delivery.mirrors import Mirrors
from gql_chat.generation.delivery.publishing import Publisher
from gql_chat.infra.redis.connections import RedisConnections, RedisLost
from gql_chat.infra.telemetry.metrics import gauge, sampled

MIRRORED = gauge("gql_chat_replies_mirrored", "Replies that are watched on other workers than those that write them.")
UNTOLD = gauge("gql_chat_replies_untold", "Replies that have grown further than the other workers know.")

# After a writer's last word a reaper comes within three, even if it has just been started.
LEASES_TO_KEEP = 6


class RedisBroker:
    """Redis carries what the writer of a reply appends to the workers that watch it, and keeps it for a reaper."""

    def __init__(self, redis: RedisConnections, *, lease: timedelta) -> None:
        self._client = redis.patient
        self._scripts = CopyScripts(redis.prefix, keep_seconds=LEASES_TO_KEEP * lease.total_seconds())
        self._local = LocalBroker()
        self._publisher = Publisher(redis.patient, self._scripts, lease=lease)
        self._mirrors = Mirrors(redis.patient, redis.subscriber, self._scripts)
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._open.enter_async_context(self._publisher)
        await self._open.enter_async_context(self._mirrors)
        self._open.enter_context(sampled(MIRRORED, lambda: self.mirrored))
        self._open.enter_context(sampled(UNTOLD, lambda: self.behind))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    @property
    def is_up(self) -> bool:
        """Whether replies of other workers can be watched as they are written."""
        return self._mirrors.is_up

    @property
    def mirrored(self) -> int:
        """How many replies of other workers are watched here."""
        return len(self._mirrors)

    @property
    def behind(self) -> int:
        """How many replies of this worker are written further than the others know."""
        return self._publisher.behind

    @contextmanager
    def publish(self, reply: GrowingReply) -> Iterator[None]:
        """See Broker."""
        publication = self._publisher.begin(reply)
        try:
            with self._local.publish(reply):
                yield
        finally:
            self._publisher.end(publication)

    def watch(
        self, message_id: str, position: Position, try_send: TrySend | None = None
    ) -> AsyncGenerator[Delta, None]:
        """See Broker."""
        broker = self._local if self._local.writes(message_id) else self._mirrors
        return broker.watch(message_id, position, try_send)

    def renew(self, message_ids: Collection[str], *, until: float) -> None:
        """See Broker."""
        self._publisher.renew(message_ids, until=until)

    async def recover(self, message_ids: Sequence[str]) -> list[Snapshot]:
        """See Broker."""
        try:
            answers = await self._client.run_scripts([self._scripts.seal(message_id) for message_id in message_ids])
        except RedisLost:
            return []
        return [
            _snapshot(message_id, Copy(*answer))
            for message_id, answer in zip(message_ids, answers, strict=True)
            if not isinstance(answer, Exception)
        ]

    def end(self, message_ids: Sequence[str]) -> None:
        """See Broker."""
        for message_id in message_ids:
            self._publisher.end_reaped(message_id)


def _snapshot(message_id: str, copy: Copy) -> Snapshot:
    return Snapshot(message_id, copy.text.decode("utf-16-le", "replace"), copy.reasoning.decode("utf-16-le", "replace"))

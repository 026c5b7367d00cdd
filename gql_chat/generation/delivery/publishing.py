"""The publisher copies to Redis what a worker writes, and announces it to the others; it never delays the writing."""

import asyncio
import secrets
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Self

import structlog

from gql_chat.generation.delivery.growing import GrowingReply, Position
from gql_chat.generation.delivery.redis_copy import SEALED, AppendResult, CopyScripts, Fence
from gql_chat.infra.redis.breaker import RedisLost
from gql_chat.infra.redis.client import RedisClient, ScriptCall
from gql_chat.infra.telemetry.metrics import Histogram

WINDOW_SECONDS = 0.02  # between two calls for one reply, except for its first text
BATCH_SECONDS = 0.005  # between two calls of a worker, for whichever replies have grown
LOST_SECONDS = 0.1  # between checks whether Redis is back
FAULT_SECONDS = 5.0  # after a fault that is not of Redis
CLOSE_SECONDS = 1.0

# Of a lease: in the last part of it a worker is not trusted any more, because a reaper may have started.
MARGIN = 0.1

LAG = Histogram(
    "gql_chat_reply_flush_seconds",
    "From the growth of a reply until it was published to the other workers.",
    buckets=(0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)

log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class Publication:
    """A reply that is written here, and how much of it the other workers know."""

    reply: GrowingReply
    trusted_until: float
    fence: Fence = field(default_factory=lambda: secrets.token_bytes(len(SEALED)))
    known: Position = field(default_factory=Position)
    is_claimed: bool = False
    is_kept: bool = False
    """Whether the copy was told since the last heartbeat to be kept longer."""
    not_before: float = 0.0
    ended_at: float | None = None


class Publisher:
    """The publisher of one worker; sends what is pending of all its replies in few round trips.

    While Redis is lost, replies stay pending. Afterwards everything that is missing is sent.

    A worker whose lease is not trusted may be dead to the others. It still appends to the copies that it has claimed,
    until a reaper seals them, and shows its own watchers only what the copies have taken, because that is what a reaper
    keeps. It claims no copy. Without Redis it shows everything.
    """

    def __init__(self, client: RedisClient, scripts: CopyScripts, *, lease: timedelta) -> None:
        self._lease_seconds = lease.total_seconds()
        self._margin_seconds = self._lease_seconds * MARGIN
        self._client = client
        self._scripts = scripts
        self._publications: dict[str, Publication] = {}
        self._pending: dict[Publication, float] = {}
        """Each with the time since when."""
        self._has_pending = asyncio.Event()
        self._is_idle = asyncio.Event()
        self._is_idle.set()
        self._in_flight = 0
        self._is_closing = False
        self._leased_until: float | None = None

    async def __aenter__(self) -> Self:
        self._now = asyncio.get_running_loop().time
        self._publishing = asyncio.create_task(self._run(), name="publisher")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._client.is_up:
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._is_idle.wait()
        self._is_closing = True
        self._publishing.cancel()
        await asyncio.wait({self._publishing}, timeout=CLOSE_SECONDS)

    @property
    def unpublished(self) -> int:
        """How many replies have text, or an end, that the other workers do not know."""
        return len(self._pending) + self._in_flight

    def begin(self, reply: GrowingReply) -> Publication:
        """Publish what the reply holds and what is appended."""
        leased_until = self._leased_until or self._now() + self._lease_seconds
        trusted_until = leased_until - self._margin_seconds
        publication = self._publications[reply.message_id] = Publication(reply, trusted_until)
        reply.on_growth = partial(self._on_growth, publication)
        self._mark_pending(publication)
        return publication

    def renew(self, message_ids: Collection[str], *, until: float) -> None:
        """Trust the worker's lease until this time, for these replies and new ones: see Broker."""
        self._leased_until = until
        for message_id in message_ids:
            publication = self._publications.get(message_id)
            if publication is not None:
                publication.trusted_until = until - self._margin_seconds
                if publication.trusted_until >= self._now():
                    publication.reply.show()
                publication.is_kept = False
                self._mark_pending(publication)  # also if nothing has grown: the copy must be kept longer

    def end(self, publication: Publication) -> None:
        """Publish the end of a reply."""
        publication.reply.on_growth = None
        publication.ended_at = self._now()
        publication.not_before = 0.0
        if self._publications.get(publication.reply.message_id) is publication:
            del self._publications[publication.reply.message_id]
        self._mark_pending(publication)

    def end_reaped(self, message_id: str) -> None:
        """Publish the end of a reply that was recovered from its copy, which is sealed."""
        now = self._now()
        self._mark_pending(Publication(GrowingReply(message_id), now, fence=SEALED, ended_at=now))

    def _on_growth(self, publication: Publication) -> None:  # called for every token, so it must do little
        if publication.trusted_until < self._now() and self._client.is_up:
            publication.reply.hold()
        self._mark_pending(publication)

    def _mark_pending(self, publication: Publication) -> None:
        if publication not in self._pending:
            self._pending[publication] = self._now()
            self._has_pending.set()
            self._is_idle.clear()

    async def _run(self) -> None:
        while not self._is_closing:  # redis-py may lose the cancellation of a task that writes
            await self._has_pending.wait()
            if not self._client.is_up:
                self._drop_old_ends()
                for publication in self._publications.values():
                    publication.reply.show()
                await asyncio.sleep(LOST_SECONDS)
                continue
            try:
                await self._publish_due()
            except Exception:  # a fault of ours; replies are published again at the next heartbeat
                log.exception("replies_not_published")
                await asyncio.sleep(FAULT_SECONDS)
            if not self._pending:
                self._has_pending.clear()
                self._is_idle.set()
            await asyncio.sleep(BATCH_SECONDS)

    async def _publish_due(self) -> None:
        now = self._now()
        calls, sent = [], []
        for publication in [one for one in self._pending if one.not_before <= now]:
            pending_since = self._pending.pop(publication)  # before the call: what grows meanwhile is pending again
            # Else until it is renewed: only a worker that is trusted may claim a copy.
            if publication.ended_at is not None or publication.is_claimed or publication.trusted_until >= now:
                reached = Position(publication.reply.text.length, publication.reply.reasoning.length)
                calls.append(self._call(publication))
                sent.append((publication, reached, pending_since))
        self._in_flight = len(calls)
        try:
            results = await self._client.run_scripts(calls) if calls else []
        except RedisLost:
            self._pending.update((publication, pending_since) for publication, _, pending_since in sent)
            return
        finally:
            self._in_flight = 0
        for (publication, reached, pending_since), result in zip(sent, results, strict=True):
            if isinstance(result, Exception):  # Redis refuses this one: claim it anew, whatever its keys hold
                publication.is_claimed = False
                self._pending[publication] = pending_since
            else:
                self._note(publication, reached, result)
            if result == AppendResult.DONE:
                LAG.observe(self._now() - pending_since)

    def _call(self, publication: Publication) -> ScriptCall:
        reply, fence = publication.reply, publication.fence
        if publication.ended_at is not None:
            return self._scripts.end(reply.message_id, fence)
        if not publication.is_claimed:
            publication.known = Position()
        known = publication.known
        begins = known.text == 0 < reply.text.length or known.reasoning == 0 < reply.reasoning.length
        keep, publication.is_kept = begins or not publication.is_kept, True
        return self._scripts.write(reply, fence, known, keep=keep, claim=not publication.is_claimed)

    def _note(self, publication: Publication, reached: Position, result: object) -> None:
        if publication.ended_at is not None:
            return
        elif result == AppendResult.DONE:
            publication.is_claimed = True
            publication.known = reached
            if publication.trusted_until < self._now():
                publication.reply.show(reached)
            publication.not_before = self._now() + WINDOW_SECONDS
        elif result == AppendResult.MISSING:  # Redis was restarted
            publication.is_claimed = False
            self._mark_pending(publication)
        else:  # presumed dead: published again if the next heartbeat renews the lease
            publication.is_claimed = False
            publication.trusted_until = 0.0

    def _drop_old_ends(self) -> None:
        """Drop the ends of replies whose copies have expired in Redis."""
        now = self._now()
        for publication in list(self._pending):
            if publication.ended_at is not None and now > publication.ended_at + self._scripts.keep_seconds:
                del self._pending[publication]

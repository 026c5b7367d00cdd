"""What a worker writes is copied to Redis and told to the other workers, without ever keeping the writing waiting."""

import asyncio
import secrets
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import Self

import structlog

from gql_chat.generation.delivery.copies import SEALED, AppendResult, CopyScripts, Fence
from gql_chat.generation.delivery.growing import GrowingReply, Position
from gql_chat.infra.redis.connections import RedisClient, RedisLost, ScriptCall
from gql_chat.infra.telemetry.metrics import Histogram

WINDOW_SECONDS = 0.02  # a reply is told so often at most, but for its first words
BATCH_SECONDS = 0.005  # a worker tells so often at most, of whichever replies have something to tell
LOST_SECONDS = 0.1  # between looks whether Redis is back
FAULT_SECONDS = 5.0  # after a fault that is not Redis being away
LAST_WORDS_SECONDS = 1.0  # when the worker ends

# Of a lease: what is written in the last part of it is not told, because a reaper may be at it when that arrives.
MARGIN = 0.1

LAG = Histogram(
    "gql_chat_reply_flush_seconds",
    "From the growth of a reply until the other workers have been told.",
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
    not_before: float = 0.0
    ended_at: float | None = None


class Publisher:
    """Of one worker; gathers what there is to tell of all its replies into few round trips.

    While Redis is lost it only remembers; afterwards it tells all that is missing.
    """

    def __init__(self, client: RedisClient, scripts: CopyScripts, *, lease: timedelta) -> None:
        self._lease_seconds = lease.total_seconds()
        self._margin_seconds = self._lease_seconds * MARGIN
        self._client = client
        self._scripts = scripts
        self._publications: dict[str, Publication] = {}
        self._untold: dict[Publication, float] = {}
        """Each with the time since when."""
        self._has_untold = asyncio.Event()
        self._all_told = asyncio.Event()
        self._all_told.set()
        self._in_flight = 0
        self._is_closing = False

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._telling = asyncio.create_task(self._tell_all(), name="publisher")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client.is_up:
            with suppress(TimeoutError):
                async with asyncio.timeout(LAST_WORDS_SECONDS):
                    await self._all_told.wait()
        self._is_closing = True
        self._telling.cancel()
        await asyncio.wait({self._telling}, timeout=LAST_WORDS_SECONDS)

    @property
    def behind(self) -> int:
        """How many replies other workers do not know as far as they are written, or do not know to have ended."""
        return len(self._untold) + self._in_flight

    def begin(self, reply: GrowingReply) -> Publication:
        """Tell what this reply holds and what is appended, for as long as its lease is trusted."""
        trusted_until = asyncio.get_running_loop().time() + self._lease_seconds - self._margin_seconds
        publication = self._publications[reply.message_id] = Publication(reply, trusted_until)
        reply.on_growth = partial(self._tell, publication)
        self._tell(publication)
        return publication

    def renew(self, message_ids: Collection[str], *, until: float) -> None:
        """See Broker."""
        for message_id in message_ids:
            publication = self._publications.get(message_id)
            if publication is not None:
                publication.trusted_until = until - self._margin_seconds
                self._tell(publication)  # also where nothing has grown: the copy is kept for another while

    def end(self, publication: Publication) -> None:
        """Tell that nothing more will come."""
        publication.reply.on_growth = None
        publication.ended_at = asyncio.get_running_loop().time()
        publication.not_before = 0.0
        if self._publications.get(publication.reply.message_id) is publication:
            del self._publications[publication.reply.message_id]
        self._tell(publication)

    def end_reaped(self, message_id: str) -> None:
        """Tell that nothing more will come of a reply that was recovered from its copy, which is sealed."""
        now = asyncio.get_running_loop().time()
        self._tell(Publication(GrowingReply(message_id), now, fence=SEALED, ended_at=now))

    def _tell(self, publication: Publication) -> None:
        if publication not in self._untold:  # for every token, so that it does little
            self._untold[publication] = self._loop.time()
            self._has_untold.set()
            self._all_told.clear()

    async def _tell_all(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._is_closing:  # redis-py may lose the cancellation of a task that writes
            await self._has_untold.wait()
            now = loop.time()
            if not self._client.is_up:
                self._forget_old_ends(now)
                await asyncio.sleep(LOST_SECONDS)
                continue
            due = [publication for publication in self._untold if publication.not_before <= now]
            if due:
                await self._try_to_tell_of(due)
            if not self._untold:
                self._has_untold.clear()
                self._all_told.set()
            await asyncio.sleep(BATCH_SECONDS)

    async def _try_to_tell_of(self, due: list[Publication]) -> None:
        try:
            await self._tell_of(due)
        except Exception:  # rights that we lack, perhaps; who lives is told again at the next heartbeat
            log.exception("replies_not_told")
            await asyncio.sleep(FAULT_SECONDS)

    async def _tell_of(self, due: list[Publication]) -> None:
        loop = asyncio.get_running_loop()
        calls, sent = [], []
        for publication in due:
            if publication.ended_at is None and publication.trusted_until < loop.time():
                del self._untold[publication]  # the next renewal tells it, if there is one
                continue
            reached = Position(publication.reply.text.length, publication.reply.reasoning.length)
            calls.append(self._call(publication))
            # Before the call, so that what grows meanwhile is told next.
            sent.append((publication, reached, self._untold.pop(publication)))
        self._in_flight = len(calls)
        try:
            outcomes = await self._client.run_scripts(calls) if calls else []
        except RedisLost:
            for publication, _, grown_at in sent:
                self._untold[publication] = grown_at
            return
        finally:
            self._in_flight = 0
        for (publication, reached, grown_at), outcome in zip(sent, outcomes, strict=True):
            self._note(publication, reached, outcome)
            if outcome == AppendResult.DONE:
                LAG.observe(loop.time() - grown_at)

    def _call(self, publication: Publication) -> ScriptCall:
        if publication.ended_at is not None:
            return self._scripts.end(publication.reply.message_id, publication.fence)
        if not publication.is_claimed:
            publication.known = Position()
        return self._scripts.write(
            publication.reply, publication.fence, publication.known, claim=not publication.is_claimed
        )

    def _note(self, publication: Publication, reached: Position, outcome: object) -> None:
        if isinstance(outcome, Exception):  # a fault of ours: other workers have the database
            log.error("reply_not_told", message_id=publication.reply.message_id, error=str(outcome))
        elif publication.ended_at is not None:
            return
        elif outcome == AppendResult.DONE:
            publication.is_claimed = True
            publication.known = reached
            publication.not_before = asyncio.get_running_loop().time() + WINDOW_SECONDS
        elif outcome == AppendResult.MISSING:  # Redis was restarted
            publication.is_claimed = False
            self._tell(publication)
        else:  # taken for dead: it is told again if the next heartbeat finds it alive
            publication.is_claimed = False
            publication.trusted_until = 0.0

    def _forget_old_ends(self, now: float) -> None:
        """Of those that nobody can find in Redis any more."""
        for publication in list(self._untold):
            if publication.ended_at is not None and now > publication.ended_at + self._scripts.keep_seconds:
                del self._untold[publication]

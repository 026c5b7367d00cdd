"""The publisher sends the other workers what a worker writes, by way of its log; it never delays the writing."""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial
from itertools import chain, count
from typing import Self

import msgspec
import structlog

from gql_chat.generation.delivery.growing import GrowingReply, Position
from gql_chat.generation.delivery.publication import Flush, Publication
from gql_chat.generation.delivery.redis_log import (
    Entry,
    LogScripts,
    LogState,
    decode_ask,
    encode_message,
    next_message_number,
)
from gql_chat.infra.redis.breaker import RedisLost
from gql_chat.infra.redis.client import RedisClient
from gql_chat.infra.telemetry.metrics import Histogram
from gql_chat.infra.telemetry.throttled_log import warn_throttled

# From one message of a worker to the next: the least if enough replies have grown, and the most for however few. Where
# fewer are being written, waiting for more gains nothing, so that it is the least for them too. Whole milliseconds,
# because uvloop rounds timers. A message costs 3 commands and 109 bytes: 0.5 and 18 for each of 6 tokens.
LEAST_SECONDS = 0.004
MOST_SECONDS = 0.008
ENOUGH_REPLIES = 6

LOST_SECONDS = 0.1  # between checks whether Redis is back
FAULT_SECONDS = 5.0  # after a fault that is not of Redis
CLOSE_SECONDS = 1.0

# Code units of text in one message. A larger message has overrun the buffer of a subscriber; what is left comes next.
MAX_UNITS = 16_384

# Of a worker's replies. 0 is for those of dead workers, of which no number is known. More than the last take two bytes.
FIRST_NUMBER, LAST_SHORT_NUMBER = 1, 127

# Of a lease: in the last part of it a worker is not trusted any more, because a reaper may have started.
MARGIN = 0.1

LAG = Histogram(
    "gql_chat_reply_flush_seconds",
    "From the growth of a reply until it was published to the other workers.",
    buckets=(0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)

log = structlog.get_logger(__name__)


class Publisher:
    """The publisher of one worker; all its replies share one log, to which it sends one message at a time.

    While Redis is lost, replies stay pending. Afterwards everything that is missing is sent.

    A worker whose lease is not trusted may be dead to the others. It still appends to its log, until a reaper seals it,
    and shows its own watchers only what the log has taken, because that is what a reaper keeps. It begins no log.
    Without Redis it shows everything.
    """

    def __init__(self, client: RedisClient, scripts: LogScripts, worker_id: str, *, lease: timedelta) -> None:
        self._lease_seconds = lease.total_seconds()
        self._margin_seconds = self._lease_seconds * MARGIN
        self._client = client
        self._scripts = scripts
        self._worker_id = worker_id
        self._number = 0
        """The number that was given to a reply last."""
        self._message_number = 0
        """The number of the last message."""
        self._unended: set[Publication] = set()
        self._publications: dict[str, Publication] = {}
        self._pending: dict[Publication, float] = {}
        """Each with the time since when."""
        self._asked: dict[Publication, Position] = {}
        self._ends: list[tuple[str, bytes]] = []
        """The ends of dead workers' replies: the channel and the message of each."""
        self._length: int | None = None
        """The length of the log; None if this worker has none."""
        self._must_begin = True
        """Whether the log must be begun, or again: with what the database lacks, or because parts of it may be lost."""
        self._kept_at = 0.0
        self._has_work = asyncio.Event()
        self._has_enough = asyncio.Event()
        """Set once so many replies are pending that they need not wait for others."""
        self._is_idle = asyncio.Event()
        self._is_idle.set()
        self._in_flight: Collection[Publication] = ()
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
        return len(self._pending) + len(self._in_flight)

    def begin(self, reply: GrowingReply) -> Publication:
        """Publish what is appended to the reply. The database has what it holds already."""
        leased_until = self._leased_until or self._now() + self._lease_seconds
        trusted_until, end = leased_until - self._margin_seconds, reply.end
        publication = Publication(reply, self._next_number(), trusted_until, known=end, saved=end)
        self._unended.add(publication)
        self._publications[reply.message_id] = publication
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
                self._mark_pending(publication)

    def note_saved(self, saved: Mapping[str, Position]) -> None:
        """Keep only what the database lacks: see Broker."""
        for message_id, position in saved.items():
            publication = self._publications.get(message_id)
            if publication is not None and position.text >= publication.saved.text:
                publication.saved = position
                self._must_begin = True
        self._wake()

    def end(self, publication: Publication) -> None:
        """Publish the end of a reply."""
        publication.reply.on_growth = None
        publication.has_ended = True
        self._unended.discard(publication)
        self._asked.pop(publication, None)
        if self._publications.get(publication.reply.message_id) is publication:
            del self._publications[publication.reply.message_id]
        self._mark_pending(publication)

    def end_reaped(self, message_id: str, worker_id: str) -> None:
        """Publish the end of a reply of a dead worker."""
        self._ends.append((self._scripts.log(worker_id), encode_message(None, [Entry(0, message_id=message_id)])))
        self._wake()

    def on_ask(self, message: bytes) -> None:
        """Publish again what another worker lacks, if the reply is written here."""
        try:
            ask = decode_ask(message)
        except msgspec.DecodeError:
            warn_throttled(log, "ask_not_understood", self._worker_id)
            return
        publication = self._publications.get(ask.message_id)
        if publication is not None:
            asked = self._asked.get(publication, publication.known)
            self._asked[publication] = Position(
                max(0, min(asked.text, ask.text_at)), max(0, min(asked.reasoning, ask.reasoning_at))
            )
            self._wake()

    def _on_growth(self, publication: Publication) -> None:  # called for every token, so it must do little
        if publication.trusted_until < self._now() and self._client.is_up:
            publication.reply.hold()
        self._mark_pending(publication)

    def _mark_pending(self, publication: Publication) -> None:
        if publication not in self._pending:
            self._pending[publication] = self._now()
            self._wake()
            if len(self._pending) >= ENOUGH_REPLIES:
                self._has_enough.set()

    def _wake(self) -> None:
        self._has_work.set()
        self._is_idle.clear()

    def _next_number(self) -> int:
        """Return a number that no reply has any more. It is not that of the last ones, while there are others."""
        used = {one.number for one in chain(self._unended, self._pending, self._in_flight)}
        numbers = chain(range(self._number + 1, LAST_SHORT_NUMBER + 1), count(FIRST_NUMBER))
        self._number = next(number for number in numbers if number not in used)
        return self._number

    async def _run(self) -> None:
        while not self._is_closing:  # redis-py may lose the cancellation of a task that writes
            await self._has_work.wait()
            if not self._client.is_up:
                self._do_without_redis()
                await asyncio.sleep(LOST_SECONDS)
                continue
            self._has_work.clear()
            began_at = self._now()
            try:
                await self._publish()
            except Exception as exc:
                self._must_begin = True  # what the log has of the last message is not known
                for publication in chain(self._unended, self._pending):
                    publication.goes_on = False
                if not isinstance(exc, RedisLost):  # a fault of ours; replies are published again at the next heartbeat
                    log.exception("replies_not_published")
                    await asyncio.sleep(FAULT_SECONDS)
            if self._pending:
                self._has_work.set()
            elif not self._has_work.is_set():
                self._is_idle.set()
            await self._wait_for_more(began_at)

    async def _wait_for_more(self, began_at: float) -> None:
        """Wait until the next message may leave, as the last one did at that time."""
        await asyncio.sleep(max(0.0, began_at + LEAST_SECONDS - self._now()))
        if len(self._pending) < ENOUGH_REPLIES <= len(self._unended):
            self._has_enough.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(began_at + MOST_SECONDS):
                    await self._has_enough.wait()

    async def _publish(self) -> None:
        if self._must_begin:
            await self._begin_log()
        if self._length is None:
            self._pending.clear()  # until the lease is renewed: only a worker that is trusted may begin a log
            self._asked.clear()
        # Answers first: whoever has asked places the reply by its answer, and would not know whose text is appended.
        answers, self._ends = [*self._answers(), *self._ends], []
        for channel, message in answers:
            await self._client.publish(channel, message)
        flush = self._next_flush()
        if flush.entries:
            await self._send(flush)
        if self._length is not None and not self._publications and not self._pending:
            self._length, self._must_begin = None, True
            await self._client.run_script(*self._scripts.end(self._worker_id))

    async def _begin_log(self) -> None:
        """Begin the log with what the database lacks of all that it had, if the lease is trusted."""
        now = self._now()
        trusted = [one for one in self._publications.values() if one.trusted_until >= now]
        if not trusted:
            return
        for publication in self._publications.values():
            publication.is_placed &= publication.trusted_until >= now
        entries = [one.unsaved() for one in trusted if one.is_placed]
        must_exist = self._length is not None
        call = self._scripts.begin(self._worker_id, self._message_number, entries, must_exist=must_exist)
        self._must_begin = False
        result = await self._client.run_script(*call)
        if result == LogState.SEALED:
            self._presume_dead()
        elif result == LogState.MISSING:  # Redis was restarted
            self._length = None
            await self._begin_log()
        else:
            self._length, self._kept_at = result, now

    def _next_flush(self) -> Flush:
        """Take the next part of what is pending, as much of each reply."""
        flush, now = Flush(), self._now()
        most = max(2, MAX_UNITS // max(1, len(self._pending)))
        for publication, pending_since in list(self._pending.items()):
            entry, until = publication.next_entry(now, most)
            if entry is not None:
                flush.entries.append(entry)
                flush.reached[publication] = until
                flush.pending_since[publication] = pending_since
                publication.goes_on = False  # until it is known that this entry was published
            if entry is None or until == publication.reply.end:
                del self._pending[publication]  # before the call: what grows meanwhile is pending again
        return flush

    def _answers(self) -> list[tuple[str, bytes]]:
        """Take the answers to those who have asked: what the log has taken, because a reaper keeps that."""
        channel = self._scripts.log(self._worker_id)
        answers = [
            (channel, encode_message(self._message_number, publication.answer(asked)))
            for publication, asked in self._asked.items()
        ]
        self._asked.clear()
        return answers

    async def _send(self, flush: Flush) -> None:
        keep = self._now() - self._kept_at > self._lease_seconds
        self._message_number = next_message_number(self._message_number)
        call = self._scripts.append(self._worker_id, self._message_number, flush.entries, keep=keep)
        self._in_flight = flush.reached.keys()
        try:
            result = await self._client.run_script(*call)
        except RedisLost:
            self._restore(flush)
            raise
        finally:
            self._in_flight = ()
        self._note(flush, result)

    def _note(self, flush: Flush, result: int) -> None:
        if result == LogState.SEALED:
            self._presume_dead()
            return
        if result == LogState.MISSING:  # Redis was restarted
            self._length, self._must_begin = None, True
            self._restore(flush)
            return
        self._must_begin |= result != (self._length or 0) + 1  # a part was lost, or came twice
        self._length, now = result, self._now()
        for publication, reached in flush.reached.items():
            publication.known, publication.is_placed, publication.goes_on = reached, True, True
            if publication.trusted_until < now and not publication.has_ended:
                publication.reply.show(reached)
            LAG.observe(now - flush.pending_since[publication])

    def _restore(self, flush: Flush) -> None:
        for publication, pending_since in flush.pending_since.items():
            self._pending[publication] = pending_since

    def _presume_dead(self) -> None:
        """Publish nothing until the next heartbeat has renewed the lease."""
        self._length, self._must_begin, self._leased_until = None, True, self._now()
        for publication in self._publications.values():
            publication.trusted_until = 0.0

    def _do_without_redis(self) -> None:
        """Show everything. All mirrors of other workers have ended, so that no end need be published."""
        for publication in self._publications.values():
            publication.reply.show()
        self._ends.clear()
        self._asked.clear()
        for publication in [one for one in self._pending if one.has_ended]:
            del self._pending[publication]

"""Mirrors of replies that other workers write: one per reply and worker, for as long as anybody watches it there."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import ExitStack, suppress
from typing import Self

import msgspec
import structlog

from gql_chat.generation.delivery.growing import Delta, GrowingReply, Position, TrySend
from gql_chat.generation.delivery.redis_log import Entry, LogScripts, decode_message, encode_ask
from gql_chat.infra.redis.breaker import RedisLost
from gql_chat.infra.redis.client import RedisClient
from gql_chat.infra.redis.subscriber import Subscriber
from gql_chat.infra.telemetry.throttled_log import warn_throttled

CONFIRM_SECONDS = 1.0  # to be sure that every message will be received
PATIENCE_SECONDS = 0.5  # for a writer that has just started, or does not answer, or is behind what a watcher has
CLOSE_SECONDS = 2.0
QUIET_SECONDS = 1.5  # without a message, before the writer is asked whether one was missed

log = structlog.get_logger(__name__)


class Mirror:
    """A reply as far as its writer has published it. Closed when it ends, or when it cannot be followed any more."""

    def __init__(self, message_id: str) -> None:
        self.reply = GrowingReply(message_id)
        self.watchers = 0
        self.has_begun = asyncio.Event()
        """Set once it has all that its writer has published, or never will."""
        self.has_answer = asyncio.Event()
        """Set whenever its writer has said which number the reply has."""
        self.number: int | None = None
        self._log_end = Position()
        """Where the entries of its writer have ended."""
        self._lacks = False
        self._must_ask = asyncio.Event()
        self._now = asyncio.get_running_loop().time
        self._last_entry_at = self._now()
        self.entries = 0
        """How many its writer has published since the mirror was made."""

    def close(self) -> None:
        """End its watches."""
        self.reply.close()
        for event in (self.has_begun, self.has_answer, self._must_ask):
            event.set()

    def on_entry(self, entry: Entry) -> None:
        """Append what the writer published."""
        self._last_entry_at = self._now()
        self.entries += 1
        if entry.is_end:
            self.close()
            return
        if entry.message_id:
            self.has_answer.set()
        placed = entry.placed(self._log_end)
        self._log_end = placed.end
        self._lacks = not self.reply.append_from(placed.text_at, placed.text, placed.reasoning_at, placed.reasoning)

    def on_gap(self) -> None:
        """Ask for what a message has said that was missed."""
        self.entries += 1
        self._must_ask.set()

    def on_message_read(self) -> None:
        """Note whether something is missing, now that all of a message has been appended."""
        if self._lacks:
            self._must_ask.set()
        elif self.number is not None:
            self.has_begun.set()

    async def until_ask_is_due(self) -> None:
        """Wait until something is missing, or no message came for a while."""
        while not self._must_ask.is_set():
            left_seconds = self._last_entry_at + QUIET_SECONDS - self._now()
            if left_seconds <= 0:
                break
            with suppress(TimeoutError):
                async with asyncio.timeout(left_seconds):
                    await self._must_ask.wait()
        self._must_ask.clear()


class Feed:
    """The log of another worker as it is published, for the mirrors of its replies."""

    def __init__(self, writer_id: str) -> None:
        self.writer_id = writer_id
        self.mirrors: dict[str, Mirror] = {}
        self.subscription = ExitStack()
        self._numbered: dict[int, Mirror] = {}
        self._message_number: int | None = None

    def on_message(self, encoded: bytes) -> None:
        """Give each entry to the mirror of its reply, if there is one."""
        try:
            message = decode_message(encoded)
        except msgspec.DecodeError:  # of another version of this server, perhaps
            warn_throttled(log, "replies_not_understood", self.writer_id)
            return
        if not message.follows(self._message_number):
            self._on_gap()
        if message.number is not None:
            self._message_number = message.number
        read = set()
        for entry in message.entries:
            if entry.message_id:
                self._place(entry)
            mirror = self._numbered.get(entry.number)
            if mirror is not None:
                mirror.on_entry(entry)
                read.add(mirror)
        for mirror in read:
            mirror.on_message_read()

    def remove(self, mirror: Mirror) -> None:
        """Give the mirror nothing any more."""
        if self.mirrors.get(mirror.reply.message_id) is mirror:
            del self.mirrors[mirror.reply.message_id]
        if mirror.number is not None and self._numbered.get(mirror.number) is mirror:
            del self._numbered[mirror.number]

    def _on_gap(self) -> None:
        """Read nothing of any reply until the writer has answered: its entries may go on after the missing ones."""
        self._numbered.clear()
        for mirror in self.mirrors.values():
            mirror.on_gap()

    def _place(self, entry: Entry) -> None:
        mirror, former = self.mirrors.get(entry.message_id), self._numbered.get(entry.number)
        if former not in (None, mirror):
            former.close()  # another reply has its number now
            self.remove(former)
        if mirror is None:
            return
        if entry.is_end or mirror.number not in (None, entry.number):
            mirror.close()  # it has settled; or another run writes it, and its text may begin differently
            self.remove(mirror)
        else:
            mirror.number = entry.number
            self._numbered[entry.number] = mirror


class Mirrors:
    """The mirrors of one worker."""

    def __init__(self, client: RedisClient, subscriber: Subscriber, scripts: LogScripts) -> None:
        self._client = client
        self._subscriber = subscriber
        self._scripts = scripts
        self._feeds: dict[str, Feed] = {}
        self._following: dict[Mirror, asyncio.Task[None]] = {}

    async def __aenter__(self) -> Self:
        self._subscriber.on_lost.append(self._close_all)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._subscriber.on_lost.remove(self._close_all)
        self._close_all()
        if self._following:
            await asyncio.wait(self._following.values(), timeout=CLOSE_SECONDS)

    def __len__(self) -> int:
        return len(self._following)

    @property
    def is_up(self) -> bool:
        """Whether there is a Redis to mirror from."""
        return self._subscriber.is_up and self._client.is_up

    async def watch(
        self, message_id: str, position: Position, try_send: TrySend | None = None, *, writer_id: str
    ) -> AsyncGenerator[Delta, None]:
        """Watch a mirror of the reply: see Broker."""
        if not self.is_up:
            return
        feed, mirror = self._join(writer_id, message_id)
        try:
            await mirror.has_begun.wait()
            with suppress(TimeoutError):  # a log may be behind what the watcher has seen elsewhere
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await mirror.reply.wait_until(position)
            if mirror.number is not None:
                async for delta in mirror.reply.watch(position, try_send):
                    yield delta
        finally:
            mirror.watchers -= 1
            if not mirror.watchers:
                self._close(feed, mirror)

    def _join(self, writer_id: str, message_id: str) -> tuple[Feed, Mirror]:
        feed = self._feeds.get(writer_id)
        if feed is None:
            feed = self._feeds[writer_id] = Feed(writer_id)
            channel = self._scripts.log(writer_id)
            feed.subscription.enter_context(self._subscriber.subscribe(channel, feed.on_message))
        mirror = feed.mirrors.get(message_id)
        if mirror is None:
            mirror = feed.mirrors[message_id] = Mirror(message_id)
            following = self._follow(feed, mirror)
            self._following[mirror] = asyncio.create_task(following, name=f"mirror {message_id}")
        mirror.watchers += 1
        return feed, mirror

    def _close(self, feed: Feed, mirror: Mirror) -> None:
        mirror.close()
        feed.remove(mirror)
        if not feed.mirrors and self._feeds.get(feed.writer_id) is feed:
            del self._feeds[feed.writer_id]
            feed.subscription.close()

    def _close_all(self) -> None:
        for feed in list(self._feeds.values()):
            for mirror in list(feed.mirrors.values()):
                self._close(feed, mirror)

    async def _follow(self, feed: Feed, mirror: Mirror) -> None:
        channel = self._scripts.log(feed.writer_id)
        try:
            if await self._subscriber.wait_until_subscribed(channel, CONFIRM_SECONDS):
                while not mirror.reply.closed and await self._is_answered(feed, mirror):
                    await mirror.until_ask_is_due()
        except RedisLost:
            pass  # the database shows the reply's progress
        except Exception:
            log.exception("reply_not_mirrored", message_id=mirror.reply.message_id)
        finally:
            self._close(feed, mirror)
            del self._following[mirror]

    async def _is_answered(self, feed: Feed, mirror: Mirror) -> bool:
        """Ask the writer for what follows; return False if it is dead, cannot reach Redis, or does not write it."""
        before = mirror.entries
        mirror.has_answer.clear()
        ask = encode_ask(mirror.reply.message_id, mirror.reply.end)
        await self._client.publish(self._scripts.asks(feed.writer_id), ask)
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await mirror.has_answer.wait()
        return mirror.entries > before

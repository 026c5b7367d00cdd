"""Mirrors of replies that other workers write: one per reply and worker, for as long as anybody watches it there."""

import asyncio
import struct
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Self

import structlog

from gql_chat.generation.delivery.growing import UNIT_BYTES, Delta, GrowingReply, Position, TrySend
from gql_chat.generation.delivery.redis_copy import SEALED, ChannelMessage, Copy, CopyScripts, Fence
from gql_chat.infra.redis.breaker import RedisLost
from gql_chat.infra.redis.client import RedisClient
from gql_chat.infra.redis.subscriber import Subscriber

CONFIRM_SECONDS = 1.0  # to be sure that every message will be received
PATIENCE_SECONDS = 0.5  # for a writer that has just started, or is behind what a watcher has
CLOSE_SECONDS = 2.0
QUIET_SECONDS = 2.0  # without a message, before the copy is read, and if it has not grown, the database
QUIET_AGAIN_SECONDS = 0.5  # the same for a reply that was quiet just before
MAX_QUIET = 1000  # replies that are remembered as quiet

log = structlog.get_logger(__name__)


class Mirror:
    """A reply as far as its writer has published it. Closed when it ends, or when it cannot be followed any more."""

    def __init__(self, message_id: str, quiet_seconds: float) -> None:
        self.reply = GrowingReply(message_id)
        self.watchers = 0
        self.has_begun = asyncio.Event()
        """Set once its writer was found, or will not be."""
        self.fence: Fence | None = None
        self._quiet_seconds = quiet_seconds
        self._must_read_copy = asyncio.Event()
        self._now = asyncio.get_running_loop().time
        self._last_message_at = self._now()

    @property
    def reached(self) -> Position:
        """The end of what is mirrored."""
        return Position(self.reply.text.length, self.reply.reasoning.length)

    def close(self) -> None:
        """End its watches."""
        self.reply.close()
        self.has_begun.set()
        self._must_read_copy.set()

    def on_message(self, data: bytes) -> None:
        """Append what the writer published."""
        if self.reply.closed:
            return
        self._last_message_at, self._quiet_seconds = self._now(), QUIET_SECONDS
        try:
            message = ChannelMessage.parse(data)
        except struct.error:
            log.warning("reply_not_understood", message_id=self.reply.message_id)
            return
        if self.fence is None and not message.is_end:
            self._begin(message.fence)
        if message.is_end and (self.fence is None or message.fence in (self.fence, SEALED)):
            self.close()
        elif message.fence != self.fence:
            self.close()  # another run writes the reply, and its text may begin differently
        elif not self._append(message.text_at, message.text, message.reasoning_at, message.reasoning):
            self._must_read_copy.set()

    def on_copy(self, copy: Copy, since: Position) -> None:
        """Append what the copy holds from the position on."""
        if self.reply.closed:
            return
        if not copy.fence.strip(b"\0"):
            if self.fence is not None:
                self.close()  # its writer is dead, or has ended and the message was missed
        elif self.fence not in (None, copy.fence):
            self.close()
        else:
            self._begin(copy.fence)
            self._append(since.text, copy.text, since.reasoning, copy.reasoning)

    async def until_copy_is_due(self) -> bool:
        """Wait until the copy must be read; return True if no message came for a while, False if one was missed."""
        while not self._must_read_copy.is_set():
            left_seconds = self._last_message_at + self._quiet_seconds - self._now()
            if left_seconds <= 0:
                break
            with suppress(TimeoutError):
                async with asyncio.timeout(left_seconds):
                    await self._must_read_copy.wait()
        was_quiet = not self._must_read_copy.is_set()
        self._must_read_copy.clear()
        self._last_message_at = self._now()
        return was_quiet

    def _begin(self, fence: Fence) -> None:
        self.fence = fence
        self.has_begun.set()

    def _append(self, text_at: int, text: bytes, reasoning_at: int, reasoning: bytes) -> bool:
        """Append what is new in the texts at these offsets; return False if something is missing before them."""
        text_known, reasoning_known = self.reply.text.length - text_at, self.reply.reasoning.length - reasoning_at
        if text_known < 0 or reasoning_known < 0:
            return False
        self.reply.append_units(text[text_known * UNIT_BYTES :], reasoning[reasoning_known * UNIT_BYTES :])
        return True


class Mirrors:
    """The mirrors of one worker."""

    def __init__(self, client: RedisClient, subscriber: Subscriber, scripts: CopyScripts) -> None:
        self._client = client
        self._subscriber = subscriber
        self._scripts = scripts
        self._mirrors: dict[str, Mirror] = {}
        self._following: dict[Mirror, asyncio.Task[None]] = {}
        self._quiet: OrderedDict[str, bool] = OrderedDict()

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
        self, message_id: str, position: Position, try_send: TrySend | None = None
    ) -> AsyncGenerator[Delta, None]:
        """Watch a mirror of the reply: see Broker."""
        if not self.is_up:
            return
        mirror = self._join(message_id)
        try:
            await mirror.has_begun.wait()
            with suppress(TimeoutError):  # a copy may be behind what the watcher has seen elsewhere
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await mirror.reply.wait_until(position)
            if mirror.fence is not None:
                async for delta in mirror.reply.watch(position, try_send):
                    yield delta
        finally:
            mirror.watchers -= 1
            if not mirror.watchers:
                self._close(mirror)

    def _join(self, message_id: str) -> Mirror:
        mirror = self._mirrors.get(message_id)
        if mirror is None:
            was_quiet = self._quiet.pop(message_id, False)
            quiet_seconds = QUIET_AGAIN_SECONDS if was_quiet else QUIET_SECONDS
            mirror = self._mirrors[message_id] = Mirror(message_id, quiet_seconds)
            self._following[mirror] = asyncio.create_task(self._follow(mirror), name=f"mirror {message_id}")
        mirror.watchers += 1
        return mirror

    def _close(self, mirror: Mirror) -> None:
        mirror.close()
        if self._mirrors.get(mirror.reply.message_id) is mirror:
            del self._mirrors[mirror.reply.message_id]

    def _close_all(self) -> None:
        for mirror in list(self._mirrors.values()):
            self._close(mirror)

    async def _follow(self, mirror: Mirror) -> None:
        channel = self._scripts.channel(mirror.reply.message_id)
        try:
            with self._subscriber.subscribe(channel, mirror.on_message):
                if await self._subscriber.wait_until_subscribed(channel, CONFIRM_SECONDS):
                    await self._read_copy(mirror)
                    await self._follow_until_quiet(mirror)
        except RedisLost:
            pass  # the database shows the reply's progress
        except Exception:
            log.exception("reply_not_mirrored", message_id=mirror.reply.message_id)
        finally:
            self._close(mirror)
            del self._following[mirror]

    async def _follow_until_quiet(self, mirror: Mirror) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await mirror.has_begun.wait()
        while mirror.fence is not None and not mirror.reply.closed:
            was_quiet, before = await mirror.until_copy_is_due(), mirror.reached
            await self._read_copy(mirror)
            if was_quiet and mirror.reached == before:
                # The model is thinking, or its worker cannot reach Redis: then the database knows more.
                self._quiet[mirror.reply.message_id] = True
                if len(self._quiet) > MAX_QUIET:  # the oldest's watchers have not come back
                    self._quiet.popitem(last=False)
                return

    async def _read_copy(self, mirror: Mirror) -> None:
        if not mirror.reply.closed:
            since = mirror.reached
            call = self._scripts.read(mirror.reply.message_id, since)
            mirror.on_copy(Copy(*await self._client.run_script(*call)), since)

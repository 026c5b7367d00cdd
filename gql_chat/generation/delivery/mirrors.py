"""Replies that other workers write, mirrored here once however many watch, for as long as somebody does."""

import asyncio
import struct
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import suppress
from types import TracebackType
from typing import Self

import structlog

from gql_chat.generation.delivery.copies import SEALED, Copy, CopyScripts, Fence, Told
from gql_chat.generation.delivery.growing import UNIT_BYTES, Delta, GrowingReply, Position, TrySend
from gql_chat.infra.redis.connections import RedisClient, RedisLost
from gql_chat.infra.redis.subscriber import Subscriber

CONFIRM_SECONDS = 1.0  # to be sure that every message will be heard
PATIENCE_SECONDS = 0.5  # for a writer that has just begun, or is behind what a watcher has
CLOSE_SECONDS = 2.0
QUIET_SECONDS = 2.0  # without a message, before the copy is looked at, and if it has not grown, the database
QUIET_AGAIN_SECONDS = 0.5  # the same where that was so just before
MAX_QUIET = 1000  # replies of which that is remembered

log = structlog.get_logger(__name__)


class Mirror:
    """A reply as far as its writer has told it. Closed when it ends, or when it cannot be followed any more."""

    def __init__(self, message_id: str, quiet_seconds: float) -> None:
        self.reply = GrowingReply(message_id)
        self._quiet_seconds = quiet_seconds
        self.watchers = 0
        self.has_begun = asyncio.Event()
        """Set once its writer was heard of, or will not be."""
        self.fence: Fence | None = None
        self._must_look = asyncio.Event()
        self._now = asyncio.get_running_loop().time
        self._heard_at = self._now()

    @property
    def reached(self) -> Position:
        """How far it is."""
        return Position(self.reply.text.length, self.reply.reasoning.length)

    def close(self) -> None:
        """Let its watchers go."""
        self.reply.close()
        self.has_begun.set()
        self._must_look.set()

    def hear(self, message: bytes) -> None:
        """Take what the writer tells."""
        if self.reply.closed:
            return
        self._heard_at, self._quiet_seconds = self._now(), QUIET_SECONDS
        try:
            told = Told.parse(message)
        except struct.error:
            log.warning("reply_not_understood", message_id=self.reply.message_id)
            return
        if self.fence is None and not told.is_end:
            self._begin(told.fence)
        if told.is_end and (self.fence is None or told.fence in (self.fence, SEALED)):
            self.close()
        elif told.fence != self.fence:
            self.close()  # another writing of the reply, of which this may be no beginning
        elif not self._take(told.text_at, told.text, told.reasoning_at, told.reasoning):
            self._must_look.set()

    def look_at(self, copy: Copy, since: Position) -> None:
        """Take what the copy holds from the position on."""
        if self.reply.closed:
            return
        if not copy.fence.strip(b"\0"):
            if self.fence is not None:
                self.close()  # its writer is dead, or has ended and was not heard
        elif self.fence not in (None, copy.fence):
            self.close()
        else:
            self._begin(copy.fence)
            self._take(since.text, copy.text, since.reasoning, copy.reasoning)

    async def quiet(self) -> bool:
        """Return when it is time to look at the copy: something was missed, or, True, nothing heard for a while."""
        while not self._must_look.is_set() and (left := self._heard_at + self._quiet_seconds - self._now()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._must_look.wait()
        was_quiet = not self._must_look.is_set()
        self._must_look.clear()
        self._heard_at = self._now()
        return was_quiet

    def _begin(self, fence: Fence) -> None:
        self.fence = fence
        self.has_begun.set()

    def _take(self, text_at: int, text: bytes, reasoning_at: int, reasoning: bytes) -> bool:
        """Whether it continues what is there."""
        text_known, reasoning_known = self.reply.text.length - text_at, self.reply.reasoning.length - reasoning_at
        if text_known < 0 or reasoning_known < 0:
            return False
        self.reply.append_units(text[text_known * UNIT_BYTES :], reasoning[reasoning_known * UNIT_BYTES :])
        return True


class Mirrors:
    """Of one worker."""

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

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
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
        """See Broker."""
        if not self.is_up:
            return
        mirror = self._join(message_id)
        try:
            await mirror.has_begun.wait()
            with suppress(TimeoutError):  # a copy may be behind what the watcher has seen elsewhere
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await mirror.reply.reached(position)
            if mirror.fence is not None:
                async for delta in mirror.reply.watch(position, try_send):
                    yield delta
        finally:
            self._leave(mirror)

    def _join(self, message_id: str) -> Mirror:
        mirror = self._mirrors.get(message_id)
        if mirror is None:
            was_quiet = self._quiet.pop(message_id, False)
            quiet_seconds = QUIET_AGAIN_SECONDS if was_quiet else QUIET_SECONDS
            mirror = self._mirrors[message_id] = Mirror(message_id, quiet_seconds)
            following = asyncio.create_task(self._follow(mirror), name=f"mirror {message_id}")
            self._following[mirror] = following
        mirror.watchers += 1
        return mirror

    def _leave(self, mirror: Mirror) -> None:
        mirror.watchers -= 1
        if not mirror.watchers:
            self._close(mirror)

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
            with self._subscriber.hearing(channel, mirror.hear):
                if await self._subscriber.confirmed(channel, CONFIRM_SECONDS):
                    await self._look(mirror)
                    await self._wait_for_writer(mirror)
                    while mirror.fence is not None and not mirror.reply.closed:
                        was_quiet, before = await mirror.quiet(), mirror.reached
                        await self._look(mirror)
                        if was_quiet and mirror.reached == before:
                            # The model is thinking, or its worker cannot reach Redis: then the database knows more.
                            self._note_quiet(mirror.reply.message_id)
                            break
        except RedisLost:
            pass  # the database tells how it goes on
        except Exception:  # rights that we lack, perhaps
            log.exception("reply_not_mirrored", message_id=mirror.reply.message_id)
        finally:
            self._close(mirror)
            del self._following[mirror]

    def _note_quiet(self, message_id: str) -> None:
        self._quiet[message_id] = True
        if len(self._quiet) > MAX_QUIET:  # of those whose watchers have not come back
            self._quiet.popitem(last=False)

    async def _look(self, mirror: Mirror) -> None:
        if mirror.reply.closed:
            return
        since = mirror.reached
        call = self._scripts.read(mirror.reply.message_id, since)
        mirror.look_at(Copy(*await self._client.run_script(*call)), since)

    async def _wait_for_writer(self, mirror: Mirror) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await mirror.has_begun.wait()

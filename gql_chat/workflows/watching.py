"""Watching, awaiting and stopping a reply that has started."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial
from itertools import count

from msgspec.structs import replace

from gql_chat.chats import leases, messages, sessions
from gql_chat.chats.idempotency import Exchange
from gql_chat.chats.models import Message, MessageStatus
from gql_chat.chats.paths import is_on_branch
from gql_chat.chats.recent import RecentMessages
from gql_chat.errors import NotFound
from gql_chat.generation.delivery.broker import Broker
from gql_chat.generation.delivery.growing import Delta, GrowingReply, Position, TrySend
from gql_chat.generation.runner import Runner
from gql_chat.infra.db.database import retry_until_available
from gql_chat.infra.signals import Signals

FOLLOW_SECONDS = 0.5  # between looks at the pieces of a reply that another process writes, or wrote

DELETED = "deleted"  # the topic on which workers learn of users who deleted texts
STOP = "stop"  # the topic on which the writer of a reply is notified at once that it is to stop


@dataclass(frozen=True, slots=True)
class RunningReplies:
    """The replies that this or another worker is writing: watches, awaits and stops them, and forgets their texts."""

    runner: Runner
    broker: Broker
    signals: Signals
    recent: RecentMessages

    async def watch(
        self, user_id: str, message_id: str, position: Position, try_send: TrySend | None = None
    ) -> AsyncGenerator[Delta | Message, None]:
        """Yield the deltas from the position on, then the settled message as the last. Never starts or cancels a reply.

        `try_send` may take a delta before it is yielded, in the very call that appends it; such a delta is not yielded.
        Raises NotFound, also when the reply is deleted under the watch.
        """
        if running := self.runner.find(user_id, message_id):
            _doubt(running.job.row, position)
            async with aclosing(running.reply.watch(position, try_send)) as deltas:
                async for delta in deltas:
                    yield delta
            if running.settled_row is not None:
                yield running.settled_row
                return
            message = await _get_message_at_last(user_id, message_id)
        else:
            message = await messages.get_message(user_id, message_id, is_whole=False)
            if message.status == MessageStatus.STREAMING:
                _doubt(message, position)
        now = asyncio.get_running_loop().time
        while True:
            begun_at = now()
            if message.status == MessageStatus.STREAMING:
                watch = self.broker.watch(message_id, position, try_send, writer_id=message.worker_id)
                async with aclosing(watch) as deltas:
                    async for delta in deltas:
                        yield delta
                message = await _get_message_at_last(user_id, message_id)
            for delta in _stored_deltas(message, position):
                yield delta
            if message.status != MessageStatus.STREAMING:
                yield message
                return
            # Its writer is another process, or dead: the pieces show its progress until it settles or is reaped.
            await asyncio.sleep(begun_at + FOLLOW_SECONDS - now())

    async def wait_for(self, user_id: str, exchange: Exchange) -> Exchange:
        """Return the exchange once its reply has settled."""
        reply = await self._wait_until_settled(user_id, exchange.reply.id)
        get_session = partial(sessions.get_session, user_id, exchange.session.id)
        session = await retry_until_available(get_session, retry_seconds=FOLLOW_SECONDS)
        return replace(exchange, session=session, reply=reply)

    async def stop(self, user_id: str, message_id: str) -> Message:
        """Stop a reply, before its first token too, and return it settled. Return an ended reply as it is."""
        message = await messages.get_message(user_id, message_id)
        if message.status != MessageStatus.STREAMING:
            return message
        running = self.runner.find(user_id, message_id)
        if await self.runner.stop(message_id):
            settled = running.settled_row if running is not None else None
            message = settled or await _get_message_at_last(user_id, message_id)
            if message.status != MessageStatus.STREAMING:
                return message
        # Another worker writes it, perhaps since it has taken this one for dead.
        await messages.request_stop(message_id)
        self.signals.send(STOP, [message_id])
        return await self._wait_until_settled(user_id, message_id)

    async def stop_all(self, user_id: str, session_ids: Sequence[str] | None = None) -> None:
        """Stop all replies in the sessions, None for all of the user's, and return when they have settled."""
        await self._stop_each(user_id, await leases.list_streaming(user_id, session_ids))

    async def stop_below(self, user_id: str, message: Message) -> None:
        """Stop all replies among the message and everything that follows it, and return when they have settled."""
        streaming = await leases.list_streaming(user_id, [message.session_id])
        below = [reply_id for reply_id in streaming if await is_on_branch(message, reply_id)]
        await self._stop_each(user_id, below)

    def forget(self, user_id: str) -> None:
        """Have all workers forget the texts of a user who deleted some of them."""
        self.recent.forget([user_id])
        self.signals.send(DELETED, [user_id])

    async def _stop_each(self, user_id: str, message_ids: Sequence[str]) -> None:
        for message_id in message_ids:
            with suppress(NotFound):  # deleted meanwhile, from another device
                await self.stop(user_id, message_id)

    async def _wait_until_settled(self, user_id: str, message_id: str) -> Message:
        running = self.runner.find(user_id, message_id)
        await self.runner.wait(message_id)
        if running is not None and running.settled_row is not None:
            return running.settled_row
        for attempt in count():
            message = await _get_message_at_last(user_id, message_id)
            if message.status != MessageStatus.STREAMING:
                return message
            if attempt:
                await asyncio.sleep(FOLLOW_SECONDS)  # its writer is dead and soon reaped, or cannot be reached
            # Another process writes it: look again when the watch ends.
            watch = self.broker.watch(message_id, Position(), writer_id=message.worker_id)
            async with aclosing(watch) as deltas:
                async for _ in deltas:
                    pass
        raise AssertionError("the loop has no end")


def _doubt(begun: Message, position: Position) -> None:
    """Doubt what a page has beyond the texts with which the present writer began, if it goes on with a reply.

    The page may have it from a writer that died before anybody else knew it, and its offset does not tell.
    """
    if begun.text or begun.reasoning:
        _growing(begun).verify(position)


def _stored_deltas(message: Message, position: Position) -> list[Delta]:
    """Return what the row has beyond the position, once settled with corrections. Advance the position."""
    stored, corrections = _growing(message), list[Delta]()
    if message.status == MessageStatus.STREAMING:
        stored.verify(position)
    else:
        corrections = stored.corrections(position)
    return [*corrections, *stored.missing(position)]


def _growing(message: Message) -> GrowingReply:
    return GrowingReply(message.id, text=message.text, reasoning=message.reasoning or "")


async def _get_message_at_last(user_id: str, message_id: str) -> Message:
    """Return the message, once the database is available. Raises NotFound."""
    get_message = partial(messages.get_message, user_id, message_id)
    return await retry_until_available(get_message, retry_seconds=FOLLOW_SECONDS)

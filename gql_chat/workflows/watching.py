"""What becomes of a reply once it has started: it is watched, waited for, or stopped."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import partial
from itertools import count

from gql_chat.chats import messages, sessions
from gql_chat.chats.models import Message, MessageStatus
from gql_chat.errors import NotFound
from gql_chat.generation.delivery.growing import Delta, GrowingReply, Position, TrySend
from gql_chat.infra.db.database import retry_until_available
from gql_chat.workflows.service import Generation
from gql_chat.workflows.starting import Sent

FOLLOW_SECONDS = 0.5  # between looks at the snapshots of a reply that another process writes, or wrote

STOP = "stop"  # the topic on which the writer of a reply hears at once that it is to stop


async def watch_reply(
    user_id: str, message_id: str, position: Position, *, generation: Generation, try_send: TrySend | None = None
) -> AsyncGenerator[Delta | Message, None]:
    """Deltas from the position on, then the settled message, always the last. Never starts or cancels anything.

    `try_send` may take deltas before they are given here, in the very call that appends them. Raises NotFound, also
    when the reply is deleted under the watch.
    """
    message = await messages.get_message(user_id, message_id)
    now = asyncio.get_running_loop().time
    while True:
        begun_at = now()
        if message.status == MessageStatus.STREAMING:
            async with aclosing(generation.broker.watch(message_id, position, try_send)) as deltas:
                async for delta in deltas:
                    yield delta
            message = await _get_message_at_last(user_id, message_id)
        stored = GrowingReply(message_id, text=message.text, reasoning=message.reasoning or "")
        if message.status != MessageStatus.STREAMING:
            for delta in [*stored.corrections(position), *stored.missing(position)]:
                yield delta
            yield message
            return
        for delta in stored.missing(position):
            yield delta
        # Its writer is another process, or dead: the snapshots tell how far it is until it settles or is reaped.
        await asyncio.sleep(begun_at + FOLLOW_SECONDS - now())


async def wait_for_reply(user_id: str, sent: Sent, *, generation: Generation) -> Sent:
    """The same exchange once its reply has settled."""
    reply = await _settled(user_id, sent.reply.id, generation)
    get_session = partial(sessions.get_session, user_id, sent.session.id)
    return Sent(await retry_until_available(get_session, retry_seconds=FOLLOW_SECONDS), sent.user_message, reply)


async def stop_reply(user_id: str, message_id: str, *, generation: Generation) -> Message:
    """Stop a reply, before its first token too, and return it settled; one that has ended is returned as it is."""
    message = await messages.get_message(user_id, message_id)
    if message.status != MessageStatus.STREAMING:
        return message
    if not await generation.runner.stop(message_id):  # another worker writes it
        await messages.request_stop(message_id)
        generation.signals.send(STOP, [message_id])
    return await _settled(user_id, message_id, generation)


async def stop_replies(user_id: str, session_ids: Sequence[str] | None, *, generation: Generation) -> None:
    """Stop everything that is being written in the sessions, None for all of the user's; return when it has settled."""
    for message_id in await messages.list_streaming(user_id, session_ids):
        try:
            await stop_reply(user_id, message_id, generation=generation)
        except NotFound:
            continue  # deleted meanwhile, from another device


async def _settled(user_id: str, message_id: str, generation: Generation) -> Message:
    await generation.runner.wait(message_id)
    for attempt in count():
        message = await _get_message_at_last(user_id, message_id)
        if message.status != MessageStatus.STREAMING:
            return message
        if attempt:
            await asyncio.sleep(FOLLOW_SECONDS)  # its writer is dead and soon reaped, or cannot be heard
        # Another process writes it: the end of a watch tells when to look.
        async with aclosing(generation.broker.watch(message_id, Position())) as deltas:
            async for _ in deltas:
                pass
    raise AssertionError("it is waited for without end")


async def _get_message_at_last(user_id: str, message_id: str) -> Message:
    """Raises NotFound; an outage of the database is waited out."""
    get_message = partial(messages.get_message, user_id, message_id)
    return await retry_until_available(get_message, retry_seconds=FOLLOW_SECONDS)

"""Deletion of messages: all of a session's, or one with everything that follows it."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from gql_chat.changes import changelog
from gql_chat.changes.models import ChangeKind
from gql_chat.chats.messages import get_message
from gql_chat.chats.models import ChatSession, Message
from gql_chat.chats.paths import LOOK_UP, OF_FORK, find_newest_end, is_on_branch, load_siblings
from gql_chat.chats.sessions import lock_session
from gql_chat.files.models import File
from gql_chat.infra import clock
from gql_chat.infra.db.combining import padded
from gql_chat.infra.db.database import BATCH_ROWS, dialect, fetch_all, transaction
from gql_chat.infra.db.repeating import repeated_on_conflict

# By the chains of the subtree below $1, each with its first order there.
SELECT_BELOW = """
WITH RECURSIVE below (session_id, chain_id, "first") AS (
    SELECT session_id, chain_id, "order" FROM messages WHERE id = $1
    UNION ALL
    SELECT fork.session_id, fork.id, fork."order" FROM below CROSS JOIN {forks}
)
SELECT messages.id, messages.attachments FROM below CROSS JOIN {messages}
ORDER BY messages."order" DESC, messages.id DESC
"""
BELOW_IN_CHAIN = """
messages.session_id = below.session_id AND messages.chain_id = below.chain_id AND messages."order" >= below."first"
"""
SELECT_WITH_FILES = """
SELECT attachments FROM messages WHERE session_id = $1 AND CAST(attachments AS TEXT) LIKE '%"file_id"%'
"""


@repeated_on_conflict
async def delete_messages(user_id: str, session_id: str) -> int:
    """Delete all messages of the session, which stays with its files, and return their number. Raises NotFound."""
    async with transaction():
        session = await lock_session(user_id, session_id)  # a parallel send would leave a branch without its root
        count = await Message.filter(session_id=session.id).delete()
        empty = {"head_id": None, "message_count": 0, "last_message_at": None, "updated_at": clock.now()}
        await ChatSession.filter(id=session.id).update(**empty)
        await changelog.record(user_id, (ChangeKind.SESSION_CHANGED, [session.id]))
    return count


@repeated_on_conflict
async def delete_message(user_id: str, message_id: str) -> ChatSession:
    """Delete the message with everything that follows it on any branch, and the files that no other message names.

    If it was on the selected branch, the nearest branch beside it is selected, else its parent ends the branch. Raises
    NotFound.
    """
    async with transaction():
        session = await lock_session(user_id, (await get_message(user_id, message_id)).session_id)
        message = await get_message(user_id, message_id)  # read again under the lock
        if await is_on_branch(message, session.head_id):
            session.head_id = await _find_next_end(message)
        deleted = await _list_below(message)
        ids = [str(row["id"]) for row in deleted]
        await _delete_batches(ids)
        file_ids = await _delete_files_left(session, deleted)
        await _count_again(session, len(ids))
        await changelog.record(
            user_id,
            *changelog.in_chunks(ChangeKind.MESSAGES_DELETED, ids[::-1]),
            *changelog.in_chunks(ChangeKind.FILES_DELETED, file_ids),
            (ChangeKind.SESSION_CHANGED, [session.id]),
        )
    return session


async def _list_below(message: Message) -> Sequence[Mapping[str, Any]]:
    """List the message and all below it, the deepest first: ids and attachments."""
    look_up = LOOK_UP[dialect()]
    forks = look_up.format(name="fork", conditions=OF_FORK)
    messages = look_up.format(name="messages", conditions=BELOW_IN_CHAIN)
    return await fetch_all(SELECT_BELOW.format(forks=forks, messages=messages), message.id)


async def _delete_batches(ids: Sequence[str]) -> None:
    for start in range(0, len(ids), BATCH_ROWS):
        await Message.filter(id__in=padded(ids[start : start + BATCH_ROWS])).delete()


async def _find_next_end(message: Message) -> str | None:
    """Return the end of the branch through the sibling before the message, else after it, else its parent."""
    [siblings] = await load_siblings([(message.session_id, message.above_id, message.order)])
    place = siblings.index(message.id)
    beside = siblings[place - 1] if place else next(iter(siblings[1:2]), None)
    return await find_newest_end(beside) if beside else message.parent_id


async def _delete_files_left(session: ChatSession, deleted: Sequence[Mapping[str, Any]]) -> list[str]:
    """Delete the files that only deleted messages name, and return their ids."""
    named = _files_named(deleted)
    if named:
        named -= _files_named(await fetch_all(SELECT_WITH_FILES, session.id))
    left = File.filter(id__in=padded(named), session_id=session.id)
    ids = [str(file_id) for file_id in await left.order_by("id").values_list("id", flat=True)] if named else []
    if ids:
        await File.filter(id__in=padded(ids)).delete()
    return ids


def _files_named(rows: Sequence[Mapping[str, Any]]) -> set[str]:
    parts = (part for row in rows for part in orjson.loads(row["attachments"]))
    return {part["file_id"] for part in parts if "file_id" in part}


async def _count_again(session: ChatSession, deleted: int) -> None:
    newest = Message.filter(session_id=session.id).order_by("-created_at").limit(1)
    session.message_count -= deleted
    session.last_message_at = next(iter(await newest.values_list("created_at", flat=True)), None)  # type: ignore[assignment]
    session.updated_at = clock.now()
    await session.save(update_fields=["head_id", "message_count", "last_message_at", "updated_at"])

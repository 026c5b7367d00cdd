"""The growth of a session's tree of messages, and the selection of one of its branches.

The selected rows are one path from a root to `session.head_id`, which new messages follow. Call every function here
but `select_branch` in a transaction that created or locked the session.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from gql_chat.changes import changelog
from gql_chat.changes.models import ChangeKind
from gql_chat.chats.messages import get_message
from gql_chat.chats.models import Attachment, ChatSession, Message, MessageRole, MessageStatus, SessionStatus
from gql_chat.chats.search_index import add_search_text, remove_search_text
from gql_chat.chats.sessions import lock_session
from gql_chat.chats.titles import rule_title
from gql_chat.errors import Conflict, ConflictReason
from gql_chat.infra import clock
from gql_chat.infra.db.database import execute, fetch_all, transaction
from gql_chat.infra.db.repeating import repeated_on_conflict
from gql_chat.infra.db.rows import insert_last, require_unchanged, update_last
from gql_chat.infra.ids import new_id

# From the branch's end up to the first message that is selected already, where the branches fork, or to the root: as
# many rows as the branches differ in. Three statements select them. In one statement, PostgreSQL would expect so many
# rows of its parts that it reads the whole table.
WITH_BRANCH = """
WITH RECURSIVE branch (id, parent_id, is_selected, "order") AS (
    SELECT id, parent_id, is_selected, "order" FROM messages WHERE id = $1
    UNION ALL
    SELECT messages.id, messages.parent_id, messages.is_selected, messages."order"
    FROM branch JOIN messages ON messages.id = branch.parent_id
    WHERE NOT branch.is_selected
)
"""
SELECT_FORK = f'{WITH_BRANCH} SELECT coalesce(max("order"), 0) AS "order" FROM branch WHERE is_selected'  # noqa: S608
UPDATE_OLD_BRANCH = """
UPDATE messages SET is_selected = false WHERE session_id = $1 AND is_selected = true AND "order" > $2
"""
UPDATE_NEW_BRANCH = f"""
UPDATE messages SET is_selected = true WHERE id IN ({WITH_BRANCH} SELECT id FROM branch WHERE NOT is_selected)
"""  # noqa: S608
SELECT_NEWEST_END = """
WITH RECURSIVE below (id) AS (
    SELECT id FROM messages WHERE id = $1
    UNION ALL
    SELECT messages.id FROM below JOIN messages ON messages.parent_id = below.id
)
SELECT max(id) AS id FROM below WHERE NOT EXISTS (SELECT 1 FROM messages WHERE messages.parent_id = below.id)
"""


@dataclass(frozen=True, slots=True)
class UserContent:
    """The content of a user's message."""

    text: str
    attachments: Sequence[Attachment]


@dataclass(frozen=True, slots=True)
class Writer:
    """The key, model and worker that write a reply."""

    key_id: str | None
    model: str
    worker_id: str


@repeated_on_conflict
async def select_branch(user_id: str, message_id: str) -> ChatSession:
    """Select the branch through the message, down to its newest end; a branch that is selected stays as it is.

    Raises NotFound, and Conflict like `lock_branch`.
    """
    async with transaction():
        session, message = await lock_branch(user_id, message_id)
        if not message.is_selected:
            await end_branch_with(session, await find_newest_end(message.id))
            session.updated_at = clock.now()
            await session.save(update_fields=["head_id", "updated_at"])
            await changelog.record(user_id, (ChangeKind.SESSION_CHANGED, [session.id]))
    return session


async def lock_branch(user_id: str, message_id: str) -> tuple[ChatSession, Message]:
    """Return the message and its session, locked until this transaction ends.

    Raises NotFound, and Conflict if the session has ended or the last reply of its selected branch is streaming.
    """
    message = await get_message(user_id, message_id)
    session = await lock_session(user_id, message.session_id)
    require_active(session)
    require_settled(session, await Message.get_or_none(id=session.head_id))
    return session, await get_message(user_id, message_id)  # read again under the lock


def require_active(session: ChatSession, *, field: str | None = None) -> None:
    """Raise Conflict if the session has ended."""
    if session.status == SessionStatus.ENDED:
        message = "This session has ended; set its status to ACTIVE first."
        raise Conflict(message, reason=ConflictReason.SESSION_ENDED, field=field)


def require_head(session: ChatSession, head_id: str) -> None:
    """Raise Conflict if the selected branch does not end with this message."""
    if session.head_id != head_id:
        raise Conflict(
            "The chat has gone on since; load it again.",
            reason=ConflictReason.BRANCH_GREW,
            field="parent_id",
            head_id=session.head_id,
        )


def require_settled(session: ChatSession, head: Message | None) -> None:
    """Raise Conflict if the end of the selected branch is a reply that is still being written."""
    if head is not None and head.status == MessageStatus.STREAMING:
        message = "The last reply is still being written; wait for it or stop it."
        raise Conflict(message, reason=ConflictReason.REPLY_STREAMING, head_id=session.head_id)


async def end_branch_with(session: ChatSession, message_id: str | None) -> None:
    """Select the branch that ends with this message, None for no branch. The caller stores the session's new head."""
    [fork] = await fetch_all(SELECT_FORK, message_id)
    await execute(UPDATE_OLD_BRANCH, session.id, fork["order"])
    await execute(UPDATE_NEW_BRANCH, message_id)
    session.head_id = message_id


async def find_newest_end(message_id: str) -> str:
    """Return the end that was written last of the branches through this message."""
    [end] = await fetch_all(SELECT_NEWEST_END, message_id)
    return str(end["id"])


async def append_exchange(
    session: ChatSession, order: int, content: UserContent, writer: Writer, *, is_locked: bool = True
) -> tuple[Message, Message]:
    """Store the user's message with this order, and its reply, which is STREAMING.

    If the session is not locked, store them in a unit of work, which requires it to be as it was read.
    """
    now = clock.now()
    as_read = {} if is_locked else {"updated_at": session.updated_at}
    said = _new_message(session, session.head_id, order, MessageRole.USER, now)
    said.text, said.attachments = content.text, list(content.attachments)
    said.status, said.finished_at = MessageStatus.COMPLETED, now
    session.title = session.title or rule_title(content.text)
    reply = _new_reply(session, said, writer, now)
    await _store(session, [said, reply], now, as_read)
    await add_search_text(session.user_id, said.id, said.text)
    return said, reply


async def append_reply(session: ChatSession, said: Message, writer: Writer) -> Message:
    """Store one more reply, which is STREAMING, to the user's message that ends the selected branch."""
    now = clock.now()
    reply = _new_reply(session, said, writer, now)
    await _store(session, [reply], now)
    return reply


async def reopen_reply(session: ChatSession, reply: Message, writer: Writer) -> None:
    """Set the reply that ends the selected branch to STREAMING again; it keeps its text and reasoning."""
    now = clock.now()
    _assign(reply, writer)
    reply.update_from_dict({"finish_reason": None, "finished_at": None})
    assigned = ("status", "worker_id", "lease_until", "key_id", "model")
    await reply.save(update_fields=[*assigned, "finish_reason", "finished_at"])
    await remove_search_text(reply.id)
    session.active_at = session.updated_at = now
    await session.save(update_fields=["head_id", "active_at", "updated_at"])


async def _store(
    session: ChatSession, added: Sequence[Message], now: datetime, as_read: Mapping[str, Any] = MappingProxyType({})
) -> None:
    session.head_id = added[-1].id
    session.message_count += len(added)
    session.last_message_at = session.active_at = session.updated_at = now
    columns = ("head_id", "message_count", "title", "persona", "last_message_at", "active_at", "updated_at")
    if as_read:
        await require_unchanged(session, *columns, **as_read)
    else:
        await update_last(session, *columns)
    await insert_last(*added)


def _new_reply(session: ChatSession, said: Message, writer: Writer, now: datetime) -> Message:
    reply = _new_message(session, said.id, said.order + 1, MessageRole.ASSISTANT, now)
    _assign(reply, writer)
    return reply


def _assign(reply: Message, writer: Writer) -> None:
    reply.status, reply.worker_id, reply.lease_until = MessageStatus.STREAMING, writer.worker_id, None
    reply.key_id, reply.model = writer.key_id, writer.model


def _new_message(session: ChatSession, parent_id: str | None, order: int, role: MessageRole, now: datetime) -> Message:
    return Message(
        id=new_id("msg"),
        session_id=session.id,
        parent_id=parent_id,
        order=order,
        is_selected=True,
        role=role,
        text="",
        attachments=[],
        created_at=now,
    )

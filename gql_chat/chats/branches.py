"""The growth of a session's tree of messages, and the selection of one of its branches.

The selected branch is the path from a root to `session.head_id`, which new messages follow. Call every function here
but `select_branch` in a transaction that created or locked the session.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Self

import msgspec

from gql_chat.changes import changelog
from gql_chat.changes.models import ChangeKind
from gql_chat.chats.messages import get_message
from gql_chat.chats.models import Attachment, ChatSession, Message, MessageRole, MessageStatus, SessionStatus
from gql_chat.chats.paths import find_newest_end, is_on_branch
from gql_chat.chats.search_index import add_search_text, remove_search_text
from gql_chat.chats.sessions import lock_session
from gql_chat.chats.titles import rule_title
from gql_chat.errors import Conflict, ConflictReason
from gql_chat.infra import clock
from gql_chat.infra.db.database import transaction
from gql_chat.infra.db.repeating import repeated_on_conflict
from gql_chat.infra.db.rows import assign, insert_last, new_row, require_unchanged, update_last
from gql_chat.infra.ids import new_id


class UserContent(msgspec.Struct, frozen=True):
    """The content of a user's message."""

    text: str
    attachments: Sequence[Attachment]


class Place(msgspec.Struct, frozen=True):
    """The place of a new message in its tree. Without `chain_id` it begins a chain, which forks from another."""

    parent_id: str | None
    order: int
    chain_id: str | None
    forked_from: str | None

    @classmethod
    def after(cls, session: ChatSession, end: Message | None) -> Self:
        """Return the place after a message that nothing follows; None for the first place of the session."""
        if end is None:
            return cls(None, 1, None, session.id)
        return cls(end.id, end.order + 1, end.chain_id, None)

    @classmethod
    def beside(cls, message: Message) -> Self:
        """Return the place of one more sibling of the message."""
        return cls(message.parent_id, message.order, None, message.above_id)


class Writer(msgspec.Struct, frozen=True):
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
        if not await is_on_branch(message, session.head_id):
            session.head_id = await find_newest_end(message.id)
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
        raise reply_streaming(session)


def reply_streaming(session: ChatSession) -> Conflict:
    """Return the error for what has to wait for the last reply."""
    message = "The last reply is still being written; wait for it or stop it."
    return Conflict(message, reason=ConflictReason.REPLY_STREAMING, head_id=session.head_id)


async def append_exchange(
    session: ChatSession, place: Place, content: UserContent, writer: Writer, *, is_locked: bool = True
) -> tuple[Message, Message]:
    """Store the user's message at this place, and its reply, which is STREAMING.

    If the session is not locked, store them in a unit of work, which requires it to be as it was read. A new session is
    stored with them.
    """
    now = clock.now()
    as_read = {} if is_locked else {"updated_at": session.updated_at}
    said = _new_message(
        session,
        place,
        MessageRole.USER,
        now,
        text=content.text,
        attachments=list(content.attachments),
        status=MessageStatus.COMPLETED,
        finished_at=now,
    )
    assign(session, title=session.title or rule_title(content.text))
    reply = _new_reply(session, Place.after(session, said), writer, now)
    await _store(session, [said, reply], now, as_read)
    await add_search_text(session.user_id, said.id, said.text, is_first=True)
    return said, reply


async def append_reply(session: ChatSession, said: Message, writer: Writer) -> Message:
    """Store one more reply, which is STREAMING, to the user's message."""
    now = clock.now()
    reply = _new_reply(session, Place(said.id, said.order + 1, None, said.chain_id), writer, now)
    await _store(session, [reply], now)
    return reply


async def reopen_reply(session: ChatSession, reply: Message, writer: Writer) -> None:
    """Set the reply that ends the selected branch to STREAMING again; it keeps its text and reasoning."""
    now = clock.now()
    assign(reply, **_columns_of(writer))
    reply.update_from_dict({"finish_reason": None, "finished_at": None})
    assigned = ("status", "worker_id", "lease_until", "key_id", "model")
    await reply.save(update_fields=[*assigned, "finish_reason", "finished_at"])
    await remove_search_text(reply.id)
    session.active_at = session.updated_at = now
    await session.save(update_fields=["head_id", "active_at", "updated_at"])


async def _store(
    session: ChatSession, added: Sequence[Message], now: datetime, as_read: Mapping[str, Any] = MappingProxyType({})
) -> None:
    message_count = session.message_count + len(added)
    assign(session, head_id=added[-1].id, message_count=message_count)
    assign(session, last_message_at=now, active_at=now, updated_at=now)
    columns = ("head_id", "message_count", "title", "persona", "last_message_at", "active_at", "updated_at")
    if not session._saved_in_db:
        await insert_last(session)
    elif as_read:
        await require_unchanged(session, *columns, **as_read)
    else:
        await update_last(session, *columns)
    await insert_last(*added)


def _new_reply(session: ChatSession, place: Place, writer: Writer, now: datetime) -> Message:
    return _new_message(session, place, MessageRole.ASSISTANT, now, text="", attachments=[], **_columns_of(writer))


def _columns_of(writer: Writer) -> dict[str, Any]:
    """Return the columns of a reply that is being written."""
    return {
        "status": MessageStatus.STREAMING,
        "worker_id": writer.worker_id,
        "lease_until": None,
        "key_id": writer.key_id,
        "model": writer.model,
    }


def _new_message(session: ChatSession, place: Place, role: MessageRole, now: datetime, **columns: Any) -> Message:
    message_id = new_id("msg")
    return new_row(
        Message,
        id=message_id,
        session_id=session.id,
        parent_id=place.parent_id,
        order=place.order,
        chain_id=place.chain_id or message_id,
        forked_from=place.forked_from,
        role=role,
        created_at=now,
        **columns,
    )

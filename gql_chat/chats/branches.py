"""How a session's tree of messages grows: whatever is added stands at the end of the selected branch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gql_chat.chats.messages import LEASE
from gql_chat.chats.models import ChatSession, Message, MessageRole, MessageStatus
from gql_chat.chats.sessions import rule_title
from gql_chat.errors import Conflict
from gql_chat.infra import clock
from gql_chat.infra.ids import new_id


@dataclass(frozen=True, slots=True)
class Exchange:
    """What is about to be said, and by what it will be answered. `attachments` are the parts that are not text."""

    text: str
    attachments: Sequence[Mapping[str, Any]]
    key_id: str | None
    model: str
    worker_id: str


def require_open_end(session: ChatSession, head: Message | None, parent_id: str | None) -> None:
    """Raise Conflict if the selected branch does not end with `parent_id` (None: anything), or is still streaming."""
    if parent_id is not None and parent_id != session.head_id:
        raise Conflict("The chat has gone on since; reload it.", field="input.parentId", head_id=session.head_id)
    if head is not None and head.status == MessageStatus.STREAMING:
        raise Conflict("The last reply is still being written; wait for it or stop it.", head_id=session.head_id)


async def append_exchange(session: ChatSession, head: Message | None, exchange: Exchange) -> tuple[Message, Message]:
    """The user's message and its reply, STREAMING, after `head`, the end of the selected branch.

    To be called in a transaction that made or locked the session (`sessions.lock_session`).
    """
    now = clock.now()
    order = head.order if head else 0
    said = _new_message(session, session.head_id, order + 1, MessageRole.USER, now)
    said.text, said.attachments = exchange.text, list(map(dict, exchange.attachments))
    said.status, said.finished_at = MessageStatus.COMPLETED, now
    reply = _new_message(session, said.id, order + 2, MessageRole.ASSISTANT, now)
    reply.status, reply.worker_id, reply.lease_until = MessageStatus.STREAMING, exchange.worker_id, now + LEASE
    reply.key_id, reply.model = exchange.key_id, exchange.model
    changes = {
        "head_id": reply.id,
        "message_count": session.message_count + 2,
        "last_message_at": now,
        "active_at": now,
        "updated_at": now,
        "title": session.title or rule_title(exchange.text),
        "persona": session.persona,
    }
    session.update_from_dict(changes)
    await session.save(update_fields=list(changes))
    await said.save(force_create=True)
    await reply.save(force_create=True)
    return said, reply


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

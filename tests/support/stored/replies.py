"""Replies as the database has them."""

from typing import Any

from gql_chat.chats.models import ChatSession, Message, MessageStatus
from gql_chat.chats.pieces import complete
from gql_chat.infra import clock
from gql_chat.infra.ids import new_id
from gql_chat.usage.models import CallPurpose, OpenCall


async def stored_text(message_id: str) -> str:
    """Return a reply's text, whether or not it has settled."""
    message = await Message.get(id=message_id)
    await complete([message])
    return message.text


async def leave_unsettled(message_id: str, worker_id: str, **columns: Any) -> None:
    """Make a settled reply one that this worker writes, with a call under way, of which no server knows."""
    reply, now = await Message.get(id=message_id), clock.now()
    await reply.update_from_dict({"status": MessageStatus.STREAMING, "worker_id": worker_id, **columns}).save()
    await OpenCall.create(
        id=new_id("call"), user_id=(await ChatSession.get(id=reply.session_id)).user_id, purpose=CallPurpose.REPLY,
        model="demo", endpoint="https://api.example", is_server_key=True, keeps_contents=False, request_messages="[]",
        request_parameters="{}", created_at=now, session_id=reply.session_id, message_id=message_id, prompt_tokens=0,
        reserved_tokens=0, text_before=0, reasoning_before=0, dead_after=now,
    )  # fmt: skip

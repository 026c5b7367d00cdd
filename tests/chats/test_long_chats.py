"""Chats as long as people make them."""

from collections.abc import Awaitable, Callable

import pytest

from gql_chat.chats.messages import delete_messages
from gql_chat.chats.models import ChatSession, Message, MessageRole, MessageStatus
from gql_chat.chats.sessions import SessionDraft, create_session, delete_all_sessions, delete_sessions
from gql_chat.infra import clock
from gql_chat.infra.db import model_modules, open_database, transaction
from gql_chat.infra.ids import new_id
from gql_chat.users.models import User, UserRole, UserStatus

LENGTH = 3000  # each message the child of the one before; SQLite lets a cascade go 1,000 levels deep


@pytest.mark.parametrize(
    ("delete", "sessions_left"),
    [
        (lambda session: delete_sessions(session.user_id, [session.id]), 0),
        (lambda session: delete_all_sessions(session.user_id), 0),
        (lambda session: delete_messages(session.user_id, session.id), 1),
    ],
    ids=["the session", "all sessions", "its messages"],
)
async def test_a_long_chat_can_be_deleted(
    database_url: str, delete: Callable[[ChatSession], Awaitable[object]], sessions_left: int
) -> None:
    async with open_database(database_url, model_modules()):
        session = await create_session((await new_user()).id, SessionDraft())
        await fill(session)
        await delete(session)
        assert (await ChatSession.all().count(), await Message.all().count()) == (sessions_left, 0)


async def new_user() -> User:
    now = clock.now()
    return await User.create(
        id=new_id("usr"), username="ada", username_folded="ada", email="a@b.cd", email_folded="a@b.cd",
        password_hash="none", role=UserRole.USER, status=UserStatus.ACTIVE, created_at=now, updated_at=now,
    )  # fmt: skip


async def fill(session: ChatSession) -> None:
    """One branch of so many messages."""
    ids = [None, *(new_id("msg") for _ in range(LENGTH))]
    messages = [
        Message(
            id=ids[order], session_id=session.id, parent_id=ids[order - 1], order=order, is_selected=True, text="x",
            role=MessageRole.USER, attachments=[], status=MessageStatus.COMPLETED, created_at=clock.now(),
        )
        for order in range(1, LENGTH + 1)
    ]  # fmt: skip
    async with transaction():
        await Message.bulk_create(messages)

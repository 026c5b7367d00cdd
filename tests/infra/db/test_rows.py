"""Rows that are stored by statements of ours."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from tortoise.exceptions import IntegrityError

from gql_chat.chats.models import ChatSession, ContentType, Message, MessageRole, MessageStatus, UrlAttachment
from gql_chat.chats.sessions import SessionDraft, insert_session
from gql_chat.infra.db.database import model_modules, open_database
from gql_chat.infra.db.rows import insert, update
from gql_chat.infra.ids import new_id
from tests.support.stored.owners import new_user

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PICTURE = UrlAttachment(ContentType.IMAGE_URL, "https://example.com/a.png")


@pytest.fixture
async def session(database_url: str) -> AsyncIterator[ChatSession]:
    async with open_database(database_url, model_modules()):
        yield await insert_session(await new_user("ada"), SessionDraft())


def message(session: ChatSession, order: int, parent: Message | None) -> Message:
    return Message(
        id=new_id("msg"), session_id=session.id, parent_id=parent.id if parent else None, order=order,
        chain_id="none", role=MessageRole.USER, text="Größe 中文 'x'", attachments=[PICTURE],
        status=MessageStatus.COMPLETED, created_at=NOON,
    )  # fmt: skip


async def test_rows_come_back_as_they_were_inserted_whichever_refers_to_which(session: ChatSession) -> None:
    first = message(session, 1, None)
    second = message(session, 2, first)
    await insert(first, second)
    for row in (first, second):
        found = await Message.get(id=row.id)
        assert {name: getattr(found, name) for name in Message._meta.fields_db_projection} == {
            name: getattr(row, name) for name in Message._meta.fields_db_projection
        }


async def test_an_update_stores_the_named_columns_alone(session: ChatSession) -> None:
    session.title, session.model, session.last_message_at = "New", "unsaved", NOON
    await update(session, "title", "last_message_at")
    found = await ChatSession.get(id=session.id)
    assert (found.title, found.model, found.last_message_at) == ("New", None, NOON)


async def test_a_row_that_exists_is_refused(session: ChatSession) -> None:
    with pytest.raises(IntegrityError):
        await insert(session)

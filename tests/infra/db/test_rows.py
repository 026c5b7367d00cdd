"""Rows that are stored by statements of ours."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from tortoise.exceptions import IncompleteInstanceError, IntegrityError

from gql_chat.chats.models import (
    ChatSession,
    ContentType,
    FinishReason,
    Message,
    MessageRole,
    MessageStatus,
    UrlAttachment,
)
from gql_chat.chats.sessions import SessionDraft, insert_session
from gql_chat.infra.db.database import fetch_rows
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.db.rows import assign, insert, new_row, partial_row, stored_row, update_last
from gql_chat.infra.ids import new_id
from gql_chat.usage.models import UsageSource
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


async def test_a_new_row_is_what_the_orms_constructor_makes(session: ChatSession) -> None:
    made = message(session, 1, None)
    columns = {name: value for name in Message._meta.fields_db_projection if (value := getattr(made, name)) is not None}
    assert vars(new_row(Message, **columns)) == vars(made)


@pytest.mark.parametrize("model", [ChatSession, Message])
async def test_a_row_of_values_is_what_the_orm_makes_of_them(session: ChatSession, model: type[Any]) -> None:
    session.pinned, session.last_message_at, session.history_messages = True, NOON, 7
    await update_last(session, "pinned", "last_message_at", "history_messages")
    reply = message(session, 1, None)
    reply.finish_reason, reply.usage_source, reply.history_truncated = FinishReason.STOP, UsageSource.PROVIDER, True
    await insert(reply)
    await insert(message(session, 2, reply))
    columns = [*model._meta.fields_db_projection.values()]
    names = ", ".join(f'"{column}"' for column in columns)
    stored = await fetch_rows(f'SELECT {names} FROM "{model._meta.db_table}" ORDER BY id')  # noqa: S608
    for values, expected in zip(stored, await model.all().order_by("id"), strict=True):
        row = stored_row(model, values)
        assert [(type(getattr(row, one)), getattr(row, one)) for one in columns] == [
            (type(getattr(expected, one)), getattr(expected, one)) for one in columns
        ]
        assert row._saved_in_db


async def test_a_row_of_which_some_columns_were_read_has_no_others_and_is_not_saved(session: ChatSession) -> None:
    reply = message(session, 1, None)
    await insert(reply)
    [values] = await fetch_rows("SELECT id, role, attachments FROM messages")
    row = partial_row(Message, ("id", "role", "attachments"), values)
    assert (row.id, row.role, row.attachments) == (reply.id, MessageRole.USER, [PICTURE])
    with pytest.raises(AttributeError):
        row.text  # noqa: B018
    with pytest.raises(IncompleteInstanceError):
        await row.save()


async def test_assigned_columns_are_those_that_an_update_stores(session: ChatSession) -> None:
    assign(session, title="New", last_message_at=NOON)
    await update_last(session, "title", "last_message_at")
    found = await ChatSession.get(id=session.id)
    assert (found.title, found.last_message_at) == ("New", NOON)


async def test_an_update_stores_the_named_columns_alone(session: ChatSession) -> None:
    session.title, session.model, session.last_message_at = "New", "unsaved", NOON
    await update_last(session, "title", "last_message_at")
    found = await ChatSession.get(id=session.id)
    assert (found.title, found.model, found.last_message_at) == ("New", None, NOON)


async def test_a_row_that_exists_is_refused(session: ChatSession) -> None:
    with pytest.raises(IntegrityError):
        await insert(session)

"""Deleting sessions while replies in them are being settled."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

import asyncpg
import pytest

from gql_chat.changes.models import Change, ChangeKind
from gql_chat.chats.models import ChatSession, Message, MessageRole, MessageStatus
from gql_chat.chats.removal import delete_message
from gql_chat.chats.sessions import SessionDraft, create_session, delete_all_sessions, delete_sessions
from gql_chat.infra import clock
from gql_chat.infra.db.database import dialect, fetch_all, transaction
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.ids import new_id
from tests.support.stored.owners import Owner, new_user

WRITTEN = """
SELECT n_tup_upd AS updated, n_tup_del AS deleted FROM pg_stat_xact_user_tables WHERE relname = 'messages'
"""
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.mark.parametrize(
    "delete",
    [
        lambda owner: delete_all_sessions(owner.user_id),
        lambda owner: delete_sessions(owner.user_id, [owner.session_id]),
    ],
    ids=["all", "one"],
)
async def test_who_refers_to_a_session_may_still_write_to_its_messages(
    postgres_url: str, delete: Callable[[Owner], Awaitable[object]]
) -> None:
    async with open_database(postgres_url, model_modules()):
        user_id = await new_user("ada")
        owner = Owner(user_id, (await create_session(user_id, SessionDraft())).id)
        reply_id = await an_exchange(owner)
        settling = await asyncpg.connect(postgres_url)
        try:
            async with settling.transaction():
                # What a foreign key does for a row that names the session, such as one of the ledger.
                await settling.execute("SELECT id FROM sessions WHERE id = $1 FOR KEY SHARE", owner.session_id)
                deleting = asyncio.create_task(asyncio.wait_for(delete(owner), 60))
                while await settling.fetchval(WAITING) == 0:
                    await asyncio.sleep(0.01)
                await settling.execute("UPDATE messages SET text = 'settled' WHERE id = $1", reply_id)
            await deleting
        finally:
            await settling.close()
        assert (await ChatSession.all().count(), await Message.all().count()) == (0, 0)


async def an_exchange(owner: Owner) -> str:
    """Store a message and its reply, as rows. Return the reply's id."""
    ids = [new_id("msg"), new_id("msg")]
    for place, role in enumerate((MessageRole.USER, MessageRole.ASSISTANT)):
        await Message.create(
            id=ids[place], session_id=owner.session_id, parent_id=ids[0] if place else None, order=place + 1, role=role,
            text="", chain_id=ids[0], attachments=[], status=MessageStatus.COMPLETED, created_at=clock.now(),
        )  # fmt: skip
    return ids[1]


async def test_a_long_deletion_leaves_turns_to_others(database_url: str) -> None:
    async with open_database(database_url, model_modules()):
        user_id = await new_user("ada")
        for count in (10, 500, *[9] * 40):
            session = await create_session(user_id, SessionDraft())
            await ChatSession.filter(id=session.id).update(message_count=count)
        deletions = Change.filter(kind=ChangeKind.SESSIONS_DELETED).order_by("id").values_list("ids", flat=True)
        assert await delete_all_sessions(user_id) == 42
        sizes = [len(ids) for ids in cast("list[list[str]]", await deletions)]
        assert sizes == ([1, 1, 20, 20] if dialect() == "sqlite" else [42])


@pytest.mark.parametrize(
    "delete",
    [
        lambda owner, _: delete_sessions(owner.user_id, [owner.session_id]),
        lambda owner, first_id: delete_message(owner.user_id, first_id),
    ],
    ids=["session", "branch"],
)
async def test_postgresql_writes_none_of_the_messages_that_it_deletes(
    postgres_url: str, delete: Callable[[Owner, str], Awaitable[object]]
) -> None:
    async with open_database(postgres_url, model_modules()):
        user_id = await new_user("ada")
        owner = Owner(user_id, (await create_session(user_id, SessionDraft())).id)
        await an_exchange(owner)
        [first] = await Message.filter(session_id=owner.session_id, parent_id=None)
        async with transaction():
            await delete(owner, first.id)
            [written] = await fetch_all(WRITTEN)
        assert written == {"updated": 0, "deleted": 2}

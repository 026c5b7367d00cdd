"""Chats as long as people make them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from tortoise.context import require_context

from gql_chat.chats.branches import select_branch
from gql_chat.chats.models import ChatSession, Message, MessageRole, MessageStatus
from gql_chat.chats.paths import SelectedBranch, list_path, load_siblings
from gql_chat.chats.removal import delete_message, delete_messages
from gql_chat.chats.sessions import SessionDraft, create_session, delete_all_sessions, delete_sessions, get_session
from gql_chat.infra import clock
from gql_chat.infra.db.database import dialect, execute, fetch_all, transaction
from gql_chat.infra.db.keyset import PageRequest
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.ids import new_id
from gql_chat.users.models import User, UserRole, UserStatus

SHORT, LONG = 500, 10_000


@pytest.fixture
async def user_id(database_url: str) -> AsyncIterator[str]:
    """Yield a user, while either database is open."""
    async with open_database(database_url, model_modules()):
        now = clock.now()
        user = await User.create(
            id=new_id("usr"), username="ada", username_folded="ada", email="a@b.cd", email_folded="a@b.cd",
            password_hash="none", role=UserRole.USER, status=UserStatus.ACTIVE, created_at=now, updated_at=now,
        )  # fmt: skip
        yield user.id


NEXT_MESSAGES = """
WITH RECURSIVE series(number) AS (SELECT 2 UNION ALL SELECT number + 1 FROM series WHERE number < {length})
INSERT INTO "{table}" (id, parent_id, "order", chain_id, forked_from, role, {others})
SELECT '{stem}' || (10000000 + 2 * number + {is_sibling}), '{stem}' || (10000000 + 2 * number - 2), number,
    {chain}, {forked}, CASE number % 2 WHEN 1 THEN 'USER' ELSE 'ASSISTANT' END, {others}
FROM series, "{table}" WHERE id = '{stem}10000002'
"""


async def new_chat(user_id: str, length: int) -> ChatSession:
    """Store a selected branch of so many messages, each the child of the one before, and with a sibling."""
    session = await create_session(user_id, SessionDraft())
    stem, now = new_id("msg")[:-8], clock.now()
    first = Message(
        id=f"{stem}10000002", session_id=session.id, order=1, text="x", chain_id=f"{stem}10000002",
        forked_from=session.id, role=MessageRole.USER,
        attachments=[], status=MessageStatus.COMPLETED, created_at=now, finished_at=now,
    )  # fmt: skip
    columns = Message._meta.fields_db_projection.values()
    others = ", ".join(sorted({*columns} - {"id", "parent_id", "order", "chain_id", "forked_from", "role"}))
    parts = {"length": length, "table": Message._meta.db_table, "others": others, "stem": stem}
    session.head_id = f"{stem}{10000000 + 2 * length}"
    async with transaction():
        await first.save()
        sibling = first.clone(f"{stem}10000003")
        sibling.chain_id = sibling.id
        await sibling.save()
        # Copies by the database: as models, they would take most of the time of these tests.
        await execute(NEXT_MESSAGES.format(is_sibling=0, chain="chain_id", forked="NULL", **parts))
        chain, forked = f"'{stem}' || (10000001 + 2 * number)", "chain_id"
        await execute(NEXT_MESSAGES.format(is_sibling=1, chain=chain, forked=forked, **parts))
        await session.save()
    return session


async def delete_from_the_root(session: ChatSession) -> None:
    """Delete the first message and all below it, then its sibling."""
    for root in await Message.filter(session_id=session.id, order=1).order_by("id"):
        await delete_message(session.user_id, root.id)


@pytest.mark.parametrize(
    ("delete", "sessions_left"),
    [
        (lambda session: delete_sessions(session.user_id, [session.id]), 0),
        (lambda session: delete_all_sessions(session.user_id), 0),
        (lambda session: delete_messages(session.user_id, session.id), 1),
        (delete_from_the_root, 1),
    ],
    ids=["the session", "all sessions", "its messages", "its roots"],
)
async def test_a_long_chat_can_be_deleted(
    user_id: str, delete: Callable[[ChatSession], Awaitable[object]], sessions_left: int
) -> None:
    await delete(await new_chat(user_id, 3_000))
    assert (await ChatSession.all().count(), await Message.all().count()) == (sessions_left, 0)


async def work_of(do: Callable[[ChatSession], Awaitable[None]], session: ChatSession) -> int:
    """Return how much the database does for it: steps of SQLite's virtual machine, rows that PostgreSQL reads."""
    if dialect() == "postgres":
        async with transaction():
            before = await rows_read()
            await do(session)
            return await rows_read() - before
    steps: list[None] = []
    client: Any = require_context().db()
    for connection in client.connections:
        await connection.set_progress_handler(lambda: steps.append(None), 1)
    await do(session)
    for connection in client.connections:
        await connection.set_progress_handler(None, 0)
    return len(steps)


@pytest.mark.parametrize(("limit", "length"), [(0, 0), (1, 1), (2, 2), (5, 5), (6, 5)])
async def test_a_path_has_as_many_messages_as_are_asked_for(user_id: str, limit: int, length: int) -> None:
    session = await new_chat(user_id, 5)
    path = await list_path(session.head_id, limit)
    assert [message.order for message in path] == [*range(6 - length, 6)]


async def test_a_branch_is_deleted_with_a_few_reads_of_each_message(user_id: str) -> None:
    session = await new_chat(user_id, 1_000)
    most = {"postgres": 10, "sqlite": 400}[dialect()]
    assert await work_of(delete_from_the_root, session) <= most * 2_000
    assert await Message.all().count() == 0


async def rows_read() -> int:
    """Return the rows that the present transaction has read so far."""
    counts = await fetch_all("SELECT sum(seq_tup_read + idx_tup_fetch) AS rows FROM pg_stat_xact_user_tables")
    return int(counts[0]["rows"])


async def open_at(session: ChatSession, request: PageRequest) -> None:
    """Read all that a client asks for to show a chat."""
    await get_session(session.user_id, session.id)
    page = await SelectedBranch(session.id).fetch(request)
    assert len(page.rows) == 50
    assert await SelectedBranch(session.id).count() in (SHORT, LONG)
    siblings = await load_siblings([(session.id, row.above_id, row.order) for row in page.rows])
    assert [len(ids) for ids in siblings] == [2] * 50


async def prepare_send(session: ChatSession) -> None:
    """Read what a send reads of the chat."""
    assert len(await list_path(session.head_id, 20)) == 20


async def branch_off(session: ChatSession) -> None:
    """Select the sibling of the root instead, and then the newest end above the head."""
    head = await Message.get(id=session.head_id)
    [other_root] = await Message.filter(forked_from=session.id, id__not=head.chain_id)
    [[_, other_head_id]] = await load_siblings([(session.id, head.above_id, head.order)])
    assert head.parent_id is not None
    for message_id, end in ((other_root.id, other_root.id), (head.parent_id, other_head_id)):
        assert (await select_branch(session.user_id, message_id)).head_id == end


@pytest.mark.parametrize(
    "do",
    [
        lambda session: open_at(session, PageRequest(50, from_end=True)),
        lambda session: open_at(session, PageRequest(50)),
        prepare_send,
        branch_off,
    ],
    ids=["opening its end", "opening its beginning", "sending", "branching off"],
)
async def test_a_long_chat_costs_the_database_no_more_than_a_short_one(
    user_id: str, do: Callable[[ChatSession], Awaitable[None]]
) -> None:
    chats = [await new_chat(user_id, length) for length in (SHORT, LONG)]
    if dialect() == "postgres":
        await execute("ANALYZE")  # as its autovacuum does
    short, long = [await work_of(do, session) for session in chats]
    assert 0 < long <= short * 1.1
    assert dialect() == "sqlite" or long < SHORT  # nor does it read the table, which is the same for both

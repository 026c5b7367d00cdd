"""How the databases answer for a long chat."""

from collections.abc import AsyncIterator

import pytest

from bench.parts.plans import DOCUMENT, STEPS, long_chat, plans_of
from gql_chat.chats import leases
from gql_chat.chats.models import ChatSession
from gql_chat.infra.db.database import database_now, execute, fetch_all
from gql_chat.usage import ledger

OPEN_CALLS = """
INSERT INTO open_calls (
    id, user_id, purpose, model, endpoint, is_server_key, keeps_contents, request_messages, request_parameters,
    created_at, message_id, prompt_tokens, reserved_tokens, text_before, reasoning_before, dead_after
)
SELECT replace(id, 'msg', 'c'), $1, 'REPLY', 'demo', '', TRUE, FALSE, '[]', '{}',
    created_at, id, 0, 0, 0, 0, created_at FROM messages LIMIT 3000
"""


@pytest.fixture
async def session(database_url: str) -> AsyncIterator[ChatSession]:
    async with long_chat(database_url) as made:
        yield made


async def test_nothing_that_is_asked_for_a_long_chat_reads_a_whole_table(session: ChatSession) -> None:
    plans = {name: await plans_of(step, session) for name, step in STEPS.items()}
    assert {name: len(found) > 0 for name, found in plans.items()} == dict.fromkeys(STEPS, True)
    scans = [(plan.statement, line) for found in plans.values() for plan in found for line in plan.full_scans]
    assert scans == []


async def test_no_reaper_reads_all_messages_beside_many_calls_of_which_each_may_be_dead(session: ChatSession) -> None:
    await execute(OPEN_CALLS, session.user_id)
    await execute("ANALYZE")  # PostgreSQL believes this long after these calls have ended

    async def look(_: ChatSession) -> None:
        now = await database_now()
        await leases.list_dead(now)
        assert len(await ledger.list_dead(now)) == 3000

    plans = await plans_of(look, session)
    assert [line for plan in plans for line in plan.full_scans] == []


async def test_a_statement_that_reads_a_whole_table_is_found(session: ChatSession) -> None:
    async def search(_: ChatSession) -> None:
        await fetch_all("SELECT id FROM messages WHERE model = $1 AND text = $2", "none", "none")

    [plan] = await plans_of(search, session)
    assert len(plan.full_scans) == 1


def test_the_page_shows_each_step() -> None:
    page = DOCUMENT.read_text(encoding="utf-8")
    assert [line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ")] == [*STEPS]

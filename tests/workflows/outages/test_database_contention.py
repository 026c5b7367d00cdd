"""Rows that others have locked, deadlocks, full disks and wrong clocks cost nobody else's reply."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs

from gql_chat.chats.leases import LEASE, list_dead
from gql_chat.chats.models import ChatSession, Message, Worker
from gql_chat.generation.dead_replies import LOCKED_LONG, close_dead_calls
from gql_chat.generation.reaper import reap_dead
from gql_chat.infra import clock
from gql_chat.infra.db.database import database_now
from gql_chat.infra.telemetry import throttled_log
from gql_chat.usage.models import OpenCall
from tests.support.chat import Chat, run_chat
from tests.support.client import Client
from tests.support.stored.replies import leave_unsettled, stored_text
from tests.usage.test_call_counts import new_call

CREATE = "mutation ($title: String) { createSession(input: {title: $title}) { id } }"
RENAME = "mutation ($id: ID!, $title: String) { updateSession(input: {id: $id, title: $title}) { id } }"
DELETE = "mutation ($ids: [ID!]!) { deleteSessions(ids: $ids) }"


@pytest.fixture
async def chat(postgres_url: str, tmp_path: Path) -> AsyncIterator[Chat]:
    """Yield the whole server on PostgreSQL, with three connections, one of them reserved, and no heartbeat but ours."""
    async with run_chat(postgres_url, tmp_path, DATABASE_POOL_SIZE=3, LEASE_SECONDS=600) as running:
        yield running


@asynccontextmanager
async def locked(url: str, table: str, row_id: str) -> AsyncIterator[asyncpg.Connection]:
    """Lock a row in another program's transaction while the block runs."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            assert await connection.fetch(f"SELECT 1 FROM {table} WHERE id = $1 FOR UPDATE", row_id)  # noqa: S608
            yield connection
    finally:
        await connection.close()


async def streaming(chat: Chat, client: Client, text: str) -> tuple[str, Any]:
    driven = chat.demo.drive("demo")
    reply_id = (await client.send())["reply"]["id"]
    call = await driven.next_call()
    await call.send(text)
    assert (await anext(client.watch(reply_id)))["text"] == text
    return reply_id, call


async def renewed_at(chat: Chat) -> Any:
    return (await Worker.get(id=chat.services.runner.worker_id)).renewed_at


async def test_a_locked_reply_keeps_no_other_from_being_stored(chat: Chat, ada: Client, postgres_url: str) -> None:
    (hers, ends), (his, _) = await streaming(chat, ada, "hers"), await streaming(chat, await chat.sign_up("bob"), "his")
    before = await renewed_at(chat)
    async with locked(postgres_url, "messages", hers), asyncio.timeout(5):
        await chat.services.runner.beat()
        await chat.services.runner.save()
        assert await renewed_at(chat) > before
        assert [await stored_text(reply_id) for reply_id in (hers, his)] == ["", "his"]
    await chat.services.runner.save()
    assert await stored_text(hers) == "hers"
    await ends.finish()
    assert (await ada.watch_to_end(hers)).text == "hers"


async def test_a_worker_whose_connections_all_wait_renews_its_lease(chat: Chat, ada: Client, postgres_url: str) -> None:
    session_id = (await ada.run(CREATE, title="locked"))["createSession"]["id"]
    before = await renewed_at(chat)
    async with locked(postgres_url, "sessions", session_id) as other:
        renaming = [asyncio.create_task(ada.run(RENAME, id=session_id, title=title)) for title in "ab"]
        async with asyncio.timeout(10):
            while await other.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted") < len(renaming):
                await asyncio.sleep(0.01)
            await chat.services.runner.renew_lease()
    await asyncio.gather(*renaming)
    assert await renewed_at(chat) > before


@pytest.mark.parametrize("table", ["messages", "users"])
async def test_a_dead_workers_reply_that_is_locked_is_reaped_later_and_no_other_waits(
    chat: Chat, ada: Client, postgres_url: str, table: str
) -> None:
    bob = await chat.sign_up("bob")
    ids = [(await client.send("echo one", wait=True))["reply"]["id"] for client in (ada, bob)]
    for reply_id in ids:
        await leave_unsettled(reply_id, "dead")
    row_of = {"messages": ids[0], "users": ada.user_id}

    async def statuses_after_reaping() -> list[str]:
        await reap_dead(await list_dead(await database_now()), chat.services.running.broker)
        return [str((await Message.get(id=reply_id)).status) for reply_id in ids]

    async with locked(postgres_url, table, row_of[table]), asyncio.timeout(5):
        with capture_logs() as logs:
            assert await statuses_after_reaping() == ["STREAMING", "INTERRUPTED"]
    assert [line["source"] for line in logs if line["event"] == "dead_reply_locked"] == ids[:1]
    assert await statuses_after_reaping() == ["INTERRUPTED", "INTERRUPTED"]


async def test_a_dead_call_whose_user_is_locked_is_closed_later_and_no_other_waits(
    chat: Chat, ada: Client, postgres_url: str
) -> None:
    bob, now = await chat.sign_up("bob"), await database_now()
    for client in (ada, ada, bob):
        await new_call(client.user_id, None, "demo", now - LEASE).save(force_create=True)
    for worker_id, died_at in (("new", now - LEASE), ("old", now - LEASE - LOCKED_LONG)):
        await Worker.create(id=worker_id, renewed_at=died_at - LEASE, lease_until=died_at)

    async def owners_after_closing(worker_id: str) -> list[str]:
        await OpenCall.all().update(worker_id=worker_id)
        with capture_logs() as logs:
            await close_dead_calls(now)
        reported.append([line["event"] for line in logs])
        return [call.user_id for call in await OpenCall.all()]

    reported = list[list[str]]()
    async with locked(postgres_url, "users", ada.user_id), asyncio.timeout(5):
        assert await owners_after_closing("new") == [ada.user_id, ada.user_id]
        assert await owners_after_closing("old") == [ada.user_id, ada.user_id]
    assert await owners_after_closing("old") == []
    assert reported == [[], ["dead_call_locked"], []]  # of the other no try, which would wait as long


async def test_a_deadlock_is_repeated_and_nobody_hears_of_it(chat: Chat, ada: Client, postgres_url: str) -> None:
    ids = sorted([(await ada.run(CREATE, title=title))["createSession"]["id"] for title in "ab"])
    async with locked(postgres_url, "sessions", ids[1]) as other:
        deletion = asyncio.create_task(ada.run(DELETE, ids=ids))
        async with asyncio.timeout(10):
            while not await other.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                await asyncio.sleep(0.01)
            # Both wait for each other. PostgreSQL ends the one that looks for a deadlock first: the deletion.
            await other.execute("SET LOCAL deadlock_timeout = '60s'")
            await other.execute("SELECT 1 FROM sessions WHERE id = $1 FOR UPDATE", ids[0])
    assert sorted((await deletion)["deleteSessions"]) == ids
    assert await ChatSession.all().count() == 0


async def test_leases_go_by_the_databases_clock_and_a_wrong_one_is_reported(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = clock.now
    runner = chat.services.runner
    for seconds in (12.0, -12.0):
        monkeypatch.setattr(clock, "now", lambda seconds=seconds: right() + timedelta(seconds=seconds))
        monkeypatch.setattr("gql_chat.generation.runner.warn_throttled", throttled_log.ThrottledLog().warn)
        with capture_logs() as logs:
            await runner.beat()
        [line] = logs
        assert (line["event"], line["log_level"]) == ("clock_is_off", "warning")
        assert line["ahead_seconds"] == pytest.approx(seconds, abs=0.5)
        worker = await Worker.get(id=runner.worker_id)
        assert abs(worker.renewed_at - right()) < timedelta(seconds=1)
        assert worker.lease_until - worker.renewed_at == runner.lease

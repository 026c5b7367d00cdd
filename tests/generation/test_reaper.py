"""A worker reaps only after a whole lease of heartbeats without a gap."""

from datetime import UTC, datetime, timedelta

import pytest

from gql_chat.chats import leases
from gql_chat.chats.models import Message, MessageStatus, SearchText, Worker
from gql_chat.chats.search_index import SearchBackfill
from gql_chat.generation.delivery.broker import LocalBroker
from gql_chat.generation.reaper import Reaper, ReapingGuard
from gql_chat.infra.db.database import database_now, execute, fetch_all, transaction
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.usage.models import Call, CallStatus, OpenCall
from tests.support.chat import Chat
from tests.support.stored.owners import new_user
from tests.support.stored.replies import leave_unsettled
from tests.usage.test_call_counts import new_call

FILL_MESSAGES = """
INSERT INTO messages (id, "order", role, text, attachments, status, created_at, session_id)
SELECT number, number, 'ASSISTANT', 'x', '[]', 'COMPLETED', now(), 'session' FROM generate_series(1, 20000) AS number
"""
FILL_CALLS = """
INSERT INTO open_calls (id, user_id, purpose, model, endpoint, is_server_key, keeps_contents, request_messages,
    request_parameters, created_at, message_id, prompt_tokens, reserved_tokens, text_before, reasoning_before,
    dead_after)
SELECT number, 'user', 'REPLY', 'demo', '', true, true, '[]', '{}', now(), number, 0, 0, 0, 0, now()
FROM generate_series(10001, 20000) AS number
"""
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
LEASE = timedelta(seconds=10)


def beat_until(reaper: Reaper, now: datetime) -> None:
    for seconds in (10, 5, 0):
        reaper.guard.beat(now - timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("beats", "may_reap"),
    [
        ([0], False),
        ([0, 2, 4, 6, 8], False),
        ([0, 2, 4, 6, 8, 10], True),
        ([0, 4, 8, 12], True),  # one missed beat is no gap yet
        ([0, 2, 4, 6, 8, 10, 20], False),  # it slept, or the database was gone: others could not renew theirs either
        ([0, 2, 4, 6, 8, 10, 20, 22, 24, 26, 28], False),
        ([0, 2, 4, 6, 8, 10, 20, 22, 24, 26, 28, 30], True),
        ([0, 5, 10, 3], False),  # the clock was set back
    ],
)
def test_a_worker_may_reap_after_a_lease_of_unbroken_heartbeats(beats: list[int], may_reap: bool) -> None:
    guard = ReapingGuard(LEASE)
    assert not guard.may_reap(NOON)
    for seconds in beats:
        guard.beat(NOON + timedelta(seconds=seconds))
    assert guard.may_reap(NOON + timedelta(seconds=beats[-1])) is may_reap


@pytest.mark.parametrize(("seconds_later", "may_reap"), [(0, True), (5, True), (6, False), (60, False), (-1, False)])
def test_a_worker_whose_own_heartbeats_stopped_may_not_reap(seconds_later: int, may_reap: bool) -> None:
    guard = ReapingGuard(LEASE)
    for seconds in range(0, 12, 2):
        guard.beat(NOON + timedelta(seconds=seconds))
    assert guard.may_reap(NOON + timedelta(seconds=10 + seconds_later)) is may_reap


async def test_a_dead_workers_reply_without_a_call_is_settled_when_new_messages_are_read(chat_on_each: Chat) -> None:
    ada, runner = await chat_on_each.sign_up("ada"), chat_on_each.services.runner
    dead, living = [(await ada.send("echo one", wait=True))["reply"]["id"] for _ in range(2)]
    for reply_id, worker_id in ((dead, "dead"), (living, runner.worker_id)):
        left = {"status": MessageStatus.STREAMING, "worker_id": worker_id, "finished_at": None}
        await Message.filter(id=reply_id).update(**left)
        await SearchText.filter(message_id=reply_id).delete()
    reaper = Reaper(LocalBroker(), LEASE)
    backfill = SearchBackfill(reaper.reap_among)
    await backfill.run()  # the reaper may not reap yet
    beat_until(reaper, await database_now())
    await reaper.reap()
    assert (await Message.get(id=dead)).status == MessageStatus.STREAMING
    await backfill.run()
    statuses = [(await Message.get(id=reply_id)).status for reply_id in (dead, living)]
    assert statuses == [MessageStatus.INTERRUPTED, MessageStatus.STREAMING]


async def test_a_worker_that_died_before_the_clock_was_set_back_is_dead(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    dead, living = [(await ada.send("echo one", wait=True))["reply"]["id"] for _ in range(2)]
    reaper, now = Reaper(LocalBroker(), LEASE), await database_now()
    for reply_id, worker_id, ahead in (
        (dead, "dead", timedelta(hours=3)),
        (living, "living", timedelta(seconds=1)),  # renewed since the reaper looked at the clock
    ):
        await Worker.create(id=worker_id, renewed_at=now + ahead, lease_until=now + ahead + LEASE)
        await leave_unsettled(reply_id, worker_id)
    beat_until(reaper, now)
    await reaper.reap()
    statuses = [(await Message.get(id=reply_id)).status for reply_id in (dead, living)]
    assert statuses == [MessageStatus.INTERRUPTED, MessageStatus.STREAMING]


async def test_replies_are_looked_up_by_their_calls_however_many_these_were(postgres_url: str) -> None:
    async with open_database(postgres_url, model_modules()), transaction():
        await execute("SET LOCAL session_replication_role = replica")  # without the sessions and the users
        for statement in (FILL_MESSAGES, FILL_CALLS, "ANALYZE messages", "ANALYZE open_calls"):
            await execute(statement)
        before = await rows_read_by_scans()
        assert await leases.list_streaming("user", None) == []
        assert await leases.list_dead(await database_now()) == {}
        assert await rows_read_by_scans() == before


async def rows_read_by_scans() -> int:
    [row] = await fetch_all("SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'messages'")
    return int(row["seq_tup_read"])


async def test_a_call_of_a_dead_worker_without_a_reply_is_closed_too(database_url: str) -> None:
    async with open_database(database_url, model_modules()):
        reaper, now = Reaper(LocalBroker(), LEASE), await database_now()
        beat_until(reaper, now)
        await new_call(await new_user("ada"), None, "demo", now - timedelta(days=1)).save(force_create=True)
        await reaper.reap()
        assert [call.status for call in await Call.all()] == [CallStatus.ERROR]
        assert not await OpenCall.exists()  # it would hold what it reserved of the user's quota for ever

"""What a dead worker left and the database refuses to settle is reported, and holds up nothing else."""

import pytest
from structlog.testing import capture_logs

from gql_chat.chats.leases import LEASE
from gql_chat.chats.models import Message
from gql_chat.chats.pieces import Piece, save_pieces
from gql_chat.generation import dead_replies
from gql_chat.generation.delivery.broker import LocalBroker
from gql_chat.generation.prompting.tokens import estimate_tokens
from gql_chat.generation.reaper import Reaper, reap_expired
from gql_chat.infra.db.database import database_now, execute
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.telemetry.throttled_log import ThrottledLog
from gql_chat.usage.models import Call, OpenCall, UsageBucket, UsageSource
from gql_chat.usage.tokens import Usage
from tests.generation.test_reaper import beat_until
from tests.support.chat import Chat
from tests.support.stored.owners import new_user
from tests.support.stored.replies import leave_unsettled
from tests.usage.test_call_counts import new_call


@pytest.fixture(autouse=True)
def _new_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_replies, "warn_throttled", ThrottledLog().warn)


async def test_a_dead_call_that_cannot_be_closed_holds_up_no_other(database_url: str) -> None:
    async with open_database(database_url, model_modules()):
        user_id, now = await new_user("ada"), await database_now()
        await execute("CREATE UNIQUE INDEX one_of_each_model ON calls (model)")
        for model in ("one", "one", "two", "two", "three"):
            await new_call(user_id, None, model, now - LEASE).save(force_create=True)
        with capture_logs() as logs:
            for _ in range(2):
                await dead_replies.close_dead_calls(now)
        assert sorted([call.model for call in await Call.all()]) == ["one", "three", "two"]
        left = {call.id: call.model for call in await OpenCall.all()}
        assert sorted(left.values()) == ["one", "two"]
        assert sorted(line["source"] for line in logs) == sorted(left)
        assert {(line["event"], line["log_level"]) for line in logs} == {("dead_call_not_closed", "warning")}


async def test_a_dead_reply_that_cannot_be_settled_holds_up_neither_replies_nor_calls(chat_on_each: Chat) -> None:
    ada, bob = [await chat_on_each.sign_up(name) for name in ("ada", "bob")]
    hers, his = [(await client.send("echo one", wait=True))["reply"]["id"] for client in (ada, bob)]
    await Call.filter(user_id=bob.user_id).delete()
    await execute("CREATE UNIQUE INDEX one_of_each_user ON calls (user_id)")
    for reply_id in (hers, his):
        await leave_unsettled(reply_id, "dead")
    reaper, now = Reaper(LocalBroker(), LEASE), await database_now()
    beat_until(reaper, now)
    await new_call(await new_user("eve"), None, "demo", now - LEASE).save(force_create=True)
    with capture_logs() as logs:
        await reaper.reap()
        assert await reap_expired() == 0  # as an embedded server does before it starts
    statuses = [str((await Message.get(id=reply_id)).status) for reply_id in (hers, his)]
    assert statuses == ["STREAMING", "INTERRUPTED"]
    assert [call.message_id for call in await OpenCall.all()] == [hers]
    failed = [line["source"] for line in logs if line["event"] == "dead_reply_not_settled"]
    assert failed == [hers]


class LateWriter(dead_replies.Successor):
    """Takes nothing over; meanwhile the worker that is taken for dead stores what it has written."""

    is_leaving = False

    async def take_over(self, reply: Message, close_call: dead_replies.CloseCall) -> bool:
        assert (reply.text, reply.reasoning) == ("one", "")
        piece = Piece(reply.id, 0, 0, "one and two", "thought")
        assert await save_pieces("dead", [piece]) == {reply.id}
        return False


async def test_what_a_worker_stores_until_its_reply_is_settled_is_part_of_it(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    reply_id = (await ada.send("echo one", wait=True))["reply"]["id"]
    await leave_unsettled(reply_id, "dead", text="one")
    now = await database_now()
    assert await dead_replies.settle_dead_reply(reply_id, now=now, successor=LateWriter())
    reply = await Message.get(id=reply_id)
    assert (str(reply.status), reply.text, reply.reasoning) == ("INTERRUPTED", "one and two", "thought")
    assert reply.completion_tokens == 1 + estimate_tokens("one and twothought")


async def test_a_call_of_a_deleted_reply_that_was_taken_for_dead_is_billed_when_it_ends(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    driven = chat_on_each.demo.drive("demo")
    sent = await ada.send()
    call = await driven.next_call()
    await call.send("text")
    await execute("DELETE FROM sessions WHERE id = $1", sent["session"]["id"])  # its writer does not learn of it
    await dead_replies.close_dead_calls(await database_now() + 2 * LEASE)
    assert (await Call.get()).usage_source is None
    await call.finish(usage={"prompt_tokens": 7, "completion_tokens": 5})
    await chat_on_each.services.running.runner.finish()
    closed, bucket = await Call.get(), await UsageBucket.get()
    assert Usage.of(closed) == Usage(7, 5, UsageSource.PROVIDER)
    assert (bucket.calls, bucket.prompt_tokens, bucket.completion_tokens) == (1, 7, 5)

"""Quotas hold, however many ask at once, and count what was used, not what was feared."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from gql_chat.chats.leases import LEASE
from gql_chat.chats.models import Message
from gql_chat.generation.reaper import reap_expired
from gql_chat.infra import clock
from gql_chat.infra.db.database import database_now, execute
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.usage.models import GroupMonth, OpenCall, UsageBucket
from gql_chat.usage.periods import month_of, next_month
from gql_chat.users.models import User, UserRole
from tests.support.chat import Chat, run_chat
from tests.support.client import Client, GraphQLErrors
from tests.support.demo import DemoServer, Script, failures
from tests.support.demo.driven import Driven
from tests.support.process import run_server, sign_in
from tests.support.stored.rows import all_rows

CREATE_GROUP = (
    'mutation ($quota: BigInt) { createGroup(input: {name: "Team", monthlyTokenQuota: $quota}) { id activationCode } }'
)
UPDATE_GROUP = "mutation ($id: ID!, $quota: BigInt) { updateGroup(input: {id: $id, monthlyTokenQuota: $quota}) { id } }"
REDEEM = "mutation ($code: String!) { redeemActivationCode(code: $code) { id } }"
CREATE_KEY = "mutation ($input: CreateKeyInput!) { createKey(input: $input) { id } }"
UPDATE_USER = """mutation ($id: ID!, $quota: BigInt) { updateUser(input: {id: $id, monthlyTokenQuota: $quota}) {
    monthlyTokenQuota } }"""
STOP = "mutation ($id: ID!) { stopReply(messageId: $id) { id status } }"
TITLE = "mutation ($id: ID!) { generateTitle(sessionId: $id) { title } }"
TEST_KEY = "mutation ($key: CreateKeyInput!) { testKey(input: {key: $key}) { ok } }"
LIMITED = {"maxTokens": 100}

pytestmark = pytest.mark.usefixtures("noon")


async def refusal(attempt: Any) -> dict[str, Any]:
    """Return the one error that the attempt meets."""
    with pytest.raises(GraphQLErrors) as refused:
        await attempt
    [error] = refused.value.errors
    return error


def at_once(replies: int) -> dict[str, Any]:
    """Return the extensions of the refusal of one more reply."""
    quota = {"quota": "REPLIES_AT_ONCE", "limit": replies, "remaining": 0}
    return {"code": "QUOTA_EXCEEDED", **quota, "retryAfterSeconds": 5}


def sorted_out(results: Sequence[Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return what was accepted, and the errors of what was not."""
    refused = [error for result in results if isinstance(result, GraphQLErrors) for error in result.errors]
    return [result for result in results if isinstance(result, dict)], refused


async def set_quota(user_id: str, tokens: int | None) -> None:
    await User.filter(id=user_id).update(monthly_token_quota=tokens)


async def reserved_by(client: Client, driven: Driven) -> int:
    """Return what a send takes to begin with."""
    sent = await client.send(parameters=LIMITED)
    await driven.next_call()  # which may never come once the reply is stopped
    call = await OpenCall.get(message_id=sent["reply"]["id"])
    await client.run(STOP, id=sent["reply"]["id"])  # before the model answered, so that only the prompt is used
    await UsageBucket.filter(user_id=client.user_id).delete()
    return int(call.reserved_tokens)


async def test_of_fifty_sends_at_once_as_many_pass_as_the_quota_fits(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    driven = chat_on_each.demo.drive("demo")
    await set_quota(ada.user_id, 10 * await reserved_by(ada, driven) + 99)
    results = await asyncio.gather(*(ada.send(parameters=LIMITED) for _ in range(50)), return_exceptions=True)
    accepted, refused = sorted_out(results)
    assert (len(accepted), {error["extensions"]["code"] for error in refused}) == (10, {"QUOTA_EXCEEDED"})
    assert await OpenCall.all().count() == 10
    assert await Message.filter(status="STREAMING").count() == 10


async def test_two_servers_keep_one_quota(postgres_url: str, tmp_path: Path) -> None:
    async with DemoServer(pace_seconds=0) as demo, aiohttp.ClientSession() as http:
        driven = demo.drive("demo")
        settings: dict[str, Any] = {"DATABASE_URL": postgres_url, "RATE_LIMITS": "off"}
        async with run_server(tmp_path, demo, **settings) as first, run_server(tmp_path, demo, **settings) as second:
            ada = await sign_in(http, first, "ada")
            other = Client(http, second.origin, ada.token, ada.user_id)
            async with open_database(postgres_url, model_modules()):
                await set_quota(ada.user_id, 10 * await reserved_by(ada, driven))
            clients = (ada, other) * 25
            sends = (client.send(parameters=LIMITED) for client in clients)
            accepted, refused = sorted_out(await asyncio.gather(*sends, return_exceptions=True))
    assert (len(accepted), {error["extensions"]["code"] for error in refused}) == (10, {"QUOTA_EXCEEDED"})


async def test_a_refusal_says_which_quota_and_when_it_renews_and_changes_nothing(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    await set_quota(ada.user_id, 1234)
    before = await all_rows()
    error = await refusal(ada.send(parameters={"maxTokens": 2000}))
    renewal = next_month(clock.now())
    assert error["message"].startswith(
        "You have a quota of 1,234 tokens a month. 1,234 are left, and this call may take 2,"
    )
    assert error["message"].endswith(f"The quota renews on {renewal:%Y-%m-%d} (UTC).")
    quota = {name: error["extensions"][name] for name in ("code", "quota", "limit", "remaining")}
    assert quota == {"code": "QUOTA_EXCEEDED", "quota": "TOKENS_PER_MONTH", "limit": 1234, "remaining": 1234}
    until_then = (renewal - clock.now()).total_seconds()
    assert until_then <= error["extensions"]["retryAfterSeconds"] <= until_then + 60
    assert await all_rows() == before
    assert chat_on_each.demo.requests == []


async def test_what_was_used_counts_and_what_was_feared_does_not(chat_on_each: Chat) -> None:
    chat, ada = chat_on_each, await chat_on_each.sign_up("ada")
    driven = chat.demo.drive("demo")
    need = await reserved_by(ada, driven)
    await set_quota(ada.user_id, 2 * need)
    for used in (1, 2):  # far less than was reserved
        reply_id = (await ada.send(parameters=LIMITED))["reply"]["id"]
        await (await driven.next_call()).finish(usage={"prompt_tokens": used, "completion_tokens": 1})
        await ada.watch_to_end(reply_id)
    chat.demo.script("demo", Script(fail=failures.rate_limited()))
    await ada.send(parameters=LIMITED, wait=True)  # a failure costs nothing
    driven = chat.demo.drive("demo")
    reply_id = (await ada.send(parameters=LIMITED))["reply"]["id"]
    await (await driven.next_call()).finish(usage={"prompt_tokens": 3 * need, "completion_tokens": 1})  # far more
    await ada.watch_to_end(reply_id)
    error = await refusal(ada.send(parameters=LIMITED))
    assert "month. 0 are left," in error["message"]
    assert await OpenCall.all().count() == 0
    last_month = month_of(month_of(clock.now()) - timedelta(days=1))
    await UsageBucket.all().update(bucket_at=last_month)
    await ada.run(STOP, id=(await ada.send(parameters=LIMITED))["reply"]["id"])


async def test_a_group_has_one_quota_for_all_calls_with_its_keys(chat_on_each: Chat) -> None:
    chat, boss = chat_on_each, await chat_on_each.sign_up("boss", UserRole.ADMIN)
    ada, bob = await chat.sign_up("ada"), await chat.sign_up("bob")
    group = (await boss.run(CREATE_GROUP))["createGroup"]
    key = {"name": "k", "secret": "sk-of-the-team-0123", "model": "demo", "baseUrl": chat.demo.base_url}
    key_id = (await boss.run(CREATE_KEY, input={**key, "groupId": group["id"]}))["createKey"]["id"]
    for member in (ada, bob):
        await member.run(REDEEM, code=group["activationCode"])
    chat.demo.script("demo", Script(chunks=("one",)))
    sent = await ada.send(parameters=LIMITED, keyId=key_id, wait=True)  # counts although there was no quota yet
    used = sent["reply"]["usage"]["totalTokens"]
    assert (await GroupMonth.get(group_id=group["id"])).tokens == used
    driven = chat.demo.drive("demo")
    need = await reserved_by(bob, driven)
    used = (await GroupMonth.get(group_id=group["id"])).tokens
    await boss.run(UPDATE_GROUP, id=group["id"], quota=used + 3 * need)
    sends = (client.send(parameters=LIMITED, keyId=key_id) for client in (ada, bob) * 10)
    accepted, refused = sorted_out(await asyncio.gather(*sends, return_exceptions=True))
    assert len(accepted) == 3
    assert {error["message"].partition(" tokens")[0] for error in refused} == {
        f"The group “Team” has a quota of {used + 3 * need:,}"
    }
    own = {**key, "name": "own"}
    own_id = (await ada.run(CREATE_KEY, input=own))["createKey"]["id"]
    await ada.send(parameters=LIMITED, keyId=own_id)  # is no call of the group's
    await boss.run(UPDATE_GROUP, id=group["id"], quota=None)
    await bob.send(parameters=LIMITED, keyId=key_id)


async def test_a_repeat_is_charged_once_and_answered_when_the_quota_is_used_up(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    driven = chat_on_each.demo.drive("demo")
    await set_quota(ada.user_id, await reserved_by(ada, driven))
    repeats = (ada.send(parameters=LIMITED, idempotencyKey="1") for _ in range(20))
    answers = await asyncio.gather(*repeats)
    assert {answer["reply"]["id"] for answer in answers} == {answers[0]["reply"]["id"]}
    assert (await refusal(ada.send(parameters=LIMITED)))["extensions"]["code"] == "QUOTA_EXCEEDED"
    assert (await ada.send(parameters=LIMITED, idempotencyKey="1"))["reply"]["id"] == answers[0]["reply"]["id"]


async def test_what_a_dead_worker_had_reserved_is_free_again(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    driven = chat_on_each.demo.drive("demo")
    await set_quota(ada.user_id, await reserved_by(ada, driven))
    sent = await ada.send(parameters=LIMITED)
    await Message.filter(id=sent["reply"]["id"]).update(worker_id="dead", lease_until=await database_now() - LEASE)
    await refusal(ada.send(parameters=LIMITED))
    assert await reap_expired() == 1
    await ada.send(parameters=LIMITED)


async def test_what_a_dead_worker_had_reserved_for_a_deleted_reply_is_free_again(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    driven = chat_on_each.demo.drive("demo")
    await set_quota(ada.user_id, await reserved_by(ada, driven))
    sent = await ada.send(parameters=LIMITED)
    await execute("DELETE FROM sessions WHERE id = $1", sent["session"]["id"])  # its writer never learns of it
    await refusal(ada.send(parameters=LIMITED))
    assert await reap_expired(now=await database_now() + 2 * LEASE) == 0
    await ada.send(parameters=LIMITED)


async def test_under_a_quota_a_reply_without_a_limit_gets_half_of_what_is_left(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    driven = chat_on_each.demo.drive("demo")

    async def limit_of_next(**parameters: int) -> tuple[int | None, OpenCall]:
        sent = await ada.send(parameters=parameters)
        limit = (await driven.next_call()).body.get("max_tokens")
        return limit, await OpenCall.get(message_id=sent["reply"]["id"])

    assert (await limit_of_next())[0] is None  # no quota
    await OpenCall.all().update(reserved_tokens=0)
    await set_quota(ada.user_id, 1_000_000)
    limit, call = await limit_of_next()
    assert (limit, call.reserved_tokens) == (16_384, 16_384 + call.prompt_tokens)
    sent = {"max_tokens": 16_384, "stream": True, "stream_options": {"include_usage": True}}
    assert msgspec.json.decode(call.request_parameters) == sent
    await set_quota(ada.user_id, call.reserved_tokens + 10_000)
    limit, second = await limit_of_next()
    assert limit == (10_000 - second.prompt_tokens) // 2
    assert second.reserved_tokens == limit + second.prompt_tokens
    limit, third = await limit_of_next(maxTokens=7)
    assert (limit, third.reserved_tokens) == (7, 7 + third.prompt_tokens)
    for _ in range(9):
        with suppress(GraphQLErrors):
            await limit_of_next()
    reserved = sum([call.reserved_tokens for call in await OpenCall.all()])
    assert call.reserved_tokens + 9_000 - second.prompt_tokens < reserved <= call.reserved_tokens + 10_000


async def test_a_prompt_that_a_provider_was_at_counts_whatever_became_of_the_call(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    driven = chat_on_each.demo.drive("demo")
    await set_quota(ada.user_id, 5_000)
    for _ in range(3):
        reply_id = (await ada.send("word " * 1000, parameters=LIMITED))["reply"]["id"]
        await driven.next_call()
        await ada.run(STOP, id=reply_id)
    error = await refusal(ada.send("word " * 1000, parameters=LIMITED))
    assert error["extensions"]["code"] == "QUOTA_EXCEEDED"
    await ada.send(parameters=LIMITED)


async def test_a_prompt_that_a_provider_took_too_long_for_counts(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, LLM_FIRST_TOKEN_TIMEOUT_SECONDS=0.3) as chat:
        ada, driven = await chat.sign_up("ada"), chat.demo.drive("demo")
        reply_id = (await ada.send())["reply"]["id"]
        await driven.next_call()
        final = (await ada.watch_to_end(reply_id)).final
        assert final is not None
        assert final["error"]["code"] == "TIMEOUT"
        row = await Message.get(id=reply_id)
        assert (row.prompt_tokens or 0) > 0
        assert row.completion_tokens == 0


async def test_continuing_and_regenerating_need_the_quota_too(chat: Chat, ada: Client) -> None:
    chat.demo.script("demo", Script(chunks=("one",), finish_reason="length"))
    sent = await ada.send(wait=True)
    await set_quota(ada.user_id, 0)
    before = await all_rows()
    for verb in ("regenerateReply", "continueReply"):
        again = f"mutation ($id: ID!) {{ {verb}(messageId: $id) {{ reply {{ id }} }} }}"
        assert (await refusal(ada.run(again, id=sent["reply"]["id"])))["extensions"]["code"] == "QUOTA_EXCEEDED"
    assert await all_rows() == before
    # A title is made by rule then, and a key can still be tried.
    assert (await ada.run(TITLE, id=sent["session"]["id"]))["generateTitle"] == {"title": "hello"}
    key = {"name": "k", "secret": "sk-of-ada-0123", "model": "demo", "baseUrl": chat.demo.base_url}
    tested = await ada.run(TEST_KEY, key=key)
    assert tested == {"testKey": {"ok": True}}


async def test_no_more_replies_are_written_at_once_than_the_setting_says(database_url: str, tmp_path: Path) -> None:
    async with run_chat(database_url, tmp_path, MAX_REPLIES_PER_USER=3) as chat:
        ada, bob = await chat.sign_up("ada"), await chat.sign_up("bob")
        driven = chat.demo.drive("demo")
        accepted, refused = sorted_out(await asyncio.gather(*(ada.send() for _ in range(9)), return_exceptions=True))
        assert len(accepted) == 3
        assert {error["message"] for error in refused} == {
            "3 of your replies are being written, which is the limit. Wait for one of them to end, or stop it."
        }
        assert all(error["extensions"] == at_once(3) for error in refused)
        await bob.send()
        await (await driven.next_call()).finish()
        await ada.run(STOP, id=accepted[0]["reply"]["id"])
        await ada.send()


async def test_titles_and_tests_of_keys_count_among_the_replies_at_once(database_url: str, tmp_path: Path) -> None:
    async with run_chat(database_url, tmp_path, MAX_REPLIES_PER_USER=2) as chat:
        ada, bob = await chat.sign_up("ada"), await chat.sign_up("bob")
        sent = await ada.send("Why does it rain?", wait=True)
        driven = chat.demo.drive("demo")
        key = {"name": "k", "secret": "sk-of-ada-0123", "model": "demo", "baseUrl": chat.demo.base_url}
        await ada.send()
        title = asyncio.create_task(ada.run(TITLE, id=sent["session"]["id"]))
        calls = [await driven.next_call(), await driven.next_call()]
        assert await OpenCall.filter(user_id=ada.user_id).count() == 2
        for attempt in (ada.run(TEST_KEY, key=key), ada.send()):
            assert (await refusal(attempt))["extensions"] == at_once(2)
        assert (await bob.run(TEST_KEY, key=key))["testKey"]["ok"]
        requests = len(chat.demo.requests)
        by_rule = await ada.run(TITLE, id=sent["session"]["id"])
        assert (by_rule["generateTitle"]["title"], len(chat.demo.requests)) == ("Why does it rain?", requests)
        for call in calls:
            await call.send("Rain")
            await call.finish()
        await title
        assert (await ada.run(TEST_KEY, key=key))["testKey"]["ok"]


async def test_the_setting_is_everyones_quota_until_an_admin_says_otherwise(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, MONTHLY_TOKENS_PER_USER=10) as chat:
        ada, boss = await chat.sign_up("ada"), await chat.sign_up("boss", UserRole.ADMIN)
        assert "quota of 10 tokens" in (await refusal(ada.send()))["message"]
        quota = {"id": ada.user_id, "quota": 2**40}
        assert await boss.run(UPDATE_USER, **quota) == {"updateUser": {"monthlyTokenQuota": 2**40}}
        assert await ada.run("{ me { monthlyTokenQuota } }") == {"me": {"monthlyTokenQuota": 2**40}}
        await ada.send(wait=True)
        role = "mutation ($id: ID!) { updateUser(input: {id: $id, role: USER}) { monthlyTokenQuota } }"
        assert await boss.run(role, id=ada.user_id) == {"updateUser": {"monthlyTokenQuota": 2**40}}  # absent: it stays
        assert await boss.run(UPDATE_USER, id=ada.user_id, quota=None) == {"updateUser": {"monthlyTokenQuota": None}}
        await refusal(ada.send())
        error = await refusal(boss.run(UPDATE_USER, id=ada.user_id, quota=-1))
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": "input.monthlyTokenQuota"}
        assert (await User.get(id=ada.user_id)).monthly_token_quota is None

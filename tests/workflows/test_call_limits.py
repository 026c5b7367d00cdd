"""Limits of replies, tests of keys and titles: per user, never for a repeat, and far from what honest users do."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from gql_chat.chats.models import Message
from gql_chat.errors import RateLimited
from gql_chat.generation.prompting.materials import MaterialSource
from gql_chat.infra.rate_limits.limiter import Limit, LocalRateLimiter
from gql_chat.workflows.call_limits import CallLimits
from tests.support.chat import run_chat
from tests.support.client import SEND, Client

TITLE = "mutation ($id: ID!) { generateTitle(sessionId: $id) { title } }"
EDIT = 'mutation ($id: ID!) { editMessage(input: {messageId: $id, text: "again"}) { reply { id } } }'
AGAIN = "mutation ($id: ID!) { %s(messageId: $id) { reply { id } } }"


async def refused(client: Client, query: str, **variables: Any) -> bool:
    """Run the mutation. Return whether the limit refuses it."""
    response = await client.post(query, **variables)
    if "errors" not in response:
        return False
    [error] = response["errors"]
    assert error["extensions"]["code"] == "RATE_LIMITED"
    assert 1 <= error["extensions"]["retryAfterSeconds"] <= 60
    return True


async def sends(client: Client, **more: Any) -> bool:
    """Send a message and wait for its reply. Return whether the limit allows it."""
    return not await refused(client, SEND, input={"text": "hello", "wait": True, **more})


async def test_all_verbs_that_start_a_reply_share_a_limit_per_user_and_a_refused_one_stores_nothing(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with run_chat(sqlite_url, tmp_path, RATE_LIMITS="on", SENDS_PER_MINUTE=3) as chat:
        ada, bob = await chat.sign_up("ada"), await chat.sign_up("bob")
        sent = await ada.send(wait=True)
        said, reply = sent["userMessage"]["id"], sent["reply"]["id"]
        assert not await refused(ada, AGAIN % "regenerateReply", id=reply)
        await ada.send(wait=True)
        stored = await Message.all().count()
        assert not await sends(ada)
        assert await refused(ada, EDIT, id=said)
        for verb in ("regenerateReply", "continueReply"):
            assert await refused(ada, AGAIN % verb, id=reply)
        assert await Message.all().count() == stored
        assert await sends(bob)


async def test_a_refusal_lasts_a_minute_at_the_longest(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, RATE_LIMITS="on", SENDS_PER_MINUTE=1, TITLES_PER_MINUTE=1) as chat:
        ada = await chat.sign_up("ada")
        session_id = (await ada.send(wait=True))["session"]["id"]
        assert not await sends(ada)
        assert [await refused(ada, TITLE, id=session_id) for _ in range(2)] == [False, True]


async def test_a_repeat_is_not_counted_and_is_answered_when_the_limit_is_reached(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with run_chat(sqlite_url, tmp_path, RATE_LIMITS="on", SENDS_PER_MINUTE=2) as chat:
        ada = await chat.sign_up("ada")
        for _ in range(5):
            assert await sends(ada, idempotencyKey="one")
        assert await sends(ada, idempotencyKey="two")
        assert not await sends(ada, idempotencyKey="three")
        assert await sends(ada, idempotencyKey="two")


async def test_parallel_repeats_count_once(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load, all_are_counted = MaterialSource.load, asyncio.Barrier(8)

    async def load_together(*args: Any) -> Any:
        await all_are_counted.wait()
        return await load(*args)

    async with run_chat(sqlite_url, tmp_path, RATE_LIMITS="on", SENDS_PER_MINUTE=10) as chat:
        ada = await chat.sign_up("ada")
        with monkeypatch.context() as patch:
            patch.setattr(MaterialSource, "load", load_together)
            answers = await asyncio.gather(*(ada.send(wait=True, idempotencyKey="one") for _ in range(8)))
        assert len({answer["reply"]["id"] for answer in answers}) == 1
        assert [await sends(ada) for _ in range(10)] == [True] * 9 + [False]


async def test_titles_are_limited_per_user(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, RATE_LIMITS="on", TITLES_PER_MINUTE=2) as chat:
        ada, bob = await chat.sign_up("ada"), await chat.sign_up("bob")
        session_id = (await ada.send(wait=True))["session"]["id"]
        assert [await refused(ada, TITLE, id=session_id) for _ in range(4)] == [False, False, True, True]
        assert not await refused(bob, TITLE, id=(await bob.send(wait=True))["session"]["id"])


async def test_a_user_tests_two_keys_at_once_and_ten_in_a_minute() -> None:
    limits = CallLimits(LocalRateLimiter(lambda: 0), Limit(1, 60), Limit(10, 60), 2, Limit(1, 60))
    async with AsyncExitStack() as under_way:
        for _ in range(2):
            await under_way.enter_async_context(limits.key_test("ada"))
        await under_way.enter_async_context(limits.key_test("bob"))
        with pytest.raises(RateLimited) as at_once:
            await under_way.enter_async_context(limits.key_test("ada"))
        assert at_once.value.retry_after_seconds == 1
    for _ in range(8):
        async with limits.key_test("ada"):
            pass
    for _ in range(3):
        with pytest.raises(RateLimited) as in_a_minute:
            async with limits.key_test("ada"):
                pass
        assert in_a_minute.value.retry_after_seconds == 6
    assert not limits._testing


async def test_a_heavy_user_who_sends_a_message_every_three_seconds_after_a_burst_of_ten_never_meets_the_limit() -> (
    None
):
    now = 0.0
    limits = CallLimits(LocalRateLimiter(lambda: now), Limit(30, 60), Limit(10, 60), 2, Limit(10, 60))
    for _ in range(10):
        await limits.require_send("ada")
    for _ in range(200):
        now += 3
        await limits.require_send("ada")

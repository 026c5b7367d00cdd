"""Usage adds up to what the calls say, whatever the time zone, the stretch of time and the order in which they end."""

import asyncio
import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gql_chat.generation.accounting import CallContext, LedgerPolicy, new_call
from gql_chat.generation.provider.endpoint import Endpoint
from gql_chat.infra.db.database import transaction
from gql_chat.infra.ids import new_id
from gql_chat.keys.models import Key
from gql_chat.usage.aggregates import MAX_SUMS
from gql_chat.usage.ledger import CallOutcome, close_call, open_call
from gql_chat.usage.models import Call, CallPurpose, CallStatus, UsageBucket, UsageSource
from gql_chat.usage.tokens import Usage
from gql_chat.users.models import UserRole
from tests.support.chat import Chat
from tests.support.client import Client, GraphQLErrors

USAGE = """query ($from: DateTime, $to: DateTime, $by: [UsageDimension!]! = [DAY], $zone: String, $user: ID,
        $everyone: Boolean! = false) {
    usage(from: $from, to: $to, groupBy: $by, timeZone: $zone, userId: $user, everyone: $everyone) {
        day model keyId userId calls errors promptTokens completionTokens totalTokens durationMs } }"""
POLICY = LedgerPolicy(keeps_contents=False, longest_call=timedelta(minutes=10))

# Clocks change forward, backward, by half an hour, at midnight, and not at all; days begin at quarters of an hour.
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Asia/Beirut")
CHANGES = (datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))


async def usage(client: Client, **variables: Any) -> list[dict[str, Any]]:
    buckets: list[dict[str, Any]] = (await client.run(USAGE, **variables))["usage"]
    return buckets


async def new_key(chat: Chat, client: Client, name: str) -> Key:
    create = "mutation ($input: CreateKeyInput!) { createKey(input: $input) { id } }"
    key = {"name": name, "secret": "sk-0123456789", "model": "m", "baseUrl": chat.demo.base_url}
    return await Key.get(id=(await client.run(create, input=key))["createKey"]["id"])


async def made(
    user_id: str, at: datetime, tokens: Usage | None = None, *, model: str = "m", key: Key | None = None,
    status: CallStatus = CallStatus.SUCCESS,
) -> None:  # fmt: skip
    """Store a call that began then and took a second."""
    call = new_call(CallContext(user_id, CallPurpose.REPLY, key), Endpoint("http://a.example", "", model), (), POLICY)
    call.created_at = at
    await open_call(call)
    async with transaction():
        assert await close_call(call, CallOutcome(status, duration_ms=1000, usage=tokens))


def added_up(calls: list[Call], zone: str, by: list[str], start: datetime | None, end: datetime | None) -> Any:
    """Return the same by hand."""
    sums: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * 6)
    for call in calls:
        if (start and call.created_at < start) or (end and call.created_at >= end):
            continue
        midnight = datetime.combine(call.created_at.astimezone(ZoneInfo(zone)).date(), datetime.min.time())
        told = {
            "DAY": midnight.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).isoformat(),
            "MODEL": call.model, "KEY": call.key_id, "USER": call.user_id,
        }  # fmt: skip
        prompt, completion = call.prompt_tokens or 0, call.completion_tokens or 0
        numbers = (1, call.status == CallStatus.ERROR, prompt, completion, prompt + completion, call.duration_ms)
        key = tuple(told[name] if name in by else None for name in ("DAY", "MODEL", "KEY", "USER"))
        sums[key] = [one + other for one, other in zip(sums[key], numbers, strict=True)]
    return {(*key, *numbers) for key, numbers in sums.items()}


async def test_any_usage_is_what_the_calls_add_up_to(chat_on_each: Chat) -> None:
    ada, boss = await chat_on_each.sign_up("ada"), await chat_on_each.sign_up("boss", UserRole.ADMIN)
    dice = random.Random(16)
    keys = [None, await new_key(chat_on_each, ada, "a"), await new_key(chat_on_each, ada, "b")]
    for _ in range(120):
        at = dice.choice(CHANGES) + timedelta(seconds=dice.randrange(-40, 40) * 900 + dice.choice((0, 1, 899, 450)))
        tokens = Usage(dice.randrange(100), dice.randrange(100), UsageSource.PROVIDER) if dice.random() < 0.9 else None
        await made(
            dice.choice((ada, boss)).user_id, at, tokens, model=dice.choice("mn"), key=dice.choice(keys),
            status=dice.choice(list(CallStatus)),
        )  # fmt: skip
    calls = await Call.all()
    for _ in range(60):
        zone, by = dice.choice(ZONES), dice.sample(["DAY", "MODEL", "KEY", "USER"], dice.randrange(5))
        ends = sorted(dice.choice(CHANGES) + timedelta(seconds=dice.randrange(-40_000, 40_000)) for _ in range(2))
        start, end = (moment if dice.random() < 0.7 else None for moment in ends)
        asked = {"zone": zone, "by": by, "everyone": True}
        asked |= {"from": start and start.isoformat(), "to": end and end.isoformat()}
        buckets = await usage(boss, **asked)
        assert {tuple(bucket.values()) for bucket in buckets} == added_up(calls, zone, by, start, end), asked
        own = [call for call in calls if call.user_id == ada.user_id]
        buckets = await usage(ada, **{**asked, "everyone": False})
        assert {tuple(bucket.values()) for bucket in buckets} == added_up(own, zone, by, start, end), asked
        days = [bucket["day"] for bucket in buckets if "DAY" in by]
        assert days == sorted(days)


@pytest.mark.usefixtures("noon")
async def test_a_day_of_chatting_is_a_bucket(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    sent = [await ada.send("echo one", wait=True) for _ in range(3)]
    total = sum(one["reply"]["usage"]["totalTokens"] for one in sent)
    buckets = await usage(ada, by=["MODEL", "KEY"])
    assert [(bucket["model"], bucket["keyId"], bucket["calls"], bucket["errors"]) for bucket in buckets] == [
        ("demo", None, 3, 0)
    ]
    assert buckets[0]["totalTokens"] == buckets[0]["promptTokens"] + buckets[0]["completionTokens"] == total
    assert buckets[0]["durationMs"] >= 0
    today = (await usage(ada))[0]["day"]
    assert today.endswith("T00:00:00+00:00")
    assert await usage(ada, to=today) == []
    assert await usage(ada, by=[], to="0001-01-01T00:00:00Z") == []
    assert len(await usage(ada, **{"from": "0001-01-01T00:00:00Z", "to": "9999-12-31T23:59:59Z"})) == 1


async def test_calls_that_end_at_once_are_all_counted(chat_on_each: Chat) -> None:
    ada, bob = await chat_on_each.sign_up("ada"), await chat_on_each.sign_up("bob")
    boss = await chat_on_each.sign_up("boss", UserRole.ADMIN)
    at, tokens = datetime(2026, 11, 25, 12, 7, tzinfo=UTC), Usage(3, 4, UsageSource.PROVIDER)
    await asyncio.gather(*(made(client.user_id, at, tokens) for client in (ada, bob) * 20))
    assert await UsageBucket.all().count() == 2
    [bucket] = await usage(boss, everyone=True)
    assert (bucket["calls"], bucket["promptTokens"], bucket["completionTokens"]) == (40, 120, 160)


async def test_sums_outlive_the_log_and_the_key(chat: Chat, ada: Client) -> None:
    key = await new_key(chat, ada, "gone")
    await made(ada.user_id, datetime(2026, 11, 25, 12, tzinfo=UTC), Usage(1, 1, UsageSource.PROVIDER), key=key)
    before = await usage(ada, by=["KEY"])
    await ada.run("mutation ($ids: [ID!]!) { deleteKeys(ids: $ids) }", ids=[key.id])
    await Call.all().delete()
    assert await usage(ada, by=["KEY"]) == before
    assert before[0]["keyId"] == key.id


async def test_others_usage_is_for_admins_only(chat: Chat, ada: Client, bob: Client) -> None:
    boss = await chat.sign_up("boss", UserRole.ADMIN)
    for client in (ada, bob, boss):
        await made(client.user_id, datetime(2026, 11, 25, tzinfo=UTC))
    for wrong in ({"user": bob.user_id}, {"user": new_id("usr")}, {"everyone": True}):
        with pytest.raises(GraphQLErrors) as refused:
            await usage(ada, **wrong)
        assert refused.value.codes == ["FORBIDDEN"]
    assert [bucket["userId"] for bucket in await usage(ada, by=["USER"])] == [ada.user_id]
    assert [bucket["calls"] for bucket in await usage(boss)] == [1]
    assert [bucket["calls"] for bucket in await usage(boss, everyone=True)] == [3]
    by_user = await usage(boss, by=["USER"])  # which can mean nobody's but everyone's
    assert {bucket["userId"] for bucket in by_user} == {ada.user_id, bob.user_id, boss.user_id}
    assert [bucket["userId"] for bucket in await usage(boss, by=["USER"], user=bob.user_id)] == [bob.user_id]
    assert await usage(boss, user="usr_\0") == []


@pytest.mark.parametrize("zone", ["", "Nowhere/Land", "../etc/passwd", "Europe", "x" * 5000, "\0"])
async def test_a_zone_that_is_none_is_told(chat: Chat, ada: Client, zone: str) -> None:
    with pytest.raises(GraphQLErrors) as refused:
        await usage(ada, zone=zone)
    assert refused.value.errors[0]["extensions"] == {"code": "BAD_USER_INPUT", "field": "timeZone"}


async def test_a_time_range_that_ends_before_it_begins_is_an_error(chat: Chat, ada: Client) -> None:
    early, late = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00+14:00"
    calls = "query ($filter: CallLogFilter) { callLogs(filter: $filter) { totalCount } }"
    assert await usage(ada, **{"from": early, "to": early}) == []
    assert (await ada.run(calls, filter={"from": early, "to": early}))["callLogs"] == {"totalCount": 0}
    for query, variables, field in (
        (USAGE, {"from": late, "to": early}, "to"),
        (calls, {"filter": {"from": late, "to": early}}, "filter.to"),
    ):
        with pytest.raises(GraphQLErrors) as refused:
            await ada.run(query, **variables)
        assert refused.value.errors[0]["extensions"] == {"code": "BAD_USER_INPUT", "field": field}


async def test_too_many_sums_are_refused_and_not_cut_off(chat: Chat, ada: Client) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    numbers = {"calls": 1, "errors": 0, "prompt_tokens": 1, "completion_tokens": 1, "duration_ms": 1, "key_id": ""}
    rows = [
        UsageBucket(user_id=ada.user_id, bucket_at=begin + timedelta(days=number % 300), model=str(number), **numbers)
        for number in range(MAX_SUMS + 1)
    ]
    await UsageBucket.bulk_create(rows)
    assert len(await usage(ada)) == 300
    with pytest.raises(GraphQLErrors) as refused:
        await usage(ada, by=["DAY", "MODEL"])
    assert refused.value.errors[0]["extensions"] == {"code": "BAD_USER_INPUT", "field": "groupBy"}

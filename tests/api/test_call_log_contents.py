"""What the call log keeps of a call, for how long, and who reads it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gql_chat.infra import clock
from gql_chat.infra.ids import new_id
from gql_chat.usage.call_log import Retention
from gql_chat.usage.models import Call, OpenCall, UsageBucket
from gql_chat.users.models import UserRole
from tests.support.call_log import CALL, CALLS, DELETE_KEYS, DELETE_SESSIONS, SECRET, TEST, calls, new_key
from tests.support.chat import Chat, run_chat
from tests.support.client import Client, GraphQLErrors
from tests.support.demo import Script, failures

CREATE_GROUP = 'mutation { createGroup(input: {name: "Team"}) { id activationCode } }'
REDEEM = "mutation ($code: String!) { redeemActivationCode(code: $code) { id } }"
DELETE_GROUPS = "mutation ($ids: [ID!]!) { deleteGroups(ids: $ids) }"
CREATE_TOKEN = 'mutation ($scopes: [Scope!]!) { createAccessToken(input: {name: "t", scopes: $scopes}) { token } }'


async def test_the_ledger_outlives_session_message_key_and_group(chat_on_each: Chat) -> None:
    chat = chat_on_each
    ada, boss = await chat.sign_up("ada"), await chat.sign_up("boss", UserRole.ADMIN)
    group = (await boss.run(CREATE_GROUP))["createGroup"]
    await ada.run(REDEEM, code=group["activationCode"])
    key_id = await new_key(chat, boss, groupId=group["id"])
    sent = await ada.send("echo one", wait=True, keyId=key_id)
    [call] = await calls(ada)
    named = {"sessionId": sent["session"]["id"], "messageId": sent["reply"]["id"]}
    named |= {"keyId": key_id, "groupId": group["id"]}
    assert {name: call[name] for name in named} == named
    await ada.run(DELETE_SESSIONS, ids=[sent["session"]["id"]])
    await boss.run(DELETE_KEYS, ids=[key_id])
    await boss.run(DELETE_GROUPS, ids=[group["id"]])
    assert await calls(ada) == [call | dict.fromkeys(named)]


async def test_the_code_of_the_group_is_shown_to_admins_alone(chat_on_each: Chat) -> None:
    chat = chat_on_each
    ada, boss = await chat.sign_up("ada"), await chat.sign_up("boss", UserRole.ADMIN)
    group = (await boss.run(CREATE_GROUP))["createGroup"]
    await ada.run(REDEEM, code=group["activationCode"])
    await ada.send("echo one", wait=True, keyId=await new_key(chat, boss, groupId=group["id"]))
    [own] = await calls(ada)
    assert (own["groupId"], own["activationCode"]) == (group["id"], None)
    everyone = await calls(boss, filter={"everyone": True})
    assert [call["activationCode"] for call in everyone] == [group["activationCode"]]
    token = (await boss.run(CREATE_TOKEN, scopes=["ACCOUNT"]))["createAccessToken"]["token"]
    await boss.send("echo two", wait=True, keyId=own["keyId"])
    [call] = await calls(Client(chat.http, chat.origin, token, boss.user_id))
    assert (call["groupId"], call["activationCode"]) == (group["id"], None)  # the token lacks the scope ADMIN


async def test_texts_in_the_parameters_are_their_users_alone(chat: Chat, ada: Client) -> None:
    boss = await chat.sign_up("boss", UserRole.ADMIN)
    key_id = await new_key(chat, ada)
    schema = {"type": "json_schema", "json_schema": {"name": "plans", "schema": {"secret plans": True}}}
    extra = {
        "note": "secret plans",
        "Secret plans": 1,
        "top_k": 3,
        "logit_bias": {"plans": 1},
        "enable_thinking": False,
    }
    parameters = {"temperature": 0.5, "stop": ["secret plans"], "responseFormat": schema, "extra": extra}
    await ada.send(keyId=key_id, parameters=parameters, wait=True)
    [own] = await calls(ada)
    assert own["requestParameters"] == {
        "temperature": 0.5, "stop": ["secret plans"], "response_format": schema, **extra, "stream": True,
        "stream_options": {"include_usage": True},
    }  # fmt: skip
    [call] = await calls(boss, filter={"everyone": True})
    assert call["requestParameters"] == {
        "temperature": 0.5, "stop": "…", "response_format": "…", "note": "…", "top_k": 3, "logit_bias": "…",
        "enable_thinking": False, "stream": True, "stream_options": "…",
    }  # fmt: skip
    assert (await boss.run(CALL, id=call["id"]))["node"] == call


async def test_no_secret_and_no_file_is_kept(chat: Chat, ada: Client) -> None:
    key_id = await new_key(chat, ada)
    chat.demo.script("demo", Script(chunks=(f"Your key is {SECRET}.",)))
    attachments = [{"imageUrl": "https://example.com/cat.png?visitor=s1gned&x=1"}]
    await ada.send(f"Is {SECRET} safe?", keyId=key_id, attachments=attachments, wait=True)
    row = await Call.all().values()
    [call] = await calls(ada)
    assert SECRET not in str(row)
    assert "s1gned" not in str(row)
    assert call["responseText"] == "Your key is [redacted]."
    assert call["requestMessages"][-1]["content"] == [
        {"type": "text", "text": "Is [redacted] safe?"},
        {"type": "image_url", "image_url": {"url": "https://example.com/cat.png?…"}},
    ]


async def test_contents_are_not_kept_where_the_setting_says_so(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, CALL_CONTENTS_DAYS=0) as chat:
        ada = await chat.sign_up("ada")
        await ada.send("echo secret plans", wait=True)
        [call] = await calls(ada)
        assert (call["requestMessages"], call["responseText"], call["status"]) == ([], None, "SUCCESS")
        assert call["usage"]["totalTokens"] > 0
        assert "secret plans" not in str(await Call.all().values())


async def test_contents_and_calls_go_when_their_time_is_over(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    for text in ("echo old", "echo older", "echo new"):
        await ada.send(text, wait=True)
    newest, older, oldest = await calls(ada)
    await Call.filter(id=older["id"]).update(created_at=clock.now() - timedelta(days=31))
    await Call.filter(id=oldest["id"]).update(created_at=clock.now() - timedelta(days=366))
    await Retention(30, 365).enforce()
    kept = await calls(ada)
    assert [call["id"] for call in kept] == [newest["id"], older["id"]]
    assert kept[0] == newest
    assert kept[1] == older | {"requestMessages": [], "responseText": None, "createdAt": kept[1]["createdAt"]}
    await Retention(30, None).enforce()
    assert await calls(ada) == kept


async def test_pages_and_filters(chat_on_each: Chat) -> None:
    chat, ada = chat_on_each, await chat_on_each.sign_up("ada")
    chat.demo.script("other", Script(fail=failures.rate_limited()))
    key_id = await new_key(chat, ada, "other")
    first = await ada.send("echo one", wait=True, model="demo")
    await ada.send("echo two", wait=True, model="demo")
    await ada.send("three", wait=True, keyId=key_id)
    await ada.run(TEST, input={"id": key_id})
    test, three, two, one = await calls(ada)

    async def found(**wanted: Any) -> list[str]:
        answer = (await ada.run(CALLS, filter=wanted))["callLogs"]
        assert answer["totalCount"] == len(answer["nodes"])
        return [call["id"] for call in answer["nodes"]]

    assert await found() == [test["id"], three["id"], two["id"], one["id"]]
    assert await found(status="ERROR") == [three["id"]]
    assert await found(purpose="TEST") == [test["id"]]
    assert await found(model="demo") == [two["id"], one["id"]]
    assert await found(keyId=key_id, purpose="REPLY") == [three["id"]]
    assert await found(sessionId=first["session"]["id"]) == [one["id"]]
    assert await found(**{"from": two["createdAt"], "to": test["createdAt"]}) == [three["id"], two["id"]]
    assert await found(userId=ada.user_id, model="demo") == [two["id"], one["id"]]
    assert await found(groupId=new_id("grp")) == await found(keyId="nonsense\0") == await found(model="none") == []
    seen, after = [], None
    while True:
        page = (await ada.run(CALLS, first=3, after=after))["callLogs"]
        seen += [call["id"] for call in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        assert page["totalCount"] == 4
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == await found()


async def test_an_admin_counts_others_calls_and_reads_none(chat_on_each: Chat) -> None:
    chat = chat_on_each
    ada, bob, boss = await chat.sign_up("ada"), await chat.sign_up("bob"), await chat.sign_up("boss", UserRole.ADMIN)
    await ada.send("echo private", wait=True)
    await boss.send("echo my own", wait=True)
    [own] = await calls(ada)
    assert own["endpoint"] == "the server's own"
    [seen] = await calls(boss, filter={"userId": ada.user_id})
    hidden: dict[str, Any] = {"requestMessages": [], "responseText": None}
    hidden["endpoint"] = f"{chat.demo.base_url}/chat/completions"
    hidden["requestParameters"] = {**own["requestParameters"], "stream_options": "…"}
    assert seen == own | hidden == (await boss.run(CALL, id=own["id"]))["node"]
    everyone = await calls(boss, filter={"everyone": True})
    assert [call["userId"] for call in everyone] == [boss.user_id, ada.user_id]
    assert [call["responseText"] for call in await calls(boss)] == ["my own"]
    assert (await bob.run(CALL, id=own["id"]))["node"] is None
    for wanted in ({"userId": ada.user_id}, {"everyone": True}, {"userId": new_id("usr")}):
        with pytest.raises(GraphQLErrors) as refused:
            await calls(bob, filter=wanted)
        assert refused.value.codes == ["FORBIDDEN"]


async def test_a_token_reads_calls_with_its_scope_and_their_texts_only_with_chat(chat: Chat, ada: Client) -> None:
    await ada.send("echo private", wait=True)

    async def with_scopes(*scopes: str) -> list[dict[str, Any]]:
        token = (await ada.run(CREATE_TOKEN, scopes=scopes))["createAccessToken"]["token"]
        return await calls(Client(chat.http, chat.origin, token, ada.user_id))

    assert [call["responseText"] for call in await with_scopes("ACCOUNT", "CHAT")] == ["private"]
    assert [(call["responseText"], call["requestMessages"]) for call in await with_scopes("ACCOUNT")] == [(None, [])]
    for scopes in (("CHAT",), ("KEYS", "FILES")):
        with pytest.raises(GraphQLErrors) as refused:
            await with_scopes(*scopes)
        assert refused.value.codes == ["FORBIDDEN"]


async def test_the_account_takes_its_calls_along(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada", password="correct horse battery")
    await ada.send("echo one", wait=True)
    await ada.run('mutation { deleteAccount(password: "correct horse battery") }')
    assert (await Call.all().count(), await OpenCall.all().count(), await UsageBucket.all().count()) == (0, 0, 0)

"""The call log: a row for each call however it ended, seen by its owner, and counted but not read by admins."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from tortoise.exceptions import IntegrityError

from gql_chat.chats.leases import LEASE
from gql_chat.chats.models import Message, MessageStatus
from gql_chat.generation.accounting import CallContext, LedgerPolicy, new_call
from gql_chat.generation.dead_replies import close_dead_calls
from gql_chat.generation.provider.endpoint import Endpoint
from gql_chat.generation.reaper import reap_expired
from gql_chat.infra import clock
from gql_chat.infra.db.database import execute
from gql_chat.usage.ledger import open_call
from gql_chat.usage.models import Call, CallPurpose, OpenCall
from gql_chat.usage.tokens import Usage
from tests.generation.provider.llm_client import http as http_answer
from tests.generation.provider.llm_client import raw_server
from tests.support.call_log import (
    CALL,
    CREATE_KEY,
    DELETE_KEYS,
    DELETE_SESSIONS,
    SECRET,
    TEST,
    calls,
    new_key,
)
from tests.support.chat import Chat
from tests.support.client import Client
from tests.support.demo import DemoServer, Script, failures
from tests.support.process import run_server, sign_in

REGENERATE = "mutation ($id: ID!) { regenerateReply(messageId: $id) { reply { id } } }"
CONTINUE = "mutation ($id: ID!) { continueReply(messageId: $id) { reply { id } } }"
STOP = "mutation ($id: ID!) { stopReply(messageId: $id) { id status } }"


async def test_a_reply_is_a_row_with_all_that_is_known_of_its_call(chat_on_each: Chat) -> None:
    chat, ada = chat_on_each, await chat_on_each.sign_up("ada")
    key_id = await new_key(chat, ada, parameters={"temperature": 0.5, "extra": {"api_key": "also-secret", "top_k": 3}})
    chat.demo.script("demo", Script(chunks=("Hel", "lo"), reasoning=("Hm",)))
    before = clock.now()
    sent = await ada.send("Say hello", wait=True)
    [call] = await calls(ada)
    assert {name: value for name, value in call.items() if name not in ("id", "durationMs", "firstTokenMs")} == {
        "userId": ada.user_id,
        "sessionId": sent["session"]["id"],
        "messageId": sent["reply"]["id"],
        "keyId": key_id,
        "groupId": None,
        "purpose": "REPLY",
        "model": "demo",
        "endpoint": f"{chat.demo.base_url}/chat/completions",
        "activationCode": None,
        "status": "SUCCESS",
        "statusCode": 200,
        "error": None,
        "requestMessages": chat.demo.requests[0].body["messages"],
        "requestParameters": {
            "temperature": 0.5,
            "api_key": "[redacted]",
            "top_k": 3,
            "stream": True,
            "stream_options": {"include_usage": True},
        },
        "responseText": "Hello",
        "responseData": call["responseData"],
        "usage": sent["reply"]["usage"],
        "clientIp": "127.0.0.1",
        "userAgent": call["userAgent"],
        "requestId": call["requestId"],
        "createdAt": call["createdAt"],
    }
    assert call["requestMessages"][-1] == {"role": "user", "content": "Say hello"}
    tokens = {"prompt": call["usage"]["promptTokens"], "completion": call["usage"]["completionTokens"]}
    data = call["responseData"]
    assert data["id"].startswith("chatcmpl-")
    assert (data["model"], data["finish_reason"]) == ("demo", "stop")
    assert {name: data["usage"][f"{name}_tokens"] for name in tokens} == tokens
    assert call["userAgent"].startswith("Python/")
    assert before.isoformat() <= call["createdAt"] <= clock.now().isoformat()
    assert 0 <= call["firstTokenMs"] <= call["durationMs"] < 60_000
    assert (await ada.run(CALL, id=call["id"]))["node"] == call
    assert await OpenCall.all().count() == 0


async def test_the_request_that_asked_is_named_over_http_and_websocket(chat: Chat, ada: Client) -> None:
    headers = {"Authorization": f"Bearer {ada.token}", "X-Request-ID": "req-42", "User-Agent": "a\tb" + "c" * 400}
    body = {"query": 'mutation { sendMessage(input: {text: "echo one", wait: true}) { reply { id } } }'}
    async with chat.http.post(f"{chat.origin}/graphql", json=body, headers=headers) as response:
        assert response.status == 200
    [call] = await calls(ada)
    assert (call["requestId"], call["userAgent"]) == ("req-42", "ab" + "c" * 298)
    async with ada.connect() as socket:
        async for _ in socket.subscribe(body["query"]):
            pass
    newest = (await calls(ada))[0]
    assert newest["requestId"] not in (None, "req-42")
    assert newest["clientIp"] == "127.0.0.1"


async def test_whoever_stops_a_reply_has_had_what_was_asked_for_until_then(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    driven = chat_on_each.demo.drive("demo")
    reply_id = (await ada.send("Go on"))["reply"]["id"]
    assert await calls(ada) == []  # it has not ended
    answer = await driven.next_call()
    await answer.send("So far so go")
    watch = ada.watch(reply_id)
    assert (await anext(watch))["text"] == "So far so go"
    await watch.aclose()
    await ada.run(STOP, id=reply_id)
    [call] = await calls(ada)
    assert (call["status"], call["error"], call["statusCode"], call["responseText"]) == (
        "SUCCESS", None, 200, "So far so go",
    )  # fmt: skip
    prompt_tokens = call["usage"]["promptTokens"]
    assert prompt_tokens > 0
    assert call["usage"] == {
        "promptTokens": prompt_tokens, "completionTokens": 3, "totalTokens": prompt_tokens + 3, "source": "ESTIMATED",
    }  # fmt: skip


async def test_a_call_that_is_stopped_before_its_answer_cost_its_prompt_and_one_that_is_refused_nothing(
    chat: Chat, ada: Client
) -> None:
    driven = chat.demo.drive("demo")
    reply_id = (await ada.send("Too late"))["reply"]["id"]
    await driven.next_call()
    await ada.run(STOP, id=reply_id)
    chat.demo.script("demo", Script(fail=failures.invalid_api_key()))
    await ada.send("No", wait=True)
    failed, stopped = await calls(ada)
    assert (stopped["status"], stopped["statusCode"], stopped["responseText"]) == ("SUCCESS", None, "")
    prompt_tokens = stopped["usage"]["promptTokens"]
    assert prompt_tokens > 0
    assert stopped["usage"] == {
        "promptTokens": prompt_tokens, "completionTokens": 0, "totalTokens": prompt_tokens, "source": "ESTIMATED",
    }  # fmt: skip
    assert (failed["status"], failed["statusCode"], failed["usage"]) == ("ERROR", 401, None)
    assert failed["error"] == {"code": "AUTHENTICATION", "message": failed["error"]["message"]}
    assert (failed["firstTokenMs"], stopped["firstTokenMs"]) == (None, None)


async def test_each_call_of_a_reply_that_goes_on_has_its_own_text_and_tokens(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    chat_on_each.demo.script("demo", Script(chunks=("one ",), finish_reason="length"))
    sent = await ada.send("Count", wait=True)
    chat_on_each.demo.script("demo", Script(chunks=("two",)))
    await ada.run(CONTINUE, id=sent["reply"]["id"])
    await ada.watch_to_end(sent["reply"]["id"])
    second, first = await calls(ada)
    assert (first["responseText"], second["responseText"]) == ("one ", "two")
    assert first["messageId"] == second["messageId"] == sent["reply"]["id"]
    total = first["usage"]["totalTokens"] + second["usage"]["totalTokens"]
    assert (await Message.get(id=sent["reply"]["id"])).total_tokens == total
    chat_on_each.demo.script("demo", Script(chunks=("anew",)))
    again = (await ada.run(REGENERATE, id=sent["reply"]["id"]))["regenerateReply"]["reply"]["id"]
    await ada.watch_to_end(again)
    assert [call["messageId"] for call in await calls(ada)] == [again] + [sent["reply"]["id"]] * 2


async def test_a_repeat_under_an_idempotency_key_is_no_call(chat: Chat, ada: Client) -> None:
    for _ in range(3):
        await ada.send("echo once", idempotencyKey="1", wait=True)
    assert len(await calls(ada)) == 1


async def left_by_a_dead_worker(chat: Chat, client: Client, before: str, text: str) -> tuple[str, str]:
    """Return the ids of a reply that went on from one text to another when its writer died, and of its call."""
    sent = await client.send("echo one", wait=True)
    reply_id, user_id = sent["reply"]["id"], client.user_id
    context = CallContext(user_id, CallPurpose.REPLY, None, sent["session"]["id"], reply_id)
    endpoint, policy = Endpoint(chat.demo.base_url, SECRET, "demo"), LedgerPolicy(True, timedelta(minutes=10))
    call = new_call(context, endpoint, [{"role": "user", "content": "Count"}], policy, text_before=before)
    await open_call(call)
    dead = {"status": MessageStatus.STREAMING, "worker_id": "dead", "finished_at": None}
    last_seen_at = call.created_at + timedelta(seconds=3)
    await Message.filter(id=reply_id).update(text=text, lease_until=last_seen_at + LEASE, **dead)
    return reply_id, call.id


async def test_what_a_dead_worker_left_is_settled_in_the_ledger_too(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    reply_id, call_id = await left_by_a_dead_worker(chat_on_each, ada, "one ", "one two three")
    silent_id, silent_call_id = await left_by_a_dead_worker(chat_on_each, ada, "", "")
    before = {message.id: Usage.of(message) for message in await Message.filter(id__in=[reply_id, silent_id])}
    reaped = await asyncio.gather(*(reap_expired(now=clock.now() + timedelta(minutes=1)) for _ in range(3)))
    assert sum(reaped) == 2
    by_id = {call["id"]: call for call in await calls(ada)}
    call, silent = by_id[call_id], by_id[silent_call_id]
    assert (call["status"], call["error"], call["responseText"], call["durationMs"]) == (
        "ERROR",
        None,
        "two three",
        3000,
    )
    assert (call["messageId"], call["requestMessages"]) == (reply_id, [{"role": "user", "content": "Count"}])
    assert call["usage"] == {"promptTokens": 9, "completionTokens": 3, "totalTokens": 12, "source": "ESTIMATED"}
    assert (silent["usage"], silent["responseText"]) == (None, "")  # whether it was ever made, nobody knows
    earlier = before[reply_id]
    assert earlier is not None
    message = await Message.get(id=reply_id)
    assert (message.status, message.total_tokens) == (MessageStatus.INTERRUPTED, earlier.total_tokens + 12)
    assert Usage.of(await Message.get(id=silent_id)) == before[silent_id]
    assert await OpenCall.all().count() == 0


async def test_an_old_call_of_a_reply_that_is_not_settled_yet_is_kept_for_it(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    reply_id, call_id = await left_by_a_dead_worker(chat_on_each, ada, "", "half")
    now = clock.now() + timedelta(minutes=16)
    await close_dead_calls(now)  # as when there are more dead replies than a reaper settles in a round
    assert await OpenCall.all().count() == 1
    assert await reap_expired(now=now) == 1
    assert (await Message.get(id=reply_id)).status == MessageStatus.INTERRUPTED
    assert (await ada.run(CALL, id=call_id))["node"]["responseText"] == "half"


async def test_a_call_whose_reply_is_gone_is_closed_when_nobody_can_be_at_it(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    reply_id, call_id = await left_by_a_dead_worker(chat_on_each, ada, "", "half")
    session_id = (await Message.get(id=reply_id)).session_id
    await execute("DELETE FROM sessions WHERE id = $1", session_id)
    await reap_expired(now=clock.now() + timedelta(minutes=14))
    assert await OpenCall.all().count() == 1
    await reap_expired(now=clock.now() + timedelta(minutes=16))
    call = (await ada.run(CALL, id=call_id))["node"]
    assert (call["status"], call["sessionId"], call["messageId"], call["usage"]) == ("ERROR", None, None, None)
    assert await OpenCall.all().count() == 0


async def test_a_call_survives_kill_9(tmp_path: Path) -> None:
    async with DemoServer(pace_seconds=0) as demo, aiohttp.ClientSession() as http:
        driven = demo.drive("demo")
        async with run_server(tmp_path, demo) as server:
            ada = await sign_in(http, server, "ada")
            reply_id = (await ada.send("Go on"))["reply"]["id"]
            await driven.next_call()
            await server.kill()
        async with run_server(tmp_path, demo) as server:
            ada = await sign_in(http, server, "ada", new=False)
            [call] = await calls(ada)
    assert (call["messageId"], call["status"], call["error"]) == (reply_id, "ERROR", None)
    assert call["requestMessages"][-1] == {"role": "user", "content": "Go on"}


async def test_what_came_beside_the_answer_is_kept_in_the_providers_words(chat: Chat, ada: Client) -> None:
    usage = {"prompt_tokens": 7, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 5}, "x": SECRET}
    head = {"id": "", "model": "", "choices": []}  # as Azure begins
    chunk = {"id": "chatcmpl-1", "model": "m-2026-11-01", "system_fingerprint": "fp_44709d6fcb"}
    said = {**chunk, "choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": None}]}
    end = {**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": "max_tokens"}], "usage": usage}
    body = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in (head, said, end))
    async with raw_server(http_answer(body + b"data: [DONE]\n\n", "text/event-stream")) as base_url:
        key = {"name": "x", "secret": SECRET, "model": "m", "baseUrl": base_url}
        key_id = (await ada.run(CREATE_KEY, input=key))["createKey"]["id"]
        await ada.send("Hi", keyId=key_id, wait=True)
    [call] = await calls(ada)
    assert call["responseData"] == {
        **chunk, "finish_reason": "max_tokens", "usage": {**usage, "x": "[redacted]"},
    }  # fmt: skip


async def test_parameters_are_those_that_the_provider_took_in_the_end(chat: Chat, ada: Client) -> None:
    chat.demo.script("demo", Script(refuses_stream_options=True, chunks=("Hi",)))
    for _ in range(2):  # refused, and then known to be
        await ada.send("Hi", wait=True)
        assert (await calls(ada))[0]["requestParameters"] == {"stream": True}


async def test_what_is_deleted_while_a_call_is_under_way_is_not_named(chat_on_each: Chat) -> None:
    chat, ada = chat_on_each, await chat_on_each.sign_up("ada")
    driven = chat.demo.drive("demo")
    key_id = await new_key(chat, ada)
    sent = await ada.send("Go on", keyId=key_id)
    answer = await driven.next_call()
    await ada.run(DELETE_KEYS, ids=[key_id])
    await execute("DELETE FROM sessions WHERE id = $1", sent["session"]["id"])  # without stopping what is written in it
    await answer.send("told to nobody")
    await answer.finish(usage={"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9})
    await chat.services.runner.wait(sent["reply"]["id"])
    [call] = await calls(ada)
    assert (call["sessionId"], call["messageId"], call["keyId"]) == (None, None, None)
    assert (call["status"], call["responseText"]) == ("SUCCESS", "told to nobody")
    assert call["usage"] == {"promptTokens": 7, "completionTokens": 2, "totalTokens": 9, "source": "PROVIDER"}


async def test_each_call_that_tries_a_key_is_a_row(chat: Chat, ada: Client) -> None:
    await ada.run(TEST, input={"id": await new_key(chat, ada)})
    draft = {"name": "x", "secret": SECRET, "model": "m", "baseUrl": f"{chat.demo.base_url}/wrong"}
    await ada.run(TEST, input={"key": draft})
    failed_ask, failed_list, listed = await calls(ada)
    assert {call["purpose"] for call in (failed_ask, failed_list, listed)} == {"TEST"}
    assert (listed["status"], listed["usage"], listed["requestMessages"]) == ("SUCCESS", None, [])
    assert listed["keyId"] is not None
    assert (listed["statusCode"], listed["responseData"], listed["requestParameters"]) == (200, None, {})
    assert listed["endpoint"] == f"{chat.demo.base_url}/models"
    assert failed_list["endpoint"] == f"{chat.demo.base_url}/wrong/models"
    assert failed_ask["endpoint"] == f"{chat.demo.base_url}/wrong/chat/completions"
    assert (failed_list["status"], failed_list["statusCode"], failed_list["keyId"]) == ("ERROR", 404, None)
    assert failed_ask["requestMessages"] == [{"role": "user", "content": "Say hi."}]
    assert failed_ask["requestParameters"]["max_tokens"] == 1
    assert await OpenCall.all().count() == 0


async def test_a_token_that_tries_a_key_is_counted(chat: Chat, ada: Client) -> None:
    answer = b'{"choices": [{"message": {"content": "Hi"}, "finish_reason": "length"}]}'
    async with raw_server(http_answer(answer, "application/json"), http_answer(b"", status="405 No")) as base_url:
        await ada.run(TEST, input={"key": {"name": "x", "secret": SECRET, "model": "m", "baseUrl": base_url}})
    asked, _ = await calls(ada)
    assert (asked["responseText"], asked["statusCode"]) == ("Hi", 200)
    assert asked["usage"] == {"promptTokens": 9, "completionTokens": 1, "totalTokens": 10, "source": "ESTIMATED"}


async def test_a_title_is_a_call_of_its_own(chat: Chat, ada: Client) -> None:
    sent = await ada.send("echo one", wait=True)
    chat.demo.script("demo", Script(chunks=("Counting",)))
    await ada.run("mutation ($id: ID!) { generateTitle(sessionId: $id) { id } }", id=sent["session"]["id"])
    [title] = await calls(ada, filter={"purpose": "TITLE"})
    named = (title["sessionId"], title["messageId"], title["responseText"], title["status"])
    assert named == (sent["session"]["id"], None, "Counting", "SUCCESS")
    assert title["usage"]["source"] == "PROVIDER"
    assert title["requestParameters"]["max_tokens"] == 2000


async def test_a_chats_prompts_are_stored_once_and_outlive_it(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    first = await ada.send("echo one", wait=True)
    session_id = first["session"]["id"]
    for text in ("echo two", "echo three"):
        await ada.send(text, sessionId=session_id, wait=True)
    before = [call["requestMessages"] for call in await calls(ada)]
    assert [[message["content"] for message in messages[1:]] for messages in before] == [
        ["echo one", "one", "echo two", "two", "echo three"], ["echo one", "one", "echo two"], ["echo one"],
    ]  # fmt: skip
    stored = str(await Call.all().values_list("request_messages", flat=True))
    assert [stored.count(text) for text in ("echo one", "echo two", "echo three")] == [1, 1, 1]
    assert [stored.count(f'"content":"{text}"') for text in ("one", "two")] == [0, 0]  # they are the earlier answers
    await ada.run(DELETE_SESSIONS, ids=[session_id])
    assert [call["requestMessages"] for call in await calls(ada)] == before


async def test_the_database_knows_which_statuses_there_are(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    await ada.send("echo one", wait=True)
    with pytest.raises(IntegrityError):
        await execute("UPDATE calls SET status = $1", "PENDING")
    assert [call["status"] for call in await calls(ada)] == ["SUCCESS"]

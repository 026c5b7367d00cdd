"""Continuing a reply: what is added to it, what the model is asked, and what it costs."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from gql_chat.chats.models import Message
from gql_chat.generation import runner
from gql_chat.generation.prompting.prompt import CONTINUE
from gql_chat.generation.prompting.tokens import estimate_tokens
from gql_chat.generation.reaper import reap_expired
from gql_chat.generation.runner import Runner
from gql_chat.generation.settling import settle
from gql_chat.infra import clock
from gql_chat.usage.models import Call
from tests.support.branching import CONTINUATION, answer, edit, go_on, refusal, regenerate, shown, stopped, until
from tests.support.chat import Chat
from tests.support.client import Client
from tests.support.demo import DrivenCall, Script, failures
from tests.support.stored.trees import audit_trees


async def die(writer: Runner, reply_id: str, call: DrivenCall) -> None:
    """Have a reaper take a reply whose text is saved from its writer, as if that were dead, and wait for its end."""
    await writer.save()
    await Message.filter(id=reply_id).update(worker_id="dead", lease_until=clock.now() - timedelta(seconds=1))
    assert await reap_expired() == 1
    await writer.beat()
    await call.disconnected()
    await writer.wait(reply_id)


async def test_a_stopped_reply_goes_on_in_the_same_message_and_its_offsets_too(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    sent = await stopped(chat_on_each, ada, "one 🌍", " tw")
    reply_id = sent["reply"]["id"]
    going_on, call = await go_on(chat_on_each, ada, reply_id)
    assert (going_on["reply"]["id"], going_on["reply"]["status"], going_on["reply"]["text"]) == (
        reply_id, "STREAMING", "one 🌍 tw",
    )  # fmt: skip
    assert going_on["session"]["messageCount"] == 2
    assert going_on["userMessage"] == sent["userMessage"]
    assert [(said["role"], said["content"]) for said in call.body["messages"][1:]] == [
        ("user", "Count"), ("assistant", "one 🌍 tw"), ("user", CONTINUE),
    ]  # fmt: skip
    late = ada.watch(reply_id, offset=len("one 🌍 tw".encode("utf-16-le")) // 2)
    assert (await anext(late))["kind"] == "REASONING"
    await call.send("o", reasoning="Ah.")
    assert [await anext(late), await anext(late)] == [
        {"__typename": "ReplyDelta", "kind": "REASONING", "offset": 4, "text": "Ah."},
        {"__typename": "ReplyDelta", "kind": "TEXT", "offset": 9, "text": "o"},
    ]
    await late.aclose()
    await call.send(" three")
    await call.finish()
    screen = await ada.watch_to_end(reply_id)
    assert (screen.text, screen.reasoning) == ("one 🌍 two three", "Hm. Ah.")
    assert screen.final is not None
    assert (screen.final["status"], screen.final["finishReason"]) == ("COMPLETED", "STOP")
    assert (await ada.message(reply_id))["text"] == "one 🌍 two three"
    await audit_trees()


async def test_a_reply_that_was_cut_for_its_length_can_go_on_until_it_is_not(chat: Chat, ada: Client) -> None:
    answer(chat, "one ", finish_reason="length")
    reply_id = (await ada.send("Count", wait=True))["reply"]["id"]
    answer(chat, "two ", finish_reason="length")
    await ada.run(CONTINUATION, id=reply_id)
    assert (await ada.watch_to_end(reply_id)).text == "one two "
    answer(chat, "three")
    await ada.run(CONTINUATION, id=reply_id)
    assert (await ada.watch_to_end(reply_id)).text == "one two three"
    told = await refusal(ada.run(CONTINUATION, id=reply_id))
    assert told == {"code": "BAD_USER_INPUT", "field": "messageId"}


async def test_the_model_for_newcomers_goes_on_where_it_was_cut(chat: Chat, ada: Client) -> None:
    whole = (await ada.send("Give me a list of 12 ideas", wait=True))["reply"]["text"]
    cut = (await ada.send("Give me a list of 12 ideas", parameters={"maxTokens": 20}, wait=True))["reply"]
    assert (cut["finishReason"], cut["text"]) == ("LENGTH", whole[: len(cut["text"])])
    await ada.run(CONTINUATION, id=cut["id"])
    assert (await ada.watch_to_end(cut["id"])).text == whole


async def test_a_reply_whose_server_died_goes_on_and_if_it_dies_again_again(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    writer = chat_on_each.services.runner
    answer(chat_on_each, "one ", finish_reason="length")
    reply_id = (await ada.send("Count", wait=True))["reply"]["id"]
    for number in ("two ", "three "):
        before = (await ada.message(reply_id))["text"]
        _, call = await go_on(chat_on_each, ada, reply_id)
        await call.send(number)
        await until(ada, reply_id, before + number)
        await die(writer, reply_id, call)
        message = await ada.message(reply_id)
        assert (message["status"], message["text"]) == ("INTERRUPTED", before + number)
    await audit_trees()


async def test_what_a_continuation_cost_that_died_leaves_out_the_text_and_reasoning_of_before(
    chat: Chat, ada: Client
) -> None:
    writer = chat.services.runner
    answer(chat, "one ", reasoning=("Let me count them all, one by one.",), finish_reason="length")
    reply_id = (await ada.send("Count", wait=True))["reply"]["id"]
    _, call = await go_on(chat, ada, reply_id)
    await call.send("two ")
    await until(ada, reply_id, "one two ")
    await die(writer, reply_id, call)
    _, continuation = await Call.filter(message_id=reply_id).order_by("id")
    assert (continuation.completion_tokens, continuation.response_text) == (estimate_tokens("two "), "two ")


async def test_a_reply_that_was_stopped_before_its_first_token_is_simply_asked_for_again(
    chat: Chat, ada: Client
) -> None:
    sent = await stopped(chat, ada)
    _, call = await go_on(chat, ada, sent["reply"]["id"])
    assert [said["role"] for said in call.body["messages"]] == ["system", "user"]
    await call.send("all of it")
    await call.finish()
    assert (await ada.watch_to_end(sent["reply"]["id"])).text == "all of it"


async def test_a_reply_whose_end_is_stored_twice_goes_on_unharmed(
    chat: Chat, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = asyncio.Event(), asyncio.Event()

    async def deaf(*args: Any) -> bool:  # the database's first answer is lost, so the writer tries again
        settled = await settle(*args)
        if not first.is_set():
            first.set()
            raise OSError("gone")
        second.set()
        return settled

    monkeypatch.setattr(runner, "settle", deaf)
    monkeypatch.setattr(runner, "SETTLE_RETRY_SECONDS", (0.3,))
    answer(chat, "one ", finish_reason="length")
    reply_id = (await ada.send("Count"))["reply"]["id"]
    await first.wait()
    _, call = await go_on(chat, ada, reply_id)
    await call.send("two")
    await until(ada, reply_id, "one two")
    await second.wait()
    assert (await ada.message(reply_id))["status"] == "STREAMING"
    await call.finish()
    assert (await ada.watch_to_end(reply_id)).text == (await ada.message(reply_id))["text"] == "one two"


async def test_what_all_calls_of_a_reply_cost_is_added_up(chat: Chat, ada: Client) -> None:
    query = "query ($id: ID!) { node(id: $id) { ... on Message { usage { promptTokens completionTokens source } } } }"
    counts = {"prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14}

    async def usage() -> Any:
        return (await ada.run(query, id=reply_id))["node"]["usage"]

    driven = chat.demo.drive("demo")
    reply_id = (await ada.send())["reply"]["id"]
    call = await driven.next_call()
    await call.send("one ")
    await call.finish("length", usage=counts)
    await ada.watch_to_end(reply_id)
    _, call = await go_on(chat, ada, reply_id)
    assert await usage() == {"promptTokens": 10, "completionTokens": 4, "source": "PROVIDER"}
    await call.send("two ")
    await call.finish("length", usage=counts)
    await ada.watch_to_end(reply_id)
    assert await usage() == {"promptTokens": 20, "completionTokens": 8, "source": "PROVIDER"}
    _, call = await go_on(chat, ada, reply_id)
    await call.send("four")
    await call.finish("length")
    await ada.watch_to_end(reply_id)
    estimated = await usage()
    assert (estimated["completionTokens"], estimated["source"]) == (9, "ESTIMATED")  # of the four new characters, 1
    answer(chat, fail=failures.rate_limited())
    await ada.run(CONTINUATION, id=reply_id)
    screen = await ada.watch_to_end(reply_id)
    assert screen.final is not None
    assert (screen.final["status"], screen.final["error"]["code"], screen.text) == (
        "FAILED", "RATE_LIMITED", "one two four",
    )  # fmt: skip
    assert await usage() == estimated


async def test_a_reply_goes_on_by_the_key_that_began_it(chat: Chat, ada: Client) -> None:
    create = "mutation ($input: CreateKeyInput!) { createKey(input: $input) { id } }"
    by_server = await stopped(chat, ada, "one")
    keys = [
        {"name": name, "secret": f"sk-{name}", "model": name, "baseUrl": chat.demo.base_url}
        for name in ("first", "second")
    ]
    _, key_id = [(await ada.run(create, input=key))["createKey"]["id"] for key in keys]
    _, call = await go_on(chat, ada, by_server["reply"]["id"])
    assert (call.body["model"], call.headers["authorization"]) == ("demo", "Bearer sk-server-key-of-tests")
    await call.finish()
    chat.demo.script("second", Script(chunks=("one",), finish_reason="length"))
    reply_id = (await ada.send(keyId=key_id, wait=True))["reply"]["id"]
    await ada.run(CONTINUATION, id=reply_id)
    await ada.watch_to_end(reply_id)
    request = chat.demo.requests[-1]
    assert (request.body["model"], request.headers["authorization"]) == ("second", "Bearer sk-second")


async def test_a_reply_that_is_complete_failed_or_not_the_last_does_not_go_on(chat: Chat, ada: Client) -> None:
    wrong = {"code": "BAD_USER_INPUT", "field": "messageId"}
    answer(chat, "one", error_after=1)
    failed = await ada.send(wait=True)
    assert await refusal(ada.run(CONTINUATION, id=failed["reply"]["id"])) == wrong
    session_id = failed["session"]["id"]
    sent = await stopped(chat, ada, "some", sessionId=session_id)
    answer(chat, "complete")
    last = await ada.send("on", sessionId=session_id, wait=True)
    told = await refusal(ada.run(CONTINUATION, id=sent["reply"]["id"]))
    assert told == {"code": "CONFLICT", "reason": "BRANCH_GREW", "headId": last["reply"]["id"]}
    assert await refusal(ada.run(CONTINUATION, id=last["reply"]["id"])) == wrong
    await edit(ada, sent["userMessage"]["id"], "other")
    await ada.run("mutation ($id: ID!) { deleteMessages(sessionId: $id) }", id=session_id)
    assert (await refusal(ada.run(CONTINUATION, id=sent["reply"]["id"])))["code"] == "NOT_FOUND"


async def test_a_stopped_reply_of_another_branch_is_selected_when_it_goes_on(chat: Chat, ada: Client) -> None:
    sent = await stopped(chat, ada, "some")
    answer(chat, "another")
    await regenerate(ada, sent["reply"]["id"])
    assert await shown(ada, sent["session"]["id"]) == ["Count", "another"]
    _, call = await go_on(chat, ada, sent["reply"]["id"])
    await call.send("thing")
    await call.finish()
    await ada.watch_to_end(sent["reply"]["id"])
    assert await shown(ada, sent["session"]["id"]) == ["Count", "something"]
    await audit_trees()

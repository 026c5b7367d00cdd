"""Editing, regenerating and selecting: what is stored, what the model is asked, who is told what."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gql_chat.chats.models import Message, MessageStatus
from gql_chat.errors import NotFound
from gql_chat.workflows.branching import get_answered
from tests.support.branching import (
    CONTINUATION,
    EDIT,
    END,
    KEYS,
    REGENERATE,
    SELECT,
    SESSION,
    answer,
    asked,
    edit,
    refusal,
    regenerate,
    shown,
    stopped,
    two_exchanges,
)
from tests.support.chat import Chat, run_chat
from tests.support.client import Client, GraphQLErrors
from tests.support.demo import Script
from tests.support.stored.trees import audit_trees


async def test_an_edit_is_a_sibling_with_a_reply_of_its_own_which_is_selected(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    first, second = await two_exchanges(chat_on_each, ada)
    answer(chat_on_each, "reply two b")
    edited = await edit(ada, second["userMessage"]["id"], "two b")
    assert (edited["userMessage"]["order"], edited["reply"]["order"]) == (3, 4)
    assert edited["session"] == {"id": first["session"]["id"], "title": "one", "messageCount": 6}
    assert asked(chat_on_each) == ["one", "reply one", "two b"]
    session = (await ada.run(SESSION, id=first["session"]["id"]))["session"]
    assert [node["text"] for node in session["messages"]["nodes"]] == ["one", "reply one", "two b", "reply two b"]
    assert (session["messageCount"], session["messages"]["totalCount"]) == (6, 4)
    siblings = [second["userMessage"]["id"], edited["userMessage"]["id"]]
    assert session["messages"]["nodes"][2]["siblingIds"] == siblings
    assert (await ada.message(second["reply"]["id"]))["text"] == "reply two"  # nothing is lost
    await audit_trees()


async def test_the_first_message_can_be_edited_too(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    first, _ = await two_exchanges(chat_on_each, ada)
    edited = await edit(ada, first["userMessage"]["id"], "one b")
    assert (edited["userMessage"]["order"], asked(chat_on_each)) == (1, ["one b"])
    assert await shown(ada, first["session"]["id"]) == ["one b", "reply two"]
    siblings = (await ada.message(edited["userMessage"]["id"]))["siblingIds"]
    assert siblings == [first["userMessage"]["id"], edited["userMessage"]["id"]]
    await audit_trees()


async def test_an_edit_on_a_branch_that_is_not_selected_selects_it(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    first, second = await two_exchanges(chat_on_each, ada)
    await edit(ada, first["userMessage"]["id"], "one b")
    answer(chat_on_each, "reply two b")
    await edit(ada, second["userMessage"]["id"], "two b")
    assert asked(chat_on_each) == ["one", "reply one", "two b"]
    assert await shown(ada, first["session"]["id"]) == ["one", "reply one", "two b", "reply two b"]
    await audit_trees()


async def test_an_edit_keeps_what_went_with_the_message_unless_it_says_otherwise(chat: Chat, ada: Client) -> None:
    image = {"imageUrl": "https://example.com/cat.png"}
    sent = await ada.send("What is this?", attachments=[image], wait=True)
    message_id = sent["userMessage"]["id"]
    await edit(ada, message_id, "")
    assert asked(chat) == [[{"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}}]]
    await edit(ada, message_id, "No image", attachments=[], parameters={"temperature": 0.5})
    assert (asked(chat), chat.demo.requests[-1].body["temperature"]) == (["No image"], 0.5)
    assert (await refusal(edit(ada, message_id, "", attachments=[])))["field"] == "input.text"
    assert (await refusal(edit(ada, message_id, "x", parameters={"temperature": 3})))["code"] == "BAD_USER_INPUT"


async def test_another_reply_stands_beside_the_first_and_is_selected(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    first, second = await two_exchanges(chat_on_each, ada)
    answer(chat_on_each, "reply one b")
    again = await regenerate(ada, first["reply"]["id"])
    assert again["userMessage"] == first["userMessage"]
    assert (again["reply"]["order"], again["session"]["messageCount"]) == (2, 5)
    assert asked(chat_on_each) == ["one"]
    assert await shown(ada, first["session"]["id"]) == ["one", "reply one b"]
    await ada.send("three", sessionId=first["session"]["id"], parentId=again["reply"]["id"], wait=True)
    assert asked(chat_on_each) == ["one", "reply one b", "three"]
    await regenerate(ada, second["reply"]["id"])  # on the branch that is not selected
    assert asked(chat_on_each) == ["one", "reply one", "two"]
    await audit_trees()


async def test_another_reply_can_be_had_from_another_key(chat: Chat, ada: Client) -> None:
    sent = await ada.send("hello", wait=True)
    chat.demo.script("other", Script(chunks=("I am other",)))
    key = {"name": "mine", "secret": "sk-mine", "model": "other", "baseUrl": chat.demo.base_url}
    created = await ada.run("mutation ($input: CreateKeyInput!) { createKey(input: $input) { id } }", input=key)
    again = await regenerate(ada, sent["reply"]["id"], keyId=created["createKey"]["id"])
    assert again["reply"]["model"] == "other"
    assert chat.demo.requests[-1].headers["authorization"] == "Bearer sk-mine"


async def test_branches_keep_to_the_prompts_budgets(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, HISTORY_MAX_MESSAGES=2) as chat:
        ada = await chat.sign_up("ada")
        _, second = await two_exchanges(chat, ada)
        await edit(ada, second["userMessage"]["id"], "two b")
        assert asked(chat) == ["two b"]  # a cut history does not begin with a reply
        await regenerate(ada, second["reply"]["id"])
        assert asked(chat) == ["two"]


async def test_a_branch_is_selected_down_to_where_it_was_last_written(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    first, second = await two_exchanges(chat_on_each, ada)
    session_id, root = first["session"]["id"], first["userMessage"]["id"]
    await regenerate(ada, first["reply"]["id"])
    third = await ada.send("three", sessionId=session_id, wait=True)
    selected = (await ada.run(SELECT, id=second["userMessage"]["id"]))["sent"]
    old = [sent[which]["id"] for sent in (first, second) for which in ("userMessage", "reply")]
    assert ([node["id"] for node in selected["messages"]["nodes"]], selected["messageCount"]) == (old, 7)
    assert (await ada.run(SELECT, id=root))["sent"] == selected  # it is selected already
    edited = await edit(ada, root, "one b")
    back = (await ada.run(SELECT, id=root))["sent"]["messages"]["nodes"]
    assert back[-1]["id"] == third["reply"]["id"]
    await ada.run(SELECT, id=edited["reply"]["id"])
    told = await refusal(ada.send("four", sessionId=session_id, parentId=third["reply"]["id"]))
    assert told == {
        "code": "CONFLICT",
        "reason": "BRANCH_GREW",
        "field": "input.parentId",
        "headId": edited["reply"]["id"],
    }


async def test_only_what_a_user_said_is_edited_and_only_replies_are_regenerated_or_go_on(
    chat: Chat, ada: Client
) -> None:
    sent = await ada.send(wait=True)
    wrong = await refusal(edit(ada, sent["reply"]["id"], "x"))
    assert wrong == {"code": "BAD_USER_INPUT", "field": "input.messageId"}
    for mutation in (REGENERATE, CONTINUATION):
        wrong = await refusal(ada.run(mutation, id=sent["userMessage"]["id"]))
        assert wrong == {"code": "BAD_USER_INPUT", "field": "messageId"}


@pytest.fixture
async def without_heartbeats(database_url: str, tmp_path: Path) -> AsyncIterator[Chat]:
    """Yield a server that changes no row by itself while a test compares all of them."""
    async with run_chat(database_url, tmp_path, LEASE_SECONDS=600) as chat:
        yield chat


async def test_nothing_branches_while_a_reply_is_being_written(without_heartbeats: Chat) -> None:
    chat = without_heartbeats
    ada = await chat.sign_up("ada")
    first = await stopped(chat, ada, "some")
    answer(chat, "another")
    second = await regenerate(ada, first["reply"]["id"])
    driven = chat.demo.drive("demo")
    streaming = (await ada.send(sessionId=first["session"]["id"]))["reply"]["id"]
    call = await driven.next_call()
    for attempt in (
        edit(ada, first["userMessage"]["id"], "x"),
        ada.run(REGENERATE, id=second["reply"]["id"]),
        ada.run(REGENERATE, id=streaming),
        ada.run(CONTINUATION, id=first["reply"]["id"]),
        ada.run(CONTINUATION, id=streaming),
        ada.run(SELECT, id=first["reply"]["id"]),
    ):
        assert await refusal(attempt) == {"code": "CONFLICT", "reason": "REPLY_STREAMING", "headId": streaming}
    await call.send("untouched")
    await call.finish()
    assert (await ada.watch_to_end(streaming)).text == "untouched"
    await ada.run(SELECT, id=first["reply"]["id"])


async def test_an_ended_session_takes_no_branch(chat: Chat, ada: Client) -> None:
    sent = await stopped(chat, ada, "some")
    await ada.run(END, id=sent["session"]["id"])
    for attempt in (
        edit(ada, sent["userMessage"]["id"], "x"),
        *(ada.run(mutation, id=sent["reply"]["id"]) for mutation in (REGENERATE, CONTINUATION, SELECT)),
    ):
        assert await refusal(attempt) == {"code": "CONFLICT", "reason": "SESSION_ENDED"}


async def test_a_repeat_under_an_idempotency_key_gets_the_first_answer(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    sent = await stopped(chat_on_each, ada, "some")
    reply_id, said_id = sent["reply"]["id"], sent["userMessage"]["id"]
    answer(chat_on_each, "thing")
    for mutation, variables in [
        (CONTINUATION, {"id": reply_id, "key": "c"}),
        (REGENERATE, {"id": reply_id, "key": "r"}),
        (EDIT, {"input": {"messageId": said_id, "text": "x", "idempotencyKey": "e"}}),
    ]:
        calls = len(chat_on_each.demo.requests)
        answers = await asyncio.gather(*(ada.run(mutation, **variables) for _ in range(10)))
        [first_id] = {answer["sent"]["reply"]["id"] for answer in answers}
        await ada.watch_to_end(first_id)
        again = (await ada.run(mutation, **variables))["sent"]["reply"]
        assert (again["id"], again["status"]) == (first_id, "COMPLETED")
        assert len(chat_on_each.demo.requests) == calls + 1
    await audit_trees()


async def test_a_message_names_the_key_of_the_request_that_stored_it(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    first = await ada.send("one", idempotencyKey="s", wait=True)
    session_id, said_id = first["session"]["id"], first["userMessage"]["id"]
    second = await ada.send("two", sessionId=session_id, wait=True)
    again = await regenerate(ada, second["reply"]["id"], key="r")
    edited = await edit(ada, said_id, "three", idempotencyKey="e")
    keys = {said_id: "s", first["reply"]["id"]: "s", second["userMessage"]["id"]: None, second["reply"]["id"]: None}
    keys |= {again["reply"]["id"]: "r", edited["userMessage"]["id"]: "e", edited["reply"]["id"]: "e"}
    nodes = (await ada.run(KEYS, ids=list(keys)))["nodes"]
    assert {node["id"]: node["idempotencyKey"] for node in nodes} == keys
    bob = await chat_on_each.sign_up("bob")
    assert (await bob.run(KEYS, ids=list(keys)))["nodes"] == [None] * len(keys)


async def test_an_idempotency_key_stands_for_one_mutation_of_one_message(chat: Chat, ada: Client) -> None:
    sent = await stopped(chat, ada, "some")
    reply_id, said_id = sent["reply"]["id"], sent["userMessage"]["id"]
    answer(chat, "thing")
    await regenerate(ada, reply_id, key="k")
    used = {"code": "CONFLICT", "reason": "IDEMPOTENCY_KEY_REUSED", "field": "idempotencyKey"}
    assert await refusal(ada.run(CONTINUATION, id=reply_id, key="k")) == used
    assert await refusal(ada.run(REGENERATE, id=said_id, key="k")) == used
    in_input = {"code": "CONFLICT", "reason": "IDEMPOTENCY_KEY_REUSED", "field": "input.idempotencyKey"}
    assert await refusal(edit(ada, said_id, "x", idempotencyKey="k")) == in_input
    assert await refusal(ada.send("x", idempotencyKey="k")) == in_input
    bad = {"code": "BAD_USER_INPUT", "field": "idempotencyKey"}
    assert await refusal(ada.run(CONTINUATION, id=reply_id, key="")) == bad
    await edit(ada, said_id, "x", idempotencyKey="e")
    assert await refusal(edit(ada, said_id, "y", idempotencyKey="e")) == in_input


async def test_of_many_devices_that_branch_at_once_one_wins_and_the_others_are_told(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    first = await stopped(chat_on_each, ada, "some")
    driven = chat_on_each.demo.drive("demo")
    reply_id = first["reply"]["id"]
    attempts = [ada.run(mutation, id=reply_id) for mutation in (CONTINUATION, REGENERATE) for _ in range(3)]
    attempts += [ada.run(EDIT, input={"messageId": first["userMessage"]["id"], "text": "x"}) for _ in range(3)]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    [won] = [result["sent"]["reply"]["id"] for result in results if isinstance(result, dict)]
    lost = [result.errors for result in results if isinstance(result, GraphQLErrors)]
    assert [error["extensions"] for [error] in lost] == [
        {"code": "CONFLICT", "reason": "REPLY_STREAMING", "headId": won}
    ] * 8
    await audit_trees()
    assert await Message.filter(status=MessageStatus.STREAMING).count() == 1
    await (await driven.next_call()).finish()
    await ada.watch_to_end(won)


async def test_a_server_that_shuts_down_takes_no_branch(chat: Chat, ada: Client) -> None:
    sent = await stopped(chat, ada, "some")
    chat.server.application.refuse_replies()
    assert await refusal(ada.run(CONTINUATION, id=sent["reply"]["id"])) == {
        "code": "UNAVAILABLE",
        "retryAfterSeconds": 1,
    }


async def test_siblings_are_told_as_they_are_after_each_mutation_of_an_operation(chat: Chat, ada: Client) -> None:
    sent = await ada.send(wait=True)
    input_type = "input: {messageId: $id, text: $text, wait: true}"
    fields = "{ userMessage { siblingIds } }"
    both = f"""mutation ($id: ID!, $text: String!) {{
        a: editMessage({input_type}) {fields} b: editMessage({input_type}) {fields} }}"""
    made = await ada.run(both, id=sent["userMessage"]["id"], text="x")
    assert [len(made[name]["userMessage"]["siblingIds"]) for name in "ab"] == [2, 3]


async def test_a_reply_whose_chat_was_deleted_a_moment_ago_answers_nothing(ada: Client) -> None:
    sent = await ada.send("hi", wait=True)
    reply = await Message.get(id=sent["reply"]["id"])
    await ada.run("mutation ($id: ID!) { deleteMessages(sessionId: $id) }", id=sent["session"]["id"])
    with pytest.raises(NotFound):
        await get_answered(reply, 20)

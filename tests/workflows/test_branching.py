"""Editing, regenerating, continuing and selecting: what is stored, what the model is asked, who is told what."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gql_chat.chats.models import Message, MessageStatus
from gql_chat.demo import DrivenCall, Script, failures
from gql_chat.generation import runner
from gql_chat.generation.prompting.prompt import CONTINUE
from gql_chat.generation.prompting.tokens import estimate_tokens
from gql_chat.generation.reaper import reap_expired
from gql_chat.generation.settling import settle
from gql_chat.infra import clock
from gql_chat.usage.models import Call
from tests.support.chat import Chat, run_chat
from tests.support.client import SEND, Client, GraphQLErrors, Screen
from tests.support.stored.rows import all_rows
from tests.support.stored.trees import audit_trees

PAYLOAD = SEND[SEND.index("{\n") :].removesuffix(" }")
EDIT = f"mutation ($input: EditMessageInput!) {{ sent: editMessage(input: $input) {PAYLOAD} }}"
REGENERATE = f"""mutation ($id: ID!, $keyId: ID, $key: String) {{
    sent: regenerateReply(messageId: $id, keyId: $keyId, idempotencyKey: $key) {PAYLOAD} }}"""
CONTINUATION = f"""mutation ($id: ID!, $key: String) {{
    sent: continueReply(messageId: $id, idempotencyKey: $key) {PAYLOAD} }}"""
SELECT = """mutation ($id: ID!) { sent: selectBranch(messageId: $id) {
    id messageCount messages { nodes { id } totalCount } } }"""
STOP = "mutation ($id: ID!) { stopReply(messageId: $id) { status } }"
SESSION = "query ($id: ID!) { session(id: $id) { messageCount messages { nodes { id text siblingIds } totalCount } } }"
KEYS = "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Message { idempotencyKey } } }"
END = "mutation ($id: ID!) { updateSession(input: {id: $id, status: ENDED}) { id } }"


async def edit(client: Client, message_id: str, text: str, **more: Any) -> dict[str, Any]:
    """The payload of `editMessage`, its reply settled."""
    fields = {"messageId": message_id, "text": text, "wait": True, **more}
    sent: dict[str, Any] = (await client.run(EDIT, input=fields))["sent"]
    return sent


async def regenerate(client: Client, reply_id: str, **more: Any) -> dict[str, Any]:
    """The payload of `regenerateReply`, once its reply has settled."""
    sent: dict[str, Any] = (await client.run(REGENERATE, id=reply_id, **more))["sent"]
    await client.watch_to_end(sent["reply"]["id"])
    return sent


async def shown(client: Client, session_id: str) -> list[str]:
    """The texts of the selected branch."""
    session = (await client.run(SESSION, id=session_id))["session"]
    nodes = session["messages"]["nodes"]
    assert session["messages"]["totalCount"] == len(nodes)
    return [node["text"] for node in nodes]


async def refusal(attempt: Any) -> dict[str, Any]:
    """The extensions of the one error that the attempt meets; nothing has changed, and the trees are sound."""
    before = await all_rows()
    with pytest.raises(GraphQLErrors) as refused:
        await attempt
    assert await all_rows() == before
    await audit_trees()
    (error,) = refused.value.errors
    extensions: dict[str, Any] = error["extensions"]
    return extensions


def asked(chat: Chat) -> list[Any]:
    """What the model was told last, the persona apart."""
    return [message["content"] for message in chat.demo.requests[-1].body["messages"][1:]]


def answer(chat: Chat, *chunks: str, **more: Any) -> None:
    """The model's next answers."""
    chat.demo.script("demo", Script(chunks=chunks, **more))


async def two_exchanges(chat: Chat, client: Client) -> tuple[dict[str, Any], dict[str, Any]]:
    """One, reply one, two, reply two."""
    answer(chat, "reply one")
    first = await client.send("one", wait=True)
    answer(chat, "reply two")
    return first, await client.send("two", sessionId=first["session"]["id"], wait=True)


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


async def stopped(chat: Chat, client: Client, *texts: str, **more: Any) -> dict[str, Any]:
    """An exchange whose reply was stopped after these texts."""
    driven = chat.demo.drive("demo")
    sent = await client.send("Count", **more)
    call = await driven.next_call()
    await call.send(*texts, reasoning="Hm. " if texts else None)
    await until(client, sent["reply"]["id"], "".join(texts))
    await client.run(STOP, id=sent["reply"]["id"])
    return sent


async def until(client: Client, reply_id: str, text: str) -> None:
    """Wait until a watcher has been shown this text."""
    screen, watch = Screen(), client.watch(reply_id)
    while screen.text != text:
        screen.take(await anext(watch))
    await watch.aclose()


async def go_on(chat: Chat, client: Client, reply_id: str, **more: Any) -> tuple[dict[str, Any], DrivenCall]:
    """The payload of `continueReply`, and the call to the model."""
    driven = chat.demo.drive("demo")
    sent = (await client.run(CONTINUATION, id=reply_id, **more))["sent"]
    return sent, await driven.next_call()


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
        await writer.save()
        await Message.filter(id=reply_id).update(worker_id="dead", lease_until=clock.now() - timedelta(seconds=1))
        assert await reap_expired() == 1
        await writer.beat()
        await call.disconnected()
        await writer.wait(reply_id)
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
    await writer.save()
    await Message.filter(id=reply_id).update(worker_id="dead", lease_until=clock.now() - timedelta(seconds=1))
    assert await reap_expired() == 1
    await writer.beat()
    await call.disconnected()
    await writer.wait(reply_id)
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


async def test_only_what_a_user_said_is_edited_and_only_replies_are_regenerated_or_go_on(
    chat: Chat, ada: Client
) -> None:
    sent = await ada.send(wait=True)
    wrong = await refusal(edit(ada, sent["reply"]["id"], "x"))
    assert wrong == {"code": "BAD_USER_INPUT", "field": "input.messageId"}
    for mutation in (REGENERATE, CONTINUATION):
        wrong = await refusal(ada.run(mutation, id=sent["userMessage"]["id"]))
        assert wrong == {"code": "BAD_USER_INPUT", "field": "messageId"}


async def test_nothing_branches_while_a_reply_is_being_written(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    first = await stopped(chat_on_each, ada, "some")
    answer(chat_on_each, "another")
    second = await regenerate(ada, first["reply"]["id"])
    driven = chat_on_each.demo.drive("demo")
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
    assert await refusal(ada.run(CONTINUATION, id=sent["reply"]["id"])) == {"code": "UNAVAILABLE"}


async def test_siblings_are_told_as_they_are_after_each_mutation_of_an_operation(chat: Chat, ada: Client) -> None:
    sent = await ada.send(wait=True)
    input_type = "input: {messageId: $id, text: $text, wait: true}"
    fields = "{ userMessage { siblingIds } }"
    both = f"""mutation ($id: ID!, $text: String!) {{
        a: editMessage({input_type}) {fields} b: editMessage({input_type}) {fields} }}"""
    made = await ada.run(both, id=sent["userMessage"]["id"], text="x")
    assert [len(made[name]["userMessage"]["siblingIds"]) for name in "ab"] == [2, 3]

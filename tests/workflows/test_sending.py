"""What a send stores, what it asks the model, with which key, and what becomes of repeats and races."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gql_chat.chats import idempotency
from gql_chat.chats.models import ChatSession, Message, SendClaim
from gql_chat.infra.db.database import fetch_models
from tests.support.chat import Chat, run_chat
from tests.support.client import Client, GraphQLErrors
from tests.support.demo import Script

CREATE_KEY = "mutation ($input: CreateKeyInput!) { createKey(input: $input) { id } }"
CREATE_SESSION = "mutation ($input: CreateSessionInput!) { createSession(input: $input) { id } }"
UPDATE_SESSION = "mutation ($input: UpdateSessionInput!) { updateSession(input: $input) { id persona { name } } }"
DELETE_MESSAGES = "mutation ($id: ID!) { deleteMessages(sessionId: $id) }"
DELETE_SESSIONS = "mutation ($id: ID!) { deleteSessions(ids: [$id]) }"
SESSION = "query ($id: ID!) { session(id: $id) { title model persona { name } key { id } messageCount lastMessageAt } }"
PERSONAS = "{ personas { name content } }"


async def refusal(attempt: Any) -> dict[str, Any]:
    """Return the extensions of the one error that the attempt meets."""
    with pytest.raises(GraphQLErrors) as refused:
        await attempt
    (error,) = refused.value.errors
    extensions: dict[str, Any] = error["extensions"]
    return extensions


async def new_key(chat: Chat, client: Client, name: str, model: str, **more: Any) -> str:
    """Return a key of the client's for that model of the scriptable server."""
    key = {"name": name, "secret": f"sk-secret-of-{name}", "model": model, "baseUrl": chat.demo.base_url, **more}
    chat.demo.script(model, Script(chunks=(f"I am {model}",)))
    key_id: str = (await client.run(CREATE_KEY, input=key))["createKey"]["id"]
    return key_id


async def test_a_first_message_makes_a_session_titled_by_its_first_line(chat: Chat, ada: Client) -> None:
    sent = await ada.send("Plan my week\nwith care", wait=True)
    assert sent["session"] == {"id": sent["session"]["id"], "title": "Plan my week", "messageCount": 2}
    assert sent["userMessage"]["order"] == 1
    assert sent["reply"]["parentId"] == sent["userMessage"]["id"]
    await ada.send("Another subject", sessionId=sent["session"]["id"], wait=True)
    session = (await ada.run(SESSION, id=sent["session"]["id"]))["session"]
    assert (session["title"], session["messageCount"]) == ("Plan my week", 4)


async def test_the_model_is_told_the_persona_and_the_chat_so_far(chat: Chat, ada: Client) -> None:
    personas = (await ada.run(PERSONAS))["personas"]
    first = await ada.send("echo one", wait=True)
    other = personas[1]
    await ada.send("echo two", sessionId=first["session"]["id"], persona=other["name"], wait=True)
    third = await ada.send("echo three", sessionId=first["session"]["id"], wait=True)
    bodies = [request.body["messages"] for request in chat.demo.requests]
    assert bodies[0] == [{"role": "system", "content": personas[0]["content"]}, {"role": "user", "content": "echo one"}]
    assert [message["role"] for message in bodies[2]] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert bodies[1][0]["content"] == bodies[2][0]["content"] == other["content"]  # from here on
    assert bodies[2][2]["content"] == first["reply"]["text"]
    assert third["reply"]["order"] == 6


async def test_a_persona_that_does_not_exist_changes_nothing(chat: Chat, ada: Client) -> None:
    first = await ada.send("echo one", wait=True)
    assert (await refusal(ada.send("no", sessionId=first["session"]["id"], persona="Nobody")))["code"] == "NOT_FOUND"
    assert await Message.all().count() == 2


async def test_the_prompt_keeps_to_its_budgets(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, HISTORY_MAX_MESSAGES=3, HISTORY_MAX_TOKENS=60) as chat:
        ada = await chat.sign_up("ada")
        chat.demo.script("demo", Script(chunks=("short",)))
        session_id = (await ada.send("first", wait=True))["session"]["id"]
        for text in ("second", "third"):
            await ada.send(text, sessionId=session_id, wait=True)
        said = [message["content"] for message in chat.demo.requests[-1].body["messages"][1:]]
        assert said == ["second", "short", "third"]  # three messages
        await ada.send("long " * 100, sessionId=session_id, wait=True)
        said = [message["content"] for message in chat.demo.requests[-1].body["messages"][1:]]
        assert said == ["long " * 100]  # what is said now always is in, and leaves no room


async def test_parameters_of_the_send_are_laid_over_those_of_the_key(chat: Chat, ada: Client) -> None:
    parameters = {"temperature": 0.1, "maxTokens": 50, "stop": ["END"], "extra": {"top_k": 3, "a": 1}}
    key_id = await new_key(chat, ada, "mine", "own-model", parameters=parameters)
    await ada.send(keyId=key_id, parameters={"temperature": 0.9, "extra": {"a": 2}}, wait=True)
    body = chat.demo.requests[-1].body
    assert {name: body[name] for name in ("model", "temperature", "max_tokens", "stop", "top_k", "a")} == {
        "model": "own-model", "temperature": 0.9, "max_tokens": 50, "stop": ["END"], "top_k": 3, "a": 2,
    }  # fmt: skip
    assert chat.demo.requests[-1].headers["authorization"] == "Bearer sk-secret-of-mine"


async def test_which_key_answers(chat: Chat, ada: Client) -> None:
    async def model_of(**fields: Any) -> str:
        return str((await ada.send(wait=True, **fields))["reply"]["model"])

    assert await model_of() == "demo"  # nobody has a key: the server's
    first, second = await new_key(chat, ada, "first", "model-1"), await new_key(chat, ada, "second", "model-2")
    assert await model_of() == "model-1"  # one's own come first
    assert await model_of(model="model-2") == "model-2"
    assert await model_of(model="demo") == "demo"  # the server's, by its model
    assert await model_of(keyId=second) == "model-2"
    session_id = (await ada.run(CREATE_SESSION, input={"keyId": second}))["createSession"]["id"]
    assert await model_of(sessionId=session_id) == "model-2"  # the session's
    assert await model_of(sessionId=session_id, model="model-1") == "model-1"  # another key is for it
    assert await model_of(sessionId=session_id, keyId=first) == "model-1"
    await ada.run("mutation ($ids: [ID!]!) { deleteKeys(ids: $ids) }", ids=[second])
    assert await model_of(sessionId=session_id) == "model-1"  # the session's is gone: the default
    assert (await ada.run(SESSION, id=session_id))["session"]["key"] is None


async def test_a_session_keeps_the_key_or_the_model_that_its_first_message_names(chat: Chat, ada: Client) -> None:
    key_id = await new_key(chat, ada, "mine", "own-model")
    named: list[dict[str, Any]] = [{"keyId": key_id}, {"model": "own-model"}, {}]
    sent = [await ada.send(wait=True, **fields) for fields in named]
    assert [one["reply"]["model"] for one in sent] == ["own-model"] * 3
    keys = [(await ada.run(SESSION, id=one["session"]["id"]))["session"]["key"] for one in sent]
    assert keys == [{"id": key_id}, {"id": key_id}, None]


async def test_without_any_key_the_answer_is_key_required_and_nothing_is_stored(
    sqlite_url: str, tmp_path: Path
) -> None:
    nothing = dict.fromkeys(("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL"), "")
    async with run_chat(sqlite_url, tmp_path, DEMO_MODEL="off", **nothing) as chat:
        ada = await chat.sign_up("ada")
        assert await refusal(ada.send()) == {"code": "KEY_REQUIRED"}
        assert (await ChatSession.all().count(), await Message.all().count()) == (0, 0)


async def test_a_repeat_under_an_idempotency_key_gets_the_first_answer(chat_on_each: Chat) -> None:
    ada, bob = await chat_on_each.sign_up("ada"), await chat_on_each.sign_up("bob")
    chat_on_each.demo.script("demo", Script(chunks=("once",)))
    first = await ada.send("pay", idempotencyKey="k1", wait=True)
    again = await ada.send("pay", idempotencyKey="k1", wait=True)
    assert again == first
    assert (await refusal(ada.send("pay more", idempotencyKey="k1")))["code"] == "CONFLICT"
    assert (await bob.send("pay", idempotencyKey="k1", wait=True))["reply"]["id"] != first["reply"]["id"]
    assert len(chat_on_each.demo.requests) == 2


async def test_twenty_parallel_repeats_make_one_message_and_one_call(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    driven = chat_on_each.demo.drive("demo")
    session_id = (await ada.run(CREATE_SESSION, input={}))["createSession"]["id"]
    for fields in ({}, {"sessionId": session_id}):
        key = f"key {fields}"
        answers = await asyncio.gather(*(ada.send("pay", idempotencyKey=key, **fields) for _ in range(20)))
        assert {answer["reply"]["id"] for answer in answers} == {answers[0]["reply"]["id"]}
        await (await driven.next_call()).finish()
        await ada.watch_to_end(answers[0]["reply"]["id"])
    assert len(chat_on_each.demo.requests) == 2
    assert (await Message.all().count(), await SendClaim.all().count()) == (4, 2)


async def test_a_repeat_that_meets_the_deletion_of_its_first_answer_is_a_new_message(
    chat_on_each: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await chat_on_each.sign_up("ada")
    find = fetch_models
    for delete in (DELETE_MESSAGES, DELETE_SESSIONS):
        first = await ada.send("pay", idempotencyKey="k", wait=True)

        async def find_and_delete(*args: Any, first: dict[str, Any] = first, delete: str = delete) -> list[SendClaim]:
            claims = await find(*args)
            if claims:
                await ada.run(delete, id=first["session"]["id"])
            return claims

        monkeypatch.setattr(idempotency, "fetch_models", find_and_delete)
        again = await ada.send("pay", idempotencyKey="k", wait=True)
        monkeypatch.setattr(idempotency, "fetch_models", find)
        assert again["reply"]["id"] != first["reply"]["id"]
        await ada.run(DELETE_SESSIONS, id=again["session"]["id"])
    assert len(chat_on_each.demo.requests) == 4


async def test_of_two_devices_that_send_at_once_one_wins_and_the_other_is_told(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    driven = chat_on_each.demo.drive("demo")
    session_id = (await ada.run(CREATE_SESSION, input={}))["createSession"]["id"]
    results = await asyncio.gather(*(ada.send(sessionId=session_id) for _ in range(8)), return_exceptions=True)
    (won,) = [result for result in results if isinstance(result, dict)]
    lost = [result for result in results if isinstance(result, GraphQLErrors)]
    assert len(lost) == 7
    for loser in lost:
        assert loser.errors[0]["extensions"] == {
            "code": "CONFLICT",
            "reason": "REPLY_STREAMING",
            "headId": won["reply"]["id"],
        }
    await (await driven.next_call()).finish()
    assert await Message.all().count() == 2


async def test_a_stale_parent_is_a_conflict_with_the_present_end(chat: Chat, ada: Client) -> None:
    first = await ada.send("echo one", wait=True)
    where = {"sessionId": first["session"]["id"]}
    second = await ada.send("echo two", parentId=first["reply"]["id"], wait=True, **where)
    told = await refusal(ada.send("echo three", parentId=first["reply"]["id"], **where))
    assert told == {
        "code": "CONFLICT",
        "reason": "BRANCH_GREW",
        "field": "input.parentId",
        "headId": second["reply"]["id"],
    }
    assert (await refusal(ada.send("x", parentId=first["reply"]["id"])))["field"] == "input.sessionId"
    assert await Message.all().count() == 4


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"text": " \n"}, "input.text"),
        ({"text": "x" * 200_001}, "input.text"),
        ({"text": "x", "attachments": [{"imageUrl": "file:///etc/passwd"}]}, "input.attachments"),
        ({"text": "x", "attachments": [{"imageUrl": "https://example.com/a.png"}] * 21}, "input.attachments"),
        ({"text": "x", "attachments": [{"imageUrl": ""}]}, "input.attachments"),
        ({"text": "x", "attachments": [{"videoUrl": "https://example.com/a\0"}]}, "input.attachments"),
        ({"text": "x", "idempotencyKey": ""}, "input.idempotencyKey"),
        ({"text": "x", "idempotencyKey": "a\0"}, "input.idempotencyKey"),
        ({"text": "x", "parameters": {"temperature": 3}}, "input.parameters.temperature"),
        ({"text": "x", "parameters": {"extra": {"messages": []}}}, "input.parameters.extra"),
        ({"text": "x", "model": ""}, "input.model"),
    ],
)
async def test_a_send_that_breaks_a_rule_says_which_and_stores_nothing(
    chat: Chat, ada: Client, fields: dict[str, Any], field: str
) -> None:
    assert await refusal(ada.send(**fields)) == {"code": "BAD_USER_INPUT", "field": field}
    assert (await ChatSession.all().count(), chat.demo.requests) == (0, [])


async def test_an_ended_session_takes_no_message(chat: Chat, ada: Client) -> None:
    session_id = (await ada.send("echo one", wait=True))["session"]["id"]
    await ada.run(UPDATE_SESSION, input={"id": session_id, "status": "ENDED"})
    assert (await refusal(ada.send(sessionId=session_id)))["code"] == "CONFLICT"
    await ada.run(UPDATE_SESSION, input={"id": session_id, "status": "ACTIVE"})
    await ada.send("echo two", sessionId=session_id, wait=True)


async def test_images_by_address_reach_the_model_and_come_back_as_parts(chat: Chat, ada: Client) -> None:
    attachments = [{"imageUrl": "https://example.com/cat.png"}, {"videoUrl": "https://example.com/cat.mp4"}]
    sent = await ada.send("What is this?", attachments=attachments, wait=True)
    assert chat.demo.requests[0].body["messages"][-1]["content"] == [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}},
        {"type": "video_url", "video_url": {"url": "https://example.com/cat.mp4"}},
    ]
    parts = """query ($id: ID!) { node(id: $id) { ... on Message { parts { type
        ... on TextPart { text } ... on ImagePart { url } ... on VideoPart { url } } } } }"""
    assert (await ada.run(parts, id=sent["userMessage"]["id"]))["node"]["parts"] == [
        {"type": "TEXT", "text": "What is this?"},
        {"type": "IMAGE_URL", "url": "https://example.com/cat.png"},
        {"type": "VIDEO_URL", "url": "https://example.com/cat.mp4"},
    ]


async def test_nul_characters_are_dropped_which_postgresql_would_refuse(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    chat_on_each.demo.script("demo", Script(chunks=("a\0b",), reasoning=("c\0d",)))
    sent = await ada.send("x\0y", wait=True)
    assert (sent["userMessage"]["text"], sent["reply"]["text"]) == ("xy", "ab")

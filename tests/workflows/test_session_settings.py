"""What a session sets for its prompts: a system prompt of its own, and how many messages they hold."""

from pathlib import Path
from typing import Any

import pytest

from gql_chat.chats.models import ChatSession, Message
from gql_chat.infra.ids import new_id
from tests.support.chat import Chat, run_chat
from tests.support.client import Client
from tests.support.demo import Script
from tests.support.refusals import error_of

FIELDS = "{ id systemPrompt historyMessages persona { name } }"
CREATE = f"mutation ($input: CreateSessionInput!) {{ createSession(input: $input) {FIELDS} }}"
UPDATE = f"mutation ($input: UpdateSessionInput!) {{ updateSession(input: $input) {FIELDS} }}"
SEND = "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { reply { id } } }"
EDIT = "mutation ($input: EditMessageInput!) { editMessage(input: $input) { reply { id } } }"
REGENERATE = "mutation ($id: ID!) { regenerateReply(messageId: $id) { reply { id } } }"


async def create(client: Client, **fields: Any) -> dict[str, Any]:
    """Return a stored session."""
    session: dict[str, Any] = (await client.run(CREATE, input=fields))["createSession"]
    return session


async def update(client: Client, session_id: str, **fields: Any) -> dict[str, Any]:
    """Return the session after the change."""
    session: dict[str, Any] = (await client.run(UPDATE, input={"id": session_id, **fields}))["updateSession"]
    return session


def prompted(chat: Chat) -> list[Any]:
    """Return the contents of the prompt that the model was sent last."""
    return [message["content"] for message in chat.demo.requests[-1].body["messages"]]


async def test_without_a_persona_of_its_own_every_reply_of_a_session_has_the_users_default(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    first, second = (await ada.run("{ personas { name content } }"))["personas"][:2]
    sent = await ada.send("echo one", wait=True)
    assert prompted(chat_on_each)[0] == first["content"]
    await ada.run("mutation ($name: String) { setDefaultPersona(name: $name) { id } }", name=second["name"])
    await ada.run(EDIT, input={"messageId": sent["userMessage"]["id"], "text": "echo two", "wait": True})
    assert prompted(chat_on_each) == [second["content"], "echo two"]


async def test_a_system_prompt_of_its_own_takes_the_place_of_the_personas_text(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    personas = (await ada.run("{ personas { name content } }"))["personas"]
    session = await create(ada, persona="Writer", systemPrompt="\n Du bist ein Pirat. 🏴‍☠️\0 ")
    assert session | {"id": ""} == {
        "id": "", "systemPrompt": "Du bist ein Pirat. 🏴‍☠️", "historyMessages": None, "persona": {"name": "Writer"},
    }  # fmt: skip
    sent = await ada.send("echo one", sessionId=session["id"], wait=True)
    assert prompted(chat_on_each) == ["Du bist ein Pirat. 🏴‍☠️", "echo one"]
    await ada.send("echo two", sessionId=session["id"], persona=personas[0]["name"], wait=True)
    assert prompted(chat_on_each)[0] == "Du bist ein Pirat. 🏴‍☠️"
    await ada.run(EDIT, input={"messageId": sent["userMessage"]["id"], "text": "echo three", "wait": True})
    assert prompted(chat_on_each) == ["Du bist ein Pirat. 🏴‍☠️", "echo three"]
    changes: list[tuple[dict[str, Any], str | None]] = [
        ({"title": "kept"}, "Du bist ein Pirat. 🏴‍☠️"), ({"systemPrompt": "Be brief."}, "Be brief."),
        ({"systemPrompt": None}, None), ({"systemPrompt": "x" * 32_768}, "x" * 32_768), ({"systemPrompt": " \n"}, None),
    ]  # fmt: skip
    for change, expected in changes:
        assert (await update(ada, session["id"], **change))["systemPrompt"] == expected
    await ada.send("echo four", sessionId=session["id"], wait=True)
    assert prompted(chat_on_each)[0] == personas[0]["content"]


async def test_a_prompt_holds_as_many_messages_as_the_session_or_the_send_says(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    chat_on_each.demo.script("demo", Script(chunks=("ok",)))
    session_id = (await create(ada, historyMessages=3))["id"]
    for text in ("1", "2"):
        await ada.send(text, sessionId=session_id, wait=True)
    third = await ada.send("3", sessionId=session_id, wait=True)
    assert prompted(chat_on_each)[1:] == ["2", "ok", "3"]
    await ada.send("4", sessionId=session_id, historyMessages=1, wait=True)
    assert prompted(chat_on_each)[1:] == ["4"]  # this call only
    await ada.send("5", sessionId=session_id, historyMessages=50, wait=True)
    assert prompted(chat_on_each)[1:] == ["1", "ok", "2", "ok", "3", "ok", "4", "ok", "5"]
    answer = await ada.run(EDIT, input={"messageId": third["userMessage"]["id"], "text": "3b", "wait": True})
    assert prompted(chat_on_each)[1:] == ["2", "ok", "3b"]
    again = await ada.run(REGENERATE, id=answer["editMessage"]["reply"]["id"])
    await ada.watch_to_end(again["regenerateReply"]["reply"]["id"])
    assert prompted(chat_on_each)[1:] == ["2", "ok", "3b"]
    assert (await update(ada, session_id, historyMessages=None))["historyMessages"] is None
    await ada.send("4b", sessionId=session_id, wait=True)
    assert prompted(chat_on_each)[1:] == ["1", "ok", "2", "ok", "3b", "ok", "4b"]


async def test_a_setting_that_was_lowered_since_holds(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, HISTORY_MAX_MESSAGES=3) as chat:
        ada = await chat.sign_up("ada")
        session_id = (await create(ada))["id"]
        await ChatSession.all().update(history_messages=40)
        for text in ("echo 1", "echo 2", "echo 3"):
            await ada.send(text, sessionId=session_id, wait=True)
        assert prompted(chat)[1:] == ["echo 2", "2", "echo 3"]


async def test_what_breaks_a_rule_is_named_and_changes_nothing(chat: Chat, ada: Client, bob: Client) -> None:
    session_id = (await create(ada))["id"]
    long = ("BAD_USER_INPUT", "A system prompt has at most 32768 characters.", "input.systemPrompt")
    number = ("BAD_USER_INPUT", "historyMessages must be from 1 to 50.", "input.historyMessages")
    refused: list[tuple[dict[str, Any], tuple[str, str, str]]] = [
        ({"systemPrompt": "x" * 32_769}, long), ({"historyMessages": 0}, number), ({"historyMessages": 51}, number),
        ({"historyMessages": -1}, number),
    ]  # fmt: skip
    for fields, error in refused:
        assert await error_of(ada, CREATE, input=fields) == error
        assert await error_of(ada, UPDATE, input={"id": session_id, **fields}) == error
        if "historyMessages" in fields:
            assert await error_of(ada, SEND, input={"text": "x", **fields}) == error
    gone = ("NOT_FOUND", "There is no such session.", None)
    for nothing in (session_id, new_id("ses")):
        assert await error_of(bob, UPDATE, input={"id": nothing, "systemPrompt": "Mine"}) == gone
        assert await error_of(bob, UPDATE, input={"id": nothing, "historyMessages": 1}) == gone
    assert await Message.all().count() == 0


async def test_other_devices_are_told_of_a_new_system_prompt(chat: Chat, ada: Client) -> None:
    session_id = (await create(ada))["id"]
    cursor = (await ada.run("{ changesCursor }"))["changesCursor"]
    changes = """subscription ($after: String) { changes(after: $after) {
        ... on SessionChanged { session { systemPrompt historyMessages } } } }"""
    async with ada.connect() as socket:
        await update(ada, session_id, systemPrompt="Be brief.", historyMessages=4)
        async for data in socket.subscribe(changes, after=cursor):
            assert data["changes"]["session"] == {"systemPrompt": "Be brief.", "historyMessages": 4}
            break


@pytest.mark.parametrize("historyMessages", [1, 50])
async def test_the_smallest_and_the_greatest_number_are_taken(ada: Client, historyMessages: int) -> None:  # noqa: N803
    assert (await create(ada, historyMessages=historyMessages))["historyMessages"] == historyMessages

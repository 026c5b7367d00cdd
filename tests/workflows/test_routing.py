"""Which key a chat keeps, and what becomes of a model that no key is for: never another provider without a word."""

from typing import Any

import pytest

from gql_chat.chats.models import ChatSession, Message
from tests.support.chat import Chat
from tests.support.client import Client
from tests.support.demo import Script
from tests.support.refusals import error_of

CREATE_KEY = "mutation ($input: CreateKeyInput!) { createKey(input: $input) { id } }"
DELETE_KEYS = "mutation ($ids: [ID!]!) { deleteKeys(ids: $ids) }"
SEND = "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { reply { id } } }"
CREATE = "mutation ($input: CreateSessionInput!) { createSession(input: $input) { id model key { id } } }"
UPDATE = "mutation ($input: UpdateSessionInput!) { updateSession(input: $input) { id model key { id } } }"
SESSION = "query ($id: ID!) { session(id: $id) { model key { id } } }"
CONTINUE = "mutation ($id: ID!) { continueReply(messageId: $id) { reply { id } } }"
STOP = "mutation ($id: ID!) { stopReply(messageId: $id) { status } }"
TITLE = "mutation ($id: ID!) { generateTitle(sessionId: $id) { title } }"
UNKNOWN = "None of your keys is for the model m9: send keyId and model, or another model. Your keys: "


@pytest.fixture
async def keys(chat: Chat, ada: Client) -> list[str]:
    """Return two keys of ada's, for the models m1 and m2."""
    return [await new_key(chat, ada, f"k{number}", f"m{number}") for number in (1, 2)]


async def new_key(chat: Chat, client: Client, name: str, model: str) -> str:
    """Return the id of a key for that model of the scriptable server."""
    key = {"name": name, "secret": f"sk-{name}", "model": model, "baseUrl": chat.demo.base_url}
    return str((await client.run(CREATE_KEY, input=key))["createKey"]["id"])


async def new_session(client: Client, **fields: Any) -> dict[str, Any]:
    """Return a session as it is created."""
    session: dict[str, Any] = (await client.run(CREATE, input=fields))["createSession"]
    return session


async def update(client: Client, session_id: str, **fields: Any) -> dict[str, Any]:
    """Return the session as it is changed."""
    session: dict[str, Any] = (await client.run(UPDATE, input={"id": session_id, **fields}))["updateSession"]
    return {"model": session["model"], "key": session["key"]}


async def called(chat: Chat, client: Client, **fields: Any) -> tuple[str, str]:
    """Send, and return the key and the model that the provider was called with."""
    for model in ("demo", "m1", "m2", "m9", fields.get("model", "demo")):
        chat.demo.script(model, Script(chunks=("ok",)))
    await client.send("hi", wait=True, **fields)
    request = chat.demo.requests[-1]
    return request.headers["authorization"].removeprefix("Bearer "), request.body["model"]


async def begun_with(chat: Chat, client: Client, **fields: Any) -> str:
    """Return the id of a new session whose first message names these."""
    await called(chat, client, **fields)
    return (await ChatSession.all().order_by("-id"))[0].id


@pytest.mark.parametrize(
    ("named", "kept"),
    [
        ({"keyId": 1}, ("sk-k2", "m2")),
        ({"keyId": 1, "model": "m9"}, ("sk-k2", "m9")),
        ({"model": "m2"}, ("sk-k2", "m2")),
        ({"model": "demo"}, ("sk-server-key-of-tests", "demo")),
        ({}, ("sk-k1", "m1")),
    ],
    ids=str,
)
async def test_a_new_chat_keeps_the_key_and_model_that_it_was_begun_with(
    chat: Chat, ada: Client, keys: list[str], named: dict[str, Any], kept: tuple[str, str]
) -> None:
    fields = {**named, **({"keyId": keys[named["keyId"]]} if "keyId" in named else {})}
    assert await called(chat, ada, **fields) == kept
    [session_id] = await ChatSession.all().values_list("id", flat=True)
    assert await called(chat, ada, sessionId=session_id) == kept
    assert (await ada.run(SESSION, id=session_id))["session"]["model"] == kept[1]


async def test_a_chat_begun_without_a_choice_follows_the_first_key(chat: Chat, ada: Client, keys: list[str]) -> None:
    session_id = await begun_with(chat, ada)
    assert (await ada.run(SESSION, id=session_id))["session"] == {"model": "m1", "key": None}
    await ada.run(DELETE_KEYS, ids=[keys[0]])
    assert await called(chat, ada, sessionId=session_id) == ("sk-k2", "m2")


async def test_a_key_and_model_of_a_later_message_are_for_that_one(chat: Chat, ada: Client, keys: list[str]) -> None:
    session_id = await begun_with(chat, ada, keyId=keys[0])
    assert await called(chat, ada, sessionId=session_id, keyId=keys[1], model="m9") == ("sk-k2", "m9")
    assert await called(chat, ada, sessionId=session_id) == ("sk-k1", "m1")


async def test_an_unknown_model_goes_to_the_only_key_and_stays_there(chat: Chat, ada: Client) -> None:
    only = await new_key(chat, ada, "k1", "m1")
    assert await called(chat, ada, model="m9") == ("sk-k1", "m9")
    [session_id] = await ChatSession.all().values_list("id", flat=True)
    await new_key(chat, ada, "k2", "m2")
    await new_key(chat, ada, "k9", "m9")
    assert await called(chat, ada, sessionId=session_id) == ("sk-k1", "m9")
    assert (await ada.run(SESSION, id=session_id))["session"] == {"model": "m9", "key": {"id": only}}


async def test_of_several_keys_none_is_guessed(chat: Chat, ada: Client, keys: list[str]) -> None:
    sentence = UNKNOWN + "“k1” (m1), “k2” (m2)."
    refused = ("BAD_USER_INPUT", sentence, "input.model")
    assert await error_of(ada, SEND, input={"text": "hi", "model": "m9"}) == refused
    assert await error_of(ada, CREATE, input={"model": "m9"}) == refused
    plain = (await new_session(ada))["id"]
    assert await error_of(ada, SEND, input={"text": "hi", "model": "m9", "sessionId": plain}) == refused
    assert await error_of(ada, UPDATE, input={"id": plain, "model": "m9"}) == refused
    assert await error_of(ada, UPDATE, input={"id": plain, "model": "m9", "keyId": None}) == refused
    assert chat.demo.requests == []
    keyed = (await new_session(ada, keyId=keys[1]))["id"]
    assert await called(chat, ada, sessionId=keyed, model="m9") == ("sk-k2", "m9")  # the session's
    assert await called(chat, ada, sessionId=keyed, model="m1") == ("sk-k1", "m1")  # another is for it


async def test_many_keys_are_named_in_a_sentence_of_bounded_length(chat: Chat, ada: Client) -> None:
    for number in range(12):
        await new_key(chat, ada, f"k{number}", f"m{number}")
    _, sentence, _ = await error_of(ada, SEND, input={"text": "hi", "model": "none"})
    assert sentence.endswith("“k8” (m8), “k9” (m9) and 2 more.")


async def test_a_chat_whose_key_is_gone_does_not_change_providers_by_itself(
    chat: Chat, ada: Client, keys: list[str]
) -> None:
    session_id = await begun_with(chat, ada, keyId=keys[0], model="m9")
    driven = chat.demo.drive("m9")
    reply_id = (await ada.send("hi", sessionId=session_id))["reply"]["id"]
    await driven.next_call()
    await ada.run(STOP, id=reply_id)
    await new_key(chat, ada, "k3", "m3")
    await ada.run(DELETE_KEYS, ids=[keys[0]])
    sentence = UNKNOWN + "“k2” (m2), “k3” (m3)."
    assert await error_of(ada, SEND, input={"text": "hi", "sessionId": session_id}) == (
        "BAD_USER_INPUT", sentence, None,
    )  # fmt: skip
    assert await error_of(ada, CONTINUE, id=reply_id) == ("BAD_USER_INPUT", sentence, None)
    assert (await ada.run(SESSION, id=session_id))["session"] == {"model": "m9", "key": None}
    before = len(chat.demo.requests)
    assert (await ada.run(TITLE, id=session_id))["generateTitle"]["title"] == "hi"  # by the rule
    assert len(chat.demo.requests) == before
    assert await update(ada, session_id, keyId=keys[1]) == {"model": "m2", "key": {"id": keys[1]}}
    assert await called(chat, ada, sessionId=session_id) == ("sk-k2", "m2")


async def test_without_a_key_an_unknown_model_needs_one(chat: Chat, ada: Client) -> None:
    sentence = "There is no key for the model m9: create one, or choose another model."
    assert await error_of(ada, SEND, input={"text": "hi", "model": "m9"}) == ("KEY_REQUIRED", sentence, None)
    session = await new_session(ada, model="m9")
    assert await error_of(ada, SEND, input={"text": "hi", "sessionId": session["id"]}) == (
        "KEY_REQUIRED", sentence, None,
    )  # fmt: skip
    await new_key(chat, ada, "k1", "m1")
    assert await called(chat, ada, sessionId=session["id"]) == ("sk-k1", "m9")


async def test_a_sessions_model_and_key_change_together(chat: Chat, ada: Client, keys: list[str]) -> None:
    first, second = {"id": keys[0]}, {"id": keys[1]}
    created = await new_session(ada, model=" m2 ")
    assert (created["model"], created["key"]) == ("m2", second)
    session_id = created["id"]
    changes: list[tuple[dict[str, Any], str, Any]] = [
        ({"model": "m1"}, "m1", first),  # the key that is for it
        ({"keyId": keys[1]}, "m2", second),  # the model of the key
        ({"model": "m9"}, "m9", second),  # no key is known to be for it: the session's
        ({"title": "x"}, "m9", second),
        ({"keyId": keys[0], "model": "m9"}, "m9", first),
        ({"keyId": keys[0]}, "m9", first),  # the same key
        ({"model": "demo"}, "demo", None),  # the server's
        ({"model": None}, "m1", None),
        ({"model": "m2"}, "m2", second),
        ({"keyId": None}, "m1", None),  # the default, with its model
        ({"model": "m9", "keyId": keys[1]}, "m9", second),
        ({"model": None, "keyId": None}, "m1", None),
    ]
    for change, model, key in changes:
        assert await update(ada, session_id, **change) == {"model": model, "key": key}, change
    for model in ("", " ", "x" * 201, "a\0b"):
        assert await error_of(ada, UPDATE, input={"id": session_id, "model": model}) == (
            "BAD_USER_INPUT", "A model's name has 1 to 200 printable characters.", "input.model",
        )  # fmt: skip


async def test_a_model_for_somebody_elses_session_is_refused(chat: Chat, ada: Client, bob: Client) -> None:
    session_id = (await new_session(ada))["id"]
    assert await error_of(bob, UPDATE, input={"id": session_id, "model": "m1"}) == (
        "NOT_FOUND", "There is no such session.", None,
    )  # fmt: skip
    assert await Message.all().count() == 0

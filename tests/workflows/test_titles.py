"""Sessions get titles from the model that answers in them, and keep those that people give."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gql_chat.changes.models import Change, ChangeKind
from gql_chat.chats.models import ChatSession
from gql_chat.usage.models import Call, CallPurpose, CallStatus, OpenCall
from gql_chat.workflows import titles
from tests.support.chat import Chat, run_chat
from tests.support.client import Client, GraphQLErrors
from tests.support.demo import Script
from tests.support.demo.failures import server_error
from tests.support.demo.server import DemoServer

GENERATE = "mutation ($id: ID!) { generateTitle(sessionId: $id) { id title } }"
CREATE = "mutation ($title: String) { createSession(input: {title: $title}) { id } }"
RENAME = "mutation ($id: ID!, $title: String!) { updateSession(input: {id: $id, title: $title}) { title } }"
CREATE_KEY = "mutation ($input: CreateKeyInput!) { createKey(input: $input) { id } }"
SAID = "Why does a bicycle stay upright? I fell off mine."
RULE_TITLE = "Why does a bicycle stay upright?"


@pytest.fixture
async def naming(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Chat]:
    """Yield a server whose model names new sessions."""
    async with run_chat(sqlite_url, tmp_path, TITLES="model") as running:
        yield running


async def title_of(client: Client, session_id: str) -> str:
    title: str = (await client.run(GENERATE, id=session_id))["generateTitle"]["title"]
    return title


async def stored_title(session_id: str) -> str:
    return (await ChatSession.get(id=session_id)).title


async def session_changes(client: Client) -> int:
    return await Change.filter(user_id=client.user_id, kind=ChangeKind.SESSION_CHANGED).count()


async def test_the_model_makes_a_title_of_the_first_exchange(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    image = {"imageUrl": "https://example.com/bicycle.png"}
    sent = await ada.send(SAID, attachments=[image], parameters={"stop": ["x"], "maxTokens": 7}, wait=True)
    await ada.send("echo more", sessionId=sent["session"]["id"], wait=True)
    chat_on_each.demo.script("demo", Script(chunks=('"Bicycle ', 'balance."\n')))
    before = await session_changes(ada)
    assert await title_of(ada, sent["session"]["id"]) == "Bicycle balance" == await stored_title(sent["session"]["id"])
    assert await session_changes(ada) == before + 1
    body = chat_on_each.demo.requests[-1].body
    assert body["messages"] == [
        {"role": "system", "content": titles.PERSONA},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": SAID},
                {"type": "image_url", "image_url": {"url": image["imageUrl"]}},
            ],
        },
        {"role": "assistant", "content": sent["reply"]["text"]},
        {"role": "user", "content": titles.REQUEST},
    ]
    assert (body["max_tokens"], "stop" in body) == (titles.ANSWER_MAX_TOKENS, False)


async def test_an_emoji_that_a_provider_splits_between_two_chunks_is_whole(chat: Chat, ada: Client) -> None:
    sent = await ada.send(SAID, wait=True)
    driven = chat.demo.drive("demo")
    asking = asyncio.create_task(title_of(ada, sent["session"]["id"]))
    call = await driven.next_call()
    for escapes in (r"Bicycle \ud83d", r"\udeb2"):
        await call.raw(b'data: {"choices": [{"delta": {"content": "%s"}}]}\n\n' % escapes.encode())
    await call.finish()
    assert await asking == "Bicycle \U0001f6b2"


async def test_the_demo_model_names_a_chat_in_its_language(chat: Chat, ada: Client) -> None:
    sent = await ada.send("自行车为什么不倒？我摔了一跤。", wait=True)
    assert await title_of(ada, sent["session"]["id"]) == "自行车为什么不倒？我摔了一跤"


@pytest.mark.parametrize(
    "script",
    [
        Script(fail=server_error()),
        Script(chunks=("Bicy",), cut_after=1),
        Script(chunks=("Bicycle",), finish_reason="length"),
        Script(chunks=("",)),
        Script(chunks=("Sure! I would be glad to help with that. ",) * 10),
        Script(chunks=("x" * 5000,) * 4),
        Script(chunks=("<think>Hmm",), reasoning=("Let me see",)),
    ],
)
async def test_without_a_good_answer_the_rule_makes_the_title(chat: Chat, ada: Client, script: Script) -> None:
    sent = await ada.send(SAID, wait=True)
    await ada.run(RENAME, id=sent["session"]["id"], title="before")
    chat.demo.script("demo", script)
    assert await title_of(ada, sent["session"]["id"]) == RULE_TITLE


async def test_without_a_key_the_rule_makes_the_title(chat: Chat, ada: Client) -> None:
    key = {"name": "k", "secret": "sk-some-secret", "model": "mine", "baseUrl": chat.demo.base_url}
    key_id = (await ada.run(CREATE_KEY, input=key))["createKey"]["id"]
    create = 'mutation { createSession(input: {model: "mine"}) { id } }'
    session_id = (await ada.run(create))["createSession"]["id"]
    await ada.send(SAID, sessionId=session_id, wait=True)
    await ada.run("mutation ($id: ID!) { deleteKeys(ids: [$id]) }", id=key_id)
    await ada.run(RENAME, id=session_id, title="before")
    calls = len(chat.demo.requests)
    assert await title_of(ada, session_id) == RULE_TITLE
    assert len(chat.demo.requests) == calls


async def test_a_model_that_takes_too_long_is_not_waited_for(
    chat: Chat, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = await ada.send(SAID, wait=True)
    chat.demo.script("demo", Script(stall_after=1))
    monkeypatch.setattr(titles, "MODEL_SECONDS", 0.05)
    assert await title_of(ada, sent["session"]["id"]) == RULE_TITLE


async def test_a_session_without_messages_has_nothing_to_be_named_after(chat: Chat, ada: Client) -> None:
    session_id = (await ada.run(CREATE, title="mine"))["createSession"]["id"]
    with pytest.raises(GraphQLErrors) as raised:
        await title_of(ada, session_id)
    assert raised.value.errors[0]["extensions"] == {"code": "BAD_USER_INPUT", "field": "sessionId"}
    assert await stored_title(session_id) == "mine"


async def test_a_title_that_is_given_while_the_model_thinks_stays(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    sent = await ada.send(SAID, wait=True)
    session_id = sent["session"]["id"]
    driven = chat_on_each.demo.drive("demo")
    asking = asyncio.create_task(title_of(ada, session_id))
    call = await driven.next_call()
    await ada.run(RENAME, id=session_id, title="Mine")
    before = await session_changes(ada)
    await call.send("The model's")
    await call.finish()
    assert await asking == "Mine" == await stored_title(session_id)
    assert await session_changes(ada) == before


async def test_a_new_session_is_named_after_its_first_reply(naming: Chat) -> None:
    ada = await naming.sign_up("ada")
    driven = naming.demo.drive("demo")
    sent = await ada.send(SAID)
    reply = await driven.next_call()
    assert await stored_title(sent["session"]["id"]) == RULE_TITLE
    await reply.send("Because it rolls.")
    await reply.finish()
    naming_call = await driven.next_call()
    assert [message["content"] for message in naming_call.body["messages"]][1:] == [
        SAID, "Because it rolls.", titles.REQUEST,
    ]  # fmt: skip
    await naming_call.send("Bicycle balance")
    await naming_call.finish()
    await naming.services.titles.background.wait()
    assert await stored_title(sent["session"]["id"]) == "Bicycle balance"
    second = asyncio.create_task(ada.send("And a unicycle?", sessionId=sent["session"]["id"], wait=True))
    await (await driven.next_call()).finish()
    await second
    assert naming.services.titles.background.names == []
    assert len(naming.demo.requests) == 3


async def test_a_session_that_has_a_title_keeps_it(naming: Chat) -> None:
    ada = await naming.sign_up("ada")
    session_id = (await ada.run(CREATE, title="Mine"))["createSession"]["id"]
    await ada.send(SAID, sessionId=session_id, wait=True)
    await naming.services.titles.background.wait()
    assert (len(naming.demo.requests), await stored_title(session_id)) == (1, "Mine")


async def test_a_title_that_is_given_before_the_first_reply_ends_stays(naming: Chat) -> None:
    ada = await naming.sign_up("ada")
    driven = naming.demo.drive("demo")
    sent = await ada.send(SAID)
    reply = await driven.next_call()
    await ada.run(RENAME, id=sent["session"]["id"], title="Mine")
    await reply.send("Because.")
    await reply.finish()
    naming_call = await driven.next_call()
    await naming_call.send("The model's")
    await naming_call.finish()
    await naming.services.titles.background.wait()
    assert await stored_title(sent["session"]["id"]) == "Mine"


@pytest.mark.parametrize("script", [Script(fail=server_error()), Script(chunks=())])
async def test_a_first_reply_that_failed_or_is_empty_names_nothing(naming: Chat, script: Script) -> None:
    ada = await naming.sign_up("ada")
    naming.demo.script("demo", script)
    sent = await ada.send(SAID, wait=True)
    await naming.services.titles.background.wait()
    assert (len(naming.demo.requests), await stored_title(sent["session"]["id"])) == (1, RULE_TITLE)


async def test_a_session_that_is_deleted_meanwhile_is_no_trouble(naming: Chat) -> None:
    ada = await naming.sign_up("ada")
    driven = naming.demo.drive("demo")
    sent = await ada.send(SAID)
    reply = await driven.next_call()
    await reply.send("Because.")
    await reply.finish()
    naming_call = await driven.next_call()
    await ada.run("mutation ($id: ID!) { deleteSessions(ids: [$id]) }", id=sent["session"]["id"])
    await naming_call.send("Bicycles")
    await naming_call.finish()
    await naming.services.titles.background.wait()
    assert await ChatSession.all().count() == 0


async def test_the_call_for_a_title_ends_when_the_session_is_deleted(
    chat_on_each: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(titles, "LOOK_SECONDS", 0.05)
    ada = await chat_on_each.sign_up("ada")
    session_id = (await ada.send(SAID, wait=True))["session"]["id"]
    driven = chat_on_each.demo.drive("demo")
    asking = asyncio.create_task(title_of(ada, session_id))
    call = await driven.next_call()
    await call.send("Bicycle")
    await ada.run("mutation ($ids: [ID!]!) { deleteSessions(ids: $ids) }", ids=[session_id])
    await call.disconnected()
    with pytest.raises(GraphQLErrors) as refused:
        await asking
    assert refused.value.codes == ["NOT_FOUND"]
    assert [call.status for call in await Call.filter(purpose=CallPurpose.TITLE)] == [CallStatus.ERROR]
    assert await OpenCall.all().count() == 0


async def test_a_repeated_send_is_named_once(naming: Chat) -> None:
    ada = await naming.sign_up("ada")
    driven = naming.demo.drive("demo")
    once: dict[str, Any] = {"text": SAID, "idempotencyKey": "one"}
    await asyncio.gather(*(ada.send(**once) for _ in range(3)))
    reply = await driven.next_call()
    await reply.send("Because.")
    await reply.finish()
    naming_call = await driven.next_call()
    await naming_call.send("Bicycles")
    await naming_call.finish()
    await naming.services.titles.background.wait()
    await ada.send(**once, wait=True)
    await naming.services.titles.background.wait()
    assert len(naming.demo.requests) == 2


async def test_the_key_that_answered_makes_the_title(chat: Chat, ada: Client) -> None:
    async with DemoServer() as other:
        other.script("demo", Script(chunks=("Elsewhere",)))
        keys = [
            (await ada.run(CREATE_KEY, input={"name": name, "secret": "s", "model": "demo", "baseUrl": base_url}))
            for name, base_url in (("first", chat.demo.base_url), ("second", other.base_url))
        ]
        first, second = (key["createKey"]["id"] for key in keys)
        session = await ada.run("mutation ($key: ID!) { createSession(input: {keyId: $key}) { id } }", key=first)
        session_id = session["createSession"]["id"]
        await ada.send(SAID, sessionId=session_id, keyId=second, wait=True)
        assert await title_of(ada, session_id) == "Elsewhere"
    assert chat.demo.requests == []

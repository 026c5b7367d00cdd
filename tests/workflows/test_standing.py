"""A message is stored as if nothing else happened meanwhile, whatever changed since its session was read."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gql_chat.chats import sessions
from gql_chat.chats.models import ChatSession, Message
from gql_chat.generation.accounting import CallContext, new_call
from gql_chat.generation.prompting.materials import MaterialSource
from gql_chat.generation.provider.endpoint import Endpoint
from gql_chat.infra.db.database import fetch_all, transaction
from gql_chat.usage.ledger import open_call
from gql_chat.usage.models import CallPurpose, OpenCall
from gql_chat.usage.quotas import require_user_quotas
from gql_chat.users.models import User
from gql_chat.workflows import sending, side_calls
from tests.support.branching import CONTINUATION, edit, regenerate
from tests.support.chat import Chat, run_chat
from tests.support.client import Client, GraphQLErrors
from tests.support.demo import Script
from tests.workflows.outages.test_database_contention import locked

TITLE = "mutation ($id: ID!) { generateTitle(sessionId: $id) { title } }"
AT_ONCE = 12  # more than a server has connections

Meanwhile = Callable[[Callable[[], Awaitable[object]]], None]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Run something once while a message is being sent: its session has been read, and is not stored yet."""

    def run_meanwhile(change: Callable[[], Awaitable[object]]) -> None:
        load, changes = MaterialSource.load, [change]

        async def load_after_change(*args: Any) -> Any:
            if changes:
                await changes.pop()()
            return await load(*args)

        monkeypatch.setattr(MaterialSource, "load", load_after_change)

    return run_meanwhile


def count_steps(monkeypatch: pytest.MonkeyPatch) -> asyncio.Queue[None]:
    """Return a queue of all that comes to the step before its call is opened."""
    steps: asyncio.Queue[None] = asyncio.Queue()
    load = MaterialSource.load

    async def load_and_count(*args: Any) -> Any:
        loaded = await load(*args)
        steps.put_nowait(None)
        return loaded

    def new_and_count(*args: Any, **more: Any) -> OpenCall:
        steps.put_nowait(None)
        return new_call(*args, **more)

    monkeypatch.setattr(MaterialSource, "load", load_and_count)
    monkeypatch.setattr(side_calls, "new_call", new_and_count)
    return steps


async def codes_of(sending: Awaitable[object]) -> list[str]:
    with pytest.raises(GraphQLErrors) as refused:
        await sending
    return refused.value.codes


async def begun(ada: Client) -> str:
    session_id: str = (await ada.send("first", wait=True))["session"]["id"]
    return session_id


async def begin_when(opening: asyncio.Event, begin: Callable[[], Awaitable[None]]) -> None:
    await opening.wait()
    await begin()


def opened_call(chat: Chat, user_id: str) -> OpenCall:
    context, endpoint = CallContext(user_id, CallPurpose.TITLE, None), Endpoint("http://127.0.0.1:1/v1", "", "demo", {})
    return new_call(context, endpoint, [], chat.services.starter.ledger)


async def test_a_first_message_takes_no_lock(chat_on_each: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = await chat_on_each.sign_up("ada")
    empty_id = await ada.new_session()
    monkeypatch.setattr(sending, "transaction", None)
    to_new = await ada.send("Where is Oslo?", wait=True)
    to_empty = await ada.send("Where is Rome?", sessionId=empty_id, wait=True)
    for sent, title in ((to_new, "Where is Oslo?"), (to_empty, "Where is Rome?")):
        session = await ChatSession.get(id=sent["session"]["id"])
        assert (session.title, session.message_count, session.head_id) == (title, 2, sent["reply"]["id"])


async def test_first_messages_at_once_are_all_stored(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    sent = await asyncio.gather(*(ada.send(f"question {number}", wait=True) for number in range(4)))
    assert len({one["session"]["id"] for one in sent}) == 4
    assert await ChatSession.filter(message_count=2).count() == 4


async def test_messages_of_one_user_at_once_take_no_lock(chat_on_each: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    chat_on_each.demo.drive("demo")  # no reply ends meanwhile
    ada = await chat_on_each.sign_up("ada")
    sessions_before = [await ada.new_session() for _ in range(8)]
    monkeypatch.setattr(sending, "transaction", None)
    to_existing = [ada.send(sessionId=session_id) for session_id in sessions_before]
    await asyncio.gather(*to_existing, *(ada.send() for _ in range(8)))
    assert await ChatSession.filter(message_count=2).count() == 16


@pytest.mark.parametrize("start", ["send", "edit", "regenerate", "continue", "title"])
async def test_a_user_who_starts_much_at_once_leaves_connections_to_others(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    async with run_chat(postgres_url, tmp_path) as chat:
        chat.demo.script("demo", Script(finish_reason="length"))  # so that the replies can be continued
        ada, bob = await chat.sign_up("ada"), await chat.sign_up("bob")
        sent = [await ada.send(wait=True) for _ in range(AT_ONCE)]
        starts = [
            {
                "send": partial(ada.send, wait=True),
                "edit": partial(edit, ada, one["userMessage"]["id"], "edited"),
                "regenerate": partial(regenerate, ada, one["reply"]["id"]),
                "continue": partial(ada.run, CONTINUATION, id=one["reply"]["id"]),
                "title": partial(ada.run, TITLE, id=one["session"]["id"]),
            }[start]
            for one in sent
        ]
        ready = count_steps(monkeypatch)
        async with asyncio.timeout(30), transaction():
            await fetch_all("SELECT id FROM users WHERE id = $1 FOR UPDATE", ada.user_id)
            starting = [asyncio.create_task(begin()) for begin in starts]
            for _ in starting:
                await ready.get()
            await bob.send()
        await asyncio.gather(*starting)


@pytest.mark.parametrize("make", ["a session", "a file"])
async def test_a_user_who_makes_much_at_once_leaves_connections_to_others(
    postgres_url: str, tmp_path: Path, make: str
) -> None:
    async with run_chat(postgres_url, tmp_path) as chat:
        ada, bob = await chat.sign_up("ada"), await chat.sign_up("bob")
        upload = partial(ada.upload, await ada.new_session())
        verb: Callable[[], Coroutine[Any, Any, object]] = ada.new_session if make == "a session" else upload
        async with asyncio.timeout(30), locked(postgres_url, "users", ada.user_id) as other:
            making = [asyncio.create_task(verb()) for _ in range(AT_ONCE)]
            while not await other.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                await asyncio.sleep(0.01)
            await bob.send()
        await asyncio.gather(*making)


async def test_a_quota_that_is_set_meanwhile_holds_for_a_first_message(
    chat_on_each: Chat, meanwhile: Meanwhile
) -> None:
    ada = await chat_on_each.sign_up("ada")
    meanwhile(lambda: User.filter(id=ada.user_id).update(monthly_token_quota=0))
    assert await codes_of(ada.send("first")) == ["QUOTA_EXCEEDED"]
    assert (await ChatSession.all().count(), await OpenCall.all().count()) == (0, 0)


async def test_a_change_of_the_session_meanwhile_is_not_lost(chat_on_each: Chat, meanwhile: Meanwhile) -> None:
    ada = await chat_on_each.sign_up("ada")
    session_id = await begun(ada)
    assert ada.user_id is not None
    user_id = ada.user_id
    meanwhile(lambda: sessions.update_session(user_id, session_id, {"title": "renamed", "persona": None}))
    sent = await ada.send("second", sessionId=session_id, wait=True)
    session = await ChatSession.get(id=session_id)
    assert (session.title, session.message_count, session.head_id) == ("renamed", 4, sent["reply"]["id"])


async def test_a_message_that_is_sent_meanwhile_comes_first(chat_on_each: Chat, meanwhile: Meanwhile) -> None:
    ada = await chat_on_each.sign_up("ada")
    session_id = await begun(ada)
    meanwhile(lambda: ada.send("second", sessionId=session_id, wait=True))
    await ada.send("third", sessionId=session_id, wait=True)
    rows = await Message.filter(session_id=session_id, role="USER").order_by("order")
    assert [(row.text, row.order) for row in rows] == [("first", 1), ("second", 3), ("third", 5)]
    said = [
        message["content"] for message in chat_on_each.demo.requests[-1].body["messages"] if message["role"] == "user"
    ]
    assert said == ["first", "second", "third"]


async def test_a_session_that_is_deleted_meanwhile_takes_no_message(chat_on_each: Chat, meanwhile: Meanwhile) -> None:
    ada = await chat_on_each.sign_up("ada")
    session_id = await begun(ada)
    assert ada.user_id is not None
    user_id = ada.user_id
    meanwhile(lambda: sessions.delete_sessions(user_id, [session_id]))
    assert await codes_of(ada.send("second", sessionId=session_id)) == ["NOT_FOUND"]
    assert await Message.all().count() == 0


async def test_a_quota_that_is_set_meanwhile_holds(chat_on_each: Chat, meanwhile: Meanwhile) -> None:
    ada = await chat_on_each.sign_up("ada")
    session_id = await begun(ada)
    meanwhile(lambda: User.filter(id=ada.user_id).update(monthly_token_quota=0))
    assert await codes_of(ada.send("second", sessionId=session_id)) == ["QUOTA_EXCEEDED"]
    assert await Message.filter(session_id=session_id).count() == 2


async def test_a_call_that_begins_meanwhile_counts_among_the_replies_at_once(
    database_url: str, tmp_path: Path, meanwhile: Meanwhile
) -> None:
    async with run_chat(database_url, tmp_path, MAX_REPLIES_PER_USER=1) as chat:
        ada = await chat.sign_up("ada")
        session_id = await begun(ada)
        assert ada.user_id is not None
        call = opened_call(chat, ada.user_id)

        async def begin() -> None:
            async with transaction():
                await require_user_quotas(call, chat.services.starter.quotas)
                await open_call(call)

        meanwhile(begin)
        assert await codes_of(ada.send("second", sessionId=session_id)) == ["QUOTA_EXCEEDED"]
        assert (await OpenCall.all().count(), await Message.filter(session_id=session_id).count()) == (1, 2)


async def test_a_call_that_is_just_beginning_on_another_server_counts_too(
    postgres_url: str, tmp_path: Path, meanwhile: Meanwhile
) -> None:
    async with run_chat(postgres_url, tmp_path, MAX_REPLIES_PER_USER=1) as chat:
        ada = await chat.sign_up("ada")
        session_id = await begun(ada)
        assert ada.user_id is not None
        call = opened_call(chat, ada.user_id)
        is_open, opening = asyncio.Event(), asyncio.Event()

        async def begin() -> None:
            async with transaction():
                await require_user_quotas(call, chat.services.starter.quotas)
                await open_call(call)
                is_open.set()
                while not (await fetch_all("SELECT count(*) AS waiting FROM pg_locks WHERE NOT granted"))[0]["waiting"]:
                    await asyncio.sleep(0.01)

        async def begin_elsewhere() -> None:
            opening.set()
            await is_open.wait()

        beginning = asyncio.create_task(begin_when(opening, begin))
        meanwhile(begin_elsewhere)
        assert await codes_of(ada.send("second", sessionId=session_id)) == ["QUOTA_EXCEEDED"]
        await beginning
        assert await Message.filter(session_id=session_id).count() == 2

"""Settling: what the writer of a reply knows about its end is what is stored."""

import pytest

from gql_chat.chats.models import Message, SearchText
from gql_chat.chats.search_index import searched_form
from gql_chat.generation.job import RunningJob
from tests.support.chat import Chat
from tests.support.client import Client
from tests.support.demo import Script, failures

CONTINUE = "mutation ($id: ID!) { continueReply(messageId: $id) { reply { id } } }"


def columns_of(row: Message | None) -> dict[str, object]:
    assert row is not None
    return {name: getattr(row, name) for name in Message._meta.db_fields}


async def settled(chat: Chat, ada: Client, reply_id: str) -> RunningJob:
    """Wait until the reply has settled, and return it as its runner knows it."""
    assert ada.user_id is not None
    running = chat.services.runner.find(ada.user_id, reply_id)
    assert running is not None
    await chat.services.runner.wait(reply_id)
    return running


@pytest.mark.parametrize(
    "script",
    [
        Script(chunks=("Hel", "lo"), reasoning=("Hmm",)),
        Script(chunks=("no usage",), usage=False),
        Script(fail=failures.rate_limited()),
        Script(chunks=("kept ", "too"), error_after=2),
    ],
)
async def test_watchers_get_the_row_as_it_is_stored(chat_on_each: Chat, script: Script) -> None:
    ada = await chat_on_each.sign_up("ada")
    chat_on_each.demo.script("demo", script)
    reply_id = (await ada.send())["reply"]["id"]
    running = await settled(chat_on_each, ada, reply_id)
    assert columns_of(running.settled_row) == columns_of(await Message.get(id=reply_id))


async def test_watchers_of_a_reply_that_is_continued_get_the_row_as_it_is_stored(chat: Chat, ada: Client) -> None:
    driven = chat.demo.drive("demo")
    reply_id = (await ada.send())["reply"]["id"]
    call = await driven.next_call()
    await call.send("one ")
    await ada.run("mutation ($id: ID!) { stopReply(messageId: $id) { status } }", id=reply_id)
    await ada.run(CONTINUE, id=reply_id)
    call = await driven.next_call()
    await call.send("two")
    await call.finish()
    running = await settled(chat, ada, reply_id)
    assert columns_of(running.settled_row) == columns_of(await Message.get(id=reply_id))


async def test_no_row_is_shown_of_a_reply_that_is_no_longer_its_writers(chat: Chat, ada: Client) -> None:
    driven = chat.demo.drive("demo")
    reply_id = (await ada.send())["reply"]["id"]
    call = await driven.next_call()
    await Message.filter(id=reply_id).update(worker_id="another")
    await call.send("too late")
    await call.finish()
    assert (await settled(chat, ada, reply_id)).settled_row is None
    assert (await Message.get(id=reply_id)).text == ""


async def test_a_search_text_from_before_the_reply_streamed_is_replaced(chat_on_each: Chat) -> None:
    ada, driven = await chat_on_each.sign_up("ada"), chat_on_each.demo.drive("demo")
    reply_id = (await ada.send())["reply"]["id"]
    call = await driven.next_call()
    await SearchText.create(user_id=ada.user_id, message_id=reply_id, folded="before")
    await call.send("after")
    await call.finish()
    running = await settled(chat_on_each, ada, reply_id)
    assert running.settled_row is None  # stored by the long way
    assert (await Message.get(id=reply_id)).text == "after"
    assert (await SearchText.get(message_id=reply_id)).folded == searched_form(ada.user_id, "after")


async def test_another_users_reply_is_not_found_at_its_runner(chat: Chat, ada: Client, bob: Client) -> None:
    chat.demo.drive("demo")
    reply_id = (await ada.send())["reply"]["id"]
    assert bob.user_id is not None
    assert chat.services.runner.find(bob.user_id, reply_id) is None

"""What a message, its reply and its connection leave behind: nothing that waits for a garbage collection."""

import asyncio
import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.chat import Chat
from tests.support.client import Client
from tests.support.demo.failures import server_error
from tests.support.demo.script import Script

OURS = ("gql_chat.", "graphql.", "uvicorn.", "websockets.", "httptools.")
THE_MODELS = "gql_chat.demo."  # the model runs in the same process


@contextmanager
def garbage() -> Iterator[Counter[str]]:
    """Count the server's objects that were unreachable, but not freed, at the end of the block."""
    counted = Counter[str]()
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield counted
        gc.collect()
        names = (f"{type(one).__module__}.{type(one).__qualname__}" for one in gc.garbage)
        counted.update(name for name in names if name.startswith(OURS) and not name.startswith(THE_MODELS))
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


async def until_over(chat: Chat) -> None:
    """Wait until every reply has settled and no connection's task is left."""
    async with asyncio.timeout(10):
        while chat.services.runner.count or chat.server.server_state.tasks:
            await asyncio.sleep(0)
    await asyncio.sleep(0)  # the loop holds what its last step has ended


@pytest.mark.parametrize("script", [Script(), Script(cut_after=1), Script(fail=server_error())])
async def test_a_reply_that_was_watched_is_freed_at_its_end(chat: Chat, ada: Client, script: Script) -> None:
    session_id = await ada.new_session()

    async def talk() -> None:
        chat.demo.script("demo", script)
        sent = await ada.send(sessionId=session_id, wait=False)
        await ada.watch_to_end(sent["reply"]["id"])
        await until_over(chat)

    await talk()  # what is kept for all that follow is made once
    with garbage() as counted:
        await talk()
    assert counted == {}


async def test_a_reply_that_was_stopped_is_freed_at_its_end(chat: Chat, ada: Client) -> None:
    driven = chat.demo.drive("demo")

    async def stop() -> None:
        reply_id = (await ada.send())["reply"]["id"]
        await (await driven.next_call()).send("Hello")
        await ada.run("mutation ($id: ID!) { stopReply(messageId: $id) { status } }", id=reply_id)
        await until_over(chat)

    await stop()
    with garbage() as counted:
        await stop()
    assert counted == {}


async def test_a_connection_is_freed_when_it_is_closed(chat: Chat, ada: Client) -> None:
    async def connect() -> None:
        async with ada.connect():
            pass
        await until_over(chat)

    await connect()
    with garbage() as counted:
        await connect()
    assert counted == {}

"""What a server that ends does with its replies and its clients."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gql_chat.web.connections import open_connections
from tests.support.chat import Chat, run_chat
from tests.support.client import Client, Screen

DRAIN_SECONDS = 0.3


async def test_what_has_not_ended_in_time_is_interrupted_with_all_its_text(sqlite_url: str, tmp_path: Path) -> None:
    now, screen = asyncio.get_running_loop().time, Screen()
    async with aiohttp.ClientSession() as http:
        async with run_chat(sqlite_url, tmp_path, DRAIN_SECONDS=DRAIN_SECONDS) as chat:
            ada = replace(await chat.sign_up("ada"), http=http)
            driven = chat.demo.drive("demo")
            reply_id = (await ada.send())["reply"]["id"]
            await (await driven.next_call()).send("half")
            events = ada.watch(reply_id)
            screen.take(await anext(events))
            began_at = now()
        assert now() - began_at >= DRAIN_SECONDS
        async with aclosing(events):
            async for event in events:
                screen.take(event)
        assert screen.final is not None
        assert (screen.final["status"], screen.final["text"], screen.text) == ("INTERRUPTED", "half", "half")


async def test_clients_are_sent_to_another_server_one_after_another(
    chat: Chat, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_connections, "MOVES_PER_SECOND", 0.001)
    driven = chat.demo.drive("demo")
    reply_id = (await ada.send())["reply"]["id"]
    call = await driven.next_call()
    await call.send("one")
    watches = [ada.watch(reply_id) for _ in range(5)]
    assert [(await anext(watch))["text"] for watch in watches] == ["one"] * 5
    leaving = asyncio.create_task(chat.server.application.send_clients_elsewhere(within_seconds=3600))
    following = [asyncio.create_task(_next_text(watch)) for watch in watches]
    [left], staying = await asyncio.wait(following, return_when=asyncio.FIRST_COMPLETED)
    assert left.result() == "closed with 1012"
    await call.send(" two")
    assert await asyncio.gather(*staying) == [" two"] * 4
    leaving.cancel()
    await asyncio.wait({leaving})
    for watch in watches:
        await watch.aclose()


async def test_the_server_waits_for_mutations_that_have_begun(chat: Chat, ada: Client) -> None:
    driven = chat.demo.drive("demo")
    sending = asyncio.create_task(ada.send(wait=True))
    call = await driven.next_call()
    finishing = asyncio.create_task(chat.server.application.end_mutations())
    await asyncio.sleep(0)
    assert not finishing.done()
    await call.finish()
    await finishing
    assert (await sending)["reply"]["status"] == "COMPLETED"


async def _next_text(watch: AsyncGenerator[dict[str, Any], None]) -> str:
    try:
        return str((await anext(watch))["text"])
    except ConnectionError as closed:
        return str(closed)

"""The time that a server gives its replies when it ends."""

import asyncio
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import aiohttp

from tests.support.chat import run_chat
from tests.support.client import Screen

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

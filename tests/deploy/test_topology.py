"""Two servers behind the proxy: one address, WebSocket through it, and a restart that nobody is refused by."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from gql_chat.demo import DemoServer
from tests.client import Screen
from tests.command_line import run
from tests.deploy.topology import Topology, run_topology
from tests.process import PASSWORD, sign_in


@pytest.fixture
async def demo() -> AsyncIterator[DemoServer]:
    async with DemoServer() as running:
        yield running


@pytest.fixture
async def whole(blank_postgres_url: str, redis_url: str, demo: DemoServer, tmp_path: Path) -> AsyncIterator[Topology]:
    async with run_topology(tmp_path, demo, postgres_url=blank_postgres_url, redis_url=redis_url) as running:
        yield running


async def first_admin(whole: Topology) -> None:
    """Made beside the running servers, as the guide says."""
    made = await run("user", "create", "--admin", "ada", "ada@example.com", said=PASSWORD, **whole.settings)
    assert made == (0, "ada\tada@example.com\tADMIN\tACTIVE\tnever\n", "")


async def test_a_reply_streams_through_the_proxy_and_a_restart_refuses_nobody(
    whole: Topology, demo: DemoServer
) -> None:
    driven = demo.drive("demo")
    await first_admin(whole)
    async with aiohttp.ClientSession() as http:
        ada = await sign_in(http, whole.proxy, "ada", new=False)
        reply_id = (await ada.send())["reply"]["id"]
        call, screen, events = await driven.next_call(), Screen(), ada.watch(reply_id)
        for text in ("token ", "by token"):
            await call.send(text)
            while not screen.text.endswith(text):
                screen.take(await anext(events))
        await call.finish()
        async for event in events:
            screen.take(event)
        assert screen.final is not None
        assert (screen.final["status"], screen.final["text"]) == ("COMPLETED", "token by token")

        restarting = asyncio.create_task(whole.replicas[0].terminate())
        answers = 0
        while not restarting.done() or answers < 50:
            assert (await ada.message(reply_id))["text"] == "token by token"
            answers += 1

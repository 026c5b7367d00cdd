"""Two servers behind the proxy are replaced one after the other by a version with other tables: no reply is cut."""

import asyncio
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gql_chat.infra.db.migrations import migrations_folder
from gql_chat.infra.storage.object_store import S3Place
from tests.deploy.compose import ROOT
from tests.deploy.topology import Topology, run_topology
from tests.support.backing_services.ports import free_port
from tests.support.client import Client, Screen
from tests.support.command_line import run
from tests.support.demo import DemoServer
from tests.support.process import PASSWORD, run_server, sign_in

VERSIONS = sorted(migrations_folder().glob("[0-9]*_*.py"), key=lambda file: int(file.name.partition("_")[0]))
NEXT = f"{len(VERSIONS)}_20991231000000_moods.py"

# What a version may do while servers of the one before still run: add.
EXPANSION = '''
from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        ALTER TABLE "messages" ADD "mood" VARCHAR(20) NOT NULL DEFAULT '';
        CREATE TABLE "moods" ("id" VARCHAR(32) NOT NULL PRIMARY KEY, "message_id" VARCHAR(32) NOT NULL);
        CREATE INDEX "idx_moods_message" ON "moods" ("message_id");
    """


'''


@pytest.fixture
async def whole(
    blank_postgres_url: str, redis_url: str, s3_place: S3Place, demo: DemoServer, tmp_path: Path
) -> AsyncIterator[Topology]:
    # However slow the start of the new servers is, the old ones write until the model has ended.
    services: dict[str, Any] = {"postgres_url": blank_postgres_url, "redis_url": redis_url, "DRAIN_SECONDS": 600}
    async with run_topology(tmp_path, demo, place=s3_place, RATE_LIMITS="off", **services) as running:
        yield running


@pytest.fixture
def next_version(tmp_path: Path) -> Path:
    """Make a checkout of the next version: the same code and one more migration."""
    for name in ("gql_chat", "migrations"):
        shutil.copytree(ROOT / name, tmp_path / "next" / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "style.yaml", tmp_path / "next")
    state = VERSIONS[-1].read_text(encoding="utf-8").partition("MODELS_STATE")[2]
    (tmp_path / "next/migrations/models" / NEXT).write_text(f"{EXPANSION}MODELS_STATE{state}", encoding="utf-8")
    return tmp_path / "next"


async def first_admin(whole: Topology) -> None:
    """Make the new version beside the running servers, as the guide says."""
    made = await run("user", "create", "--admin", "ada", "ada@example.com", said=PASSWORD, **whole.settings)
    assert made == (0, "ada\tada@example.com\tADMIN\tACTIVE\tnever\n", "")


async def watched(client: Client, reply_id: str, screen: Screen) -> None:
    """Watch to the end, coming back as a browser's client does when the server that one was connected to ends."""
    while screen.final is None:
        try:
            async for event in client.watch(reply_id, len(screen.text)):
                screen.take(event)
        except (ConnectionError, aiohttp.ClientError):
            await asyncio.sleep(0.1)


async def asking(client: Client, reply_id: str) -> None:
    """Ask on and on; every question must be answered."""
    while True:
        assert (await client.message(reply_id))["id"] == reply_id


async def test_no_reply_is_cut_and_nobody_refused_while_both_are_replaced(
    whole: Topology, demo: DemoServer, next_version: Path, tmp_path: Path
) -> None:
    driven = demo.drive("demo")
    await first_admin(whole)
    async with aiohttp.ClientSession() as http, AsyncExitStack() as stack:
        ada = await sign_in(http, whole.proxy, "ada", new=False)
        replies, calls, screens = [], [], [Screen() for _ in range(4)]
        for number in range(4):
            replies.append((await ada.send(f"question {number}"))["reply"]["id"])
            calls.append(await driven.next_call())
            await calls[-1].send(f"{number}: half ")
        watching = [asyncio.create_task(watched(ada, *pair)) for pair in zip(replies, screens, strict=True)]
        answered = asyncio.create_task(asking(ada, replies[0]))

        code, output, errors = await run("migrate", code=next_version, **whole.settings)
        assert (code, output, errors) == (0, f"applied {NEXT}\n", "")
        for number, call in enumerate(calls):  # those of the version before go on writing
            await call.send(f"and more {number}")

        for number, old in enumerate(whole.replicas):
            port = old.origin.rpartition(":")[2]
            old.process.send_signal(signal.SIGTERM)
            await old.farewell()
            settings = whole.settings | {"PORT": port}
            new = run_server(tmp_path / f"new-{number}", demo, code=next_version, **settings)
            await stack.enter_async_context(new)
        for call in calls:  # both old servers still write, and both new ones serve
            await call.send(", and the rest")
            await call.finish()
        await asyncio.wait_for(asyncio.gather(*watching), 30)
        assert not answered.done(), answered.exception()
        answered.cancel()
        for number, screen in enumerate(screens):
            text = f"{number}: half and more {number}, and the rest"
            assert screen.final is not None
            assert (screen.final["status"], screen.final["text"], screen.text) == ("COMPLETED", text, text)
        assert [await old.process.wait() for old in whole.replicas] == [0, 0]


async def test_a_server_of_the_version_before_does_not_start_any_more(
    blank_database_url: str, next_version: Path, tmp_path: Path
) -> None:
    settings: dict[str, Any] = {"DATABASE_URL": blank_database_url, "DATA_DIR": tmp_path, "SECRET_KEY": "s" * 40}
    assert (await run("migrate", code=next_version, **settings))[0] == 0
    code, _, errors = await run("serve", **settings, PORT=free_port())
    remedy = "start that version, or restore a backup of this one"
    complaint = f"Error: the database has migrations of a later version: {NEXT}; {remedy}"
    assert (code, errors.splitlines()[-1]) == (1, complaint)

"""A database that answers and stores nothing: writes are UNAVAILABLE, reads go on, and the server is not ready."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tortoise.context import require_context

from gql_chat.chats.models import Message
from gql_chat.web.endpoints import health
from tests.support.chat import Chat, run_chat
from tests.support.client import Client, GraphQLErrors
from tests.support.stored.read_only import read_only

ME = "{ me { id } }"
LONG = "x" * 100_000


@asynccontextmanager
async def full() -> AsyncIterator[None]:
    """Let SQLite's file grow no more while the block runs."""
    client: Any = require_context().db()
    writer, *_ = client.connections
    [[pages]] = await writer.execute_fetchall("PRAGMA page_count")
    await writer.execute_fetchall(f"PRAGMA max_page_count = {pages}")
    yield
    await writer.execute_fetchall("PRAGMA max_page_count = 1000000")


async def assert_sends_are_unavailable(client: Client) -> None:
    with pytest.raises(GraphQLErrors) as refused:
        await client.send(LONG)
    [error] = refused.value.errors
    assert error["extensions"]["code"] == "UNAVAILABLE"
    assert error["message"] == "The database cannot store anything at the moment; try again later."
    assert (await client.run(ME))["me"] == {"id": client.user_id}
    assert await Message.all().count() == 0


async def test_a_full_sqlite_disk_is_unavailable_until_there_is_room(chat: Chat, ada: Client) -> None:
    async with full():
        await assert_sends_are_unavailable(ada)
    assert (await ada.send(LONG, wait=True))["reply"]["status"] == "COMPLETED"


async def test_a_sqlite_file_that_was_made_read_only_is_unavailable(
    chat: Chat, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "FRESH_SECONDS", 0)
    client: Any = require_context().db()
    writer, *_ = client.connections
    await writer.execute_fetchall("PRAGMA query_only = ON")
    await assert_sends_are_unavailable(ada)
    assert await readiness(chat) == (503, "stores nothing")
    await writer.execute_fetchall("PRAGMA query_only = OFF")
    assert await readiness(chat) == (200, None)


async def test_a_postgres_that_is_read_only_is_unavailable_and_the_server_not_ready(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "FRESH_SECONDS", 0)
    async with run_chat(postgres_url, tmp_path, LEASE_SECONDS=600) as chat:
        ada = await chat.sign_up("ada")
        async with read_only(postgres_url):
            await assert_sends_are_unavailable(ada)
            assert await readiness(chat) == (503, "stores nothing")
        assert (await ada.send(wait=True))["reply"]["status"] == "COMPLETED"
        assert await readiness(chat) == (200, None)


async def readiness(chat: Chat) -> tuple[int, str | None]:
    """Return the status of /readyz, and what it says about the database."""
    async with chat.http.get(f"{chat.origin}/readyz") as response:
        return response.status, (await response.json())["checks"]["database"].get("detail")

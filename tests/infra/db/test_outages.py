"""Databases that are locked, gone, frozen or silent: Unavailable, within a time, and used again afterwards."""

import asyncio
import contextvars
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from functools import partial
from itertools import count, pairwise

import pytest

from gql_chat.errors import Unavailable
from gql_chat.infra.db import database, opening, sqlite, sqlite_connection
from gql_chat.infra.db import postgres as infra_postgres
from gql_chat.infra.db.database import dialect, execute, fetch_all, fetch_reserved, retry_until_available, transaction
from gql_chat.infra.db.opening import DatabaseUnusable, model_modules, open_database
from tests.support.backing_services.postgres import Postgres
from tests.support.stored.group_rows import add, add_together, names, outside
from tests.support.transaction_storm import Storm, assert_pool_is_idle, halves


async def test_who_waits_too_long_for_a_connection_hears_so(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_database(database_url, model_modules(), pool_size=1):
        monkeypatch.setattr(sqlite, "ACQUIRE_SECONDS", 0.05)
        monkeypatch.setattr(infra_postgres, "ACQUIRE_SECONDS", 0.05)  # not the time for connecting, too
        async with transaction():
            attempts = [add("a"), add_together("a")]
            if dialect() == "postgres":
                attempts.append(add_together())
            for attempt in attempts:
                with pytest.raises(Unavailable):
                    await outside(attempt)
        assert await names() == []


async def test_who_waits_for_transactions_that_end_one_after_another_is_not_refused(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wait on: on a machine with too much to do, the last of many would be refused though nothing is at fault."""
    monkeypatch.setattr(sqlite, "ACQUIRE_SECONDS", 1.5)
    monkeypatch.setattr(infra_postgres, "ACQUIRE_SECONDS", 1.5)

    async def add_slowly(name: str) -> None:
        async with transaction():
            await add(name)
            await asyncio.sleep(0.6)

    async with open_database(database_url, model_modules(), pool_size=2):  # one of them is reserved
        await asyncio.gather(*map(add_slowly, "abcd"))  # 2.4 s, of which the last waits for 1.8
        assert await names() == ["a", "b", "c", "d"]


@pytest.mark.parametrize("is_in_transaction", [True, False])
async def test_a_lock_of_another_process_is_waited_for(sqlite_url: str, *, is_in_transaction: bool) -> None:
    async with open_database(sqlite_url, model_modules()):
        other = sqlite3.connect(sqlite_url.removeprefix("sqlite://"), isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        threading.Timer(0.05, other.rollback).start()
        async with transaction() if is_in_transaction else nullcontext():
            await add("a")
        assert await names() == ["a"]
        other.close()


async def test_a_lock_that_another_process_keeps_is_unavailable(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_connection, "BUSY_SECONDS", 0.01)
    async with open_database(sqlite_url, model_modules()):
        other = sqlite3.connect(sqlite_url.removeprefix("sqlite://"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        for write in (add, add_together):
            with pytest.raises(Unavailable):
                await write("a")
        other.close()
        await add("b")
        assert await names() == ["b"]


async def test_a_lost_connection_is_unavailable_and_then_replaced(postgres_url: str) -> None:
    async def lose_it(before: bool) -> None:
        async with transaction():
            [row] = await fetch_all("SELECT pg_backend_pid() AS pid")
            if before:
                await asyncio.get_running_loop().create_task(kill(row["pid"]), context=contextvars.Context())
            else:
                await kill(row["pid"])
            await add("a")

    async def kill(pid: int) -> None:
        await fetch_all("SELECT pg_terminate_backend($1, 1000)", pid)

    # Three: one is reserved, one is lost, and the third ends it.
    async with open_database(postgres_url, model_modules(), pool_size=3):
        for before in (True, False):
            with pytest.raises(Unavailable):
                await lose_it(before)
        await add("b")
        assert await names() == ["b"]


async def test_a_transaction_of_a_frozen_worker_does_not_keep_its_locks(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(infra_postgres, "IDLE_IN_TRANSACTION_SECONDS", 0.2)

    async def freeze_in_transaction() -> None:
        async with transaction():
            await execute('UPDATE "groups" SET name = $1', "frozen")
            is_frozen.set()
            await thawed.wait()
            await add("b")

    async with open_database(postgres_url, model_modules(), pool_size=2), asyncio.timeout(20):
        await add("a")
        for wait_seconds in (0.0, 0.05):  # it finds out from the server's goodbye, and from the closed connection
            is_frozen, thawed = asyncio.Event(), asyncio.Event()
            frozen = asyncio.create_task(freeze_in_transaction())
            await is_frozen.wait()
            await execute('UPDATE "groups" SET name = $1', "changed")  # waits for the lock
            await asyncio.sleep(wait_seconds)
            thawed.set()
            with pytest.raises(Unavailable):
                await frozen
        assert await names() == ["changed"]
        await assert_pool_is_idle()


async def test_what_keeps_a_worker_alive_does_not_wait_for_a_busy_pool(database_url: str) -> None:
    async def be_busy() -> None:
        async with transaction():
            await execute('UPDATE "groups" SET name = $1', "busy")
            is_busy.set()
            await is_over.wait()

    async with open_database(database_url, model_modules(), pool_size=2), asyncio.timeout(20):
        is_busy, is_over = asyncio.Event(), asyncio.Event()
        busy = asyncio.create_task(be_busy())
        await is_busy.wait()
        assert await fetch_reserved("SELECT 1 AS one") == [{"one": 1}]
        is_over.set()
        await busy


async def test_a_server_that_is_gone_is_unavailable_until_it_is_back(postgres: Postgres, postgres_url: str) -> None:
    async with open_database(postgres_url, model_modules()):
        await add("a")
        with postgres.stopped():
            for attempt in (names(), add("b"), add_together("b")):
                with pytest.raises(Unavailable):
                    await attempt
        assert await names() == ["a"]
        await add_together("b")
        assert await names() == ["a", "b"]
    with postgres.stopped(), pytest.raises(DatabaseUnusable):
        await open_database(postgres_url, model_modules()).__aenter__()


async def test_a_server_that_restarts_does_what_it_is_asked_or_is_unavailable(
    postgres: Postgres, postgres_url: str
) -> None:
    storm, is_over, unavailable = Storm(seed=57), asyncio.Event(), 0

    async def ask(write: Callable[[str], Awaitable[None]], asker: int) -> None:
        nonlocal unavailable
        for number in count():
            try:
                await write(f"{asker} {number}")
            except Unavailable:
                unavailable += 1
                await asyncio.sleep(0.01)
            if is_over.is_set():
                return

    async with open_database(postgres_url, model_modules(), pool_size=3):
        writes = (storm.write_pair, storm.write_bulk)
        asking = [asyncio.create_task(ask(write, asker)) for asker, write in enumerate(writes * 4)]
        for mode in ("fast", "immediate", "fast"):
            await asyncio.sleep(0.1)
            await asyncio.to_thread(postgres.stop, mode)
            await asyncio.to_thread(postgres.start)
        is_over.set()
        await asyncio.gather(*asking)
        written = await names()
        assert unavailable > 0
        assert len(written) >= 2 * storm.finished > 0  # a commit may have been done whose answer was lost
        assert halves(written, "left") == halves(written, "right")
        await assert_pool_is_idle()


async def test_a_server_that_answers_nothing_is_unavailable_and_not_waited_for(
    postgres: Postgres, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "STATEMENT_SECONDS", 0.2)
    monkeypatch.setattr(infra_postgres, "ACQUIRE_SECONDS", 0.2)
    async with open_database(postgres_url, model_modules(), pool_size=2), asyncio.timeout(30):
        await asyncio.gather(add("a"), add("b"))
        with postgres.frozen():
            for attempt in (names, partial(add, "c"), partial(add_together, "c")):
                for _ in range(3):  # more often than there are connections
                    with pytest.raises(Unavailable):
                        await attempt()
        await add_together("d", "e")
        assert {"a", "b", "d", "e"} <= set(await names())  # what was asked of it while it slept, it may do on waking
        await assert_pool_is_idle()


async def test_who_outlives_the_database_opens_it_no_more(postgres_url: str) -> None:
    async with open_database(postgres_url, ["gql_chat.users.models"]):
        client = database._client()
    with pytest.raises(Unavailable):
        await client.execute_query("SELECT 1")


async def test_a_read_of_an_unavailable_database_is_tried_again_after_a_pause() -> None:
    now, tried_at = asyncio.get_running_loop().time, list[float]()

    async def read() -> str:
        tried_at.append(now())
        if len(tried_at) < 3:
            raise Unavailable("The database cannot be reached; try again.")
        return "read"

    assert await retry_until_available(read, retry_seconds=0.05) == "read"
    pauses = [after - before for before, after in pairwise(tried_at)]
    assert len(pauses) == 2
    assert min(pauses) > 0.04  # without a pause it would take all of a core

"""The database layer, on SQLite files and on a real PostgreSQL."""

import asyncio
import contextvars
import logging
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from itertools import count
from random import Random
from typing import Any, TypeVar

import pytest
from tortoise.context import require_context
from tortoise.exceptions import IntegrityError, OperationalError, TransactionManagementError

from gql_chat.errors import Unavailable
from gql_chat.infra.db import database as infra_database
from gql_chat.infra.db import postgres as infra_postgres
from gql_chat.infra.db import sqlite
from gql_chat.infra.db.database import (
    after_commit,
    dialect,
    execute,
    execute_last,
    fetch_all,
    model_modules,
    open_database,
    tortoise_config,
    transaction,
)
from gql_chat.infra.db.preflight import DatabaseUnusable
from gql_chat.infra.db.quick import Quick
from gql_chat.keys.models import Group, GroupMember
from gql_chat.users.models import User
from tests.support.backing_services.postgres import Postgres

Result = TypeVar("Result")

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

UPDATE = 'UPDATE "groups" SET name = $2 WHERE id = $1'
INSERT = 'INSERT INTO "groups" (id, name, created_at, updated_at) VALUES ($1, $2, $3, $3)'


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[None]:
    async with open_database(database_url, model_modules(), pool_size=3):
        yield


@pytest.fixture
async def sqlite_database(sqlite_url: str) -> AsyncIterator[None]:
    async with open_database(sqlite_url, model_modules()):
        yield


async def add(name: str) -> None:
    await execute(INSERT, name, name, NOON)


async def add_together(*names: str) -> None:
    async with transaction():
        for name in names:
            await add(name)


async def names() -> list[str]:
    return [row["name"] for row in await fetch_all('SELECT name FROM "groups" ORDER BY name')]


async def list_groups() -> list[Group]:
    return await Group.all()


async def outside(work: Coroutine[Any, Any, Result]) -> Result:
    """Run the work in a task that takes no part in the transaction of the test."""
    return await asyncio.get_running_loop().create_task(work, context=contextvars.Context())


def test_a_url_of_another_database_is_refused_without_its_password() -> None:
    with pytest.raises(ValueError, match=r"^a database URL starts with sqlite:// or postgres://, not mysql://$"):
        tortoise_config("mysql://root:hunter2@localhost/chat", [])


def test_a_postgres_url_may_hold_what_hosting_companies_put_there() -> None:
    url = "postgresql://ann:p%40ss@db.example:6432/chat?sslmode=require"
    [connection] = tortoise_config(url, [], pool_size=7)["connections"].values()
    assert connection["credentials"] == {
        "host": "db.example",
        "port": 6432,
        "user": "ann",
        "password": "p@ss",
        "database": "chat",
        "maxsize": 7,
        "ssl": "require",
    }


async def test_the_dialect_is_known(database: None, database_url: str) -> None:
    assert dialect() == database_url.partition(":")[0]


async def test_sqlite_waits_for_locks_and_keeps_references(sqlite_database: None) -> None:
    pragmas = ("busy_timeout", "foreign_keys", "journal_mode", "synchronous")
    values = [value for pragma in pragmas for row in await fetch_all(f"PRAGMA {pragma}") for value in row.values()]
    assert values == [5000, 1, "wal", 1]


async def test_arguments_are_numbered_and_may_be_used_twice(database: None) -> None:
    assert await execute(INSERT, "a", "it's $1, is it?", NOON) == 1
    rows = await fetch_all(
        'SELECT id, name FROM "groups" WHERE name = $2 AND created_at = $1 AND $1 = updated_at', NOON, "it's $1, is it?"
    )
    assert rows == [{"id": "a", "name": "it's $1, is it?"}]


async def test_execute_counts_the_rows_of_the_statement_alone(database: None) -> None:
    two = 'INSERT INTO "groups" (id, name, created_at, updated_at) VALUES ($1, $1, $3, $3), ($2, $2, $3, $3)'
    assert await execute(two, "a", "b", NOON) == 2
    assert await execute(f"{two} ON CONFLICT DO NOTHING", "b", "c", NOON) == 1
    assert await execute('UPDATE "groups" SET name = id') == 3
    await User(
        id="u",
        username="u",
        username_folded="u",
        email="u",
        email_folded="u",
        password_hash="-",
        role="USER",
        status="ACTIVE",
        created_at=NOON,
        updated_at=NOON,
    ).save()
    await GroupMember(id="m", group_id="a", user_id="u", created_at=NOON).save()
    assert await execute('DELETE FROM "groups" WHERE id IN ($1, $2)', "a", "b") == 2
    assert await GroupMember.all().count() == 0
    await GroupMember(id="m", group_id="c", user_id="u", created_at=NOON).save()
    assert await Group.all().delete() == 1
    assert await GroupMember.all().count() == 0


async def test_fetch_all_gives_what_a_statement_returns(database: None) -> None:
    await add("a")
    assert await fetch_all('UPDATE "groups" SET name = $1 WHERE id = $2 RETURNING id, name', "b", "a") == [
        {"id": "a", "name": "b"}
    ]
    assert await names() == ["b"]


async def test_times_come_back_aware_in_utc(database: None) -> None:
    given = NOON.astimezone(timezone(timedelta(hours=8)))
    await execute(INSERT, "a", "a", given)
    await Group(id="b", name="b", created_at=given, updated_at=given).save()
    rows = await fetch_all('SELECT created_at FROM "groups" UNION ALL SELECT updated_at FROM "groups"')
    times = [row["created_at"] for row in rows] + [group.created_at for group in await Group.all()]
    assert [time.isoformat() for time in times] == ["2026-11-21T12:00:00+00:00"] * 6


async def test_times_compare_whatever_their_fraction_and_offset(database: None) -> None:
    times = [NOON + timedelta(microseconds=n) for n in (0, 1, 500_000, 1_000_000)]
    for number, time in enumerate(times):
        await execute(INSERT, str(number), str(number), time.astimezone(timezone(timedelta(hours=number - 2))))
    for number, time in enumerate(times):
        assert await Group.filter(created_at__lt=time).count() == number
        assert len(await fetch_all('SELECT id FROM "groups" WHERE created_at <= $1', time)) == number + 1


async def test_a_request_outside_the_opening_context_finds_the_database(database: None) -> None:
    task = asyncio.get_running_loop().create_task(names(), context=contextvars.Context())
    assert await task == []


async def test_a_database_can_be_closed_and_opened_again(database_url: str) -> None:
    for name in ("a", "b"):
        async with open_database(database_url, model_modules()):
            await add(name)
    async with open_database(database_url, model_modules()):
        assert await names() == ["a", "b"]
    with pytest.raises(RuntimeError):
        require_context()


async def test_arguments_are_not_logged(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_database(database_url, model_modules()):
        await add("hunter2")
        await Group.filter(name="hunter2").update(name="hunter3")
    assert "hunter" not in caplog.text


async def test_a_transaction_is_seen_when_it_is_over(database: None) -> None:
    async with transaction():
        await add("a")
        await Group(id="b", name="b", created_at=NOON, updated_at=NOON).save()
        assert await names() == ["a", "b"]
    assert await asyncio.create_task(names()) == ["a", "b"]


async def test_a_failed_transaction_leaves_nothing(database: None) -> None:
    async def fail() -> None:
        async with transaction():
            await add("a")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    with pytest.raises(IntegrityError):
        await add_together("b", "b")
    assert await names() == []


async def test_an_inner_transaction_fails_alone(database: None) -> None:
    async with transaction():
        await add("a")
        with pytest.raises(IntegrityError):
            await add_together("b", "a")
        async with transaction():
            await add("c")
    assert await names() == ["a", "c"]


async def test_a_commit_that_fails_leaves_no_transaction_open(sqlite_database: None) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY constraint failed"):
        async with transaction():
            await fetch_all("PRAGMA defer_foreign_keys = ON")  # until the COMMIT, which then finds the fault
            await add("lost")
            await execute(
                "INSERT INTO group_members (id, created_at, group_id, user_id) VALUES ('m', $1, 'g', 'u')", NOON
            )
    await add_together("a", "b")
    assert await names() == ["a", "b"]


async def test_tasks_may_share_a_transaction_while_it_lasts(database: None) -> None:
    async with transaction():
        await asyncio.gather(*(add(str(number)) for number in range(5)))
    assert len(await names()) == 5


async def test_a_task_that_outlives_its_transaction_is_refused(database: None) -> None:
    over = asyncio.Event()

    async def outlive() -> None:
        await over.wait()
        await add("late")

    async with transaction():
        task = asyncio.create_task(outlive())
    over.set()
    with pytest.raises(TransactionManagementError, match="the transaction is over"):
        await task
    assert await names() == []


class Storm:
    """Tasks that write rows in pairs and are cancelled wherever they happen to be."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.finished = 0

    async def write_pair(self, name: str) -> None:
        async with transaction():
            await add(f"{name} left")
            async with transaction():
                await fetch_all('SELECT count(*) FROM "groups"')
            await add(f"{name} right")
        self.finished += 1

    async def write_bulk(self, name: str) -> None:
        sides = (f"{name} left", f"{name} right")
        await Group.bulk_create([Group(id=side, name=side, created_at=NOON, updated_at=NOON) for side in sides])
        self.finished += 1

    async def cancel_one(self, number: int) -> None:
        write = self.random.choice((self.write_pair, self.write_bulk))
        task = asyncio.create_task(write(f"{number}"))
        for _ in range(2):  # the second one meets the rollback
            if self.random.random() < 0.5:
                await asyncio.sleep(self.random.random() * 0.004)
            for _ in range(self.random.randrange(12)):
                await asyncio.sleep(0)
            task.cancel()
        await asyncio.wait([task])
        assert task.cancelled() or task.exception() is None

    async def run(self, times: int, at_once: int) -> None:
        for start in range(0, times, at_once):
            await asyncio.gather(*(self.cancel_one(number) for number in range(start, start + at_once)))


async def test_cancelling_thousands_of_times_loses_no_connection_and_halves_no_transaction(database: None) -> None:
    storm = Storm(seed=1152)
    await asyncio.wait_for(storm.run(times=1500, at_once=6), 60)
    written = await names()
    assert 0 < storm.finished < 1500
    assert len(written) >= 2 * storm.finished  # a commit may have won against its cancellation
    assert halves(written, "left") == halves(written, "right")
    await asyncio.wait_for(asyncio.gather(*(storm.write_pair(f"after {number}") for number in range(6))), 5)
    assert len(await names()) == len(written) + 12
    if dialect() == "postgres":
        await assert_pool_is_idle()


def halves(written: Iterable[str], side: str) -> set[str]:
    """Return the pairs of which this side was written."""
    return {name.removesuffix(side) for name in written if name.endswith(side)}


async def assert_pool_is_idle() -> None:
    pool: Any = require_context().db()._pool
    assert pool.get_idle_size() == pool.get_size() <= 3
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    states = await fetch_all(f"SELECT DISTINCT state {others}")
    assert [row["state"] for row in states] in ([], ["idle"])
    assert (
        await fetch_all("SELECT pid FROM pg_locks WHERE locktype = 'transactionid' AND pid <> pg_backend_pid()") == []
    )


async def test_who_waits_too_long_for_a_connection_hears_so(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "ACQUIRE_SECONDS", 0.05)
    monkeypatch.setattr(infra_postgres, "ACQUIRE_SECONDS", 0.05)

    async with open_database(database_url, model_modules(), pool_size=1):
        async with transaction():
            attempts = [add("a"), add_together("a")]
            if dialect() == "postgres":
                attempts.append(add_together())
            for attempt in attempts:
                with pytest.raises(Unavailable):
                    await outside(attempt)
        assert await names() == []


async def test_reads_do_not_wait_for_a_transaction_and_see_what_was_committed(database: None) -> None:
    await add("before")
    async with transaction():
        await add("within")
        assert await names() == ["before", "within"]
        assert await outside(names()) == ["before"]
        assert [group.name for group in await outside(list_groups())] == ["before"]
    await add("after")
    assert await names() == ["after", "before", "within"]


async def test_what_a_read_finds_is_never_older_than_the_task_s_own_write(database: None) -> None:
    async def write_and_read(name: str) -> bool:
        await fetch_all(f"{INSERT} RETURNING id", name, name, NOON)
        await Group.filter(id=name).update(name=f"{name}!")
        return f"{name}!" in await names()

    assert await asyncio.gather(*(write_and_read(str(number)) for number in range(20))) == [True] * 20


async def test_the_connection_for_reads_refuses_a_write_behind_a_with(sqlite_database: None) -> None:
    await add("a")
    with pytest.raises(OperationalError, match="attempt to write a readonly database"):
        await fetch_all('WITH old (id) AS (SELECT 1) DELETE FROM "groups" RETURNING id')
    assert await names() == ["a"]


async def test_a_short_statement_belongs_to_its_transaction(database: None) -> None:
    insert = Quick(INSERT)
    async with transaction():
        assert await execute(insert, "kept", "kept", NOON) == 1
        assert await fetch_all(Quick('SELECT name FROM "groups" WHERE id = $1'), "kept") == [{"name": "kept"}]
        assert await outside(names()) == []
    with pytest.raises(IntegrityError):
        async with transaction():
            await execute(insert, "gone", "gone", NOON)
            await execute(insert, "kept", "twice", NOON)
    assert await names() == ["kept"]


async def test_short_statements_of_tasks_that_share_a_transaction_find_each_other(database: None) -> None:
    async with transaction():
        await asyncio.gather(*(execute(Quick(INSERT) if n % 2 else INSERT, f"g{n}", f"g{n}", NOON) for n in range(6)))
    assert len(await names()) == 6


async def test_a_short_statement_outside_of_a_transaction_is_committed(database: None) -> None:
    assert await execute(Quick(INSERT), "alone", "alone", NOON) == 1
    assert await outside(names()) == ["alone"]


async def test_a_short_read_does_not_wait_for_a_transaction(database: None) -> None:
    async with transaction():
        await add("unseen")
        assert await outside(fetch_all(Quick('SELECT name FROM "groups"'))) == []


async def test_a_read_that_is_not_short_leaves_the_event_loop(sqlite_database: None) -> None:
    steps = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < $1) SELECT max(n) AS n FROM n"
    client: Any = require_context().db()
    assert client.run_in_loop(Quick(steps), {"1": 10})[1][0]["n"] == 10
    assert client.run_in_loop(Quick(steps), {"1": 100_000}) is None
    assert await fetch_all(Quick(steps), 100_000) == [{"n": 100_000}]


async def test_last_statements_run_together_before_the_commit(database: None) -> None:
    async with transaction():
        await execute_last(INSERT, "a", "a", NOON)
        await execute_last(UPDATE, "b", "renamed")
        await add("b")
        assert await names() == ["b"], "not yet"
    assert await names() == ["a", "renamed"]
    await execute_last(INSERT, "c", "c", NOON)
    assert await names() == ["a", "c", "renamed"], "at once outside of a transaction"


async def test_a_last_statement_that_may_write_the_same_row_sees_the_earlier_one(database: None) -> None:
    await add("a")
    async with transaction():
        for _ in range(3):
            await execute_last("""UPDATE "groups" SET name = name || 'x' WHERE id = $1""", "a")
    assert await names() == ["axxx"]


async def test_a_last_statement_that_fails_leaves_nothing_of_the_transaction(database: None) -> None:
    await add("a")
    with pytest.raises(IntegrityError):
        async with transaction():
            await add("b")
            await execute_last(INSERT, "a", "again", NOON)
    assert await names() == ["a"]


async def test_what_a_failed_inner_transaction_left_to_do_is_not_done(database: None) -> None:
    async with transaction():
        await execute_last(INSERT, "outer", "outer", NOON)
        with pytest.raises(ValueError, match="undo"):
            async with transaction():
                await execute_last(INSERT, "inner", "inner", NOON)
                raise ValueError("undo")
        async with transaction():
            await execute_last(INSERT, "second", "second", NOON)
    assert await names() == ["outer", "second"]


async def test_a_lock_of_another_process_is_waited_for(sqlite_url: str) -> None:
    async with open_database(sqlite_url, model_modules()):
        other = sqlite3.connect(sqlite_url.removeprefix("sqlite://"), isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        threading.Timer(0.05, other.rollback).start()
        async with transaction():
            await add("a")
        assert await names() == ["a"]
        other.close()


async def test_a_lock_that_another_process_keeps_is_unavailable(sqlite_url: str) -> None:
    async with open_database(sqlite_url, model_modules()):
        await fetch_all("PRAGMA busy_timeout = 10")
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

    async with open_database(postgres_url, model_modules(), pool_size=2):
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
    monkeypatch.setattr(infra_database, "STATEMENT_SECONDS", 0.2)
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


async def test_what_waits_for_the_commit_is_called_after_the_outermost_one(database: None) -> None:
    called: list[str] = []
    after_commit(lambda: called.append("outside"))
    assert called == ["outside"]
    async with transaction():
        async with transaction():
            after_commit(lambda: called.append("inner"))
        after_commit(lambda: called.append("outer"))
        assert called == ["outside"]
    assert called == ["outside", "inner", "outer"]
    with pytest.raises(KeyError):
        async with transaction():
            after_commit(lambda: called.append("rolled back"))
            raise KeyError
    assert called == ["outside", "inner", "outer"]


async def test_who_outlives_the_database_opens_it_no_more(postgres_url: str) -> None:
    async with open_database(postgres_url, ["gql_chat.users.models"]):
        client = infra_database._client()
    with pytest.raises(Unavailable):
        await client.execute_query("SELECT 1")

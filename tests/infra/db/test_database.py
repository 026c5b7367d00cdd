"""The database layer, on SQLite files and on a real PostgreSQL."""

import asyncio
import contextvars
import logging
import sqlite3
from contextlib import closing
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from tortoise.context import require_context
from tortoise.exceptions import IntegrityError, OperationalError

from gql_chat.infra.db.database import dialect, execute, fetch_all, transaction
from gql_chat.infra.db.opening import model_modules, open_database, tortoise_config
from gql_chat.infra.db.quick import Quick
from gql_chat.keys.models import Group, GroupMember
from gql_chat.users.models import User
from tests.support.stored.group_rows import INSERT, NOON, add, list_groups, names, outside

# Takes about ten steps for each number up to $1.
COUNT = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < $1) SELECT max(n) AS n FROM n"


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


async def test_sqlite_keeps_references_and_a_log(sqlite_database: None) -> None:
    pragmas = ("foreign_keys", "journal_mode", "synchronous")
    values = [value for pragma in pragmas for row in await fetch_all(f"PRAGMA {pragma}") for value in row.values()]
    assert values == [1, "wal", 1]


async def test_sqlite_writes_small_pages_and_keeps_those_of_an_older_file(tmp_path: Path) -> None:
    new, old = tmp_path / "new.db", tmp_path / "old.db"
    with closing(sqlite3.connect(old)) as connection:
        connection.executescript("PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; CREATE TABLE kept (id INT)")
    for file, page_size in ((new, 2048), (old, 4096)):
        async with open_database(f"sqlite://{file}", model_modules()):
            await execute("CREATE TABLE added (id INT)")
            assert await fetch_all("PRAGMA page_size") == [{"page_size": page_size}]
            assert await fetch_all("PRAGMA wal_autocheckpoint") == [{"wal_autocheckpoint": 2000}]


async def test_sqlite_makes_no_file_to_undo_a_statement_by(sqlite_database: None) -> None:
    async with transaction():
        assert await fetch_all("PRAGMA temp_store") == [{"temp_store": 2}]


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
    client: Any = require_context().db()
    assert client.run_in_loop(Quick(COUNT), {"1": 10})[1][0]["n"] == 10
    assert client.run_in_loop(Quick(COUNT), {"1": 100_000}) is None
    assert await fetch_all(Quick(COUNT), 100_000) == [{"n": 100_000}]


async def test_the_loop_counts_the_steps_of_each_read_by_themselves(sqlite_database: None) -> None:
    client: Any = require_context().db()
    for _ in range(20):
        assert client.run_in_loop(Quick(COUNT), {"1": 1_000})[1][0]["n"] == 1_000

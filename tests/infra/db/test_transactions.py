"""Transactions: whole or nothing, cancelled anywhere, and what is left for their end."""

import asyncio
import sqlite3

import pytest
from tortoise.exceptions import IntegrityError, TransactionManagementError

from gql_chat.infra.db.database import after_commit, dialect, execute, execute_last, fetch_all, transaction
from gql_chat.keys.models import Group
from tests.support.stored.group_rows import INSERT, NOON, UPDATE, add, add_together, names
from tests.support.transaction_storm import Storm, assert_pool_is_idle, halves


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

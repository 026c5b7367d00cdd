"""Units of work, on both databases."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from gql_chat.infra.db.database import after_commit, execute, execute_last, fetch_all, require_last, unit_of_work
from gql_chat.infra.db.failures import TransactionConflict
from gql_chat.infra.db.opening import model_modules, open_database

NOON = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)

UPDATE = 'UPDATE "groups" SET name = $2 WHERE id = $1'
INSERT = 'INSERT INTO "groups" (id, name, created_at, updated_at) VALUES ($1, $2, $3, $3)'


@pytest.fixture(autouse=True)
async def database(database_url: str) -> AsyncIterator[None]:
    async with open_database(database_url, model_modules(), pool_size=3):
        yield


async def names() -> list[str]:
    return [row["name"] for row in await fetch_all('SELECT name FROM "groups" ORDER BY name')]


async def test_a_unit_of_work_is_stored_as_a_whole_once_its_block_has_ended() -> None:
    await execute(INSERT, "a", "a", NOON)
    async with unit_of_work():
        await require_last(UPDATE, "a", "renamed")
        await execute_last(INSERT, "b", "b", NOON)
    assert await names() == ["b", "renamed"]
    with pytest.raises(ValueError, match="undo"):
        async with unit_of_work():
            await execute_last(INSERT, "c", "c", NOON)
            raise ValueError("undo")
    assert await names() == ["b", "renamed"]


async def test_a_unit_of_work_without_a_row_that_it_requires_is_undone() -> None:
    reported: list[str] = []
    with pytest.raises(TransactionConflict):
        async with unit_of_work():
            await execute_last(INSERT, "a", "a", NOON)
            await require_last(UPDATE, "missing", "renamed")
            after_commit(lambda: reported.append("a"))
    assert (await names(), reported) == ([], [])


async def test_a_unit_of_work_may_repeat_a_statement_for_other_rows() -> None:
    with pytest.raises(TransactionConflict):
        async with unit_of_work():
            await execute_last(INSERT, "a", "a", NOON)
            await execute_last(INSERT, "b", "b", NOON)
            await require_last(UPDATE, "missing", "renamed")
    assert await names() == []
    async with unit_of_work():
        await execute_last(INSERT, "a", "a", NOON)
        await execute_last(INSERT, "b", "b", NOON)
    assert await names() == ["a", "b"]

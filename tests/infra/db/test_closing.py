"""The end of a database: transactions that are under way end first, and whatever comes later is refused."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tortoise.context import require_context

from gql_chat.errors import Unavailable
from gql_chat.infra.db.database import transaction
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.db.quick import Quick
from gql_chat.infra.db.sqlite_units import UnitStatement
from tests.support.stored.group_rows import INSERT, NOON, add, names

SQLITE_INSERT = INSERT.replace("$", "?")


class Writing:
    """A transaction that stores two rows, the second of them once it may go on."""

    def __init__(self) -> None:
        self.has_begun, self.may_go_on = asyncio.Event(), asyncio.Event()
        self.task = asyncio.create_task(self._write())

    async def _write(self) -> None:
        async with transaction():
            await add("a")
            self.has_begun.set()
            await self.may_go_on.wait()
            await add("b")


async def test_a_transaction_that_is_under_way_ends_before_the_database_closes(database_url: str) -> None:
    async with open_database(database_url, model_modules(), pool_size=3):
        client: Any = require_context().db()
        writing = Writing()
        await writing.has_begun.wait()
        closing = asyncio.create_task(client.close())
        await asyncio.wait({closing}, timeout=0.1)
        assert not closing.done()
        writing.may_go_on.set()
        await writing.task
        await closing
    async with open_database(database_url, model_modules()):
        assert await names() == ["a", "b"]


async def in_a_transaction(client: Any) -> None:
    async with client._in_transaction():
        raise AssertionError("it has begun")


LATE: dict[str, Callable[[Any], Awaitable[Any]]] = {
    "write": lambda client: client.execute_query(SQLITE_INSERT, ["c", "c", NOON]),
    "read": lambda client: client.execute_query("SELECT 1"),
    "transaction": in_a_transaction,
    "unit of work": lambda client: client.units.run(
        [UnitStatement(SQLITE_INSERT, ["c", "c", NOON], is_quick=True, is_required=False)]
    ),
}


@pytest.mark.parametrize(
    ("late", "while_it_closes"),
    [*((late, False) for late in LATE), *((late, True) for late in LATE if late != "read")],  # reads go on until then
)
async def test_what_comes_after_the_end_is_refused_and_opens_nothing(
    sqlite_url: str, late: str, while_it_closes: bool
) -> None:
    async with open_database(sqlite_url, model_modules()):
        client: Any = require_context().db()
        writing = Writing()
        await writing.has_begun.wait()
        closing = asyncio.create_task(client.close())
        await asyncio.sleep(0)
        attempt = asyncio.ensure_future(LATE[late](client)) if while_it_closes else None
        await asyncio.sleep(0)
        writing.may_go_on.set()
        await asyncio.gather(writing.task, closing)
        with pytest.raises(Unavailable):
            await (attempt or LATE[late](client))
        assert client.run_in_loop(Quick("SELECT 1"), []) is None
        assert client.connections == []
    async with open_database(sqlite_url, model_modules()):
        assert await names() == ["a", "b"]


# A statement, and a transaction, which asks the pool for its connection in another place.
LATE_ON_POSTGRES = {"read": LATE["read"], "transaction": in_a_transaction}


@pytest.mark.parametrize("late", LATE_ON_POSTGRES)
@pytest.mark.parametrize("while_it_closes", [True, False])
async def test_what_comes_after_the_end_of_a_pool_is_refused(
    postgres_url: str, late: str, while_it_closes: bool
) -> None:
    async with open_database(postgres_url, model_modules(), pool_size=3):
        client: Any = require_context().db()
        writing = Writing()
        await writing.has_begun.wait()
        closing = asyncio.create_task(client.close())
        await asyncio.sleep(0)
        if while_it_closes:
            with pytest.raises(Unavailable, match="cannot be reached"):
                await LATE_ON_POSTGRES[late](client)
        writing.may_go_on.set()
        await asyncio.gather(writing.task, closing)
        with pytest.raises(Unavailable, match="cannot be reached"):
            await LATE_ON_POSTGRES[late](client)


def counts_open(client: Any) -> Callable[[], int]:
    """Return what counts the client's open connections. It goes on after the client has ended."""
    if client.capabilities.dialect == "sqlite":
        connections = client.connections
        return lambda: sum(connection._running for connection in connections)
    count: Callable[[], int] = client.connection_counts()["open"]
    return count


async def test_a_close_that_is_cancelled_closes_at_once(database_url: str) -> None:
    async with open_database(database_url, model_modules(), pool_size=3):
        client: Any = require_context().db()
        count_open = counts_open(client)
        assert count_open() > 0
        writing = Writing()
        await writing.has_begun.wait()
        closing = asyncio.create_task(client.close())
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait({closing})
        assert count_open() == 0
        writing.may_go_on.set()
        with pytest.raises((ValueError, Unavailable), match=r"no active connection|cannot be reached"):
            await writing.task


async def test_a_database_whose_end_is_cancelled_anywhere_keeps_no_connection(database_url: str) -> None:
    async def use() -> None:
        async with open_database(database_url, ["gql_chat.users.models"], pool_size=3):
            is_open.set_result(counts_open(require_context().db()))
            await may_end.wait()

    for steps in range(8):  # of the loop, after which it is cancelled
        is_open, may_end = asyncio.get_running_loop().create_future(), asyncio.Event()
        using = asyncio.create_task(use())
        async with asyncio.timeout(20):
            count_open = await is_open
        assert count_open() > 1
        may_end.set()
        for _ in range(steps):
            await asyncio.sleep(0)
        using.cancel()
        await asyncio.wait({using})
        assert (steps, count_open()) == (steps, 0)

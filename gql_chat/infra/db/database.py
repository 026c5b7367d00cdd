"""Transactions, and SQL where the ORM is too slow or cannot express it, on SQLite or PostgreSQL.

SQL is written once for both, with `$1`, `$2` … for its arguments: PostgreSQL's placeholders, which SQLite gets as `?1`.
Rows come back as dicts. Timestamps are aware, in UTC, on both; but on SQLite a computed one, such as
`max(created_at)`, is text. JSON columns are text on both, and SQLite's booleans are 0 and 1.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar

import msgspec
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import require_context
from tortoise.exceptions import IntegrityError
from tortoise.models import Model
from tortoise.transactions import in_transaction

from gql_chat.errors import Unavailable
from gql_chat.infra import clock
from gql_chat.infra.db.combining import PLACEHOLDER, combine
from gql_chat.infra.db.quick import Joined, Quick
from gql_chat.infra.db.sqlite_units import UnitStatement

Row = TypeVar("Row", bound=Model)
Result = TypeVar("Result")

LastStatement: TypeAlias = str | tuple[tuple[str, str], ...]
"""A statement, or several with names that share their arguments: on PostgreSQL, later ones read what earlier return."""

# How many rows `delete_in_batches` deletes at once, so that no statement blocks the database for long.
BATCH_ROWS = 500

# How many different statements of ours are kept in SQLite's form.
KINDS = 500


class _Ending(msgspec.Struct, frozen=True):
    """The work left for the end of the outermost transaction: its last statements, and callbacks for after it."""

    is_unit: bool = False
    statements: list[tuple[LastStatement, tuple[Any, ...], bool]] = msgspec.field(default_factory=list)
    callbacks: list[Callable[[], None]] = msgspec.field(default_factory=list)


# None outside of a transaction.
_ending: ContextVar[_Ending | None] = ContextVar("ending", default=None)


@asynccontextmanager
async def transaction() -> AsyncIterator[None]:
    """Run the block in a transaction, or in a savepoint of an outer one. It is atomic even if the task is cancelled.

    A transaction belongs to its task: never hold it across a `yield` or an upstream read, nor use it in a task that is
    started inside it. Raises Unavailable if no connection is free in time (decision record 98), or if the database is
    locked or gone.
    """
    outer = _ending.get()
    if outer is not None:
        async with _savepoint(outer):
            yield
        return
    ending = _Ending()
    token = _ending.set(ending)
    try:
        async with in_transaction():
            yield
            await _run_last(ending)
    finally:
        _ending.reset(token)
    for callback in ending.callbacks:
        callback()


class unit_of_work:  # noqa: N801 - it is used like a function, and costs less than an `asynccontextmanager`
    """Run the `execute_last` and `require_last` of the block as one transaction when the block ends.

    PostgreSQL gets one statement in one round trip, so no two may write the same row. SQLite runs units that wait
    at the same time in one transaction. The block itself reads and writes nothing, so it must know, or require, how
    the rows are. Do not use it inside of a transaction. Raises TransactionConflict if the rows are not so, and as
    `transaction`.
    """

    __slots__ = ("_own", "_token")

    async def __aenter__(self) -> None:
        self._own = _Ending(is_unit=True)
        self._token = _ending.set(self._own)

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        ending = self._own
        _ending.reset(self._token)
        if kind is not None:
            return
        client: Any = _client()
        if client.capabilities.dialect == "sqlite":
            await client.units.run(_unit_statements(ending.statements))
        else:
            await _run_last(ending)
        for callback in ending.callbacks:
            callback()


def _unit_statements(statements: Sequence[tuple[LastStatement, tuple[Any, ...], bool]]) -> list[UnitStatement]:
    unit = []
    for sql, args, is_required in statements:
        for one in (sql,) if isinstance(sql, str) else (text for _, text in sql):
            text, most = _numbered(one)
            is_quick, is_joined = isinstance(one, Quick), isinstance(one, Joined)
            unit.append(UnitStatement(text, args[:most], is_quick, is_required, is_joined))
    return unit


@asynccontextmanager
async def _savepoint(outer: _Ending) -> AsyncIterator[None]:
    await _run_last(outer)  # before the savepoint, whose end may undo what follows it
    try:
        async with in_transaction():
            yield
    except BaseException:
        outer.statements.clear()
        raise


def in_turn(owner: str) -> AbstractAsyncContextManager[bool]:
    """Run the block after the owner's earlier ones in this process, and yield whether it had to wait for them.

    For transactions that lock the same row. On PostgreSQL each would hold a connection while it waits for that lock,
    and others would find none. SQLite has one writer, so nothing waits here. Do not enter it inside of a transaction,
    or of another turn. Raises Unavailable as `transaction`.
    """
    turn = getattr(_client(), "turn", None)
    return turn(owner) if turn else nullcontext(False)


def after_commit(callback: Callable[[], None]) -> None:
    """Call the callback, which must not raise, after the outermost transaction commits. Without one, call it now."""
    ending = _ending.get()
    if ending is None:
        callback()
    else:
        ending.callbacks.append(callback)


def in_a_transaction() -> bool:
    """Return whether this task is inside of a transaction."""
    return _ending.get() is not None


async def limit_lock_waits(seconds: float) -> None:
    """Let no statement of this transaction wait longer for a lock: it raises TransactionConflict instead."""
    if dialect() == "postgres":  # SQLite runs one transaction at a time
        await _client().execute_script(f"SET LOCAL lock_timeout = {round(seconds * 1000)}")


async def retry_until_available(read: Callable[[], Awaitable[Result]], *, retry_seconds: float) -> Result:
    """Return the result of `read`, retried for as long as the database is unavailable. For callers that wait anyway."""
    while True:
        try:
            return await read()
        except Unavailable:
            await asyncio.sleep(retry_seconds)


def dialect() -> str:
    """Return `sqlite` or `postgres`."""
    return _client().capabilities.dialect


async def database_now() -> datetime:
    """Return the time that all servers agree on: by PostgreSQL's clock, or with SQLite by this machine's."""
    if dialect() == "sqlite":
        return clock.now()
    [row] = await fetch_all("SELECT clock_timestamp() AS now")
    now: datetime = row["now"]
    return now


async def fetch_all(sql: str, *args: Any) -> list[dict[str, Any]]:
    """Return the rows of a SELECT or of a statement with RETURNING, run in the current transaction if there is one."""
    client = _client()
    if (done := _run_in_loop(client, sql, args)) is not None:
        return list(map(dict, done[1]))
    return await client.execute_query_dict(*_for(client, sql, args))


async def fetch_rows(sql: str, *args: Any) -> Sequence[Sequence[Any]]:
    """Return the rows as `fetch_all` does, each as its values in the order of its columns: half the cost of dicts."""
    client: Any = _client()
    _, rows = _run_in_loop(client, sql, args) or await client.execute_query(*_for(client, sql, args))
    return list(rows)


async def fetch_reserved(sql: str, *args: Any) -> list[dict[str, Any]]:
    """Return the rows as `fetch_all` does, outside of transactions and at once, however busy the pool is.

    For what keeps the worker alive only: there is one connection for it.
    """
    client: Any = _client()
    client = getattr(client, "reserved", None) or client
    rows: list[dict[str, Any]] = await client.execute_query_dict(*_for(client, sql, args))
    return rows


async def fetch_models(model: type[Row], sql: str, *args: Any) -> list[Row]:
    """Return the rows of a SELECT of all columns as models, at a fifth of the cost of the ORM's own query."""
    return [model._init_from_db(**row) for row in await fetch_all(sql, *args)]


async def execute(sql: str, *args: Any) -> int:
    """Run an INSERT, UPDATE or DELETE, in the current transaction if there is one, and return the affected row count.

    The statement must begin with one of these words: a WITH in front would hide the count.
    """
    client = _client()
    count, _ = _run_in_loop(client, sql, args) or await client.execute_query(*_for(client, sql, args))
    return count


async def execute_last(sql: LastStatement, *args: Any) -> None:
    """Run an INSERT, UPDATE or DELETE at the end of the current transaction, or now if there is none.

    PostgreSQL gets all of a transaction in one round trip, and each sees the rows as they were before. So no two may
    write the same row. Nothing that follows in the transaction may read what they write.
    """
    ending = _ending.get()
    if ending is None:
        await _run_together([(sql, args, False)])
        return
    if not ending.is_unit and any(sql == earlier for earlier, _, _ in ending.statements):
        await _run_last(ending)  # it may write the same row
    ending.statements.append((sql, args, False))


async def require_last(sql: LastStatement, *args: Any) -> None:
    """Run a statement of a unit of work as `execute_last` does. Unless it finds a row, undo all: TransactionConflict.

    PostgreSQL runs these first, in their order, so that they may lock rows too.
    """
    ending = _ending.get()
    assert ending is not None
    assert ending.is_unit
    ending.statements.append((sql, args, True))


async def _run_last(ending: _Ending) -> None:
    statements = list(ending.statements)
    ending.statements.clear()
    await _run_together(statements)


async def _run_together(statements: Sequence[tuple[LastStatement, tuple[Any, ...], bool]]) -> None:
    if dialect() == "postgres" and statements:
        combined = combine(tuple((sql, len(args), is_required) for sql, args, is_required in statements))
        await _client().execute_query(combined, [value for _, args, _ in statements for value in args])
        return
    for sql, args, _ in statements:  # none is required: units of work run elsewhere on SQLite
        for one in (sql,) if isinstance(sql, str) else (text for _, text in sql):
            await execute(one, *args)


async def delete_in_batches(table: str, condition: str, *args: Any) -> int:
    """Delete the table's rows that meet the condition, whose arguments are `$1` …, and return how many there were.

    The table and the condition must be constants of the program, never user input.
    """
    batch = f"SELECT id FROM {table} WHERE {condition} LIMIT {BATCH_ROWS}"  # noqa: S608
    total = 0
    while count := await execute(f"DELETE FROM {table} WHERE id IN ({batch})", *args):  # noqa: S608
        total += count
    return total


async def delete_oldest_in_batches(table: str, condition: str, *args: Any) -> None:
    """Delete rows as `delete_in_batches` does, from a table whose ids grow with time, so that no index is needed.

    The rows are read from the lowest id on, up to the first batch of which none meets the condition.
    """
    after, deleted = 0, 1
    first, last = f"${len(args) + 1}", f"${len(args) + 2}"
    batch = f"SELECT max(id) AS id FROM (SELECT id FROM {table} WHERE id > $1 ORDER BY id LIMIT {BATCH_ROWS}) AS batch"  # noqa: S608
    delete = f"DELETE FROM {table} WHERE {condition} AND id > {first} AND id <= {last}"  # noqa: S608
    while deleted and (end := (await fetch_all(batch, after))[0]["id"]) is not None:
        deleted = await execute(delete, *args, after, end)
        after = end


def _client() -> BaseDBAsyncClient:
    """Return what `require_context().db()` returns, without its checks: there is one database, opened for this loop."""
    [client] = require_context().connections._storage_var.get().values()
    return client


def _run_in_loop(client: Any, sql: str, args: tuple[Any, ...]) -> tuple[int, list[Any]] | None:
    """Run a short statement at once where the client can. Return the affected row count and the rows, or None."""
    run = getattr(client, "run_in_loop", None) if isinstance(sql, Quick) else None
    return run(*_for(client, sql, args)) if run else None


def _for(client: BaseDBAsyncClient, sql: str, args: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """Return the statement and its arguments as the database takes them."""
    if client.capabilities.dialect == "postgres":
        return str(sql), list(args)
    text, most = _numbered(sql)
    return text, list(args[:most])


@lru_cache(KINDS)
def _numbered(sql: str) -> tuple[str, int]:
    """Return the statement with SQLite's numbered placeholders, and their number.

    SQLite would bind `$1` by name, which takes twice as long. It refuses arguments that a statement does not use.
    """
    return PLACEHOLDER.sub(r"?\1", sql), max(map(int, PLACEHOLDER.findall(sql)), default=0)


@asynccontextmanager
async def explaining_conflicts(explain: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Call `explain`, which raises an error for the user, if the block violates a unique constraint."""
    try:
        yield
    except IntegrityError:
        await explain()
        raise

"""Tortoise's SQLite client, made safe to cancel anywhere: the engine of `sqlite://` connections.

Upstream's transactions leave the connection locked, or in an open transaction, when a task is cancelled at the wrong
moment (https://github.com/tortoise/tortoise-orm/issues/1152). aiosqlite runs a connection's calls in one thread, in
the order of the calls, and runs them even if the task that awaits them is cancelled. So a rollback queued behind a
cancelled BEGIN or COMMIT always settles it, even if the task is cancelled again before the rollback returns.
Reads outside of transactions have a connection of their own, so that they never wait for a writer. Short statements
run in the event loop itself, in a transaction before its COMMIT in the thread, and on a third connection outside of
transactions. Decision records: docs/decisions/0024-database-clients.md, 0045-short-statements-in-the-loop.md.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, suppress
from types import TracebackType
from typing import Any, Literal

from tortoise.backends.base.client import ConnectionWrapper, TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
    translate_exceptions,
)
from tortoise.connection import get_connections
from tortoise.exceptions import TransactionManagementError

from gql_chat.errors import Unavailable
from gql_chat.infra.db.failures import (
    BUSY_MESSAGE,
    UNREACHABLE_MESSAGE,
    raise_if_unavailable,
    sqlite_read_failures,
    translated,
)
from gql_chat.infra.db.quick import Quick
from gql_chat.infra.db.sqlite_connection import Connection, open_connection
from gql_chat.infra.db.sqlite_units import UnitQueue
from gql_chat.infra.tasks.waiting_line import PatientLock, WaitedTooLong

# How long a statement may queue while no transaction ends; without a limit a deadlock would be silent.
ACQUIRE_SECONDS = 15.0

# The event loop never waits for a lock, and gives up a read after this many steps of SQLite's machine: 1 to 2 ms.
LOOP_MAX_STEPS = 50_000
LOOP_STEPS = 1_000  # after which it looks
_READERS_PRAGMA = {"query_only": "ON"}


class _WriterLock(PatientLock):
    async def acquire(self) -> Literal[True]:
        """Acquire the lock. Raise Unavailable for a task that waits too long."""
        try:
            return await self.acquire_within(ACQUIRE_SECONDS)
        except WaitedTooLong as exc:
            raise Unavailable(BUSY_MESSAGE) from exc


class _Connection(ConnectionWrapper[Connection]):
    async def __aenter__(self) -> Connection:
        await self._lock.acquire()
        try:
            self.connection = self.client._connection  # which may have been closed while this task waited
            await self.ensure_connection()
        except BaseException:
            self._lock.release()
            raise
        return self.connection

    async def __aexit__(self, exc_type: Any, exc_val: BaseException | None, exc_tb: Any) -> None:
        await super().__aexit__(exc_type, exc_val, exc_tb)
        raise_if_unavailable(exc_val)


class _LoopBound:
    """The steps that a read in the event loop has left. SQLite's own count goes on from one run to the next."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self._looks_left = LOOP_MAX_STEPS // LOOP_STEPS

    def is_exceeded(self) -> bool:
        self._looks_left -= 1
        return self._looks_left < 0


class _Statements(SqliteClient):
    """Statements, the same inside and outside of a transaction."""

    def acquire_connection(self) -> ConnectionWrapper[Connection]:
        return _Connection(self._lock, self)

    @translate_exceptions
    async def execute_query(self, query: str, values: Any = None) -> tuple[int, Sequence[Any]]:
        """Run the query as upstream does, but do not count rows that foreign keys delete along with a DELETE."""
        if not query.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            count, rows = await super().execute_query(query, values)
            return count, rows
        async with self.acquire_connection() as connection:
            # In one call: each visit to the connection's thread costs more than a small statement.
            changed: tuple[int, list[sqlite3.Row]] = await connection._execute(
                _run, connection._conn, query, values or ()
            )
            return changed


class _TransactionClient(_Statements, SqliteTransactionWrapper):
    _connection: Connection

    def acquire_connection(self) -> ConnectionWrapper[Connection]:
        if self._finalized:  # a task that was started inside the transaction and outlived it
            raise TransactionManagementError("the transaction is over")
        return super().acquire_connection()

    async def begin(self) -> None:
        """Begin with IMMEDIATE, which waits for the write lock; upgrading a read lock would fail at once."""
        try:
            if not self._connection.begin_at_once():
                await self._connection.execute("BEGIN IMMEDIATE")
        except BaseException as exc:
            await self._connection.rollback()
            raise_if_unavailable(exc)
            raise

    async def commit(self) -> None:
        """Commit, and leave no transaction open even if the COMMIT fails or is cancelled."""
        try:
            await self._connection.commit()
        except BaseException as exc:
            await self._connection.rollback()
            raise_if_unavailable(exc)
            raise

    def run_in_loop(self, query: Quick, values: Any) -> tuple[int, list[sqlite3.Row]] | None:
        """Run a short query at once, in this thread. No lock is waited for, because the transaction holds all."""
        if self._finalized or self._lock.locked():  # another task of the transaction waits for its own statement
            return None
        return _run_in_loop(self._connection._conn, query, values)

    @translate_exceptions
    async def execute_script(self, query: str) -> None:
        """Run the script in one visit to SQLite's thread. sqlite3's own executescript commits the transaction first."""
        async with self.acquire_connection() as connection:
            await connection._execute(_run_script, connection._conn, query)


class _Transaction(SqliteTransactionContext):
    connection: _TransactionClient

    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        try:
            self.connection._connection = self.connection._parent._connection  # see _Connection
            await self.ensure_connection()
            await self.connection.begin()
        except BaseException:
            self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        return self.connection

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        try:
            if exc_type is None:
                await self.connection.commit()
            else:
                await self.connection.rollback()
        finally:
            self.connection._finalized = True
            get_connections().reset(self.token)
            self._trxlock.release()


class EmbeddedSqliteClient(_Statements):
    """Three connections for the process: one for which transactions queue, and two that only read.

    A read sees whatever was committed before it began (https://www.sqlite.org/wal.html#concurrency). The second of
    the readers is the event loop's own, for short reads. Without `with_readers`, the first one does everything.
    """

    _connection: Connection | None

    def __init__(self, file_path: str, *, with_readers: bool = True, **kwargs: Any) -> None:
        super().__init__(file_path, **kwargs)
        self._with_readers = with_readers
        self._lock = _WriterLock()
        self._reader: Connection | None = None
        self._loop_reader: Connection | None = None
        self.units: UnitQueue | None = None
        self._loop_bound = _LoopBound()
        self._is_over = False

    async def create_connection(self, with_db: bool) -> None:
        """Open the writer, which may have to create the file, then the readers. Raises Unavailable after `close`."""
        if self._is_over:  # a task that outlives the database would open it again, and nobody would close it
            raise Unavailable(UNREACHABLE_MESSAGE)
        if self._connection is None:
            self._connection = await open_connection(self.filename, self.pragmas)
            try:
                if self._with_readers:
                    await self._open_readers()
            except BaseException:
                await self._close_connections()
                raise
            self.units = UnitQueue(self._connection, self._lock)
            await self._post_connect()

    async def _open_readers(self) -> None:
        self._reader = await open_connection(self.filename, {**self.pragmas, **_READERS_PRAGMA})
        self._loop_reader = await open_connection(self.filename, {**self.pragmas, **_READERS_PRAGMA})
        self._loop_reader._conn.set_progress_handler(self._loop_bound.is_exceeded, LOOP_STEPS)

    @property
    def connections(self) -> list[Connection]:
        """The open connections, the writer first."""
        connections = (self._connection, self._reader, self._loop_reader)
        return [connection for connection in connections if connection is not None]

    async def close(self) -> None:
        """Close the connections for good, after the transaction that is under way and those that wait.

        Python's sqlite3 crashes if the event loop runs a statement on a connection that its thread closes.
        """
        if self._is_over:
            return
        self._is_over = True
        async with AsyncExitStack() as stack:
            try:
                if self.units is not None:
                    await self.units.close()
                with suppress(Unavailable):  # of a transaction without an end
                    await stack.enter_async_context(self._lock)
            finally:  # even if this task is cancelled, because their threads would keep the process from ending
                await self._close_connections()

    async def _close_connections(self) -> None:
        """Close the readers, and then the writer, which deletes the log if no other process uses it.

        A cancellation interrupts the wait for one of them, and all are closed.
        """
        connections = self.connections
        self._connection = self._reader = self._loop_reader = None
        async with AsyncExitStack() as stack:
            for connection in connections:
                stack.push_async_callback(connection.close)

    def connection_counts(self) -> dict[str, Callable[[], int]]:
        """Return functions that read the numbers of allowed, open and used connections, without the readers."""
        return {"allowed": lambda: 1, "open": lambda: 1, "in_use": self._lock.locked}

    async def execute_query(self, query: str, values: Any = None) -> tuple[int, Sequence[Any]]:
        """Run the query, on the reader if it only reads."""
        if self._reader is not None and _only_reads(query):
            rows = await self._read(query, values)
            return len(rows), rows
        count, rows = await super().execute_query(query, values)
        return count, rows

    async def execute_query_dict(self, query: str, values: Any = None) -> list[dict[str, Any]]:
        """Run the query, on the reader if it only reads, and return its rows as dicts."""
        if self._reader is not None and _only_reads(query):
            return list(map(dict, await self._read(query, values)))
        rows: list[dict[str, Any]] = await super().execute_query_dict(query, values)
        return rows

    @translate_exceptions
    async def _read(self, query: str, values: Any) -> Sequence[sqlite3.Row]:
        # No lock, which would cost a third of a small statement: the connection's thread runs one after the other, and
        # none holds anything when it has ended.
        assert self._reader is not None
        self.log.debug("%s: %s", query, values)
        with sqlite_read_failures():
            return list(await self._reader.execute_fetchall(query, values))

    def run_in_loop(self, query: Quick, values: Any) -> tuple[int, list[sqlite3.Row]] | None:
        """Run a short read at once, in this thread. Return None if it writes, waits, or is not short."""
        if self._loop_reader is None or not _only_reads(query):
            return None
        self._loop_bound.begin()
        try:
            return _run(self._loop_reader._conn, query, values)
        except sqlite3.OperationalError:  # most of all BUSY and INTERRUPT; whatever else will be raised by the reader
            return None

    def _in_transaction(self) -> TransactionContext:
        return _Transaction(_TransactionClient(self), self._lock)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        """Run the query for all values in our transaction, because upstream's is not safe to cancel."""
        async with self._in_transaction() as transaction:
            await transaction.execute_many(query, values)


client_class = EmbeddedSqliteClient


def _run(connection: sqlite3.Connection, query: str, values: Any) -> tuple[int, list[sqlite3.Row]]:
    """Run the query and return the number of rows that it changed by itself, and the rows that it returned."""
    cursor = connection.execute(query, values)
    rows = cursor.fetchall()
    return cursor.rowcount, rows


def _run_in_loop(connection: sqlite3.Connection, query: str, values: Any) -> tuple[int, list[sqlite3.Row]]:
    """Run a short query in this thread. Raises as the same query does in the connection's thread."""
    try:
        return _run(connection, query, values)
    except (sqlite3.OperationalError, sqlite3.IntegrityError) as exc:
        raise translated(exc) from exc


def _only_reads(query: str) -> bool:
    """Recognize reads by their first word. The reader refuses a write behind a WITH, which SQLite would allow."""
    return query.lstrip()[:6].upper().startswith(("SELECT", "WITH"))


def _run_script(connection: sqlite3.Connection, script: str) -> None:
    for statement in _statements(script):
        connection.execute(statement).fetchall()


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for piece in script.split(";"):
        statement += piece + ";"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""

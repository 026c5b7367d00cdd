"""Tortoise's SQLite client, made safe to cancel anywhere: the engine of `sqlite://` connections.

Upstream's transactions leave the connection locked, or in an open transaction, when a task is cancelled at the wrong
moment (https://github.com/tortoise/tortoise-orm/issues/1152). aiosqlite runs a connection's calls in one thread, in
the order of the calls, and runs them even if the task that awaits them is cancelled. So a rollback queued behind a
cancelled BEGIN or COMMIT always settles it, even if the task is cancelled again before the rollback returns.
Decision record: docs/decisions/0024-database-clients.md.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal

import aiosqlite
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

# How long a statement may queue behind another task's transaction; without a limit a deadlock would be silent.
ACQUIRE_SECONDS = 15.0

# One format, in UTC, so that timestamps compare as text; Tortoise's own adapter keeps the offset of each value.
sqlite3.register_adapter(datetime, lambda moment: moment.astimezone(UTC).isoformat(" "))
sqlite3.register_converter("TIMESTAMP", lambda text: datetime.fromisoformat(text.decode()))


class _PatientLock(asyncio.Lock):
    async def acquire(self) -> Literal[True]:
        try:
            async with asyncio.timeout(ACQUIRE_SECONDS):
                return await super().acquire()
        except TimeoutError as exc:
            raise Unavailable("The database is busy; try again.") from exc


class _Connection(ConnectionWrapper[aiosqlite.Connection]):
    async def __aexit__(self, exc_type: Any, exc_val: BaseException | None, exc_tb: Any) -> None:
        await super().__aexit__(exc_type, exc_val, exc_tb)
        if exc_val is not None and _is_busy(exc_val):
            raise Unavailable("The database is busy; try again.") from exc_val


class _Statements(SqliteClient):
    """Statements, the same inside and outside of a transaction."""

    def acquire_connection(self) -> ConnectionWrapper[aiosqlite.Connection]:
        return _Connection(self._lock, self)

    @translate_exceptions
    async def execute_query(self, query: str, values: Any = None) -> tuple[int, Sequence[Any]]:
        """Run the query as upstream does, but do not count rows that foreign keys delete along with a DELETE."""
        if not query.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            count, rows = await super().execute_query(query, values)
            return count, rows
        async with self.acquire_connection() as connection:
            # In one call: each visit to the connection's thread costs as much as a small statement.
            changed: tuple[int, list[sqlite3.Row]] = await connection._execute(  # type: ignore[no-untyped-call]
                _execute_and_count, connection._conn, query, values or ()
            )
            return changed


class _TransactionClient(_Statements, SqliteTransactionWrapper):
    def acquire_connection(self) -> ConnectionWrapper[aiosqlite.Connection]:
        if self._finalized:  # a task that was started inside the transaction and outlived it
            raise TransactionManagementError("the transaction is over")
        return super().acquire_connection()

    async def begin(self) -> None:
        """Begin with IMMEDIATE, which waits for the write lock (busy_timeout); upgrading a read lock fails at once."""
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except BaseException as exc:
            await self._connection.rollback()
            if _is_busy(exc):
                raise Unavailable("The database is busy; try again.") from exc
            raise

    async def commit(self) -> None:
        """Commit, and leave no transaction open even if the COMMIT fails or is cancelled."""
        try:
            await self._connection.commit()
        except BaseException:
            await self._connection.rollback()
            raise

    @translate_exceptions
    async def execute_script(self, query: str) -> None:
        """Run the script one statement at a time, because sqlite3's own executescript commits the transaction first."""
        async with self.acquire_connection() as connection:
            for statement in _statements(query):
                await connection.execute_fetchall(statement)


class _Transaction(SqliteTransactionContext):
    connection: _TransactionClient

    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        try:
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
    """One connection for the process, for which transactions queue."""

    def __init__(self, file_path: str, **kwargs: Any) -> None:
        super().__init__(file_path, **kwargs)
        self._lock = _PatientLock()

    async def create_connection(self, with_db: bool) -> None:
        """Open the connection with declared types, so that raw SQL returns aware timestamps too."""
        if self._connection is None:
            connection = aiosqlite.connect(self.filename, isolation_level=None, detect_types=sqlite3.PARSE_DECLTYPES)
            try:
                await connection
            except BaseException:
                # Its thread still calls the event loop, which may be closed by then.
                await asyncio.to_thread(connection._thread.join)
                raise
            connection.row_factory = sqlite3.Row
            try:
                # SQLite's own UPPER only knows ASCII, and case-insensitive searches compare by it.
                await connection.create_function("UPPER", 1, _upper, deterministic=True)
                for pragma, value in self.pragmas.items():
                    await connection.execute_fetchall(f"PRAGMA {pragma}={value}")
            except BaseException:
                await connection.close()  # else its thread would keep the process from ending
                raise
            self._connection = connection
            await self._post_connect()

    def connection_counts(self) -> dict[str, Callable[[], int]]:
        """Return functions that read the numbers of allowed, open and used connections."""
        return {"allowed": lambda: 1, "open": lambda: 1, "in_use": self._lock.locked}

    def _in_transaction(self) -> TransactionContext:
        return _Transaction(_TransactionClient(self), self._lock)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        """Run the query for all values in our transaction, because upstream's is not safe to cancel."""
        async with self._in_transaction() as transaction:
            await transaction.execute_many(query, values)


client_class = EmbeddedSqliteClient


def _execute_and_count(connection: sqlite3.Connection, query: str, values: Any) -> tuple[int, list[sqlite3.Row]]:
    rows = connection.execute(query, values).fetchall()
    [count] = connection.execute("SELECT changes()").fetchone()
    return count, rows


def _upper(text: str | None) -> str | None:
    return None if text is None else text.upper()


def _is_busy(exc: BaseException) -> bool:
    return isinstance(exc, sqlite3.OperationalError) and exc.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for piece in script.split(";"):
        statement += piece + ";"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""

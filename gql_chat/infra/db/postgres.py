"""Tortoise's asyncpg client, made safe to cancel anywhere: the engine of `postgres://` connections.

Upstream's transactions lose a connection of the pool when a task is cancelled at the wrong moment
(https://github.com/tortoise/tortoise-orm/issues/1152), and wait without limit for a free one. A connection that is
returned to asyncpg's pool is always fit for its next user: the pool waits for a statement that is being cancelled and
rolls back an open transaction. Decision record: docs/decisions/0024-database-clients.md.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from types import TracebackType
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    ConnectionWrapper,
    NestedTransactionContext,
    TransactionalDBClient,
    TransactionContext,
    TransactionContextPooled,
)
from tortoise.backends.base_postgres.client import translate_exceptions
from tortoise.connection import get_connections
from tortoise.exceptions import TransactionManagementError

from gql_chat.errors import Unavailable
from gql_chat.infra.db.failures import BUSY_MESSAGE, UNREACHABLE_MESSAGE
from gql_chat.infra.db.postgres_failures import LOST, postgres_failures
from gql_chat.infra.tasks.waiting_line import OwnersTurns, WaitedTooLong, WaitingLine

# How long to wait for a free connection while none is returned, and for connecting.
ACQUIRE_SECONDS = 5.0

# How long a transaction may wait for its worker's next statement. A frozen worker, or one whose machine is gone, would
# otherwise hold its locks for as long as that lasts.
IDLE_IN_TRANSACTION_SECONDS = 5.0


def _lost_at_end(exc_type: type[BaseException] | None) -> AbstractContextManager[None]:
    # If even the rollback fails, the connection is gone and its transaction with it; the first exception says more.
    return postgres_failures(LOST) if exc_type is None else suppress(*LOST)


async def _reset_nothing(_: Any) -> None:
    # asyncpg rolls a transaction back by itself. Nothing else of ours outlives one, so that the statement by which it
    # would end locks, cursors and settings at each release would be a round trip for nothing.
    return


class _Pool(asyncpg.Pool):  # type: ignore[misc]  # asyncpg has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._line = WaitingLine()

    async def _acquire(self, timeout: float | None) -> Any:
        """Return a connection. Raise Unavailable for a task that comes, or still waits, while the pool closes."""
        try:
            connection = await self._acquire_in_turn()
        except WaitedTooLong as exc:
            raise Unavailable(BUSY_MESSAGE) from exc
        except asyncpg.InterfaceError as exc:
            if self.is_closing():
                raise Unavailable(UNREACHABLE_MESSAGE) from exc
            raise
        if self.is_closing():  # asyncpg would close it while it is used
            await self.release(connection)
            raise Unavailable(UNREACHABLE_MESSAGE)
        return connection

    async def release(self, connection: Any, *, timeout: float | None = None) -> None:
        # asyncpg discards a connection that was lost after its last response; its work is done.
        with suppress(*LOST):
            await super().release(connection, timeout=timeout or ACQUIRE_SECONDS)
        self._line.move()

    async def _acquire_in_turn(self) -> Any:
        if not self._queue.empty():  # a connection is free, and connecting has a bound of its own
            return await super()._acquire(None)
        async with self._line.patience(ACQUIRE_SECONDS):
            return await super()._acquire(None)


class _Statements(AsyncpgDBClient):
    """Statements, the same inside and outside of a transaction."""

    async def _translate_exceptions(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        async def translated(*args: Any, **kwargs: Any) -> Any:
            with postgres_failures():  # first, because upstream takes some of these for mistakes of ours
                return await func(*args, **kwargs)

        return await super()._translate_exceptions(translated, *args, **kwargs)

    @translate_exceptions
    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, list[Any]]:
        """Run the query, and count the rows of an INSERT: upstream reads the wrong number of `INSERT 0 5`."""
        if not query.lstrip().upper().startswith("INSERT"):
            count, rows = await super().execute_query(query, values)
            return count, rows
        async with self.acquire_connection() as connection:
            status = await connection.execute(query, *(values or ()))
            return int(status.rpartition(" ")[2]), []


class _TransactionClient(_Statements, TransactionWrapper):
    transaction: Any

    def acquire_connection(self) -> ConnectionWrapper[Any]:
        if self._finalized:  # a task that was started inside the transaction and outlived it
            raise TransactionManagementError("the transaction is over")
        if self.transaction._connection.is_closed():
            raise Unavailable(UNREACHABLE_MESSAGE)
        return super().acquire_connection()

    def _in_transaction(self) -> TransactionContext:
        return _Savepoint(TransactionWrapper(self))


class _Savepoint(NestedTransactionContext):
    async def __aenter__(self) -> TransactionalDBClient:
        with postgres_failures(LOST):
            return await super().__aenter__()

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        with _lost_at_end(exc_type):
            await super().__aexit__(exc_type, exc_val, exc_tb)


class _Transaction(TransactionContextPooled):
    client: _TransactionClient

    @property
    def _pool(self) -> Any:
        return self.client._parent._pool

    async def __aenter__(self) -> TransactionalDBClient:
        with postgres_failures(LOST):
            await self.ensure_connection()
            self.client._connection = await self._pool.acquire()
            try:
                # `__aenter__` marks it as managed by `async with`: then asyncpg's pool rolls back without a warning.
                self.client.transaction = self.client._connection.transaction()
                await self.client.transaction.__aenter__()
            except BaseException:
                await self._pool.release(self.client._connection)
                raise
        self.token = get_connections().set(self.connection_name, self.client)
        return self.client

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        get_connections().reset(self.token)
        self.client._finalized = True
        # Once begun, the end is reached, with or without this task.
        await asyncio.shield(self._end(exc_type, exc_val, exc_tb))

    async def _end(self, exc_type: type[BaseException] | None, *exc: Any) -> None:
        try:
            with _lost_at_end(exc_type):
                await self.client.transaction.__aexit__(exc_type, *exc)
        finally:
            await self._pool.release(self.client._connection)


class PostgresClient(_Statements):
    """A pool of connections, which raises Unavailable for a task that waits too long.

    With `reserve`, one of several connections is kept in `reserved`, for statements that must not wait for the others.
    """

    _is_over = False
    reserved: "PostgresClient | None" = None

    def __init__(self, *, reserve: bool = False, is_pooled: bool = False, maxsize: int = 5, **kwargs: Any) -> None:
        if reserve and maxsize > 1:
            self.reserved = PostgresClient(maxsize=1, is_pooled=is_pooled, **{**kwargs, "minsize": 1})
            maxsize -= 1
        super().__init__(maxsize=maxsize, **kwargs)
        self._turns = OwnersTurns()
        if not is_pooled:  # PgBouncer refuses parameters that it does not know
            self.server_settings |= {
                "idle_in_transaction_session_timeout": str(round(IDLE_IN_TRANSACTION_SECONDS * 1000))
            }

    async def create_connection(self, with_db: bool) -> None:
        """Connect. Raises Unavailable if the server cannot be reached, and after `close`."""
        if self._is_over:  # upstream would open another pool for a task that outlives this one, and never close it
            raise Unavailable(UNREACHABLE_MESSAGE)
        with postgres_failures():
            await super().create_connection(with_db)
        if self.reserved is not None:
            await self.reserved.create_connection(with_db)

    async def close(self) -> None:
        """Close the pools for good, and at once if this task is cancelled or a connection fails."""
        if self._is_over:
            return
        self._is_over, pools = True, self._pools()
        try:
            await super().close()
            if self.reserved is not None:
                await self.reserved.close()
        except BaseException:
            for pool in pools:
                pool.terminate()
            raise

    @asynccontextmanager
    async def turn(self, owner: str) -> AsyncIterator[bool]:
        """Wait for the turn of an owner, as `database.in_turn` does for all databases."""
        try:
            async with self._turns.turn(owner, ACQUIRE_SECONDS) as has_waited:
                yield has_waited
        except WaitedTooLong as exc:
            raise Unavailable(BUSY_MESSAGE) from exc

    def _pools(self) -> list[Any]:
        clients = [client for client in (self, self.reserved) if client is not None]
        return [client._pool for client in clients if client._pool is not None]

    def connection_counts(self) -> dict[str, Callable[[], int]]:
        """Return functions that read the numbers of allowed, open and used connections."""
        pools = self._pools()
        return {
            "allowed": lambda: sum(pool.get_max_size() for pool in pools),
            "open": lambda: sum(pool.get_size() for pool in pools),
            "in_use": lambda: sum(pool.get_size() - pool.get_idle_size() for pool in pools),
        }

    async def create_pool(self, **kwargs: Any) -> asyncpg.Pool:
        """Create a pool of our class with the defaults of asyncpg.create_pool."""
        return await _Pool(
            max_queries=50_000,
            max_inactive_connection_lifetime=300.0,
            record_class=asyncpg.Record,
            timeout=ACQUIRE_SECONDS,
            reset=_reset_nothing,
            **kwargs,
        )

    def _in_transaction(self) -> TransactionContext:
        return _Transaction(_TransactionClient(self), self._pool_init_lock)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        """Run the query for all values in our transaction, because upstream's is not safe to cancel."""
        async with self._in_transaction() as transaction:
            await transaction.execute_many(query, values)


client_class = PostgresClient

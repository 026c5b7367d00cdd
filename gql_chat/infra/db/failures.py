"""Temporary failures of a database, raised as Unavailable whatever the driver calls them."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from gql_chat.errors import Unavailable

UNREACHABLE_MESSAGE = "The database cannot be reached; try again."
BUSY_MESSAGE = "The database is busy; try again."

# TimeoutError, raised by a pool without a free connection, is an OSError.
UNREACHABLE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InternalClientError,  # "cannot switch to state …": the server announced its end but has not hung up yet
)
# Beginning or ending a transaction, and returning a connection, may also raise "the connection is closed".
LOST = (*UNREACHABLE, asyncpg.InterfaceError)
_CONFLICTS = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.DivisionByZeroError,  # by the number of rows that a unit of work requires: see combining
)
# A full disk or memory (53…), a standby or a server that was set to read only (25006), an error of its disk (58…).
_CANNOT_STORE = (
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.PostgresSystemError,
)

_SQLITE_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_SQLITE_CANNOT_STORE = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOMEM,
)


class CannotStore(Unavailable):
    """The database answers, but its disk is full or broken, or it was set to read only."""

    def __init__(self) -> None:
        super().__init__("The database cannot store anything at the moment; try again later.")


class TransactionConflict(Unavailable):
    """Another transaction was in the way: a deadlock, a lock that was held for too long, or rows that it changed."""

    def __init__(self) -> None:
        super().__init__(BUSY_MESSAGE)


@contextmanager
def postgres_failures(lost: tuple[type[BaseException], ...] = UNREACHABLE) -> Iterator[None]:
    """Raise Unavailable for failures of the server or the connection, TransactionConflict for conflicts."""
    try:
        yield
    except lost as exc:
        raise Unavailable(UNREACHABLE_MESSAGE) from exc
    except _CONFLICTS as exc:
        raise TransactionConflict from exc
    except _CANNOT_STORE as exc:
        raise CannotStore from exc


@contextmanager
def sqlite_read_failures() -> Iterator[None]:
    """Raise Unavailable if another process holds the file's lock, or the file cannot be read.

    Not for READONLY: a write on the connection that only reads is our mistake.
    """
    try:
        yield
    except sqlite3.Error as exc:
        if exc.sqlite_errorcode & 0xFF != sqlite3.SQLITE_READONLY:
            raise_if_unavailable(exc)
        raise


def raise_if_unavailable(exc: BaseException | None) -> None:
    """Raise Unavailable if this is a failure of SQLite that may pass."""
    code = getattr(exc, "sqlite_errorcode", 0) & 0xFF if isinstance(exc, sqlite3.Error) else 0
    if code in _SQLITE_BUSY:
        raise Unavailable(BUSY_MESSAGE) from exc
    if code in _SQLITE_CANNOT_STORE:
        raise CannotStore from exc

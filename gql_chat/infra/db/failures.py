"""Temporary failures of a database, raised as Unavailable whatever the driver calls them."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from tortoise.exceptions import IntegrityError, OperationalError

from gql_chat.errors import Unavailable

UNREACHABLE_MESSAGE = "The database cannot be reached; try again."
BUSY_MESSAGE = "The database is busy; try again."

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
    if is_busy(exc):
        raise Unavailable(BUSY_MESSAGE) from exc
    if _sqlite_code(exc) in _SQLITE_CANNOT_STORE:
        raise CannotStore from exc


def translated(exc: Exception) -> Exception:
    """Return a failure of SQLite as the ORM raises it, or as Unavailable if it may pass."""
    try:
        raise_if_unavailable(exc)
    except Unavailable as unavailable:
        return unavailable
    if isinstance(exc, sqlite3.IntegrityError):
        return IntegrityError(exc)
    return OperationalError(exc) if isinstance(exc, sqlite3.OperationalError) else exc


def is_locked(exc: BaseException) -> bool:
    """Return whether another process holds a lock of the file, so that the same call may succeed later."""
    return _sqlite_code(exc) == sqlite3.SQLITE_BUSY


def is_busy(exc: BaseException | None) -> bool:
    """Return whether SQLite has waited for another process's transaction in vain."""
    return _sqlite_code(exc) in _SQLITE_BUSY


def _sqlite_code(exc: BaseException | None) -> int:
    return getattr(exc, "sqlite_errorcode", 0) & 0xFF if isinstance(exc, sqlite3.Error) else 0

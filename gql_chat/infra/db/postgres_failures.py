"""Failures of PostgreSQL as asyncpg raises them. Servers with SQLite do not import it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import asyncpg
from tortoise.exceptions import DBConnectionError

from gql_chat.errors import Unavailable
from gql_chat.infra.db.failures import UNREACHABLE_MESSAGE, CannotStore, TransactionConflict

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

CONNECT_FAILURES = (Unavailable, OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError)
_REJECTED_USER = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InsufficientPrivilegeError)


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


def explain_failure(exc: BaseException, url: str, waited_seconds: float) -> str:
    """Return why the first connection failed, in a sentence without the password."""
    while isinstance(exc, (Unavailable, DBConnectionError)) and exc.__cause__ is not None:
        exc = exc.__cause__
    place = urlsplit(url)
    if isinstance(exc, asyncpg.InvalidCatalogNameError):
        return f"there is no database {place.path.lstrip('/')} on {place.hostname}: create it"
    if isinstance(exc, _REJECTED_USER):
        return f"{place.hostname} rejects the user {place.username} or the password"
    if isinstance(exc, socket.gaierror):
        return f"there is no host {place.hostname}"
    if isinstance(exc, TimeoutError):
        return f"{place.hostname} did not answer within {waited_seconds:g} seconds"
    if isinstance(exc, OSError):
        return f"{place.hostname} cannot be reached: {exc.strerror or type(exc).__name__}"
    if isinstance(exc, asyncpg.ProtocolViolationError) and "startup parameter" in str(exc):
        return f"{place.hostname} is PgBouncer: add ?pgbouncer=true to the URL"
    # The server's own messages say what is wrong; others may quote the URL, and with it the password.
    detail = f": {exc}" if isinstance(exc, asyncpg.PostgresError) else ""
    return f"{place.hostname} cannot be used ({type(exc).__name__}{detail})"

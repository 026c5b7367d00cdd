"""The first connection to a database. A failure is explained in one sentence, without a secret."""

import asyncio
import socket
import sqlite3
from urllib.parse import urlsplit

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import DBConnectionError

from gql_chat.errors import Unavailable

CONNECT_SECONDS = 5.0

_REJECTED_USER = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InsufficientPrivilegeError)


class DatabaseUnusable(Exception):
    """The database cannot be used; the message says why."""


async def connect(client: BaseDBAsyncClient, url: str) -> None:
    """Open the client's connections. Raises DatabaseUnusable."""
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await client.create_connection(with_db=True)
    except sqlite3.Error as exc:
        raise DatabaseUnusable(f"{url.removeprefix('sqlite://')} cannot be used: {exc}") from exc
    except (Unavailable, OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as exc:
        raise DatabaseUnusable(_reason(exc, url)) from exc


def _reason(exc: BaseException, url: str) -> str:
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
        return f"{place.hostname} did not answer within {CONNECT_SECONDS:g} seconds"
    if isinstance(exc, OSError):
        return f"{place.hostname} cannot be reached: {exc.strerror or type(exc).__name__}"
    if isinstance(exc, asyncpg.ProtocolViolationError) and "startup parameter" in str(exc):
        return f"{place.hostname} is PgBouncer: add ?pgbouncer=true to the URL"
    # The server's own messages say what is wrong; others may quote the URL, and with it the password.
    detail = f": {exc}" if isinstance(exc, asyncpg.PostgresError) else ""
    return f"{place.hostname} cannot be used ({type(exc).__name__}{detail})"

"""The first connection to a database. A failure is explained in one sentence, without a secret."""

import asyncio
import sqlite3
from importlib import import_module
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

CONNECT_SECONDS = 5.0


class DatabaseUnusable(Exception):
    """The database cannot be used; the message says why."""


async def connect(client: BaseDBAsyncClient, url: str) -> None:
    """Open the client's connections. Raises DatabaseUnusable."""
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await client.create_connection(with_db=True)
    except sqlite3.Error as exc:
        raise DatabaseUnusable(f"{url.removeprefix('sqlite://')} cannot be used: {exc}") from exc
    except _postgres().CONNECT_FAILURES as exc:  # Python asks for these only after a failure
        raise DatabaseUnusable(_postgres().explain_failure(exc, url, CONNECT_SECONDS)) from exc


def _postgres() -> Any:
    # Imports asyncpg, which servers with SQLite do not wait for.
    return import_module("gql_chat.infra.db.postgres_failures")

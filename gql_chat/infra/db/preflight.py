"""The first connection to a database. A failure is explained in one sentence, without a secret."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

CONNECT_SECONDS = 5.0


class DatabaseUnusable(Exception):
    """The database cannot be used; the message says why."""


@asynccontextmanager
async def connected(client: BaseDBAsyncClient, url: str) -> AsyncIterator[None]:
    """Open the client's connections and close them after the block, in this task. Raise DatabaseUnusable.

    The ORM closes them in tasks of its own. If this one is cancelled before those begin, they never do.
    """
    try:
        await _connect(client, url)
        yield
    finally:
        await client.close()


async def _connect(client: BaseDBAsyncClient, url: str) -> None:
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

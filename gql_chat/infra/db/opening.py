"""Opening the database, SQLite or PostgreSQL, and closing it. A failure is explained in a sentence without a secret."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from importlib import import_module
from pathlib import Path
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.context import TortoiseContext

from gql_chat.infra.telemetry.metrics import gauge, sampled

# busy_timeout comes first, because another process may be switching to WAL at the same time. It is for the pragmas that
# follow it: an open connection has 0 (sqlite_connection.py).
# In WAL, NORMAL can lose the last commits to a power cut but corrupts nothing: https://www.sqlite.org/pragma.html#pragma_synchronous
# The size of pages applies to new files alone, and before they are switched to WAL: docs/decisions/0077-small-pages.md.
# The log returns to its beginning after 2,000 pages, 4 MB, as by default after 1,000 of twice the size.
_PRAGMAS = {
    "busy_timeout": 5000,
    "page_size": 2048,
    "journal_mode": "WAL",
    "wal_autocheckpoint": 2000,
    "synchronous": "NORMAL",
    "foreign_keys": "ON",
}

# What undoes a statement while the rest of its transaction goes on. SQLite would keep more than 64 KB of it in a file,
# made and deleted for every third message. Migrations, which sort whole tables, use files.
_WRITER_PRAGMA = "PRAGMA temp_store = MEMORY"

CONNECT_SECONDS = 5.0

# How long PostgreSQL may take for one statement of a server. It also bounds the wait for a PostgreSQL that hangs.
STATEMENT_SECONDS = 30.0

# At DEBUG they log every statement's arguments: messages, hashes, keys.
_VERBOSE_LOGGERS = ("tortoise.db_client", "aiosqlite")

CONNECTIONS = gauge("gql_chat_database_connections", "Connections to the database, by state.", ("state",))


class DatabaseUnusable(Exception):
    """The database cannot be used; the message says why."""


def model_modules() -> list[str]:
    """Return the names of the modules that define tables: `models.py` of every room."""
    package = Path(__file__).parents[2]
    return sorted(f"{package.name}.{file.parent.name}.models" for file in package.glob("*/models.py"))


def tortoise_config(
    url: str,
    modules: Sequence[str],
    *,
    pool_size: int = 10,
    reserve: bool = False,
    statement_seconds: float | None = None,
) -> dict[str, Any]:
    """Build Tortoise's configuration for `sqlite:///absolute/path.db` or `postgres://user:password@host:port/database`.

    `pool_size`, `reserve` (one of the connections for `fetch_reserved`) and `statement_seconds` (None for no limit)
    apply to PostgreSQL. `?pgbouncer=true` after the name of the database says that PgBouncer is in between. Raises
    ValueError for another scheme.
    """
    scheme = url.partition("://")[0]
    credentials: dict[str, Any]
    if scheme == "sqlite":
        engine, credentials = "gql_chat.infra.db.sqlite", _PRAGMAS | {"file_path": url.removeprefix("sqlite://")}
    elif scheme in {"postgres", "postgresql"}:
        engine, credentials = "gql_chat.infra.db.postgres", expand_db_url(url)["credentials"]
        credentials |= {"maxsize": pool_size} | ({"reserve": True} if reserve else {})
        if credentials.pop("pgbouncer", "false") == "true":
            # In transaction mode a connection of ours is another one of PostgreSQL's in each transaction.
            credentials |= {"statement_cache_size": 0, "is_pooled": True}
        if statement_seconds is not None:
            credentials["command_timeout"] = statement_seconds
        if "sslmode" in credentials:  # libpq's name for it, found in the URLs of hosting companies
            credentials["ssl"] = credentials.pop("sslmode")
    else:
        raise ValueError(f"a database URL starts with sqlite:// or postgres://, not {scheme}://")
    return {
        # Named after its engine, because Tortoise caches SQL by this name for the life of the process.
        "connections": {engine: {"engine": engine, "credentials": credentials}},
        "apps": {"models": {"models": [*modules], "default_connection": engine}},
        "use_tz": True,
        "timezone": "UTC",
    }


@asynccontextmanager
async def open_database(url: str, modules: Sequence[str], *, pool_size: int = 10) -> AsyncIterator[None]:
    """Connect for as long as the block runs, once at a time in a process. Raises DatabaseUnusable."""
    for name in _VERBOSE_LOGGERS:
        logging.getLogger(name).setLevel(logging.INFO)
    context = TortoiseContext()
    try:
        # Under uvicorn a request does not run in the lifespan's context, so the ORM is found by a global.
        with context:
            config = tortoise_config(
                url, modules, pool_size=pool_size, reserve=True, statement_seconds=STATEMENT_SECONDS
            )
            await context.init(config, _enable_global_fallback=True)
        client: Any = context.db()
        async with connected(client, url), AsyncExitStack() as stack:
            if client.capabilities.dialect == "sqlite":
                await client.execute_script(_WRITER_PRAGMA)
            for state, read in client.connection_counts().items():
                stack.enter_context(sampled(CONNECTIONS.labels(state), read))
            yield
    finally:
        await context.close_connections()


def require_undamaged(url: str) -> None:
    """Read all of a SQLite database. Raises DatabaseUnusable if its pages contradict each other.

    Nothing else notices that before it needs such a page: a log (`-wal`) of another database, to whose end a copied
    file was brought, leaves most of the tables readable.
    """
    file = url.removeprefix("sqlite://")
    try:
        with closing(sqlite3.connect(file)) as connection:
            [(found,)] = connection.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.Error as exc:
        raise DatabaseUnusable(f"{file} cannot be used: {exc}") from exc
    if found != "ok":
        raise DatabaseUnusable(f"{file} is damaged: {found.splitlines()[-1]}")


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

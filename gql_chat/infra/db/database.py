"""The database, SQLite or PostgreSQL: opening it, transactions, and SQL where the ORM is too slow or cannot say it.

SQL is written once for both, with `$1`, `$2` … for its arguments: they are PostgreSQL's own, and names to SQLite.
Rows come back as dicts. Timestamps are aware, in UTC, on both; but on SQLite a computed one, such as
`max(created_at)`, is text. JSON columns are text on both, and SQLite's booleans are 0 and 1.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.context import TortoiseContext, require_context
from tortoise.exceptions import IntegrityError
from tortoise.models import Model
from tortoise.transactions import in_transaction

from gql_chat.errors import Unavailable
from gql_chat.infra.db.preflight import reach
from gql_chat.infra.telemetry.metrics import gauge, sampled_all

Row = TypeVar("Row", bound=Model)
Result = TypeVar("Result")

# busy_timeout comes first, because the switch to WAL may meet another process that is at it too. In WAL, NORMAL can
# lose the last commits to a power cut but corrupts nothing: https://www.sqlite.org/pragma.html#pragma_synchronous
_PRAGMAS = {"busy_timeout": 5000, "journal_mode": "WAL", "synchronous": "NORMAL", "foreign_keys": "ON"}

# How long PostgreSQL may take over one statement of a server's: one that answers nothing at all is not waited for.
STATEMENT_SECONDS = 30.0

# At DEBUG they write every statement's arguments: messages, hashes, keys.
_TALKATIVE_LOGGERS = ("tortoise.db_client", "aiosqlite")

CONNECTIONS = gauge("gql_chat_database_connections", "Connections to the database, by state.", ("state",))

# What waits for the commit of the outermost transaction, None outside of any.
_waiting_for_commit: ContextVar[list[Callable[[], None]] | None] = ContextVar("waiting_for_commit", default=None)


def model_modules() -> list[str]:
    """The modules that hold tables: `models.py` of every room."""
    package = Path(__file__).parents[2]
    return sorted(f"{package.name}.{file.parent.name}.models" for file in package.glob("*/models.py"))


def tortoise_config(
    url: str, modules: Sequence[str], *, pool_size: int = 10, statement_seconds: float | None = None
) -> dict[str, Any]:
    """Tortoise's configuration for `sqlite:///absolute/path.db` or `postgres://user:password@host:port/database`.

    `pool_size` and `statement_seconds`, None for no limit, are for PostgreSQL; SQLite has one connection. Raises
    ValueError for another scheme.
    """
    scheme = url.partition("://")[0]
    credentials: dict[str, Any]
    if scheme == "sqlite":
        engine, credentials = "gql_chat.infra.db.sqlite", _PRAGMAS | {"file_path": url.removeprefix("sqlite://")}
    elif scheme in {"postgres", "postgresql"}:
        engine, credentials = "gql_chat.infra.db.postgres", expand_db_url(url)["credentials"] | {"maxsize": pool_size}
        if statement_seconds is not None:
            credentials["command_timeout"] = statement_seconds
        if "sslmode" in credentials:  # libpq's name, found in the URLs that hosting companies hand out
            credentials["ssl"] = credentials.pop("sslmode")
    else:
        raise ValueError(f"a database URL starts with sqlite:// or postgres://, not {scheme}://")
    return {
        # Named after its engine, because Tortoise caches SQL by this name for as long as the process lives.
        "connections": {engine: {"engine": engine, "credentials": credentials}},
        "apps": {"models": {"models": [*modules], "default_connection": engine}},
        "use_tz": True,
        "timezone": "UTC",
    }


@asynccontextmanager
async def open_database(url: str, modules: Sequence[str], *, pool_size: int = 10) -> AsyncIterator[None]:
    """Connect for as long as the block runs; one at a time in a process. Raises DatabaseUnusable."""
    for name in _TALKATIVE_LOGGERS:
        logging.getLogger(name).setLevel(logging.INFO)
    context = TortoiseContext()
    try:
        # Under uvicorn a request does not run in the lifespan's context: the ORM is found by a global.
        with context:
            config = tortoise_config(url, modules, pool_size=pool_size, statement_seconds=STATEMENT_SECONDS)
            await context.init(config, _enable_global_fallback=True)
        client: Any = context.db()
        await reach(client, url)
        with sampled_all({CONNECTIONS.labels(state): read for state, read in client.connection_counts().items()}):
            yield
    finally:
        await context.close_connections()


@asynccontextmanager
async def transaction() -> AsyncIterator[None]:
    """All or nothing, at whatever moment the task is cancelled; inside another one, a savepoint.

    It belongs to its task: never held across a `yield` or an upstream read, nor used by a task that is started inside
    it. Raises Unavailable if no connection is free for 5 seconds, or if the database is locked or gone.
    """
    if _waiting_for_commit.get() is not None:
        async with in_transaction():
            yield
        return
    waiting: list[Callable[[], None]] = []
    token = _waiting_for_commit.set(waiting)
    try:
        async with in_transaction():
            yield
    finally:
        _waiting_for_commit.reset(token)
    for announce in waiting:
        announce()


def after_commit(announce: Callable[[], None]) -> None:
    """Call this, which must not raise, once the outermost transaction has committed; at once if there is none."""
    waiting = _waiting_for_commit.get()
    if waiting is None:
        announce()
    else:
        waiting.append(announce)


async def when_available(read: Callable[[], Awaitable[Result]], *, retry_seconds: float) -> Result:
    """What this returns, asked for again until the database is there to answer: for who waits for something anyway."""
    while True:
        try:
            return await read()
        except Unavailable:
            await asyncio.sleep(retry_seconds)


def dialect() -> str:
    """`sqlite` or `postgres`."""
    return _client().capabilities.dialect


async def fetch_all(sql: str, *args: Any) -> list[dict[str, Any]]:
    """The rows of a SELECT, or of a statement with RETURNING, in the current transaction if there is one."""
    return await _client().execute_query_dict(sql, _bound(args))


async def fetch_models(model: type[Row], sql: str, *args: Any) -> list[Row]:
    """The rows of a SELECT of all of a table's columns, as its model; a fifth of what the ORM's own query costs."""
    return [model._init_from_db(**row) for row in await fetch_all(sql, *args)]


async def execute(sql: str, *args: Any) -> int:
    """How many rows an INSERT, UPDATE or DELETE met, run in the current transaction if there is one.

    The statement begins with one of these words: a WITH in front would hide the number.
    """
    count, _ = await _client().execute_query(sql, _bound(args))
    return count


def _client() -> BaseDBAsyncClient:
    return require_context().db()


def _bound(args: tuple[Any, ...]) -> Any:
    return list(args) if dialect() == "postgres" else {str(number): value for number, value in enumerate(args, start=1)}


@asynccontextmanager
async def explaining_conflicts(explain: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Call `explain`, which raises an error for the user, if the block violates a unique constraint."""
    try:
        yield
    except IntegrityError:
        await explain()
        raise

"""Migrations: the files that aerich generates (https://github.com/tortoise/aerich), applied and recorded here.

aerich itself takes no lock, and on SQLite no transaction either (sqlite3's executescript commits first). Its package
imports its command line, which servers do not wait for: nothing of it is imported here.
"""

import asyncio
import sqlite3
import zlib
from base64 import b64decode
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from urllib.parse import quote

from tortoise import Model, fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.sqlite.client import SqliteClient
from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

from gql_chat.infra.db.database import dialect, fetch_all
from gql_chat.infra.db.opening import connected, tortoise_config

_APP = "models"

# The key of the advisory lock, the same in every process: any 64-bit number that no other program uses.
_LOCK_KEY = int.from_bytes(b"gqlchat")

# How often to check whether another process has released a SQLite file.
_LOCK_POLL_SECONDS = 0.05

_HAS_HISTORY = {
    "sqlite": "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'aerich'",
    "postgres": "SELECT 1 WHERE to_regclass('aerich') IS NOT NULL",
}
_HISTORY = "SELECT version FROM aerich WHERE app = $1"


class AppliedMigration(Model):
    """A row of aerich's table. `content` is the JSON of the state that the file carries, if it is the last."""

    version = fields.CharField(max_length=255)
    app = fields.CharField(max_length=100)
    content = fields.TextField()

    class Meta:
        table = "aerich"


class SchemaIsNewer(Exception):
    """The database was migrated by a later version of the program, so this one must not touch it."""


class ReferencesBroken(Exception):
    """A migration left rows with broken references, and was rolled back."""


def migrations_folder() -> Path:
    """Return the folder of the migrations: in the package if installed from a wheel, beside it in a checkout."""
    package = Path(__file__).parents[2]
    inside, beside = package / "migrations", package.parent / "migrations"
    return (inside if inside.is_dir() else beside) / _APP


async def migrate(url: str, folder: Path) -> list[str]:
    """Apply the missing migrations, each in a transaction, and return their names in order.

    Any number of processes may call this at once. Raises SchemaIsNewer and ReferencesBroken.
    """
    if url.startswith("sqlite") and _is_up_to_date(url.removeprefix("sqlite://"), folder):
        return []
    async with _connected(url) as client, _locked(client):
        files = await _missing(_files(folder))
        for file in files:
            await _apply(file, is_last=file is files[-1])
        return [file.name for file in files]


async def list_pending(url: str, folder: Path) -> list[str]:
    """Return the names of the migrations that `migrate` would apply. Raises SchemaIsNewer."""
    async with _connected(url):
        return [file.name for file in await _missing(_files(folder))]


def installed_migrations() -> list[str]:
    """Return the names of the migrations of the version that is installed now."""
    return [file.name for file in _files(migrations_folder())]


async def list_missing(wanted: Sequence[str]) -> list[str]:
    """Return which of these the open database lacks. It may have later ones: this version works on those too."""
    applied = await _applied()
    return [name for name in wanted if name not in applied]


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[BaseDBAsyncClient]:
    config = tortoise_config(url, [__name__], pool_size=2)  # one for the lock, one for the work
    if url.startswith("sqlite"):
        # A rebuild drops the table, which would delete the rows that refer to it. The pragma has no effect inside a
        # transaction.
        for connection in config["connections"].values():
            connection["credentials"] |= {"foreign_keys": "OFF", "with_readers": False}
    async with TortoiseContext() as context:
        await context.init(config)
        async with connected(context.db(), url):
            yield context.db()


def _is_up_to_date(database: str, folder: Path) -> bool:
    """Return whether a file of SQLite has just these migrations, without the ORM; False also if it cannot be read."""
    try:
        with closing(sqlite3.connect(f"file:{quote(database)}?mode=rw", timeout=0, uri=True)) as connection:
            applied = {version for [version] in connection.execute(_HISTORY, {"1": _APP})}
    except sqlite3.Error:
        return False
    return applied == {file.name for file in _files(folder)}


def _locked(client: BaseDBAsyncClient) -> AbstractAsyncContextManager[None]:
    return _locked_by_file(client.filename) if isinstance(client, SqliteClient) else _locked_by_server(client)


@asynccontextmanager
async def _locked_by_server(client: BaseDBAsyncClient) -> AsyncIterator[None]:
    # Held by a transaction, because a session is not ours behind PgBouncer. It is idle until the migrations are done.
    async with client.acquire_connection() as connection, connection.transaction():
        await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK_KEY)
        yield


@asynccontextmanager
async def _locked_by_file(database: str) -> AsyncIterator[None]:
    # An empty SQLite file in an exclusive transaction is a lock that works on every system and dies with its process.
    with closing(sqlite3.connect(f"{database}.migrate-lock", timeout=0, isolation_level=None)) as lock:
        while not _try_lock(lock):  # noqa: ASYNC110 - another process cannot set an event of ours
            await asyncio.sleep(_LOCK_POLL_SECONDS)
        yield


def _try_lock(lock: sqlite3.Connection) -> bool:
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as exc:
        if exc.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
    return lock.in_transaction


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("[0-9]*_*.py"), key=lambda file: int(file.name.partition("_")[0]))


async def _missing(files: list[Path]) -> list[Path]:
    applied = await _applied()
    if unknown := applied - {file.name for file in files}:
        remedy = "start that version, or restore a backup of this one"
        raise SchemaIsNewer(f"the database has migrations of a later version: {', '.join(sorted(unknown))}; {remedy}")
    return [file for file in files if file.name not in applied]


async def _applied() -> set[str]:
    if not await fetch_all(_HAS_HISTORY[dialect()]):
        return set()
    return {row["version"] for row in await fetch_all(_HISTORY, _APP)}


async def _apply(file: Path, *, is_last: bool) -> None:
    migration = _load(file)
    async with in_transaction() as client:
        await client.execute_script(await migration.upgrade(client))
        # aerich compares with the last state alone, and all of them would be nine tenths of a new database.
        state = zlib.decompress(b64decode(migration.MODELS_STATE)).decode() if is_last else "{}"
        await AppliedMigration.create(version=file.name, app=_APP, content=state)
        if dialect() == "sqlite" and (broken := await fetch_all("PRAGMA foreign_key_check")):
            tables = sorted({row["table"] for row in broken})
            raise ReferencesBroken(f"{file.name} leaves rows with broken references in {', '.join(tables)}")


def _load(file: Path) -> ModuleType:
    module = ModuleType(file.stem)
    SourceFileLoader(file.stem, str(file)).exec_module(module)
    return module

"""Databases that are filled with many messages at once. Their indexes are made at the end."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg
from tortoise.context import require_context

from bench.databases import DATABASES, kept_postgres, kept_sqlite
from bench.language import Language
from bench.parts.search import BATCH_ROWS, INSERT_SESSION, INSERT_USER, NEWCOMER, TIDY, USERS
from gql_chat.chats.search_index import searched_form
from gql_chat.infra import clock
from gql_chat.infra.db.database import dialect, execute, fetch_all, transaction
from gql_chat.infra.ids import new_id

NEWCOMERS_MESSAGES = 200

MESSAGE_COLUMNS = (
    "id", "session_id", "order", "chain_id", "role", "text", "attachments", "status", "created_at", "finished_at"
)  # fmt: skip
TEXT_COLUMNS = ("user_id", "message_id", "folded")
Store: TypeAlias = Callable[[str, Sequence[str], list[list[Any]]], Awaitable[None]]
# Making the indexes of all rows at the end takes a tenth of the time of keeping them up to date. PostgreSQL: name and
# definition. SQLite: the triggers, whose index is made with more of it in memory.
INDEXES = {
    "sqlite": "SELECT name, sql AS definition FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'search_texts'",
    "postgres": """
        SELECT indexname AS name, indexdef AS definition FROM pg_indexes
        WHERE tablename = 'search_texts' AND indexdef LIKE '%USING gin%'
    """,
}
DROP = {"sqlite": "DROP TRIGGER", "postgres": "DROP INDEX"}
SET_MEMORY = "INSERT INTO search_index (search_index, rank) VALUES ('hashsize', {})"
REBUILD = (
    SET_MEMORY.format(256 << 20),
    "INSERT INTO search_index (search_index) VALUES ('rebuild')",
    SET_MEMORY.format(1 << 20),
)


@contextmanager
def opened(name: str, messages: int, keep: Path | None, buffers: str) -> Iterator[str]:
    """Yield the URL of an empty database, or of one that is kept. One that was not filled to the end is made again."""
    if keep is None:
        with DATABASES[name]() as url:
            yield url
        return
    folder = keep.absolute() / f"{name}-{messages}"
    filled = folder / "filled"
    if not filled.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    options = f"-c shared_buffers={buffers} -c maintenance_work_mem=512MB -c max_wal_size=4GB"
    opened: AbstractContextManager[str] = kept_sqlite(folder) if name == "SQLite" else kept_postgres(folder, options)
    with opened as url:
        yield url
    filled.touch()


async def fill(url: str, messages: int, language: Language) -> None:
    """Store the messages and their texts for the search: a fifth of them by each user, and a few by a newcomer."""
    sessions = {user: await _new_session(user) for user in (*map(str, range(USERS)), NEWCOMER)}
    indexes = await fetch_all(INDEXES[dialect()])
    for index in indexes:
        await execute(f"{DROP[dialect()]} {index['name']}")
    users = [*(str(number % USERS) for number in range(messages)), *[NEWCOMER] * NEWCOMERS_MESSAGES]
    async with _storing(url) as store:
        for start in range(0, len(users), BATCH_ROWS):
            stored, searched = [], []
            for user in users[start : start + BATCH_ROWS]:
                message_id, text, now = new_id("msg"), language.text(), clock.now()
                sent = [message_id, sessions[user], 1, message_id, "USER", text, "[]", "COMPLETED", now, now]
                stored.append(sent)
                searched.append([user, message_id, searched_form(user, text)])
            await store("messages", MESSAGE_COLUMNS, stored)
            await store("search_texts", TEXT_COLUMNS, searched)
    await _finish(url, [index["definition"] for index in indexes])


@asynccontextmanager
async def _storing(url: str) -> AsyncIterator[Store]:
    """Yield the function that stores rows. PostgreSQL does not check the foreign keys of each."""
    if dialect() == "sqlite":
        yield _store_on_sqlite
        return
    connection = await asyncpg.connect(url)

    async def copy(table: str, columns: Sequence[str], rows: list[list[Any]]) -> None:
        await connection.copy_records_to_table(table, records=rows, columns=columns)

    try:
        await connection.execute("SET session_replication_role = replica")
        yield copy
    finally:
        await connection.close()


async def _store_on_sqlite(table: str, columns: Sequence[str], rows: list[list[Any]]) -> None:
    names, places = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
    async with transaction():
        await require_context().db().execute_many(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)  # noqa: S608


async def _finish(url: str, definitions: Sequence[str]) -> None:
    """Make the indexes and the statistics."""
    if dialect() == "sqlite":
        for statement in (*REBUILD, *definitions, TIDY[dialect()]):
            await execute(statement)
        return
    connection = await asyncpg.connect(url)  # whose statements may take any time
    try:
        for statement in (*definitions, TIDY[dialect()]):
            await connection.execute(statement)
    finally:
        await connection.close()


async def _new_session(name: str) -> str:
    now, session_id = clock.now(), new_id("ses")
    await execute(INSERT_USER, name, name, now)
    await execute(INSERT_SESSION, session_id, name, now)
    return session_id

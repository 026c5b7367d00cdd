"""Connections to a SQLite file: how one is opened, and in which form values go into it and come back."""

import asyncio
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

import aiosqlite

KEPT_TIMES = 256  # times in the form in which they are stored: a message stores the same one in several columns


@lru_cache(KEPT_TIMES)
def _stored_time(moment: datetime) -> str:
    """Return a time in the one format in which all are stored: in UTC, so that they compare as text."""
    return (moment if moment.tzinfo is UTC else moment.astimezone(UTC)).isoformat(" ")


sqlite3.register_adapter(datetime, _stored_time)  # Tortoise's own keeps the offset of each value
# Values of these types would be stored alike without adapters, but sqlite3 would look for one each time, and then for
# methods that they do not have: half a microsecond for each of the 50 nulls of a message.
sqlite3.register_adapter(type(None), {None: None}.__getitem__)  # returns None, without a Python function
sqlite3.register_adapter(bool, int)
sqlite3.register_converter("TIMESTAMP", lambda text: datetime.fromisoformat(text.decode()))


async def open_connection(file: str, pragmas: Mapping[str, Any]) -> aiosqlite.Connection:
    """Open a connection with declared types, so that raw SQL returns aware timestamps too."""
    # All of it in one visit to the connection's thread, because each costs more than a pragma.
    connection = aiosqlite.Connection(partial(_connect, file, pragmas), iter_chunk_size=64)
    try:
        return await connection
    except BaseException:
        # Its thread still calls the event loop, which may be closed by then.
        await asyncio.to_thread(connection._thread.join)
        raise


def _connect(file: str, pragmas: Mapping[str, Any]) -> sqlite3.Connection:
    connection = sqlite3.connect(
        file,
        isolation_level=None,
        detect_types=sqlite3.PARSE_DECLTYPES,
        check_same_thread=False,  # the event loop runs short statements: SQLite itself lets one thread in at a time
    )
    try:
        connection.row_factory = sqlite3.Row
        # SQLite's own UPPER only knows ASCII, and case-insensitive searches compare by it.
        connection.create_function("UPPER", 1, _upper, deterministic=True)
        for pragma, value in pragmas.items():
            connection.execute(f"PRAGMA {pragma}={value}").fetchall()
    except BaseException:
        connection.close()
        raise
    return connection


def _upper(text: str | None) -> str | None:
    return None if text is None else text.upper()

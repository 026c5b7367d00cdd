"""Connections to a SQLite file: how one is opened, and in which form values go into it and come back."""

import asyncio
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import aiosqlite

# One format, in UTC, so that timestamps compare as text; Tortoise's own adapter keeps the offset of each value.
sqlite3.register_adapter(
    datetime, lambda moment: (moment if moment.tzinfo is UTC else moment.astimezone(UTC)).isoformat(" ")
)
sqlite3.register_converter("TIMESTAMP", lambda text: datetime.fromisoformat(text.decode()))


async def open_connection(file: str, pragmas: Mapping[str, Any]) -> aiosqlite.Connection:
    """Open a connection with declared types, so that raw SQL returns aware timestamps too."""
    connection = aiosqlite.connect(
        file,
        isolation_level=None,
        detect_types=sqlite3.PARSE_DECLTYPES,
        check_same_thread=False,  # the event loop runs short statements: SQLite itself lets one thread in at a time
    )
    try:
        await connection
    except BaseException:
        # Its thread still calls the event loop, which may be closed by then.
        await asyncio.to_thread(connection._thread.join)
        raise
    connection.row_factory = sqlite3.Row
    try:
        for pragma, value in pragmas.items():
            await connection.execute_fetchall(f"PRAGMA {pragma}={value}")
    except BaseException:
        await connection.close()  # else its thread would keep the process from ending
        raise
    return connection

"""Connections to a SQLite file: how one is opened, who waits for a lock, and the form of values on their way."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

import aiosqlite
import tortoise.backends.sqlite.executor  # noqa: F401 - it registers adapters, which those below replace

from gql_chat.infra.db.failures import is_locked

BUSY_SECONDS = 5.0  # for a lock that another process holds
# Seconds between the attempts; the last one is repeated. A busy process frees the lock for a tenth of a millisecond at
# a time, between a COMMIT and its next BEGIN: longer pauses miss these moments for seconds.
_PAUSES = (0.001, 0.002, 0.003)

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


class Connection(aiosqlite.Connection):
    """A connection whose thread waits for the locks of other processes, while the event loop never does.

    SQLite itself does not wait for a lock: its `busy_timeout` would be that of both.
    """

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, iter_chunk_size=64)
        self._queued = self._done = 0
        """Calls that the thread was given, and those that it has ended: it also ends those of cancelled tasks."""

    def begin_at_once(self) -> bool:
        """Begin a transaction in this thread. Return False if that would wait for another process, or for calls."""
        if self._done != self._queued:
            return False
        try:
            self._conn.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:  # most of all BUSY; the thread raises whatever else it is
            return False
        return True

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self._queued += 1
        return await super()._execute(self._run_patiently, partial(fn, *args, **kwargs))  # type: ignore[no-untyped-call]

    def _run_patiently(self, call: Callable[[], Any]) -> Any:
        """Make the call in the connection's thread, again and again while another process holds the lock."""
        pauses, give_up_at = iter(_PAUSES), time.monotonic() + BUSY_SECONDS
        try:
            while True:
                try:
                    return call()
                except sqlite3.OperationalError as exc:
                    if not is_locked(exc) or time.monotonic() >= give_up_at:
                        raise
                time.sleep(next(pauses, _PAUSES[-1]))
        finally:
            self._done += 1


async def open_connection(file: str, pragmas: Mapping[str, Any]) -> Connection:
    """Open a connection with declared types, so that raw SQL returns aware timestamps too."""
    # All of it in one visit to the connection's thread, because each costs more than a pragma.
    connection = Connection(partial(_connect, file, pragmas))
    try:
        await connection
    except BaseException:
        # Its thread still calls the event loop, which may be closed by then.
        await asyncio.to_thread(connection._thread.join)
        raise
    return connection


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
        connection.execute("PRAGMA busy_timeout=0").fetchall()
    except BaseException:
        connection.close()
        raise
    return connection


def _upper(text: str | None) -> str | None:
    return None if text is None else text.upper()

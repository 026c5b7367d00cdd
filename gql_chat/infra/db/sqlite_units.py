"""Units of work on SQLite: those that wait for the writer together share one BEGIN and one COMMIT.

If a statement of one fails, its transaction is undone and each of them runs again by itself, so that no unit is refused
for another. Decision record: docs/decisions/0072-units-of-work-together.md.
"""

import asyncio
import re
import sqlite3
from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import Any

import msgspec

from gql_chat.errors import Unavailable
from gql_chat.infra.db.failures import UNREACHABLE_MESSAGE, TransactionConflict, is_busy, translated
from gql_chat.infra.db.sqlite_connection import Connection

# How many units share a transaction. The event loop runs one in about 0.1 ms, and does nothing else meanwhile.
UNITS_TOGETHER = 16


_VALUES, _PLACE = re.compile(r"\([?\d, ]+\)"), re.compile(r"\?(\d+)")


class UnitStatement(msgspec.Struct, frozen=True):
    """A statement with SQLite's placeholders. One that `is_required` must find a row. For `is_joined` see Joined."""

    sql: str
    args: Sequence[Any]
    is_quick: bool
    is_required: bool
    is_joined: bool = False


class _Unit:
    __slots__ = ("statements", "stored")

    def __init__(self, statements: Sequence[UnitStatement]) -> None:
        self.statements = statements
        self.stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def fail(self, exc: BaseException) -> None:
        if not self.stored.done():
            # Without the traceback, whose frames hold the unit: a cycle.
            self.stored.set_exception(exc.with_traceback(None))

    def succeed(self) -> None:
        if not self.stored.done():
            self.stored.set_result(None)


class UnitQueue:
    """The units of work that wait for a connection. Its lock is held by whoever has a transaction."""

    def __init__(self, connection: Connection, lock: asyncio.Lock) -> None:
        self._connection = connection
        self._lock = lock
        self._waiting: list[_Unit] = []
        self._running: asyncio.Task[None] | None = None
        self._is_over = False

    async def run(self, statements: Sequence[UnitStatement]) -> None:
        """Run the statements in a transaction, and return after its COMMIT. A task that is cancelled may be too late.

        Raises TransactionConflict, Unavailable after `close`, and as `transaction`.
        """
        if self._is_over:
            raise Unavailable(UNREACHABLE_MESSAGE)
        unit = _Unit(statements)
        self._waiting.append(unit)
        if self._running is None:
            self._running = asyncio.create_task(self._run_waiting())
            self._running.add_done_callback(self._end_unbegun)
        try:
            await unit.stored
        finally:
            del unit  # its exception holds this frame

    async def close(self) -> None:
        """Wait for the units that are under way, and refuse others."""
        self._is_over = True
        if self._running is not None:
            await asyncio.wait({self._running})

    async def _run_waiting(self) -> None:
        """Run what waits, a transaction at a time. Others that wait for the lock have their turn in between."""
        units: Sequence[_Unit] = ()
        try:
            while self._waiting:
                if not await self._acquire():
                    continue
                try:
                    units = self._take(UNITS_TOGETHER)
                    await self._store([unit for unit in units if not unit.stored.done()])
                finally:
                    self._lock.release()
        except BaseException as exc:
            for unit in (*units, *self._take(len(self._waiting))):
                unit.fail(exc)
            raise
        finally:
            self._running = None

    async def _acquire(self) -> bool:
        """Return whether the lock could be acquired. If not, the units that have waited for it are refused."""
        waiting = len(self._waiting)  # those that come later have not waited for as long
        try:
            await self._lock.acquire()
        except Unavailable as exc:
            for unit in self._take(waiting):
                unit.fail(exc)
            return False
        return True

    def _take(self, count: int) -> Sequence[_Unit]:
        units, self._waiting = self._waiting[:count], self._waiting[count:]
        return units

    def _end_unbegun(self, task: asyncio.Task[None]) -> None:
        """Cancel the units of a task that was cancelled before its first step."""
        if self._running is task:
            self._running = None
            for unit in self._take(len(self._waiting)):
                unit.fail(asyncio.CancelledError())

    async def _store(self, units: Sequence[_Unit]) -> None:
        """Run the units in one transaction, or each in its own if that one fails."""
        if not units:
            return
        try:
            await self._run_together(units)
        except Exception as exc:  # noqa: BLE001 - whatever it is, the tasks that wait raise it
            if len(units) == 1 or is_busy(exc):
                for unit in units:
                    unit.fail(translated(exc))
            else:
                for unit in units:
                    await self._store([unit])
        else:
            for unit in units:
                unit.succeed()

    async def _run_together(self, units: Sequence[_Unit]) -> None:
        try:
            if not self._connection.begin_at_once():
                await self._call("BEGIN IMMEDIATE")
            for unit in units:
                await self._run_unit(unit)
            self._run_joined(units)
            await self._call("COMMIT")
        except BaseException:
            await self._connection.rollback()
            raise

    async def _run_unit(self, unit: _Unit) -> None:
        sqlite = self._connection._conn
        for one in unit.statements:
            if one.is_joined:
                continue
            if one.is_quick:
                found = _run(sqlite, one.sql, one.args)
            else:
                found = await self._connection._execute(_run, sqlite, one.sql, one.args)
            if one.is_required and not found:
                raise TransactionConflict

    def _run_joined(self, units: Sequence[_Unit]) -> None:
        rows: dict[str, list[Sequence[Any]]] = {}
        for unit in units:
            for one in unit.statements:
                if one.is_joined:
                    rows.setdefault(one.sql, []).append(one.args)
        for sql, args in rows.items():
            _run(self._connection._conn, _with_rows(sql, len(args)), [*chain.from_iterable(args)])

    async def _call(self, sql: str) -> None:
        await self._connection._execute(_run, self._connection._conn, sql, ())


def _run(connection: sqlite3.Connection, sql: str, args: Sequence[Any]) -> int:
    """Run the statement and return how many rows it has found or changed."""
    cursor = connection.execute(sql, args)
    return len(cursor.fetchall()) or max(cursor.rowcount, 0)


@cache
def _with_rows(sql: str, count: int) -> str:
    """Return the INSERT of one row as one of so many."""
    [row] = _VALUES.findall(sql)
    numbers = max(map(int, _PLACE.findall(row)))
    return sql.replace(row, ", ".join(_renumbered(row, n * numbers) for n in range(count)))


def _renumbered(row: str, added: int) -> str:
    return _PLACE.sub(lambda place: f"?{int(place[1]) + added}", row)

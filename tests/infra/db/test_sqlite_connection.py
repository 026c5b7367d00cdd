"""The form in which values go into a SQLite file, and who waits for its lock."""

import asyncio
import sqlite3
import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from gql_chat.infra.db.sqlite_connection import open_connection

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


async def test_nulls_and_booleans_are_stored_as_sqlite_stores_them() -> None:
    connection = await open_connection(":memory:", {})
    [row] = await connection.execute_fetchall(
        "SELECT ?1, typeof(?1), ?2, typeof(?2), ?3, typeof(?3)", (None, True, False)
    )
    assert tuple(row) == (None, "null", 1, "integer", 0, "integer")
    await connection.close()


async def test_equal_times_of_any_offset_are_stored_alike() -> None:
    connection = await open_connection(":memory:", {})
    times = [NOON, NOON.astimezone(timezone(timedelta(hours=8))), NOON + timedelta(microseconds=1)]
    [row] = await connection.execute_fetchall("SELECT ?1, ?2, ?3", times)
    assert tuple(row) == (*["2026-11-21 12:00:00+00:00"] * 2, "2026-11-21 12:00:00.000001+00:00")
    await connection.close()


async def test_the_event_loop_does_not_wait_for_the_lock_and_the_thread_does(tmp_path: Path) -> None:
    file = tmp_path / "chat.db"
    connection = await open_connection(f"{file}", {"journal_mode": "WAL"})
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    assert not connection.begin_at_once()
    threading.Timer(0.05, other.rollback).start()
    await connection.execute("BEGIN IMMEDIATE")
    await connection.rollback()
    assert connection.begin_at_once()
    await connection.close()
    other.close()


async def test_a_lock_that_a_busy_process_frees_only_for_moments_is_tried_often(tmp_path: Path) -> None:
    file, attempts = tmp_path / "chat.db", 0
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)

    def begin() -> None:
        nonlocal attempts
        attempts += 1
        if attempts == 60:
            other.rollback()
        connection._conn.execute("BEGIN IMMEDIATE")

    connection = await open_connection(f"{file}", {"journal_mode": "WAL"})
    other.execute("BEGIN IMMEDIATE")
    began_at = time.monotonic()
    await connection._execute(begin)
    waited_seconds = time.monotonic() - began_at
    await connection.close()
    other.close()
    assert waited_seconds < 2, "each attempt may miss the moment; at SQLite's own pauses these would take longer"


async def test_nothing_begins_in_the_event_loop_while_the_thread_runs_what_a_cancelled_task_has_left() -> None:
    begun, may_end = threading.Event(), threading.Event()

    def hold() -> int:
        begun.set()
        return int(may_end.wait())

    connection = await open_connection(":memory:", {})
    connection._conn.create_function("hold", 0, hold)
    task = asyncio.create_task(connection.execute_fetchall("SELECT hold()"))
    await asyncio.to_thread(begun.wait)
    task.cancel()
    await asyncio.wait({task})
    assert not connection.begin_at_once()
    may_end.set()
    await connection.execute_fetchall("SELECT 1")
    assert connection.begin_at_once()
    await connection.close()

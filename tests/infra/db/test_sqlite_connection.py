"""The form in which values go into a SQLite file."""

from datetime import UTC, datetime, timedelta, timezone

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

"""An upgrade keeps every row, from whichever version it starts."""

from datetime import UTC, datetime, timedelta
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest

from gql_chat.chats.search import search_messages
from gql_chat.chats.search_index import SearchBackfill
from gql_chat.infra.db.database import dialect, execute, fetch_all
from gql_chat.infra.db.keyset import PageRequest
from gql_chat.infra.db.migrations import migrate, migrations_folder
from gql_chat.infra.db.opening import model_modules, open_database
from tests.support.stored.earlier_versions import MIGRATIONS, migrate_before

Row = dict[str, Any]

ROWS_PER_TABLE = 2

# What the database takes, where that is not any text.
WORDS = {
    "calls.purpose": ("REPLY", "TITLE"),
    "calls.status": ("SUCCESS", "ERROR"),
    "calls.usage_source": ("PROVIDER", "ESTIMATED"),
    "changes.kind": ("SESSION_CHANGED", "KEYS_CHANGED"),
    "files.status": ("PENDING", "READY"),
    "messages.finish_reason": ("STOP", "LENGTH"),
    "messages.role": ("USER", "ASSISTANT"),
    "messages.status": ("COMPLETED", "FAILED"),
    "messages.usage_source": ("PROVIDER", "ESTIMATED"),
    "open_calls.purpose": ("REPLY", "TITLE"),
    "sessions.status": ("ACTIVE", "ENDED"),
    "users.role": ("USER", "ADMIN"),
    "users.status": ("ACTIVE", "DISABLED"),
    "verification_codes.purpose": ("REGISTER", "PASSWORD_RESET"),
    "messages.attachments": ("[]", '[{"type": "FILE", "file_id": "1 files"}]'),
}

# Tables and columns that have been renamed since.
RENAMED = {
    "usage_quarters": ("usage_buckets", {"quarter_at": "bucket_at"}),
    "doomed_objects": ("pending_deletions", {}),
}

COLUMNS = {
    "sqlite": """
        SELECT t.name AS "table", c.name, c.type FROM pragma_table_list t, pragma_table_info(t.name) c
        WHERE t.type = 'table' AND t.name NOT IN ('aerich', 'sqlite_sequence', 'sqlite_schema', 'sqlite_temp_schema')
    """,
    "postgres": """
        SELECT table_name AS "table", column_name AS name,
            coalesce(data_type || '(' || character_maximum_length || ')', data_type) AS type
        FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
        WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> 'aerich'
    """,
}
REFERENCES = {
    "sqlite": """
        SELECT t.name AS "table", f."from" AS name, f."table" AS target
        FROM sqlite_master t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table'
    """,
    "postgres": """
        SELECT conrelid::regclass::text AS "table", attname AS name, confrelid::regclass::text AS target
        FROM pg_constraint JOIN pg_attribute ON (attrelid, attnum) = (conrelid, conkey[1]) WHERE contype = 'f'
    """,
}


@pytest.mark.parametrize("version", sorted(MIGRATIONS))
async def test_rows_of_every_version_survive_the_upgrade(version: int, blank_database_url: str, tmp_path: Path) -> None:
    await migrate_before(blank_database_url, tmp_path, version + 1)
    async with open_database(blank_database_url, model_modules()):
        await fill_every_table()
        before = await read_every_table()
    await migrate(blank_database_url, migrations_folder())
    async with open_database(blank_database_url, model_modules()):
        after = await read_every_table()
    assert {table: len(rows) for table, rows in before.items()} == dict.fromkeys(before, ROWS_PER_TABLE)
    for old_table, old_rows in before.items():
        table, columns = RENAMED.get(old_table, (old_table, {})) if old_table not in after else (old_table, {})
        rows = [{columns.get(name, name): value for name, value in row.items()} for row in old_rows]
        assert [common(row, like=after[table][0]) for row in rows] == [
            common(row, like=rows[0]) for row in after[table]
        ]


async def test_messages_of_an_earlier_version_are_found_after_the_upgrade(
    blank_database_url: str, tmp_path: Path
) -> None:
    await migrate_before(blank_database_url, tmp_path, 5)
    async with open_database(blank_database_url, model_modules()):
        await fill_every_table()
        await execute("UPDATE messages SET role = 'USER', finish_reason = NULL, usage_source = NULL")
        await execute("UPDATE messages SET status = CASE id WHEN '0 messages' THEN 'STREAMING' ELSE 'FAILED' END")
    await migrate(blank_database_url, migrations_folder())
    async with open_database(blank_database_url, model_modules()):
        assert await SearchBackfill().run() == 1
        for query, found in (("MESSAGES.TEXT", ["1 messages"]), ("1 messages . text", ["1 messages"]), ("0", [])):
            assert [
                hit.message.id for hit in (await search_messages("1 users", query, PageRequest())).page.rows
            ] == found
        assert (await search_messages("0 users", "messages.text", PageRequest())).total == 0


async def test_servers_of_the_version_before_count_in_the_renamed_table(
    blank_postgres_url: str, tmp_path: Path
) -> None:
    await migrate_before(blank_postgres_url, tmp_path, 6)
    quarter, count = (
        "'2026-11-21T00:15Z'",
        "INSERT INTO usage_quarters ({}) VALUES ({}) ON CONFLICT ({}) DO UPDATE SET {}",
    )
    count = count.format(
        "user_id, quarter_at, key_id, model, calls, errors, prompt_tokens, completion_tokens, duration_ms",
        f"'0 users', {quarter}, '', 'demo', 1, 0, 3, 4, 5",
        "user_id, quarter_at, key_id, model",
        "calls = usage_quarters.calls + 1, prompt_tokens = usage_quarters.prompt_tokens + excluded.prompt_tokens",
    )
    read = f"SELECT calls, prompt_tokens FROM {{}} WHERE user_id = '0 users' AND {{}} = {quarter}"  # noqa: S608
    async with open_database(blank_postgres_url, model_modules()):
        await fill_every_table()
        await execute("DELETE FROM usage_quarters")  # its ids are not of the sequence
        await execute(count)  # the connection keeps the statement as PostgreSQL has prepared it
        await migrate(blank_postgres_url, migrations_folder())
        await execute(count)
        seen_by_old = await fetch_all(read.format("usage_quarters", "quarter_at"))
        seen_by_new = await fetch_all(read.format("usage_buckets", "bucket_at"))
    assert seen_by_old == seen_by_new == [{"calls": 2, "prompt_tokens": 6}]


async def test_servers_of_the_version_before_schedule_deletions_under_the_old_name(
    blank_postgres_url: str, tmp_path: Path
) -> None:
    await migrate_before(blank_postgres_url, tmp_path, 32)
    schedule = (
        "INSERT INTO doomed_objects (object_key, attempts, next_try_at) VALUES ($1, 0, '2026-11-21T00:15Z') "
        "ON CONFLICT (object_key) DO NOTHING"
    )
    async with open_database(blank_postgres_url, model_modules()):
        await fill_every_table()
        await execute("DELETE FROM doomed_objects")  # its ids are not of the sequence
        assert await execute(schedule, "before") == 1
        await migrate(blank_postgres_url, migrations_folder())
        assert [await execute(schedule, key) for key in ("before", "after", "gone")] == [0, 1, 1]
        assert await execute("UPDATE doomed_objects SET attempts = 1 WHERE object_key = 'after'") == 1
        assert await execute("DELETE FROM doomed_objects WHERE object_key = 'gone'") == 1
        assert await execute("DELETE FROM files WHERE id = '0 files'") == 1
        read = "SELECT object_key, attempts FROM pending_deletions ORDER BY id"
        rows = [tuple(row.values()) for row in await fetch_all(read)]
    assert rows == [("before", 0), ("after", 1), ("0 files.object_key", 0)]


async def fill_every_table() -> None:
    """Store rows that differ in every column; the nth of a table refers to the nth of another."""
    columns = await columns_by_table()
    references = await fetch_all(REFERENCES[dialect()])
    targets = {(row["table"], row["name"]): row["target"] for row in references}
    for table in sorted_by_reference(set(columns), references):
        for number in range(ROWS_PER_TABLE):
            row = {
                name: value(targets.get((table, name), f"{table}.{name}"), sql_type, number)
                for name, sql_type in columns[table].items()
            }
            row["id"] = value(table, columns[table]["id"], number)
            names = ", ".join(f'"{name}"' for name in row)
            places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
            insert = f'INSERT INTO "{table}" ({names}) VALUES ({places})'  # noqa: S608 - the schema's own names
            await execute(insert, *row.values())


async def read_every_table() -> dict[str, list[Row]]:
    select = 'SELECT * FROM "{}" ORDER BY id'
    return {table: await fetch_all(select.format(table)) for table in await columns_by_table()}


async def columns_by_table() -> dict[str, dict[str, str]]:
    tables: dict[str, dict[str, str]] = {}
    for row in await fetch_all(COLUMNS[dialect()]):
        tables.setdefault(row["table"], {})[row["name"]] = row["type"].lower()
    return tables


def sorted_by_reference(tables: set[str], references: list[Row]) -> list[str]:
    """Return every table after those that it refers to."""
    waits_for = {table: {row["target"] for row in references if row["table"] == table} - {table} for table in tables}
    return list(TopologicalSorter(waits_for).static_order())


def value(seed: str, sql_type: str, number: int) -> Any:
    """Return a value of the column's type, the same for the same seed and number."""
    if seed in WORDS:
        return WORDS[seed][number]
    if "json" in sql_type:
        return f'{{"number": {number}}}'
    if "timestamp" in sql_type:
        return datetime(2026, 11, 21, tzinfo=UTC) + timedelta(days=number)
    if "bool" in sql_type:
        return number % 2 == 0
    if "int" in sql_type:
        return number
    length = int(sql_type.partition("(")[2].rstrip(")") or 100)
    return f"{number} {seed}"[:length]


def common(row: Row, like: Row) -> Row:
    return {name: value for name, value in row.items() if name in like}

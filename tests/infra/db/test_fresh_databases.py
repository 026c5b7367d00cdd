"""The databases that tests are lent: like new each time, whatever the test before did to them."""

import asyncpg
import pytest

from tests.support.backing_services.databases import PostgresDatabases
from tests.support.backing_services.postgres import Postgres

ADD_ROW = """
SET session_replication_role = replica; -- without its user and its message
INSERT INTO search_texts (folded, message_id, user_id) VALUES ('a', 'msg_1', 'usr_1')"""


async def use(databases: PostgresDatabases, *statements: str) -> tuple[str, int, int, int]:
    """Do this to a lent database, and leave it with an open transaction; return its URL, rows, next id, migrations."""
    with databases.migrated() as url:
        connection = await asyncpg.connect(url)
        rows = await connection.fetchval("SELECT count(*) FROM search_texts")
        migrations = await connection.fetchval("SELECT count(*) FROM aerich")
        for statement in (ADD_ROW, *statements, "BEGIN", "LOCK TABLE search_texts"):
            await connection.execute(statement)
        next_id = await connection.fetchval("SELECT max(id) FROM search_texts")
    connection.terminate()
    return url, rows, next_id, migrations


async def test_rows_and_connections_are_gone_when_a_database_is_lent_again(
    postgres_databases: PostgresDatabases,
) -> None:
    first, *new = await use(postgres_databases)
    assert new == [0, 1, new[2]]
    assert new[2] > 5
    assert await use(postgres_databases) == (first, *new)


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE users RENAME TO gone",
        "ALTER TABLE users ADD mood TEXT",
        "ALTER TABLE users ALTER username DROP NOT NULL",
        "DROP INDEX search_index",
        "ALTER TABLE users ADD CHECK (username <> '')",
        "CREATE TABLE more (id INT)",
        "ANALYZE search_texts",
        "DELETE FROM aerich WHERE id = 1",
    ],
)
async def test_a_database_of_which_more_than_rows_was_changed_is_not_lent_again(
    postgres_databases: PostgresDatabases, statement: str
) -> None:
    changed, *_ = await use(postgres_databases, statement)
    following, *new = await use(postgres_databases)
    assert following != changed
    assert new[:2] == [0, 1]


async def test_a_database_is_lent_again_after_a_restart_of_the_server(
    postgres: Postgres, postgres_databases: PostgresDatabases
) -> None:
    first, *_ = await use(postgres_databases)
    with postgres.stopped():
        pass
    again, *new = await use(postgres_databases)
    assert again == first
    assert new[:2] == [0, 1]

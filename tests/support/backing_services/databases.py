"""Fresh databases of a throw-away PostgreSQL server: copies of a migrated template."""

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any, TypeVar

import asyncpg

from gql_chat.infra.db.migrations import migrate, migrations_folder
from tests.support.backing_services.postgres import Postgres

APPLICATION_NAME = "tests"  # of the connections that empty databases, for tests that count those of servers
GROWN_BYTES = 4 * 1024 * 1024  # of dead rows, beyond which a database is made anew

# Whatever a test may change besides rows: tables, columns, constraints, indexes, the planner's statistics, settings,
# the list of migrations.
_STATE = """
SELECT md5(concat(
    (SELECT string_agg(concat_ws(',', oid, relname, reltuples), ';' ORDER BY oid) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace),
    (SELECT string_agg(attribute::text, ';' ORDER BY attrelid, attnum) FROM pg_attribute AS attribute
        JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace),
    (SELECT string_agg(pg_constraint::text, ';' ORDER BY oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace),
    (SELECT string_agg(pg_index::text, ';' ORDER BY indexrelid) FROM pg_index
        JOIN pg_class ON pg_class.oid = indexrelid WHERE relnamespace = 'public'::regnamespace),
    (SELECT count(*) FROM pg_db_role_setting),
    (SELECT string_agg(version, ';' ORDER BY id) FROM aerich)
))"""
# Most connections are closing already. PostgreSQL's own wait for their end looks only ten times a second.
_DISCONNECT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
_DISCONNECT_SECONDS = 5
_COMMAND_SECONDS = 60
_EMPTY = """
SET session_replication_role = replica; -- in any order, without foreign keys
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'aerich' LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
    PERFORM setval(oid, 1, false) FROM pg_class
        WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace AND relname <> 'aerich_id_seq';
END $$"""

T = TypeVar("T")


class PostgresDatabases:
    """The databases of one server.

    CREATE DATABASE costs 0.2 s of CPU, and emptying a database 4 ms, if the connection that does it is kept: a new one
    reads the catalogue first, which takes 12 ms. A migrated database is therefore emptied and lent again, unless a test
    changed more than rows.
    """

    def __init__(self, server: Postgres) -> None:
        self._server_url = server.url
        self._numbers = count()
        self._spare: str | None = None
        self._connections: dict[str, asyncpg.Connection] = {}
        # On a thread of its own, because a fixture may be asked for while a loop runs here.
        self._thread, self._runner = ThreadPoolExecutor(max_workers=1), asyncio.Runner()
        self._sql('CREATE DATABASE "template"')
        self._wait_for(migrate(self._url("template"), migrations_folder()))
        connection = self._wait_for(self._connect("template"))
        self._migrated_state, size_bytes = self._wait_for(_state(connection))
        self._wait_for(self._disconnect("template"))
        self._max_bytes = size_bytes + GROWN_BYTES

    def close(self) -> None:
        """Close all connections."""
        for name in list(self._connections):
            self._wait_for(self._disconnect(name))
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()

    @contextmanager
    def blank(self) -> Iterator[str]:
        """Yield the URL of a database without tables."""
        name = self._create("template0")
        try:
            yield self._url(name)
        finally:
            self._drop(name)

    @contextmanager
    def migrated(self) -> Iterator[str]:
        """Yield the URL of a database with all tables and no row."""
        name, self._spare = self._spare or self._create("template"), None
        try:
            yield self._url(name)
        finally:
            if self._wait_for(self._empty(name)) and self._spare is None:
                self._spare = name
            else:
                self._drop(name)

    async def _empty(self, name: str) -> bool:
        """Delete all rows and return whether the database is like new. End whatever connections a test left."""
        connection = await self._connect(name)
        async with asyncio.timeout(_DISCONNECT_SECONDS):
            while await connection.fetch(_DISCONNECT):
                await asyncio.sleep(0.001)
        state, size_bytes = await _state(connection)
        if state != self._migrated_state or size_bytes > self._max_bytes:
            return False
        await connection.execute(_EMPTY)
        return True

    def _create(self, template: str) -> str:
        name = f"test{next(self._numbers)}"
        self._sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def _drop(self, name: str) -> None:
        self._wait_for(self._disconnect(name))
        self._sql(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _sql(self, statement: str) -> None:
        async def execute() -> None:
            await (await self._connect("postgres")).execute(statement)

        self._wait_for(execute())

    async def _connect(self, name: str) -> asyncpg.Connection:
        """Return the connection to a database, which is a new one if a test ended the server or its connections."""
        if name in self._connections:
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                await self._connections[name].execute("SELECT 1")
                return self._connections[name]
            self._connections.pop(name).terminate()
        connection = self._connections[name] = await asyncpg.connect(
            self._url(name), command_timeout=_COMMAND_SECONDS, server_settings={"application_name": APPLICATION_NAME}
        )
        return connection

    async def _disconnect(self, name: str) -> None:
        if connection := self._connections.pop(name, None):
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                await connection.close()

    def _wait_for(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self._thread.submit(self._runner.run, coroutine).result()

    def _url(self, name: str) -> str:
        return f"{self._server_url}/{name}"


async def _state(connection: asyncpg.Connection) -> tuple[str, int]:
    """Return a digest of everything but rows, and the size of the database in bytes."""
    return await connection.fetchval(_STATE), await connection.fetchval("SELECT pg_database_size(current_database())")


def wait_for(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run the coroutine on a thread of its own, because a fixture may be asked for while a loop runs here."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, coroutine).result()

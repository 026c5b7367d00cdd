"""New databases of both kinds, for benchmarks of code that runs in their own process."""

import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeVar

from tests.support.backing_services.postgres import Postgres, running_postgres

Result = TypeVar("Result")


@contextmanager
def _sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        yield f"sqlite://{Path(folder) / 'bench.db'}"


@contextmanager
def _postgres() -> Iterator[str]:
    with running_postgres() as server:
        yield f"{server.url}/postgres"


@contextmanager
def kept_sqlite(folder: Path) -> Iterator[str]:
    """Yield the URL of a database in this folder, which stays there for the next run."""
    yield f"sqlite://{folder / 'bench.db'}"


@contextmanager
def kept_postgres(folder: Path, options: str) -> Iterator[str]:
    """Run a server whose data stay in this folder for the next run, and yield the URL of its database."""
    server = Postgres(folder, options)
    server.start()
    try:
        yield f"{server.url}/postgres"
    finally:
        server.stop()


DATABASES: Mapping[str, Callable[[], AbstractContextManager[str]]] = {"SQLite": _sqlite, "PostgreSQL": _postgres}
"""Context managers that yield the URL of an empty database, by the name of its kind."""


async def measure_on_each(measure: Callable[[str], Awaitable[Result]]) -> dict[str, Result]:
    """Return what the function returns for the URL of a new database of each kind, by name."""
    results: dict[str, Result] = {}
    for name, open_new in DATABASES.items():
        with open_new() as url:
            results[name] = await measure(url)
    return results

"""Applying migrations: under a lock, each wholly or not at all, and never under a later schema."""

import asyncio
import shutil
from pathlib import Path

import pytest
from aerich.models import Aerich
from aerich.utils import decompress_dict, import_py_file
from tortoise.exceptions import OperationalError

from gql_chat.infra.db import postgres
from gql_chat.infra.db.database import dialect, execute, fetch_all
from gql_chat.infra.db.migrations import ReferencesBroken, SchemaIsNewer, list_pending, migrate, migrations_folder
from gql_chat.infra.db.opening import model_modules, open_database
from tests.support.running.forkserver import fork_python

PROCESSES = 3

MIGRATE = """
import asyncio, sys
from pathlib import Path
from gql_chat.infra.db.migrations import migrate
print("ready", flush=True)
sys.stdin.readline()
print(len(asyncio.run(migrate(sys.argv[1], Path(sys.argv[2])))))
"""

ALL_TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    "postgres": "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
}

ADD_USER = """
    INSERT INTO users (
        id, username, username_folded, email, email_folded, password_hash, role, status, created_at, updated_at
    )
    VALUES ('usr_1', 'ann', 'ann', 'a@b.c', 'a@b.c', '-', 'USER', 'ACTIVE', '2026-11-21', '2026-11-21')
"""
ADD_TOKEN = """
    INSERT INTO access_tokens (id, user_id, name, token_hash, scopes, created_at)
    VALUES ('pat_1', 'usr_1', 'script', '-', '[]', '2026-11-21')
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Copy the migrations, so that a test can add to them."""
    return Path(shutil.copytree(migrations_folder(), tmp_path / "models"))


def add_migration(folder: Path, name: str, sql: str) -> str:
    number = len(list(folder.glob("[0-9]*.py")))
    [newest] = folder.glob(f"{number - 1}_*.py")
    state = newest.read_text().partition("MODELS_STATE")[2]
    body = f"async def upgrade(db):\n    return {sql!r}\n\nMODELS_STATE{state}"
    (folder / f"{number}_20270101000000_{name}.py").write_text(body)
    return f"{number}_20270101000000_{name}.py"


async def tables(url: str) -> set[str]:
    async with open_database(url, model_modules()):
        return {row["name"] for row in await fetch_all(ALL_TABLES[dialect()])}


def test_the_folder_is_found_in_a_checkout() -> None:
    assert migrations_folder() == Path(__file__).parents[3] / "migrations" / "models"


async def test_aerich_reads_what_is_recorded(blank_database_url: str) -> None:
    names = await migrate(blank_database_url, migrations_folder())
    async with open_database(blank_database_url, ["aerich.models"]):
        recorded = await Aerich.all().order_by("id")
    assert [row.version for row in recorded] == names
    assert {row.app for row in recorded} == {"models"}
    last = recorded[-1]
    assert last.content == decompress_dict(import_py_file(migrations_folder() / last.version).MODELS_STATE)
    assert all(row.content == {} for row in recorded[:-1])


async def test_what_is_missing_is_applied_in_order_and_once(blank_database_url: str, folder: Path) -> None:
    first = sorted((file.name for file in folder.glob("[0-9]*.py")), key=lambda name: int(name.partition("_")[0]))
    assert await list_pending(blank_database_url, folder) == first
    assert await migrate(blank_database_url, folder) == first
    assert await list_pending(blank_database_url, folder) == []
    add_migration(folder, "create", "CREATE TABLE x0 (id INT);")
    for number in range(11):  # so many that 10 must not come before 2
        add_migration(folder, "rename", f"ALTER TABLE x{number} RENAME TO x{number + 1};")
    assert len(await migrate(blank_database_url, folder)) == 12
    assert await migrate(blank_database_url, folder) == []
    assert "x11" in await tables(blank_database_url)


async def test_a_database_of_a_later_version_is_left_alone(database_url: str, folder: Path) -> None:
    later = add_migration(folder, "later", "CREATE TABLE later (id INT)")
    await migrate(database_url, folder)
    for attempt in (list_pending, migrate):
        with pytest.raises(SchemaIsNewer, match=later):
            await attempt(database_url, migrations_folder())


async def test_a_migration_that_fails_leaves_nothing(database_url: str, folder: Path) -> None:
    before = await tables(database_url)
    add_migration(folder, "good", "CREATE TABLE good (id INT);")
    bad = add_migration(
        folder, "bad", "CREATE TABLE half (id INT); INSERT INTO half VALUES (1); INSERT INTO nowhere VALUES (1);"
    )
    with pytest.raises(OperationalError, match="nowhere"):
        await migrate(database_url, folder)
    assert await tables(database_url) == before | {"good"}
    assert await list_pending(database_url, folder) == [bad]


async def test_the_lock_is_given_back_wherever_migrating_is_cancelled(blank_database_url: str) -> None:
    for steps in range(0, 60, 3):
        migrating = asyncio.create_task(migrate(blank_database_url, migrations_folder()))
        for _ in range(steps):
            await asyncio.sleep(0)
        migrating.cancel()
        await asyncio.wait([migrating])
    await asyncio.wait_for(migrate(blank_database_url, migrations_folder()), 5)
    assert await list_pending(blank_database_url, migrations_folder()) == []


async def test_a_file_that_lacks_nothing_is_recognized_without_the_orm(
    sqlite_template: Path, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite://{shutil.copy(sqlite_template, tmp_path / 'a %20#?.db')}"
    with monkeypatch.context() as patch:
        patch.delattr("gql_chat.infra.db.migrations._connected")
        assert await migrate(url, migrations_folder()) == []
    name = add_migration(folder, "more", "CREATE TABLE more (id INT)")
    assert await migrate(url, folder) == [name]


async def test_any_number_of_processes_may_migrate_at_once(blank_database_url: str, folder: Path) -> None:
    for number in range(20):
        add_migration(folder, "more", f"CREATE TABLE more{number} (id INT);")
    processes = [await fork_python(MIGRATE, blank_database_url, str(folder)) for _ in range(PROCESSES)]
    for process in processes:
        assert await process.stdout.readline() == b"ready\n"
    outputs = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    applied = len(list(folder.glob("[0-9]*.py")))
    assert sorted(int(output) for output, _ in outputs) == [0] * (PROCESSES - 1) + [applied]
    assert [process.returncode for process in processes] == [0] * PROCESSES


async def test_a_table_is_rebuilt_on_sqlite_without_losing_the_rows_that_refer_to_it(
    sqlite_url: str, folder: Path
) -> None:
    async with open_database(sqlite_url, model_modules()):
        await execute(ADD_USER)
        await execute(ADD_TOKEN)
    rebuild = """
        CREATE TABLE u AS SELECT * FROM users;
        DROP TABLE users;
        ALTER TABLE u RENAME TO users;
        CREATE UNIQUE INDEX uid ON users (id);
    """
    add_migration(folder, "rebuild", rebuild)
    await migrate(sqlite_url, folder)
    async with open_database(sqlite_url, model_modules()):
        assert await fetch_all("SELECT id, user_id FROM access_tokens") == [{"id": "pat_1", "user_id": "usr_1"}]


async def test_a_migration_that_breaks_references_is_undone(sqlite_url: str, folder: Path) -> None:
    async with open_database(sqlite_url, model_modules()):
        await execute(ADD_USER)
        await execute(ADD_TOKEN)
    name = add_migration(folder, "careless", "DELETE FROM users;")
    with pytest.raises(ReferencesBroken, match=f"^{name} leaves rows with broken references in access_tokens$"):
        await migrate(sqlite_url, folder)
    assert await list_pending(sqlite_url, folder) == [name]
    async with open_database(sqlite_url, model_modules()):
        assert await fetch_all("SELECT id FROM users") == [{"id": "usr_1"}]


async def test_the_lock_may_be_idle_for_as_long_as_migrations_take(
    postgres_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "IDLE_IN_TRANSACTION_SECONDS", 1.0)
    name = add_migration(folder, "long", "SELECT pg_sleep(1.2);")
    assert await migrate(postgres_url, folder) == [name]

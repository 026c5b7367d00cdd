"""The list of commands, `gql-chat migrate` and `schema`, and errors in one line; tests/server has `serve`."""

import asyncio
import sqlite3
import subprocess
import sys
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from gql_chat import __version__
from gql_chat.api.schema import published_schema
from gql_chat.cli import COMMANDS
from gql_chat.server.server import Server
from tests.support.chat import SECRET_KEY
from tests.support.command_line import invoke, run
from tests.support.process import PASSWORD
from tests.support.stored.read_only import read_only

IMPORT_SERVE = 'import sys; from gql_chat.cli import main; main.get_command(None, "serve")'
IMPORT_SERVER = f'{IMPORT_SERVE}; from gql_chat.cli import import_quickly; import_quickly("gql_chat.server.server")'


async def test_migrate_applies_once_and_then_has_nothing_to_do(tmp_path: Path) -> None:
    first = await run("migrate", DATA_DIR=tmp_path)
    assert (first[0], first[1].startswith("applied 0_"), first[2]) == (0, True, "")
    with sqlite3.connect(tmp_path / "gql-chat.sqlite3") as database:
        assert database.execute("SELECT count(*) FROM messages").fetchone() == (0,)
    assert await run("migrate", DATA_DIR=tmp_path) == (0, "the database is up to date\n", "")


async def test_a_database_that_cannot_be_used_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "gql-chat.sqlite3").write_bytes(b"no database at all " * 100)
    garbage, nowhere = await asyncio.gather(
        run("migrate", DATA_DIR=tmp_path, SECRET_KEY=SECRET_KEY),
        run("migrate", DATA_DIR=tmp_path, SECRET_KEY=SECRET_KEY, DATABASE_URL=f"sqlite://{tmp_path}/missing/x.db"),
    )
    assert garbage == (
        1,
        "",
        f"Error: GQL_CHAT_DATABASE_URL: {tmp_path}/gql-chat.sqlite3 cannot be used: file is not a database\n",
    )
    assert nowhere == (
        1,
        "",
        f"Error: GQL_CHAT_DATABASE_URL: {tmp_path}/missing/x.db cannot be used: unable to open database file\n",
    )


async def test_a_database_that_stores_nothing_is_told_with_the_reason(tmp_path: Path, postgres_url: str) -> None:
    settings: dict[str, Any] = {"DATA_DIR": tmp_path, "DATABASE_URL": postgres_url, "SECRET_KEY": "x" * 32}
    create = partial(run, "user", "create", "ada", "ada@example.com", "--password-stdin", said=f"{PASSWORD}\n")
    async with read_only(postgres_url):
        failed = await create(**settings)
    reason = "cannot execute INSERT in a read-only transaction"
    assert failed == (1, "", f"Error: GQL_CHAT_DATABASE_URL: nothing can be stored: {reason}\n")
    assert (await create(**settings))[0] == 0


async def test_wrong_settings_are_told_a_line_each(tmp_path: Path) -> None:
    code, output, errors = await run("migrate", DATA_DIR=tmp_path, PORT="eighty", PORTT="1")
    assert (code, output) == (1, "")
    assert errors.splitlines() == [
        "Error: GQL_CHAT_PORT: must be a whole number",
        "GQL_CHAT_PORTT: unknown setting; did you mean GQL_CHAT_PORT?",
    ]


def test_schema_prints_what_is_published() -> None:
    result = invoke("schema")
    assert (result.exit_code, result.stdout) == (0, published_schema())


def test_the_help_lists_every_command_with_its_own_first_sentence() -> None:
    listed = invoke("--help").stdout
    for name, sentence in COMMANDS.items():
        command = import_module(f"gql_chat.cli.{name}").command
        assert command.name == name
        assert command.get_short_help_str(limit=80) == sentence
        assert f"  {name:<8}  {sentence}\n" in listed
    assert "worker" not in listed


def test_an_unknown_command_is_refused() -> None:
    result = invoke("serv")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "No such command 'serv'" in result.stderr


def test_the_help_imports_nothing_but_click() -> None:
    heavy = ("aiohttp", "graphql", "openai", "pydantic", "starlette", "strawberry", "structlog", "tortoise", "uvicorn")
    code = f"""import sys; from gql_chat.cli import main; main(["--help"], standalone_mode=False)
assert not (imported := sys.modules.keys() & set({heavy})), imported"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_a_server_begins_to_serve_without_the_clients_of_models() -> None:
    heavy = (
        *("aerich", "aiohttp", "asyncpg", "gql_chat.demo", "httpx2", "openai", "redis"),
        *("opentelemetry", "gql_chat.infra.telemetry.otel"),  # tracing is off
        "rich.console",  # installed for development, and only imported by libraries
    )
    code = f"{IMPORT_SERVER}; assert not (imported := sys.modules.keys() & set({heavy})), imported"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_a_supervisor_imports_no_server() -> None:
    heavy = ("graphql", "starlette", "strawberry", "uvicorn", "gql_chat.api")
    code = f"{IMPORT_SERVE}; assert not (imported := sys.modules.keys() & set({heavy})), imported"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_the_start_of_a_server_stays_as_small_as_it_is() -> None:
    code = f"""import sys; compiled = []
sys.addaudithook(lambda event, details: compiled.append(details) if event == "compile" else None)
{IMPORT_SERVER}; print(len(sys.modules), len(compiled))"""
    counted = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    modules, compiled = map(int, counted.split())
    assert modules <= 1_300
    assert compiled <= (
        2_200 if sys.version_info < (3, 13) else 3_300
    )  # texts of Python, most of them the methods of dataclasses


def test_ctrl_c_before_a_server_is_ready_ends_it_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(server: Server) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Server, "run", interrupted)
    result = invoke("serve", DATA_DIR=tmp_path)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "\ngql-chat is stopped.\n", "")


def test_version() -> None:
    assert invoke("--version").stdout == f"gql-chat, version {__version__}\n"

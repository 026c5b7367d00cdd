"""The command line, as people type it."""

import asyncio
import os
import re
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gql_chat import __version__
from gql_chat.api.schema import published_schema
from gql_chat.cli import main
from gql_chat.demo import DemoServer, Script
from gql_chat.keys.models import Key
from tests.chat import SECRET_KEY, Chat, run_chat
from tests.client import Client

PERSONAS = """- name: Pirate
  content: You are a pirate.
- name: 海盗
  content: 你是海盗。
"""
KEY_1, KEY_2 = f"one:{'A' * 43}=", f"two:{'B' * 42}A="
CREATE_KEY = "mutation ($input: CreateKeyInput!) { createKey(input: $input) { id } }"


@pytest.fixture
async def provider() -> AsyncIterator[DemoServer]:
    """An OpenAI-compatible server that is no gql-chat."""
    async with DemoServer(pace_seconds=0) as running:
        yield running


@asynccontextmanager
async def started(*arguments: str, **settings: object) -> AsyncIterator[asyncio.subprocess.Process]:
    """`gql-chat` as a process of its own; settings are without prefix."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GQL_CHAT_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gql_chat", *arguments),
        env=inherited | {f"GQL_CHAT_{name}": str(value) for name, value in settings.items()},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(30):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def run(*arguments: str, **settings: object) -> tuple[int | None, str, str]:
    """What it ended with, and what it printed to its two outputs."""
    async with started(*arguments, **settings) as process:
        output, errors = await process.communicate()
        return process.returncode, output.decode(), errors.decode()


def invoke(*arguments: str | Path) -> Result:
    """A command that needs no settings, and so no process of its own."""
    return CliRunner().invoke(main, list(map(str, arguments)))


async def test_demo_starts_a_server_of_its_own_and_prints_nothing_but_the_chat(tmp_path: Path) -> None:
    assert await run("demo", "2+3*4", DATA_DIR=tmp_path, PORT=0) == (
        0,
        "You: 2+3*4\ndemo: 2 + 3 × 4 = 14 🧮\n[completed, 139 tokens]\n",
        "",
    )


async def test_demo_prints_a_running_servers_reply_as_it_streams(chat: Chat) -> None:
    driven = chat.demo.drive("demo")
    async with started("demo", "Tell me", "--url", f"{chat.origin}/") as process:
        assert process.stdout is not None
        call = await driven.next_call()
        assert call.body["messages"][-1] == {"role": "user", "content": "Tell me"}
        for piece in ("数据 flows ", "🌍", " on"):
            await call.send(piece)
            expected = ("You: Tell me\ndemo: " if piece.startswith("数据") else "") + piece
            assert (await process.stdout.readexactly(len(expected.encode()))).decode() == expected
        await call.finish(usage={"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7})
        output, errors = await process.communicate()
    assert (process.returncode, output, errors) == (0, b"\n[completed, 7 tokens]\n", b"")


async def test_demo_shows_how_a_provider_fails(chat: Chat) -> None:
    chat.demo.script("demo", Script(chunks=("so far",), error_after=1))
    code, output, errors = await run("demo", "Hi", "--url", chat.origin)
    assert (code, errors) == (0, "")
    assert output.startswith("You: Hi\ndemo: so far\n[failed")


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("http://127.0.0.1:1", "No server answers at http://127.0.0.1:1; `gql-chat serve` starts one."),
        ("127.0.0.1", "127.0.0.1 is no address of a server: it begins with http:// or https://."),
    ],
)
def test_demo_says_in_one_line_that_nobody_answers(url: str, complaint: str) -> None:
    result = invoke("demo", "--url", url)
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"Error: {complaint}\n")


async def test_demo_says_in_one_line_that_something_else_answers(provider: DemoServer) -> None:
    result = await asyncio.to_thread(invoke, "demo", "--url", provider.base_url)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"Error: What answers at {provider.base_url} is no gql-chat server.\n"


async def test_migrate_applies_once_and_then_has_nothing_to_do(tmp_path: Path) -> None:
    first = await run("migrate", DATA_DIR=tmp_path)
    assert (first[0], first[1].startswith("applied 0_"), first[2]) == (0, True, "")
    with sqlite3.connect(tmp_path / "gql-chat.sqlite3") as database:
        assert database.execute("SELECT count(*) FROM messages").fetchone() == (0,)
    assert await run("migrate", DATA_DIR=tmp_path) == (0, "the database is up to date\n", "")


async def test_a_database_that_cannot_be_used_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "gql-chat.sqlite3").write_bytes(b"no database at all " * 100)
    garbage, nowhere = await asyncio.gather(
        run("migrate", DATA_DIR=tmp_path),
        run("migrate", DATA_DIR=tmp_path, DATABASE_URL=f"sqlite://{tmp_path}/missing/x.db"),
    )
    assert garbage == (1, "", "Error: The database cannot be used: file is not a database.\n")
    assert nowhere == (1, "", "Error: The database cannot be used: unable to open database file.\n")


async def test_wrong_settings_are_told_a_line_each(tmp_path: Path) -> None:
    code, output, errors = await run("migrate", DATA_DIR=tmp_path, PORT="eighty", PORTT="1")
    assert (code, output) == (1, "")
    assert errors.splitlines() == [
        "Error: GQL_CHAT_PORT: must be a whole number",
        "GQL_CHAT_PORTT: there is no such setting; did you mean GQL_CHAT_PORT?",
    ]


def test_schema_prints_what_is_published() -> None:
    result = invoke("schema")
    assert (result.exit_code, result.stdout) == (0, published_schema())


def test_personas_check_lists_the_names_of_a_good_file(tmp_path: Path) -> None:
    file = tmp_path / "good.yaml"
    for encoding in ("utf-8", "utf-8-sig"):
        file.write_text(PERSONAS, encoding=encoding)
        result = invoke("personas", "check", file)
        assert (result.exit_code, result.stdout, result.stderr) == (0, "Pirate\n海盗\n", "")


def test_personas_check_says_which_line_of_a_bad_file_is_at_fault(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(PERSONAS + "- nam: x\n", encoding="utf-8")
    result = invoke("personas", "check", file)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"Error: {file}:5: a persona has `name` and `content` only, not 'nam'\n"
    file.write_bytes("名".encode("gbk"))
    assert invoke("personas", "check", file).stderr == f"Error: {file}: is not UTF-8 text\n"


async def test_keys_rotate_lets_the_old_master_key_go(sqlite_url: str, tmp_path: Path, provider: DemoServer) -> None:
    async with run_chat(sqlite_url, tmp_path, MASTER_KEYS=KEY_1) as chat:
        ada = await chat.sign_up("ada")
        key = {"name": "mine", "secret": "sk-of-ada-0001", "model": "demo", "baseUrl": provider.base_url}
        key_id = (await ada.run(CREATE_KEY, input=key))["createKey"]["id"]
        assert (await Key.get(id=key_id)).secret_sealed.startswith("one.")
    settings = {"DATA_DIR": tmp_path, "DATABASE_URL": sqlite_url, "SECRET_KEY": SECRET_KEY}
    rotated = await run("keys", "rotate", MASTER_KEYS=f"{KEY_2},{KEY_1}", **settings)
    assert rotated == (0, "1 secret(s) sealed again\n", "")
    assert await run("keys", "rotate", MASTER_KEYS=KEY_2, **settings) == (0, "0 secret(s) sealed again\n", "")
    async with run_chat(sqlite_url, tmp_path, MASTER_KEYS=KEY_2) as chat:
        await Client(chat.http, chat.origin, ada.token).send(keyId=key_id, wait=True)
        assert provider.requests[-1].headers["authorization"] == "Bearer sk-of-ada-0001"


async def test_keys_rotate_needs_tables(tmp_path: Path) -> None:
    code, output, errors = await run("keys", "rotate", DATA_DIR=tmp_path)
    assert (code, output) == (1, "")
    assert re.fullmatch(r"Error: The database lacks \d migration\(s\): run `gql-chat migrate` first\.\n", errors)


def test_version() -> None:
    assert invoke("--version").stdout == f"gql-chat, version {__version__}\n"

"""`gql-chat doctor`."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from gql_chat.infra.db.migrations import migrate, migrations_folder
from tests.support.chat import SECRET_KEY, run_chat
from tests.support.command_line import invoke, run
from tests.support.stored.read_only import read_only
from tests.support.uploads import put_file

NOW = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


def screen(output: str) -> dict[str, tuple[str, str]]:
    """Return the mark and the detail of each line by its part."""
    lines = [line.split(maxsplit=2) for line in output.splitlines()]
    return {part: (mark, detail) for mark, part, detail in lines}


def test_before_the_first_start_all_is_well_and_no_database_is_created(tmp_path: Path) -> None:
    result = invoke("doctor", DATA_DIR=tmp_path)
    assert (result.exit_code, result.stderr) == (0, "")
    found = screen(result.stdout)
    assert found.pop("pages")[0] == "ok"
    assert found == {
        "settings": ("ok", "from the environment: GQL_CHAT_DATA_DIR; all others are defaults"),
        "secret_key": ("ok", f"{tmp_path}/secret_key will be created by the first start"),
        "database": ("ok", f"sqlite://{tmp_path}/gql-chat.sqlite3 will be created by the first start"),
        "redis": ("ok", "not used; a single server does not need it"),
        "store": ("ok", f"file://{tmp_path}/files"),
        "mail": ("ok", "printed on the console, not sent"),
    }
    assert not (tmp_path / "gql-chat.sqlite3").exists()
    assert not (tmp_path / "secret_key").exists()


async def test_a_database_without_its_secret_key_is_reported_and_no_other_key_is_made(tmp_path: Path) -> None:
    assert (await run("migrate", DATA_DIR=tmp_path))[0] == 0
    key = tmp_path / "secret_key"
    assert screen((await run("doctor", DATA_DIR=tmp_path))[1])["secret_key"] == ("ok", str(key))
    key.unlink()
    code, output, errors = await run("doctor", DATA_DIR=tmp_path)
    assert (code, errors) == (1, "")
    remedy = "restore it; the next start makes another, which opens no user's key and ends every sign-in"
    assert screen(output)["secret_key"] == ("FAIL", f"{key} is missing: {remedy}")
    assert not key.exists()


async def test_a_database_that_is_damaged_is_reported(tmp_path: Path) -> None:
    assert (await run("migrate", DATA_DIR=tmp_path))[0] == 0
    with closing(sqlite3.connect(tmp_path / "gql-chat.sqlite3")) as connection:
        [(page, size)] = connection.execute(
            "SELECT rootpage, page_size FROM sqlite_schema, pragma_page_size WHERE name = 'messages'"
        )
    with (tmp_path / "gql-chat.sqlite3").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    code, output, _ = await run("doctor", DATA_DIR=tmp_path)
    assert code == 1
    mark, detail = screen(output)["database"]
    assert (mark, detail) == (
        "FAIL",
        f"{tmp_path}/gql-chat.sqlite3 is damaged: Page {page}: btreeInitPage() returns error code 11",
    )


async def test_a_migrated_database_shows_its_clock_and_keys(sqlite_url: str, tmp_path: Path) -> None:
    await migrate(sqlite_url, migrations_folder())
    code, output, errors = await run("doctor", DATA_DIR=tmp_path, DATABASE_URL=sqlite_url, SECRET_KEY="x" * 32)
    assert (code, errors) == (0, "")
    found = screen(output)
    assert found["migrations"] == ("ok", "all are applied")
    assert found["keys"] == ("ok", "0 secret(s) can be decrypted")
    assert NOW.match(found["clock"][1])


async def test_files_that_the_store_lacks_are_counted_and_all_of_them_are_a_fault(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with run_chat(sqlite_url, tmp_path) as chat:
        ada = await chat.sign_up("ada")
        session_id = (await ada.send("hi", wait=True))["session"]["id"]
        for name in ("one.txt", "two.txt"):
            await put_file(ada, session_id, name, b"text")

    async def files() -> tuple[int | None, tuple[str, str]]:
        code, output, _ = await run("doctor", DATA_DIR=tmp_path, DATABASE_URL=sqlite_url, SECRET_KEY=SECRET_KEY)
        return code, screen(output)["files"]

    assert await files() == (0, ("ok", "2 of the newest 2 file(s) are in the store"))
    first, second = (tmp_path / "files").rglob("file_*")
    first.unlink()
    assert await files() == (0, ("ok", "1 of the newest 2 file(s) are in the store"))
    second.unlink()
    assert await files() == (1, ("FAIL", "0 of the newest 2 file(s) are in the store"))


async def test_a_database_that_is_read_only_is_named(postgres_url: str, tmp_path: Path) -> None:
    async with read_only(postgres_url):
        code, output, errors = await run("doctor", DATA_DIR=tmp_path, DATABASE_URL=postgres_url, SECRET_KEY="x" * 32)
    assert (code, errors) == (1, "")
    reason = "cannot execute DELETE in a read-only transaction"
    assert screen(output)["database"] == ("FAIL", f"nothing can be stored: {reason}")


def test_each_part_that_cannot_work_is_named_and_the_code_is_1(tmp_path: Path) -> None:
    (tmp_path / "garbage").write_bytes(b"no database at all " * 100)
    result = invoke(
        "doctor",
        DATA_DIR=tmp_path,
        DATABASE_URL=f"sqlite://{tmp_path}/garbage",
        SECRET_KEY="x" * 32,
        STORE_URL=f"file://{tmp_path}/garbage",
        REDIS_URL="redis://127.0.0.1:1/0",
        MAILER="smtp",
        SMTP_HOST="127.0.0.1",
        SMTP_PORT=1,
        SMTP_SECURITY="none",
        MAIL_FROM="chat@example.com",
    )
    assert (result.exit_code, result.stderr) == (1, "")
    found = screen(result.stdout)
    assert {part for part, (mark, _) in found.items() if mark == "FAIL"} == {"database", "redis", "store", "mail"}
    assert found["database"][1] == f"{tmp_path}/garbage cannot be used: file is not a database"
    assert found["redis"][1] == "GQL_CHAT_REDIS_URL: Redis does not respond; servers do without it meanwhile"
    assert found["store"][1] == "GQL_CHAT_STORE_URL: must be a folder that can be written: File exists"
    assert found["mail"][1] == "127.0.0.1: The mail server cannot be reached: ConnectionRefusedError."


def test_wrong_settings_are_reported_a_line_each(tmp_path: Path) -> None:
    result = invoke("doctor", DATA_DIR=tmp_path, PORT="eighty")
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "Error: GQL_CHAT_PORT: must be a whole number\n")

"""Accounts from the command line, beside a running server and before the first start."""

import asyncio
import os
import pty
import subprocess
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import CliRunner, Result

from gql_chat.cli import main
from gql_chat.infra.storage.object_store import S3Place, open_s3_store
from gql_chat.users.models import User, UserRole
from gql_chat.users.passwords.hashing import Passwords
from tests.support.chat import SECRET_KEY, run_chat
from tests.support.client import Client, GraphQLErrors
from tests.support.process import PASSWORD
from tests.support.running.forkserver import fork_gql_chat
from tests.support.stored.owners import Owner, new_file
from tests.support.stored.rows import all_rows

COMMAND = [sys.executable, "-m", "gql_chat", "user"]
LOGIN = """mutation ($name: String!, $password: String!) {
    login(input: {login: $name, password: $password}) { accessToken } }"""
USER = ["USER", "ACTIVE", "never"]
ME = "{ me { username email role status } }"


@pytest.fixture(autouse=True)
def _settings(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gql_chat.cli.user.Passwords", partial(Passwords, cost=4))
    for name in [name for name in os.environ if name.startswith("GQL_CHAT_")]:
        monkeypatch.delenv(name)
    for name, value in [("DATA_DIR", str(tmp_path)), ("DATABASE_URL", sqlite_url), ("SECRET_KEY", SECRET_KEY)]:
        monkeypatch.setenv(f"GQL_CHAT_{name}", value)


def run(*arguments: str, password: str | bytes | None = None) -> Result:
    """Run `gql-chat user …`, with standard input that is no terminal."""
    return CliRunner().invoke(main, ["user", *arguments], input=password)


def create(*arguments: str, password: str | bytes = f"{PASSWORD}\n") -> Result:
    return run("create", *arguments, password=password)


def outcome(result: Result) -> tuple[int, str, str]:
    return result.exit_code, result.stdout, result.stderr


def test_the_first_admin_is_made_before_the_first_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GQL_CHAT_DATABASE_URL")
    assert outcome(create("--admin", "ada", "ada@example.com")) == (
        0, "ada\tada@example.com\tADMIN\tACTIVE\tnever\n", "",
    )  # fmt: skip
    assert outcome(create("bob", "bob@example.com", "--password-stdin", password=f"{PASSWORD}\r\nmore")) == (
        0, "bob\tbob@example.com\tUSER\tACTIVE\tnever\n", "",
    )  # fmt: skip
    assert outcome(run("list")) == (
        0, "bob\tbob@example.com\tUSER\tACTIVE\tnever\nada\tada@example.com\tADMIN\tACTIVE\tnever\n", "",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "password", "complaint"),
    [
        (("ad", "a@example.com"), PASSWORD, "A username has 3 to 50 letters, digits, _, - or '.'."),
        (("bob", "example.com"), PASSWORD, "This is not an e-mail address."),
        (("bob", "b@example.com"), "short", "A password needs at least 8 characters."),
        (("bob", "b@example.com"), "", "A password needs at least 8 characters."),
        (("bob", "b@example.com"), b"\xff" * 10, "The password is not UTF-8 text."),
        (("ADA", "b@example.com"), PASSWORD, "This username is taken."),
        (("bob", "ADA@example.com"), PASSWORD, "This e-mail address is registered already."),
    ],
)
def test_what_is_wrong_is_told_in_one_line(arguments: tuple[str, str], password: str | bytes, complaint: str) -> None:
    create("ada", "ada@example.com")
    assert outcome(create(*arguments, password=password)) == (1, "", f"Error: {complaint}\n")
    assert run("list").stdout.count("\n") == 1


def test_only_making_an_account_makes_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GQL_CHAT_DATABASE_URL")
    code, output, complaint = outcome(run("list"))
    assert (code, output) == (1, "")
    assert complaint.startswith("Error: The database lacks ")


def test_who_is_not_there_is_told_in_one_line() -> None:
    for command in ("promote", "demote", "disable", "enable", "erase"):
        assert outcome(run(command, "nobody")) == (1, "", "Error: No user has the username or e-mail address nobody.\n")


def test_roles_and_status_are_changed_by_username_or_address() -> None:
    create("--admin", "ada", "ada@example.com")
    create("bob", "bob@example.com")
    for command, login, role, status in [
        ("promote", "BOB", "ADMIN", "ACTIVE"),
        ("disable", "bob@example.com", "ADMIN", "DISABLED"),
        ("enable", "bob", "ADMIN", "ACTIVE"),
        ("demote", "Bob@Example.com", "USER", "ACTIVE"),
    ]:
        assert outcome(run(command, login)) == (0, f"bob\tbob@example.com\t{role}\t{status}\tnever\n", "")


def test_the_last_active_admin_stays_one() -> None:
    create("--admin", "ada", "ada@example.com")
    for command in ("demote", "disable"):
        complaint = "Error: This is the last active admin: make another user an admin first.\n"
        assert outcome(run(command, "ada")) == (1, "", complaint)
    assert run("list").stdout == "ada\tada@example.com\tADMIN\tACTIVE\tnever\n"


def test_nobody_is_erased_who_is_not_meant() -> None:
    create("--admin", "ada", "ada@example.com")
    create("bob", "bob@example.com")
    before = run("list").stdout
    question = "Erase bob <bob@example.com> and everything that they own? This cannot be undone. [y/N]: "
    for answer in ("n\n", "\n", ""):
        refused = run("erase", "bob", password=answer)
        assert (refused.exit_code, refused.stdout.partition("\n")[0].rstrip("n")) == (1, question)
    complaint = "Error: This is the last active admin: make another user an admin first.\n"
    assert outcome(run("erase", "--yes", "ada")) == (1, "", complaint)
    assert run("list").stdout == before
    erased = run("erase", "BOB@example.com", password="y\n")
    assert (erased.exit_code, erased.stdout.splitlines()[-1]) == (0, "erased")
    assert run("list").stdout == "ada\tada@example.com\tADMIN\tACTIVE\tnever\n"


async def test_the_list_has_everybody_or_who_is_searched_for(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path) as chat:
        for number in range(205):
            await chat.sign_up(f"user{number:03}")
        await User.filter(username="user007").update(email="\x9b31m@example.com", nickname="Bond")
    listed = (await asyncio.to_thread(run, "list")).stdout.splitlines()
    assert [line.split("\t")[0] for line in listed] == [f"user{number:03}" for number in reversed(range(205))]
    found = await asyncio.to_thread(run, "list", "bond")
    assert found.stdout == "user007\t\ufffd31m@example.com\tUSER\tACTIVE\tnever\n"


def test_a_person_is_asked_twice_and_what_they_type_is_not_shown() -> None:
    terminal, its_end = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "create", "ada", "ada@example.com"], stdin=its_end, stdout=its_end, stderr=its_end,
        start_new_session=True,
    )  # fmt: skip
    os.close(its_end)
    shown = ""
    for _ in range(2):
        while not shown.endswith(": "):
            shown += os.read(terminal, 1000).decode()
        os.write(terminal, f"{PASSWORD}\n".encode())
        shown += os.read(terminal, 1000).decode()
    assert process.wait(30) == 0
    with suppress(OSError):  # which is how Linux tells the end
        while more := os.read(terminal, 1000):
            shown += more.decode()
    os.close(terminal)
    assert shown.split() == ["Password:", "Repeat", "for", "confirmation:", "ada", "ada@example.com", *USER]


async def test_it_works_beside_a_running_server_whose_sockets_close(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GQL_CHAT_DATABASE_URL", database_url)
    async with run_chat(database_url, tmp_path) as chat:
        assert await as_process("create", "--admin", "ada", "ada@example.com") == 0
        token = (await chat.stranger.run(LOGIN, name="ada", password=PASSWORD))["login"]["accessToken"]
        ada, bob = Client(chat.http, chat.origin, token), await chat.sign_up("bob", UserRole.ADMIN)
        assert (await ada.run(ME))["me"]["role"] == "ADMIN"
        async with ada.connect() as socket, bob.connect() as other:
            assert await as_process("disable", "ada") == 0
            await asyncio.wait_for(socket.raw.receive(), 5)
            assert (socket.raw.close_code, other.raw.closed) == (4401, False)
        with pytest.raises(GraphQLErrors):
            await ada.run(ME)


async def test_who_is_erased_beside_a_running_server_leaves_nothing_behind(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GQL_CHAT_DATABASE_URL", database_url)
    async with run_chat(database_url, tmp_path) as chat:
        bob = await chat.sign_up("bob")
        await bob.send("of Bob", wait=True)
        others = await all_rows()
        ada, driven = await chat.sign_up("ada"), chat.demo.drive("demo")
        await ada.send("half of")
        call = await driven.next_call()
        await call.send("a reply")
        async with ada.connect() as socket:
            assert await as_process("erase", "ada", "--yes") == 0
            await asyncio.wait_for(socket.raw.receive(), 5)
            assert socket.raw.close_code == 4401
        await asyncio.wait_for(call.disconnected(), 10)  # when its writer looks for the row
        assert await all_rows() == others
        with pytest.raises(GraphQLErrors):
            await ada.run(ME)


async def test_files_are_exported_and_go_with_their_owner_though_no_server_runs(
    sqlite_url: str, tmp_path: Path, s3_place: S3Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "URL": f"s3://{s3_place.bucket}",
        "ENDPOINT": s3_place.endpoint,
        "ACCESS_KEY_ID": s3_place.credentials.access_key_id,
        "SECRET_ACCESS_KEY": s3_place.credentials.secret_access_key,
    }.items():
        monkeypatch.setenv(f"GQL_CHAT_STORE_{name}", value)
    store = open_s3_store(s3_place)
    async with run_chat(sqlite_url, tmp_path) as chat:
        ada = await chat.sign_up("ada")
        await chat.sign_up("root", UserRole.ADMIN)
        file = await new_file(Owner(ada.user_id, (await ada.send(wait=True))["session"]["id"]))
        (tmp_path / "source").write_bytes(b"hello")
        await store.put(file.object_key, tmp_path / "source")
    zip_file = tmp_path / "ada.zip"
    exported = await asyncio.to_thread(run, "export", "ada", str(zip_file))
    assert outcome(exported) == (0, "sign_ins\t1\nsessions\t1\nmessages\t2\nfiles\t1\ncalls\t1\n", "")
    with ZipFile(zip_file) as archive:
        assert archive.read(f"files/{file.id}.txt") == b"hello"
    for target, complaint in [
        (zip_file, "exists already: choose another name."),
        (tmp_path / "no/x.zip", "cannot be written: No such file"),
    ]:
        refused = await asyncio.to_thread(run, "export", "ada", str(target))
        assert (refused.exit_code, refused.stderr.startswith(f"Error: {target} {complaint}")) == (1, True)
    assert outcome(await asyncio.to_thread(run, "erase", "--yes", "ada")) == (0, "erased\n", "")
    assert await store.find_size(file.object_key) is None


async def as_process(*arguments: str) -> int | None:
    """Return the command's exit code; the password is given on standard input."""
    process = await fork_gql_chat("user", *arguments, environment=os.environ, stderr=None)
    await process.communicate(f"{PASSWORD}\n".encode())
    return process.returncode


async def test_nothing_is_created_in_a_database_of_an_earlier_version(
    blank_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GQL_CHAT_DATABASE_URL", blank_postgres_url)
    code, output, complaint = outcome(await asyncio.to_thread(create, "ada", "ada@example.com"))
    assert (code, output) == (1, "")
    assert complaint.startswith("Error: The database lacks ")
    assert complaint.endswith(" migration(s): run `gql-chat migrate` first.\n")

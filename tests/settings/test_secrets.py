"""Secrets of the settings: the key and the folder that are made for them, and what never shows them."""

import json
import stat
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gql_chat.infra.crypto import read_or_create_secret
from tests.settings.test_settings import POSTGRES, SECRET, fault, load
from tests.support.command_line import run


def test_a_made_secret_key_is_kept_for_its_owner_only(tmp_path: Path) -> None:
    made = load(tmp_path).secret_key.get_secret_value()
    path = tmp_path / "data" / "secret_key"
    assert path.read_text() == made + "\n"
    assert len(made) == 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load(tmp_path).secret_key.get_secret_value() == made
    assert [entry.name for entry in path.parent.iterdir()] == ["secret_key"]


async def test_a_secret_key_that_is_made_beside_a_database_is_logged_once(tmp_path: Path) -> None:
    assert (await run("migrate", DATA_DIR=tmp_path))[2] == ""
    (tmp_path / "secret_key").unlink()
    code, _, log = await run("migrate", DATA_DIR=tmp_path)
    [line] = map(json.loads, log.splitlines())
    assert (code, line["level"], line["message"]) == (0, "warning", "secret_key_is_new")
    assert line["file"] == str(tmp_path / "secret_key")
    assert await run("migrate", DATA_DIR=tmp_path) == (0, "the database is up to date\n", "")


def test_processes_that_start_at_once_agree_on_one_secret_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as threads:
        made = set(threads.map(read_or_create_secret, [tmp_path / "secret_key"] * 64))
    assert len(made) == 1


def test_a_kept_secret_key_that_was_cut_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret_key"
    path.parent.mkdir()
    path.write_text("short\n")
    assert fault(tmp_path) == f"{path}: must have at least 32 characters; restore it, or delete it to generate another"


def test_the_data_folder_is_made_for_its_owner_only(tmp_path: Path) -> None:
    load(tmp_path, SECRET_KEY=SECRET)
    data = tmp_path / "data"
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert [*data.iterdir()] == []


def test_a_secret_key_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "data" / "secret_key").mkdir(parents=True)
    assert fault(tmp_path).startswith("GQL_CHAT_DATA_DIR: must be a folder that can be written: ")


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    assert fault(tmp_path).startswith("GQL_CHAT_DATA_DIR: must be a folder that can be written: ")


def test_without_master_keys_one_is_derived_from_the_secret_key(tmp_path: Path) -> None:
    ring = load(tmp_path, SECRET_KEY=SECRET).master_key_ring()
    assert [*ring] == ["derived"]
    assert ring == load(tmp_path, SECRET_KEY=SECRET).master_key_ring()
    assert ring != load(tmp_path, SECRET_KEY=SECRET + "!").master_key_ring()


def test_the_first_master_key_encrypts_and_the_derived_one_still_decrypts(tmp_path: Path) -> None:
    new, old = bytes(range(32)), bytes(range(32, 64))
    derived = load(tmp_path, SECRET_KEY=SECRET).master_key_ring()["derived"]
    master_keys = f"2026-11:{b64encode(new).decode()}, old:{b64encode(old).decode()}"
    ring = load(tmp_path, SECRET_KEY=SECRET, MASTER_KEYS=master_keys).master_key_ring()
    assert [*ring.items()] == [("2026-11", new), ("old", old), ("derived", derived)]


@pytest.mark.parametrize(
    "second",
    [
        "b:" + b64encode(bytes(31)).decode(),
        "a:" + b64encode(bytes(32)).decode(),
        "derived:" + b64encode(bytes(32)).decode(),
        "b.c:" + b64encode(bytes(32)).decode(),
        "b:not base64!",
        "hunter2",
    ],
)
def test_a_wrong_master_key_is_pointed_out_but_not_shown(tmp_path: Path, second: str) -> None:
    first = "a:" + b64encode(bytes(32)).decode()
    assert fault(tmp_path, MASTER_KEYS=f"{first},{second}") == (
        "GQL_CHAT_MASTER_KEYS: entry 2 must be kid:key with the base64 of 32 bytes, with a kid of its own"
    )


def test_no_secret_is_shown_by_a_fault_or_a_repr(tmp_path: Path) -> None:
    master_key = b64encode(b"hunter2-" * 4).decode()
    secrets = {
        "SECRET_KEY": "hunter2-" * 6,
        "OPENAI_API_KEY": "sk-hunter2",
        "OPENAI_HEADERS": "api-key: hunter2",
        "DATABASE_URL": POSTGRES,
        "REDIS_URL": "redis://:hunter2@cache",
        "MASTER_KEYS": f"a:{master_key}",
    }
    shown = (
        repr(load(tmp_path, **secrets)) + fault(tmp_path, **secrets, WORKERS="0") + fault(tmp_path, **secrets, PORT="x")
    )
    shown += fault(tmp_path, DATABASE_URL="http://chat:hunter2\N{FULLWIDTH COLON}@db/chat")
    assert "hunter2" not in shown
    assert master_key not in shown

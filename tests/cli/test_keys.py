"""`gql-chat keys …`."""

import re
from pathlib import Path
from typing import Any

import pytest

from gql_chat.keys.models import Key
from tests.support.chat import SECRET_KEY, run_chat
from tests.support.client import Client
from tests.support.command_line import run
from tests.support.demo import DemoServer

KEY_1, KEY_2 = f"one:{'A' * 43}=", f"two:{'B' * 42}A="
CREATE_KEY = "mutation ($input: CreateKeyInput!) { createKey(input: $input) { id } }"


async def test_keys_rotate_lets_the_old_master_key_go(sqlite_url: str, tmp_path: Path, provider: DemoServer) -> None:
    async with run_chat(sqlite_url, tmp_path, MASTER_KEYS=KEY_1) as chat:
        ada = await chat.sign_up("ada")
        key = {"name": "mine", "secret": "sk-of-ada-0001", "model": "demo", "baseUrl": provider.base_url}
        key_id = (await ada.run(CREATE_KEY, input=key))["createKey"]["id"]
        assert (await Key.get(id=key_id)).secret_sealed.startswith("one.")
    settings: dict[str, Any] = {"DATA_DIR": tmp_path, "DATABASE_URL": sqlite_url, "SECRET_KEY": SECRET_KEY}
    rotated = await run("keys", "rotate", MASTER_KEYS=f"{KEY_2},{KEY_1}", **settings)
    assert rotated == (0, "1 secret(s) re-encrypted\n", "")
    assert await run("keys", "rotate", MASTER_KEYS=KEY_2, **settings) == (0, "0 secret(s) re-encrypted\n", "")
    async with run_chat(sqlite_url, tmp_path, MASTER_KEYS=KEY_2) as chat:
        await Client(chat.http, chat.origin, ada.token).send(keyId=key_id, wait=True)
        assert provider.requests[-1].headers["authorization"] == "Bearer sk-of-ada-0001"


@pytest.mark.parametrize("master_keys", [None, KEY_1])
async def test_keys_rotate_lists_the_secrets_of_another_key_under_the_same_kid(
    sqlite_url: str, tmp_path: Path, provider: DemoServer, master_keys: str | None
) -> None:
    given = {"MASTER_KEYS": master_keys} if master_keys else {}
    async with run_chat(sqlite_url, tmp_path, **given) as chat:
        ada = await chat.sign_up("ada")
        key = {"name": "mine", "secret": "sk-of-ada-0001", "model": "demo", "baseUrl": provider.base_url}
        key_id = (await ada.run(CREATE_KEY, input=key))["createKey"]["id"]
    changed = {"MASTER_KEYS": KEY_2.replace("two:", "one:")} if master_keys else {}
    settings: dict[str, Any] = {
        "DATA_DIR": tmp_path,
        "DATABASE_URL": sqlite_url,
        "SECRET_KEY": SECRET_KEY[::-1],
        **changed,
    }
    code, output, errors = await run("keys", "rotate", **settings)
    assert (code, output) == (1, "0 secret(s) re-encrypted\n")
    assert errors.startswith("Error: 1 secret(s) cannot be decrypted")
    assert errors.endswith(f"left unchanged: {key_id}\n")


async def test_keys_rotate_needs_tables(tmp_path: Path) -> None:
    code, output, errors = await run("keys", "rotate", DATA_DIR=tmp_path)
    assert (code, output) == (1, "")
    assert re.fullmatch(r"Error: The database lacks \d+ migration\(s\): run `gql-chat migrate` first\.\n", errors)

"""The zip of everything that an account owns."""

import json
import stat
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from tortoise.context import require_context

from gql_chat.errors import Unavailable
from gql_chat.files.models import File
from gql_chat.infra.storage.object_store import ObjectStore, open_local_store
from gql_chat.users.models import User
from gql_chat.workflows.account_export import ACCOUNT_COLUMNS, TABLES, export_account
from tests.support.chat import Chat
from tests.support.client import Client
from tests.support.stored.owners import Owner, new_file

SECRET = "sk-secret-of-ada-7k3x"
CREATE_KEY = "mutation ($input: CreateKeyInput!) { createKey(input: $input) { id } }"
CREATE_TOKEN = """mutation ($input: CreateAccessTokenInput!) { createAccessToken(input: $input) { token } }"""

# What stays inside: secrets, and what only the server's own work needs.
WITHHELD = {
    "User": {"username_folded", "email_folded", "password_hash", "change_count", "monthly_token_quota"},
    "SignIn": {"user_id", "generation"},
    "AccessToken": {"user_id", "token_hash"},
    "EmailChange": {"user_id", "old_email_folded", "code_hash"},
    "Key": {"user_id", "secret_sealed", "headers_sealed"},
    "GroupMember": {"user_id"},
    "ChatSession": {"user_id"},
    "Message": {"chain_id", "forked_from", "worker_id", "lease_until", "stop_requested_at"},
    "File": {"user_id", "object_key"},
    "Call": {"user_id", "earlier_call_id", "endpoint", "is_server_key", "keeps_contents"},
}
INTERNAL_TABLES = {
    "CallTotal",
    "Change",
    "GroupMonth",
    "OpenCall",
    "SearchText",
    "SendClaim",
    "StoredServerKey",
    "UsageBucket",
    "Worker",
}


def read(file: Path) -> dict[str, Any]:
    """Return each part by its name: the rows of a table, the bytes of a file."""
    with ZipFile(file) as archive:
        assert archive.testzip() is None
        return {
            name: [json.loads(line) for line in archive.read(name).splitlines()]
            if name.endswith((".json", ".jsonl"))
            else archive.read(name)
            for name in archive.namelist()
        }


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return open_local_store(tmp_path / "store")


async def stored_file(owner: Owner, store: ObjectStore, source: Path, content: bytes) -> File:
    file = await new_file(owner, size_bytes=len(content))
    source.write_bytes(content)
    await store.put(file.object_key, source)
    return file


async def test_it_holds_all_of_one_user_and_nothing_of_another(
    chat_on_each: Chat, store: ObjectStore, tmp_path: Path
) -> None:
    ada, bob = await chat_on_each.sign_up("ada"), await chat_on_each.sign_up("bob")
    await bob.send("of Bob", wait=True)
    key = {"name": "mine", "secret": SECRET, "model": "demo", "baseUrl": chat_on_each.demo.base_url}
    key_id = (await ada.run(CREATE_KEY, input=key))["createKey"]["id"]
    token = (await ada.run(CREATE_TOKEN, input={"name": "script", "scopes": ["CHAT"]}))["createAccessToken"]["token"]
    sent = [await ada.send(f"数据 {number}", wait=True) for number in range(3)]
    owner = Owner(ada.user_id, sent[0]["session"]["id"])
    content = bytes(range(256)) * 4000  # more than a chunk
    kept, lost = [await stored_file(owner, store, tmp_path / "source", content) for _ in range(2)]
    await store.delete(lost.object_key)

    counts = await export_account(await User.get(id=ada.user_id), tmp_path / "ada.zip", store=store)
    parts = read(tmp_path / "ada.zip")
    assert set(parts) == {
        *("README.txt", "account.json", "missing.txt", f"files/{kept.id}.txt"),
        *(f"{table.name}.jsonl" for table in TABLES),
    }
    (account,) = parts["account.json"]
    assert (account["id"], account["email"], account["role"]) == (ada.user_id, "ada@example.com", "USER")
    assert [(row["id"], row["secret_hint"]) for row in parts["keys.jsonl"]] == [(key_id, "7k3x")]
    assert [row["id"] for row in parts["sessions.jsonl"]] == [one["session"]["id"] for one in sent]
    assert [row["text"] for row in parts["messages.jsonl"] if row["role"] == "USER"] == ["数据 0", "数据 1", "数据 2"]
    assert [row["id"] for row in parts["files.jsonl"]] == [kept.id, lost.id]
    assert (parts[f"files/{kept.id}.txt"], parts["missing.txt"].decode()) == (content, f"files/{lost.id}.txt\n")
    assert parts["messages.jsonl"][0]["created_at"].endswith("Z")
    assert counts == {
        "sign_ins": 1,
        "access_tokens": 1,
        "keys": 1,
        "sessions": 3,
        "messages": 6,
        "files": 2,
        "calls": 3,
        "missing": 1,
    }
    whole = b"".join(ZipFile(tmp_path / "ada.zip").read(name) for name in parts)
    for foreign in (SECRET, token, ada.token, "of Bob", bob.user_id):
        assert str(foreign).encode() not in whole
    assert stat.S_IMODE((tmp_path / "ada.zip").stat().st_mode) == 0o600


async def test_more_rows_than_one_read_takes_are_all_there_once(
    chat: Chat, store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gql_chat.workflows.account_export.ROWS_PER_READ", 2)
    ada = await chat.sign_up("ada")
    session_id = (await ada.send("0", wait=True))["session"]["id"]
    for number in range(1, 4):
        await ada.send(str(number), wait=True, sessionId=session_id)
    await export_account(await User.get(id=ada.user_id), tmp_path / "ada.zip", store=store)
    messages = read(tmp_path / "ada.zip")["messages.jsonl"]
    assert [row["order"] for row in messages] == list(range(1, 9))
    assert [row["parent_id"] for row in messages] == [None, *[row["id"] for row in messages[:-1]]]


class Broken:
    """A store that is down."""

    async def open(self, key: str) -> object:
        raise Unavailable(key)


async def test_a_zip_is_whole_or_not_there_and_none_is_overwritten(
    chat: Chat, ada: Client, store: ObjectStore, tmp_path: Path
) -> None:
    owner = Owner(ada.user_id, (await ada.send(wait=True))["session"]["id"])
    await stored_file(owner, store, tmp_path / "source", b"hello")
    folder = tmp_path / "exports"
    folder.mkdir()
    user = await User.get(id=ada.user_id)
    with pytest.raises(Unavailable):
        await export_account(user, folder / "ada.zip", store=Broken())  # type: ignore[arg-type]
    assert list(folder.iterdir()) == []
    (folder / "ada.zip").write_bytes(b"precious")
    with pytest.raises(FileExistsError):
        await export_account(user, folder / "ada.zip", store=store)
    assert (folder / "ada.zip").read_bytes() == b"precious"


async def test_every_table_and_column_of_a_user_is_exported_or_withheld_on_purpose(chat: Chat) -> None:
    exported = {"User": set(ACCOUNT_COLUMNS), **{table.model.__name__: {*table.columns} for table in TABLES}}
    exported["GroupMember"].remove("group__name")
    apps = require_context().apps
    assert apps is not None
    for name, model in apps["models"].items():
        columns = set(model._meta.db_fields)
        if {"user_id", "session_id"} & columns and name not in INTERNAL_TABLES:
            forgotten = columns - exported[name] - WITHHELD[name]
            assert not forgotten, f"{name}: name {forgotten} in account_export.py, or above if they stay inside"
            assert not exported[name] & WITHHELD[name]

"""What is said of a database that cannot be reached at first: what is wrong, in a sentence without the password."""

import socket
from pathlib import Path

import asyncpg
import pytest

from gql_chat.infra.db import opening
from gql_chat.infra.db.opening import DatabaseUnusable, open_database

PASSWORD = "hunter2-hunter2"


async def complaint(url: str) -> str:
    with pytest.raises(DatabaseUnusable) as refused:
        async with open_database(url, ["aerich.models"]):
            pass
    assert PASSWORD not in str(refused.value)
    return str(refused.value)


async def test_of_a_server_that_is_not_there() -> None:
    url = f"postgres://ada:{PASSWORD}@127.0.0.1:1/chat"
    assert (await complaint(url)).startswith("127.0.0.1 cannot be reached: ")
    url = f"postgres://ada:{PASSWORD}@no-such-host.invalid/chat"
    assert await complaint(url) == "there is no host no-such-host.invalid"


async def test_of_one_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "CONNECT_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgres://ada:{PASSWORD}@127.0.0.1:{silent.getsockname()[1]}/chat"
        assert await complaint(url) == "127.0.0.1 did not answer within 0.1 seconds"


async def test_of_one_that_refuses_us(postgres_url: str) -> None:
    server = postgres_url.rpartition("/")[0]
    assert await complaint(f"{server}/nowhere") == "there is no database nowhere on 127.0.0.1: create it"
    stranger = postgres_url.replace("postgres@", f"nobody:{PASSWORD}@")
    assert await complaint(stranger) == "127.0.0.1 rejects the user nobody or the password"
    connection = await asyncpg.connect(postgres_url)
    try:
        await connection.execute("CREATE ROLE outsider LOGIN CONNECTION LIMIT 0")
        full = postgres_url.replace("postgres@", f"outsider:{PASSWORD}@")
        said = 'too many connections for role "outsider"'
        assert said in await complaint(full)
    finally:
        await connection.execute("DROP ROLE outsider")
        await connection.close()


async def test_of_files_that_are_none(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    file.write_bytes(b"no database at all " * 100)
    assert await complaint(f"sqlite://{file}") == f"{file} cannot be used: file is not a database"
    missing = tmp_path / "missing" / "a.db"
    assert await complaint(f"sqlite://{missing}") == f"{missing} cannot be used: unable to open database file"

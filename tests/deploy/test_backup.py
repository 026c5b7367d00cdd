"""A backup by the guide's own commands, made beside a running server, brings everything back."""

import asyncio
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import asyncpg

from tests.deploy.guide import follow
from tests.support.client import Client
from tests.support.demo import DemoServer, DrivenCall
from tests.support.process import ServerProcess, run_server, sign_in
from tests.support.uploads import fetch_file, put_file

CREATE_KEY = "mutation ($input: CreateKeyInput!) { createKey(input: $input) { id } }"
CONTINUE = "mutation ($id: ID!) { continueReply(messageId: $id) { reply { id } } }"
LATER = 'mutation { createSession(input: {title: "later"}) { id } }'
CONTENT = "数据 of a file".encode()


class Before(NamedTuple):
    """What there is when the backup is made."""

    ada: Client
    session_id: str
    key_id: str
    file_id: str
    reply_id: str
    call: DrivenCall
    """Which writes the reply."""


async def filled(http: aiohttp.ClientSession, server: ServerProcess, demo: DemoServer) -> Before:
    """Make a user with a key, a file, a reply, and one that is being written and was stored half."""
    ada = await sign_in(http, server, "ada")
    key = {"name": "mine", "secret": "sk-of-ada", "model": "own", "baseUrl": demo.base_url}
    key_id = (await ada.run(CREATE_KEY, input=key))["createKey"]["id"]
    session_id = (await ada.send("echo before", wait=True))["session"]["id"]
    file_id, _ = await put_file(ada, session_id, "notes.txt", CONTENT)
    driven = demo.drive("own")
    reply_id = (await ada.send("go on", keyId=key_id))["reply"]["id"]
    call = await driven.next_call()
    await call.send("half of it")
    while (await ada.message(reply_id))["text"] != "half of it":
        await asyncio.sleep(0.05)
    return Before(ada, session_id, key_id, file_id, reply_id, call)


async def require_all_back(
    http: aiohttp.ClientSession, server: ServerProcess, demo: DemoServer, before: Before
) -> None:
    """Require that everything from before is there, readable and usable, and nothing that came later."""
    await before.call.disconnected()
    ada = await sign_in(http, server, "ada", new=False)
    sessions = (await ada.run("{ sessions { totalCount } }"))["sessions"]
    assert sessions == {"totalCount": 2}
    assert (await fetch_file(ada, before.file_id))[0] == CONTENT
    found = (await ada.watch_to_end(before.reply_id)).final  # with PostgreSQL once the lease of its writer has ended
    assert found is not None
    assert (found["status"], found["text"]) == ("INTERRUPTED", "half of it")
    await ada.run(CONTINUE, id=before.reply_id)
    call = await demo.drive("own").next_call()
    assert call.headers["authorization"] == "Bearer sk-of-ada"
    await call.send(", and the rest")
    await call.finish()
    final = (await ada.watch_to_end(before.reply_id)).final
    assert final is not None
    assert (final["status"], final["text"]) == ("COMPLETED", "half of it, and the rest")


async def test_sqlite_is_copied_beside_the_server_and_restored(tmp_path: Path, demo: DemoServer) -> None:
    settings: dict[str, Any] = {"SECRET_KEY": "", "ALLOWED_NETWORKS": "127.0.0.0/8"}  # so one is made and kept
    async with aiohttp.ClientSession() as http:
        async with run_server(tmp_path / "data", demo, **settings) as server:
            before = await filled(http, server, demo)
            await follow("sqlite backup", GQL_CHAT_DATA_DIR=tmp_path / "data", BACKUP=tmp_path / "backup")
            await before.ada.run(LATER)
        await follow("sqlite restore", GQL_CHAT_DATA_DIR=tmp_path / "restored", BACKUP=tmp_path / "backup")
        async with run_server(tmp_path / "restored", demo, **settings) as server:
            await require_all_back(http, server, demo, before)


async def test_postgres_is_dumped_beside_the_server_and_restored(
    postgres_url: str, tmp_path: Path, demo: DemoServer
) -> None:
    settings: dict[str, Any] = {"ALLOWED_NETWORKS": "127.0.0.0/8", "LEASE_SECONDS": 2}
    place, _, name = postgres_url.rpartition("/")
    async with aiohttp.ClientSession() as http:
        async with run_server(tmp_path / "data", demo, DATABASE_URL=postgres_url, **settings) as server:
            before = await filled(http, server, demo)
            await follow("postgres backup", GQL_CHAT_DATABASE_URL=postgres_url, BACKUP=tmp_path / "dump")
            await before.ada.run(LATER)
        connection = await asyncpg.connect(postgres_url)
        await connection.execute(f'CREATE DATABASE "{name}-restored" TEMPLATE template0')
        await connection.close()
        restored = f"{place}/{name}-restored"
        await follow(
            "postgres restore", GQL_CHAT_DATABASE_URL=restored, GQL_CHAT_SECRET_KEY="s" * 40, BACKUP=tmp_path / "dump"
        )
        async with run_server(tmp_path / "data", demo, DATABASE_URL=restored, **settings) as server:
            await require_all_back(http, server, demo, before)

"""A backup by the guide's own commands, made beside a running server, brings everything back."""

import asyncio
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp

from gql_chat.infra.storage.object_store import S3Place
from tests.deploy.compose import filled_in, read_compose
from tests.deploy.guide import follow
from tests.deploy.test_seaweedfs import fetch_when_found
from tests.support.backing_services.seaweedfs import SeaweedFS
from tests.support.client import Client
from tests.support.demo import DemoServer, DrivenCall
from tests.support.process import ServerProcess, run_server, sign_in
from tests.support.uploads import put_file

CREATE_KEY = "mutation ($input: CreateKeyInput!) { createKey(input: $input) { id } }"
CONTINUE = "mutation ($id: ID!) { continueReply(messageId: $id) { reply { id } } }"
SERVICES = read_compose(filled_in())["services"]
LATER = 'mutation { createSession(input: {title: "later"}) { id } }'
CONTENT = "数据 of a file".encode()

# In place of Docker: the commands that the guide runs in containers, here.
DOCKER = """#!/bin/sh
set -eu
case "$*" in
"compose exec -T postgres "*)
    shift 4
    program=$1
    shift
    for argument; do
        shift
        case $argument in
        gql_chat) set -- "$@" "$DATABASE" ;;
        --dbname=gql_chat) set -- "$@" --dbname="$DATABASE" ;;
        --username=gql_chat) ;;
        *) set -- "$@" "$argument" ;;
        esac
    done
    exec "$program" "$@"
    ;;
"compose run --rm --no-deps -T --entrypoint tar seaweedfs "*" -C /data"*)
    shift 8
    exec tar "$1" -C "$DATA" ${4+"$4"}
    ;;
"compose stop seaweedfs" | "compose start seaweedfs" | "compose up --detach "*) ;;
*) exit 1 ;;
esac
"""


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
    assert await fetch_when_found(ada, before.file_id) == CONTENT
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


def settings_of(place: S3Place) -> dict[str, str]:
    """Return the settings of a server that keeps its files there."""
    return {
        "STORE_URL": f"s3://{place.bucket}",
        "STORE_ENDPOINT": place.endpoint,
        "STORE_ACCESS_KEY_ID": place.credentials.access_key_id,
        "STORE_SECRET_ACCESS_KEY": place.credentials.secret_access_key,
    }


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
    postgres_url: str, blank_postgres_url: str, tmp_path: Path, demo: DemoServer
) -> None:
    settings: dict[str, Any] = {"ALLOWED_NETWORKS": "127.0.0.0/8", "LEASE_SECONDS": 2}
    async with aiohttp.ClientSession() as http:
        async with run_server(tmp_path / "data", demo, DATABASE_URL=postgres_url, **settings) as server:
            before = await filled(http, server, demo)
            await follow("postgres backup", GQL_CHAT_DATABASE_URL=postgres_url, BACKUP=tmp_path / "dump")
            await before.ada.run(LATER)
        restored: dict[str, Any] = {"GQL_CHAT_DATABASE_URL": blank_postgres_url, "GQL_CHAT_SECRET_KEY": "s" * 40}
        await follow("postgres restore", BACKUP=tmp_path / "dump", **restored)
        async with run_server(tmp_path / "data", demo, DATABASE_URL=blank_postgres_url, **settings) as server:
            await require_all_back(http, server, demo, before)


async def test_the_database_and_the_store_of_compose_are_copied_beside_the_servers_and_restored(
    postgres_url: str, blank_postgres_url: str, tmp_path: Path, demo: DemoServer
) -> None:
    store, restored_store = SeaweedFS(SERVICES, tmp_path / "store"), SeaweedFS(SERVICES, tmp_path / "restored")
    restored_store.ports.update(store.ports)
    settings: dict[str, Any] = {"ALLOWED_NETWORKS": "127.0.0.0/8", "LEASE_SECONDS": 2, **settings_of(store.place)}
    (tmp_path / ".env").write_text("SECRET=1\n", encoding="utf-8")
    (tmp_path / "docker").write_text(DOCKER, encoding="utf-8")
    (tmp_path / "docker").chmod(0o755)
    backup = tmp_path / "backup"
    async with aiohttp.ClientSession() as http:
        async with (
            store.run(),
            run_server(tmp_path / "data", demo, DATABASE_URL=postgres_url, **settings) as server,
        ):
            before = await filled(http, server, demo)
            await store.kill()  # in place of `stop`, which takes 15 seconds
            await follow("compose backup", folder=tmp_path, BACKUP=backup, DATABASE=postgres_url, DATA=store.data)
            await before.ada.run(LATER)
        (tmp_path / ".env").unlink()
        await follow(
            "compose restore", folder=tmp_path, BACKUP=backup, DATABASE=blank_postgres_url, DATA=restored_store.data
        )
        assert (tmp_path / ".env").read_text(encoding="utf-8") == "SECRET=1\n"
        async with (
            restored_store.run(),
            run_server(tmp_path / "data", demo, DATABASE_URL=blank_postgres_url, **settings) as server,
        ):
            await require_all_back(http, server, demo, before)

"""The store of compose.yaml: it serves our links and our store, keeps the files, and its key can do nothing else."""

import asyncio
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
import yarl

from gql_chat.errors import Unavailable
from gql_chat.infra import clock
from gql_chat.infra.storage.object_store import ObjectMissing, open_s3_store
from gql_chat.infra.storage.preflight import find_store_fault
from gql_chat.infra.storage.s3_urls import S3Credentials, sign_url
from tests.deploy.compose import filled_in, read_compose
from tests.deploy.topology import run_proxy
from tests.support.backing_services.ports import free_port
from tests.support.backing_services.seaweedfs import SeaweedFS
from tests.support.chat import run_chat
from tests.support.client import Client
from tests.support.uploads import FILE, fetch_file, put_file

LISTENING = "0A"  # as /proc/net/tcp writes the state of a socket
ANY_ADDRESS = {"0" * 8, "0" * 32}


@pytest.fixture
def seaweedfs(tmp_path: Path) -> SeaweedFS:
    home = tmp_path / "seaweedfs"
    home.mkdir()
    return SeaweedFS(read_compose(filled_in())["services"], home)


def ports_open_to_others() -> set[int]:
    """Return the ports of this machine that are bound to all of its addresses."""
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            address, port = local.split(":")
            if state == LISTENING and address in ANY_ADDRESS:
                found.add(int(port, 16))
    return found


async def fetch_when_found(client: Client, file_id: str) -> bytes:
    """Return the bytes of a file, as soon as a store that has just started knows where they are."""
    url = (await client.run(FILE, id=file_id))["node"]["downloadUrl"]
    async with asyncio.timeout(30):
        while True:
            async with client.http.get(url) as response:
                if response.status != 500:
                    return await response.read()
            await asyncio.sleep(0.1)


async def test_files_go_through_the_proxy_into_the_store_of_compose_and_survive_its_crash(
    sqlite_url: str, tmp_path: Path, seaweedfs: SeaweedFS
) -> None:
    place, files_port = seaweedfs.place, free_port()
    settings = {
        "STORE_URL": f"s3://{place.bucket}",
        "STORE_ENDPOINT": place.endpoint,
        "STORE_PUBLIC_ENDPOINT": f"http://127.0.0.1:{files_port}",
        "STORE_ACCESS_KEY_ID": place.credentials.access_key_id,
        "STORE_SECRET_ACCESS_KEY": place.credentials.secret_access_key,
    }
    content = "数据 ".encode() * 100_000  # more than nginx keeps in memory
    async with (
        seaweedfs.run(),
        run_chat(sqlite_url, tmp_path, **settings) as chat,
        run_proxy(tmp_path, [chat.origin] * 2, store=place.endpoint, files_port=files_port) as proxy,
    ):
        ada = replace(await chat.sign_up("ada"), origin=proxy.origin)
        session_id = (await ada.send(wait=True))["session"]["id"]
        file_id, put_to = await put_file(ada, session_id, "notes.txt", content)
        fetched, fetched_from = await fetch_file(ada, file_id)
        assert fetched == content
        for address in (put_to, fetched_from):
            assert address.startswith(f"http://127.0.0.1:{files_port}/gql-chat/")
        await seaweedfs.kill()
        await seaweedfs.start()
        assert await fetch_when_found(ada, file_id) == content


async def test_the_servers_key_opens_their_bucket_and_nothing_else(tmp_path: Path, seaweedfs: SeaweedFS) -> None:
    place = seaweedfs.place
    source = tmp_path / "source"
    source.write_bytes(b"x" * 6_000_000)
    async with seaweedfs.run(), aiohttp.ClientSession() as http:
        store = open_s3_store(place)
        await store.put("a/b.txt", source)
        await store.copy("a/b.txt", "a/c.txt")
        await store.delete("a/b.txt")
        assert (await store.find_size("a/b.txt"), await store.find_size("a/c.txt")) == (None, 6_000_000)
        assert b"".join([chunk async for chunk in await store.open("a/c.txt", 10, 20)]) == b"x" * 10
        with pytest.raises(ObjectMissing):
            await store.open("a/b.txt")
        assert await find_store_fault(place) is None

        wrong = replace(place, credentials=S3Credentials(place.credentials.access_key_id, "another secret"))
        assert await find_store_fault(wrong) is not None
        with pytest.raises(Unavailable):
            await open_s3_store(wrong).put("a/d.txt", source)
        with pytest.raises(Unavailable):
            await open_s3_store(replace(place, bucket="another")).put("a/d.txt", source)
        for method, path in (("PUT", "/another"), ("DELETE", f"/{place.bucket}"), ("GET", "/another/a")):
            url = sign_url(
                method,
                place.endpoint + path,
                credentials=place.credentials,
                region=place.region,
                now=clock.now(),
                lifetime_seconds=60,
            )
            async with http.request(method, yarl.URL(url, encoded=True)) as response:
                assert (method, path, response.status) == (method, path, 403)
        async with http.get(f"{place.endpoint}/{place.bucket}/a/c.txt") as response:
            assert response.status == 403
        # The parts behind S3 ask for no password.
        assert ports_open_to_others() & set(seaweedfs.ports.values()) == {
            seaweedfs.ports["s3.port"],
            seaweedfs.ports["s3.port.grpc"],
        }

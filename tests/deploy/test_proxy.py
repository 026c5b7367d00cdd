"""The proxy's own files, before a server: what it lets through, what it says of who asks, and TLS."""

import asyncio
import json
import shutil
from contextlib import AsyncExitStack
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import openai
import pytest
from openai import AsyncOpenAI

from gql_chat.infra.storage.object_store import S3Place
from gql_chat.users.models import SignIn
from tests.deploy.topology import run_proxy
from tests.support.backing_services.mail_server import own_certificate
from tests.support.backing_services.ports import free_port
from tests.support.chat import Chat, run_chat
from tests.support.client import Client
from tests.support.demo import Script
from tests.support.process import sign_in
from tests.support.uploads import fetch_file, put_file
from tests.web.openai.door import create_token

HELLO: Any = [{"role": "user", "content": "echo hello world"}]
PROXIES = "127.0.0.1/32"

UPLOAD = """mutation ($session: ID!, $file: Upload!) { uploadFile(sessionId: $session, file: $file) { status } }"""
HANDSHAKE = (
    b"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
    b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)


async def test_what_is_for_inside_stays_inside_and_a_large_body_outside(chat: Chat, tmp_path: Path) -> None:
    async with run_proxy(tmp_path, [chat.origin] * 2) as proxy:
        for path in ("/metrics", "/readyz"):
            async with chat.http.get(proxy.origin + path) as response:
                assert (response.status, "nginx" in await response.text()) == (404, True)
        async with chat.http.post(f"{proxy.origin}/graphql", data=BytesIO(bytes(33 * 1024 * 1024))) as response:
            assert response.status == 413


async def test_clients_are_told_apart_by_their_address_and_not_by_what_they_claim(
    sqlite_url: str, tmp_path: Path
) -> None:
    claim = {"X-Forwarded-For": "192.0.2.7"}
    async with (
        run_chat(sqlite_url, tmp_path, TRUSTED_PROXIES=PROXIES) as chat,
        run_proxy(tmp_path, [chat.origin] * 2) as proxy,
        aiohttp.ClientSession(headers=claim) as http,
    ):
        await sign_in(http, proxy, "ada")
        assert (await SignIn.get()).client_ip == "127.0.0.1"
        # A proxy would be believed in this, so ours must not pass it on.
        await sign_in(http, replace(proxy, origin=chat.origin), "bob")
        assert await SignIn.filter(client_ip="192.0.2.7").count() == 1


async def test_with_a_certificate_everything_is_served_by_tls_alone(chat: Chat, tmp_path: Path) -> None:
    tls = tmp_path / "tls"
    tls.mkdir()
    for name in ("fullchain.pem", "privkey.pem"):
        shutil.copy(own_certificate(tmp_path), tls / name)
    ada = await chat.sign_up("ada")
    chat.demo.script("demo", Script(chunks=("over ", "TLS")))
    async with run_proxy(tmp_path, [chat.origin] * 2, tls=tls) as proxy:
        connector = aiohttp.TCPConnector(ssl=False)  # for the name of the certificate is another
        # A page of the proxy's own origin, which the server must recognise as its own.
        async with aiohttp.ClientSession(connector=connector, headers={"Origin": proxy.origin}) as http:
            client = Client(http, proxy.origin, ada.token)
            reply_id = (await client.send())["reply"]["id"]
            shown = await client.watch_to_end(reply_id)
            assert (shown.text, proxy.origin.startswith("https://")) == ("over TLS", True)


async def test_browsers_put_files_and_fetch_them_at_the_store_itself(
    sqlite_url: str, tmp_path: Path, s3_place: S3Place
) -> None:
    files_port = free_port()
    settings = {
        "STORE_URL": f"s3://{s3_place.bucket}",
        "STORE_ENDPOINT": s3_place.endpoint,
        "STORE_PUBLIC_ENDPOINT": f"http://127.0.0.1:{files_port}",
        "STORE_ACCESS_KEY_ID": s3_place.credentials.access_key_id,
        "STORE_SECRET_ACCESS_KEY": s3_place.credentials.secret_access_key,
    }
    content = "数据 ".encode() * 100_000  # more than nginx keeps in memory
    async with (
        run_chat(sqlite_url, tmp_path, **settings) as chat,
        run_proxy(tmp_path, [chat.origin] * 2, store=s3_place.endpoint, files_port=files_port) as proxy,
    ):
        ada = replace(await chat.sign_up("ada"), origin=proxy.origin)
        session_id = (await ada.send(wait=True))["session"]["id"]
        file_id, put_to = await put_file(ada, session_id, "notes.txt", content)
        fetched, fetched_from = await fetch_file(ada, file_id)
        assert fetched == content
        for address in (put_to, fetched_from):
            assert address.startswith(f"http://127.0.0.1:{files_port}/{s3_place.bucket}/")


async def test_only_uploads_may_have_large_bodies(chat: Chat, tmp_path: Path) -> None:
    ada = await chat.sign_up("ada")
    session_id = (await ada.send(wait=True))["session"]["id"]
    async with run_proxy(tmp_path, [chat.origin] * 2) as proxy:
        through_proxy = replace(ada, origin=proxy.origin)
        multipart = aiohttp.FormData()
        operations = {"query": UPLOAD, "variables": {"session": session_id, "file": None}}
        multipart.add_field("operations", json.dumps(operations))
        multipart.add_field("map", '{"0": ["variables.file"]}')
        multipart.add_field("0", BytesIO(b"word " * 1_000_000), filename="notes.txt")
        authorization = {"Authorization": f"Bearer {ada.token}"}
        async with chat.http.post(f"{proxy.origin}/graphql", data=multipart, headers=authorization) as response:
            assert await response.json() == {"data": {"uploadFile": {"status": "READY"}}}
        payload = b'{"query": "{ me { id } }", "extensions": {"padding": "%s"}}' % (b"x" * 2_000_000)
        headers = {"Content-Type": "application/json", **authorization}
        async with chat.http.post(f"{proxy.origin}/graphql", data=BytesIO(payload), headers=headers) as response:
            assert (response.status, "nginx" in await response.text()) == (413, True)
        assert (await through_proxy.send(wait=True))["reply"]["status"] == "COMPLETED"


async def test_openai_clients_receive_each_token_as_it_comes_and_refusals_in_their_form(
    chat: Chat, tmp_path: Path
) -> None:
    token, driven = await create_token(await chat.sign_up("ada")), chat.demo.drive("demo")
    async with (
        run_proxy(tmp_path, [chat.origin] * 2) as proxy,
        AsyncOpenAI(api_key=token, base_url=f"{proxy.origin}/v1", max_retries=0) as door,
    ):
        asking = asyncio.create_task(door.chat.completions.create(model="demo", messages=HELLO, stream=True))
        call = await driven.next_call()
        await call.send("0")
        chunks = aiter(await asking)
        for number in range(1, 20):  # the next is sent once the one before has arrived
            while not (choices := (await anext(chunks)).choices) or not (text := choices[0].delta.content):
                pass
            assert text == str(number - 1)
            await call.send(str(number))
        await call.finish()
        for length in (10, 10.5, 12):  # the server's bound is 10 MB, the proxy's 11
            with pytest.raises(openai.APIStatusError) as refused:
                messages: Any = [{"role": "user", "content": "x" * int(length * 1024 * 1024)}]
                await door.chat.completions.create(model="demo", messages=messages)
            assert (refused.value.status_code, refused.value.code) == (413, "payload_too_large")


async def test_a_thousand_sockets_leave_room_for_others(chat: Chat, tmp_path: Path) -> None:
    ada = await chat.sign_up("ada")
    async with run_proxy(tmp_path, [chat.origin] * 2) as proxy, AsyncExitStack() as stack:
        port = int(proxy.origin.rpartition(":")[2])
        for _ in range(1000):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            stack.callback(writer.close)
            writer.write(HANDSHAKE % port)
            assert b" 101 " in await reader.readline()
        through_proxy = replace(ada, origin=proxy.origin)
        assert (await through_proxy.send(wait=True))["reply"]["status"] == "COMPLETED"

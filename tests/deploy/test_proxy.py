"""The proxy's own files, before a server: what it lets through, what it says of who asks, and TLS."""

import shutil
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import aiohttp

from gql_chat.demo import Script
from gql_chat.users.models import SignIn
from tests.chat import Chat, run_chat
from tests.client import Client
from tests.deploy.topology import run_proxy
from tests.mail_server import own_certificate
from tests.process import sign_in

PROXIES = "127.0.0.1/32"


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

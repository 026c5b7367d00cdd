"""The headers that protect browsers, and the host names that a server goes by."""

from pathlib import Path

import pytest

from gql_chat.web.middleware.allowed_hosts import host_name
from tests.support.chat import Chat, run_chat

PROTECTED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
}


async def test_every_response_protects_the_browser_that_shows_it(chat: Chat) -> None:
    for path in ("/", "/graphiql/", "/graphql", "/healthz", "/readyz", "/files/none", "/nowhere"):
        async with chat.http.get(chat.origin + path, allow_redirects=False) as response:
            assert {name: response.headers.getall(name) for name in PROTECTED} == {
                name: [value] for name, value in PROTECTED.items()
            }
            (policy,) = response.headers.getall("content-security-policy")
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy or path.startswith("/files/")


@pytest.mark.parametrize(
    ("header", "name"),
    [("localhost", "localhost"), ("LocalHost.:8000", "localhost"), ("[::1]:8000", "[::1]"), ("[::1]", "[::1]"),
     ("127.0.0.1:80", "127.0.0.1"), ("", ""), ("[::1", "[::1"), (":80", ":80")],
)  # fmt: skip
def test_the_name_of_a_host_is_read_without_its_port(header: str, name: str) -> None:
    assert host_name(header) == name


async def status(chat: Chat, host: str, path: str = "/graphql?query={__typename}") -> int:
    async with chat.http.get(chat.origin + path, headers={"Host": host}) as response:
        return response.status


async def test_a_server_of_this_machine_is_not_reached_by_names_that_were_bent_to_it(chat: Chat) -> None:
    for host in ("localhost", "127.0.0.1:8000", "[::1]:9", "chat.localhost"):
        assert await status(chat, host) == 200
    for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil-localhost"):
        assert await status(chat, host) == 421
        assert await status(chat, host, "/healthz") == 200
    handshake = {"Host": "evil.example", "Origin": "http://evil.example"}
    with pytest.raises(Exception, match="421"):
        await chat.http.ws_connect(f"{chat.origin}/graphql", protocols=["graphql-transport-ws"], headers=handshake)


async def test_the_public_address_and_proxies_are_honest(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, PUBLIC_URL="https://chat.example.com:8443") as chat:
        assert await status(chat, "chat.example.com:8443") == 200
        assert await status(chat, "evil.example") == 421
    async with run_chat(sqlite_url, tmp_path, PUBLIC_URL="https://Chat.b\u00fccher.example") as chat:
        assert await status(chat, "chat.xn--bcher-kva.example") == 200  # as browsers send it


async def test_behind_a_trusted_proxy_any_name_is_served_unless_names_are_given(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with run_chat(sqlite_url, tmp_path, TRUSTED_PROXIES="127.0.0.1/32") as chat:
        assert await status(chat, "anything.example") == 200
    names = "chat.example.com,*.example.org"
    async with run_chat(sqlite_url, tmp_path, TRUSTED_PROXIES="127.0.0.1/32", ALLOWED_HOSTS=names) as chat:
        for host in ("chat.example.com", "Chat.Example.com:443", "a.b.example.org"):
            assert await status(chat, host) == 200
        for host in ("example.org", "example.com", "localhost", "x.chat.example.com"):
            assert await status(chat, host) == 421

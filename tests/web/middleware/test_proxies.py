"""Who a client is: what proxies say is believed of trusted ones alone, over HTTP and over WebSocket."""

import asyncio
from collections.abc import Collection
from functools import partial
from ipaddress import IPv4Address, ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send

from gql_chat.users.models import SignIn
from gql_chat.users.passwords.hashing import Passwords
from gql_chat.web.middleware.proxies import Network, TrustedProxies
from gql_chat.web.middleware.request_id import read_request_info
from tests.support.chat import Chat, run_chat

TRUSTED = [ip_network("10.0.0.0/8"), ip_network("2001:db8:ffff::/48")]
REGISTER = """mutation Register($name: String!, $email: String!) {
    register(input: {username: $name, email: $email, password: "correct horse battery"}) { accessToken } }"""

trusted_addresses = st.one_of(st.ip_addresses(network="10.0.0.0/8"), st.ip_addresses(network="2001:db8:ffff::/48"))
outsiders = st.one_of(st.ip_addresses(network="192.0.2.0/24"), st.ip_addresses(network="2001:db8:1::/48"))
# What a client may send of itself: addresses as well as nonsense, in any number of headers.
headers_sent = st.lists(
    st.one_of(
        st.text(st.characters(max_codepoint=255), max_size=30),
        st.lists(st.one_of(trusted_addresses, outsiders).map(str), max_size=4).map(", ".join),
        st.sampled_from(["unknown", "::1, ", ",", "[::1", "]:", "10.0.0.1:", "[]:80", "1.2.3.4, unknown"]),
    ),
    max_size=3,
)
forms = st.integers(0, 3)
glues = st.sampled_from(["", "", ",", ", ", " , ,\t"])


def find_client(peer: str, forwarded_for: Collection[str], trusted: Collection[Network]) -> str:
    """Return the client that an application behind these proxies sees."""
    seen: list[Scope] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    async def nothing(*message: object) -> Any:
        raise AssertionError("nothing is read or sent")

    headers = [(b"x-forwarded-for", header.encode("latin-1")) for header in forwarded_for]
    scope = {"type": "http", "client": (peer, 4711), "headers": headers}
    asyncio.run(TrustedProxies(application, trusted)(scope, nothing, nothing))
    client: str = seen[0]["client"][0]
    return client


def written(address: object, form: int) -> str:
    """Return an address as proxies write it: plain, with a port, in brackets."""
    plain = str(address)
    if isinstance(address, IPv4Address):
        return [plain, f"{plain}:4711", f"::ffff:{plain}", plain][form]
    return [plain, f"[{plain}]:4711", f"[{plain}]", plain.upper()][form]


@given(outsiders, headers_sent)
def test_of_whom_we_do_not_trust_nothing_is_believed(peer: object, headers: list[str]) -> None:
    assert find_client(str(peer), headers, TRUSTED) == str(peer)
    assert find_client(str(peer), headers, []) == str(peer)


@given(headers_sent, outsiders, st.lists(trusted_addresses, min_size=1, max_size=4), st.data())
def test_the_client_is_who_spoke_to_the_outermost_trusted_proxy_whatever_it_sent(
    sent: list[str], client: object, proxies: list[object], data: st.DataObject
) -> None:
    *inner, peer = proxies
    headers = list(sent)
    for hop in [client, *inner]:
        entry = written(hop, data.draw(forms))
        # A proxy appends to the last header or adds one; empty elements mean nothing.
        glue = data.draw(glues)
        if headers and glue:
            headers[-1] += glue + entry
        else:
            headers.append(entry)
    assert find_client(str(peer), headers, TRUSTED) == str(client)


@given(st.text(), headers_sent)
def test_whatever_is_sent_the_answer_is_the_peer_or_an_address(peer: str, headers: list[str]) -> None:
    assert find_client(peer, headers, []) == peer
    for trusted in (TRUSTED, [ip_network("0.0.0.0/0"), ip_network("::/0")]):
        client = find_client("10.1.1.1", headers, trusted)
        assert str(ip_address(client)) == client


@pytest.mark.parametrize(
    ("headers", "client"),
    [
        ([], "10.0.0.1"),
        ([""], "10.0.0.1"),
        (["192.0.2.1"], "192.0.2.1"),
        (["6.6.6.6, 192.0.2.1"], "192.0.2.1"),
        (["6.6.6.6", "192.0.2.1"], "192.0.2.1"),
        (["192.0.2.1", "10.0.0.2"], "192.0.2.1"),
        (["192.0.2.1, 10.0.0.2, 10.0.0.3"], "192.0.2.1"),
        (["10.0.0.4, 10.0.0.3"], "10.0.0.4"),  # who is asking is one of ours
        (["192.0.2.1, unknown"], "10.0.0.1"),
        (["192.0.2.1, unknown, 10.0.0.2"], "10.0.0.2"),
        (["192.0.2.1, 6.6.6.6; DROP TABLE users"], "10.0.0.1"),
        (["192.0.2.1:99999999"], "10.0.0.1"),
        (['for="[2001:db8:1::1]"'], "10.0.0.1"),  # that is RFC 7239's
        (["[2001:db8:1::1]:443"], "2001:db8:1::1"),
        (["2001:DB8:1::1%eth0"], "2001:db8:1::1"),
        (["::ffff:192.0.2.1, ::ffff:10.0.0.2"], "192.0.2.1"),
    ],
)
def test_the_last_address_that_is_not_a_trusted_proxys_is_the_clients(headers: list[str], client: str) -> None:
    assert find_client("10.0.0.1", headers, TRUSTED) == client
    assert find_client("::ffff:10.0.0.1", headers, TRUSTED) == client


def test_the_address_of_a_socket_has_one_form() -> None:
    def ip(client: tuple[str, int] | None) -> str | None:
        scope: Scope = {"type": "http", "headers": [], "client": client}
        return read_request_info(scope).client_ip

    assert ip(("::ffff:192.0.2.1", 1)) == "192.0.2.1"
    assert ip(("fe80::1%a-very-long-name-of-an-interface-that-no-column-holds", 1)) == "fe80::1"
    assert (ip(("/run/a.sock", 0)), ip(None)) == (None, None)


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gql_chat.server.services.Passwords", partial(Passwords, cost=4))


async def registered_from(chat: Chat, name: str, headers: list[tuple[str, str]], *, by_socket: bool) -> str | None:
    """Return the address that a sign-in notes."""
    variables = {"name": name, "email": f"{name}@example.com"}
    payload = {"query": REGISTER, "variables": variables}
    if by_socket:
        async with chat.http.ws_connect(
            f"{chat.origin}/graphql", protocols=["graphql-transport-ws"], headers=headers
        ) as socket:
            await socket.send_json({"type": "connection_init"})
            assert (await socket.receive_json())["type"] == "connection_ack"
            await socket.send_json({"id": "1", "type": "subscribe", "payload": payload})
            assert "errors" not in (await socket.receive_json())["payload"]
    else:
        url = f"{chat.origin}/graphql"
        async with chat.http.post(url, json=payload, headers=headers) as response:
            assert "errors" not in await response.json()
    return (await SignIn.get(user__username=name)).client_ip


FORGED = [("x-forwarded-for", "6.6.6.6"), ("X-Forwarded-For", "203.0.113.5:1, 127.0.0.9"), ("forwarded", "for=7.7.7.7")]


@pytest.mark.parametrize("by_socket", [False, True])
async def test_a_trusted_proxy_says_who_the_client_is(sqlite_url: str, tmp_path: Path, by_socket: bool) -> None:
    async with run_chat(sqlite_url, tmp_path, TRUSTED_PROXIES="127.0.0.0/8, ::1") as chat:
        assert await registered_from(chat, "ada", FORGED, by_socket=by_socket) == "203.0.113.5"
        assert await registered_from(chat, "bob", [], by_socket=by_socket) == "127.0.0.1"


@pytest.mark.parametrize("by_socket", [False, True])
async def test_anybody_else_is_not_believed(sqlite_url: str, tmp_path: Path, by_socket: bool) -> None:
    async with run_chat(sqlite_url, tmp_path, TRUSTED_PROXIES="10.0.0.0/8") as chat:
        assert await registered_from(chat, "ada", FORGED, by_socket=by_socket) == "127.0.0.1"
    async with run_chat(sqlite_url, tmp_path) as chat:
        assert await registered_from(chat, "bob", FORGED, by_socket=by_socket) == "127.0.0.1"


@pytest.mark.parametrize(("trusted", "scheme"), [("127.0.0.0/8", "https"), ("10.0.0.0/8", "http")])
async def test_only_a_trusted_proxy_says_that_the_client_came_by_tls(
    sqlite_url: str, tmp_path: Path, trusted: str, scheme: str
) -> None:
    async with run_chat(sqlite_url, tmp_path, TRUSTED_PROXIES=trusted) as chat:
        ada = await chat.sign_up("ada")
        file = await ada.upload(await ada.new_session())
        body = {"query": "query ($id: ID!) { file(id: $id) { downloadUrl } }", "variables": {"id": file["id"]}}
        headers = {"authorization": f"Bearer {ada.token}", "x-forwarded-proto": "https", "host": "chat.example.com"}
        async with chat.http.post(f"{chat.origin}/graphql", json=body, headers=headers) as response:
            url = (await response.json())["data"]["file"]["downloadUrl"]
        assert url.startswith(f"{scheme}://chat.example.com/files/")

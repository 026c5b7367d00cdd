"""The guard against server-side request forgery at real sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from functools import partial
from ipaddress import ip_network

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from gql_chat.infra.net import connectors
from gql_chat.infra.net.connectors import AddressRefused, guarded_connector, unguarded_connector
from gql_chat.infra.net.destinations import AllowedEndpoint, Network, parse_allowed

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """Run a server on 127.0.0.1 that answers 204, and yield its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def get(url: str, connector: aiohttp.TCPConnector) -> int:
    async with aiohttp.ClientSession(connector=connector) as session, session.get(url) as response:
        return response.status


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "0.0.0.0",
        "0x7f000001",
        "0x7f.0.0.1",
        "１２７.０.０.１",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
    ],
)
async def test_no_form_of_an_inner_address_gets_a_socket(host: str, port: int) -> None:
    with pytest.raises(aiohttp.ClientConnectorError) as refused:
        await get(f"http://{host}:{port}/", guarded_connector(()))
    assert isinstance(refused.value.__cause__, AddressRefused)


@pytest.mark.parametrize("host", ["127.1", "2130706433", "017700000001", "0177.0.0.1", "0"])
async def test_numbers_for_addresses_are_refused_by_aiohttp_before_the_guard(host: str, port: int) -> None:
    with pytest.raises(aiohttp.InvalidURL):
        await get(f"http://{host}:{port}/", guarded_connector(()))


async def test_an_allowed_network_is_connected_to(port: int) -> None:
    assert await get(f"http://127.0.0.1:{port}/", guarded_connector(LOOPBACK)) == 204


@pytest.mark.parametrize("make", [partial(guarded_connector, LOOPBACK), unguarded_connector])
async def test_an_idle_connection_is_closed_before_the_server_would(
    make: Callable[[], aiohttp.TCPConnector], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connectors, "_KEEPALIVE_SECONDS", 0.01)
    closed = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        assert await reader.read() == b""
        writer.close()
        closed.set()

    async with (
        await asyncio.start_server(serve, "127.0.0.1", 0) as server,
        aiohttp.ClientSession(connector=make()) as session,
        session.get(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/") as response,
    ):
        assert (response.status, response.headers.get("Connection")) == (204, None)
        await asyncio.wait_for(closed.wait(), 5)


class Rebinding(AbstractResolver):
    """A name server that returns another address at each look-up."""

    def __init__(self, *addresses: str) -> None:
        self._answers = list(addresses)

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_INET) -> list[ResolveResult]:
        addresses = self._answers.pop(0).split()
        return [
            ResolveResult(hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=0)
            for address in addresses
        ]

    async def close(self) -> None:
        pass


def resolving(connector: aiohttp.TCPConnector, resolver: Rebinding) -> aiohttp.TCPConnector:
    connector._resolver = resolver
    connector._resolver_owner = False
    return connector


async def test_a_name_that_resolves_inside_is_refused(port: int) -> None:
    connector = resolving(guarded_connector(()), Rebinding("127.0.0.1"))
    with pytest.raises(aiohttp.ClientConnectorError) as refused:
        await get(f"http://model.example:{port}/", connector)
    assert isinstance(refused.value.__cause__, AddressRefused)
    assert "127.0.0.1" not in str(refused.value.__cause__)


@pytest.mark.parametrize("allowed", ["127.0.0.1:{port}", "127.0.0.0/8:{port}", "localhost:{port}"])
async def test_one_port_that_the_operator_allows_is_connected_to_and_no_other(port: int, allowed: str) -> None:
    connector = guarded_connector([parse_allowed(allowed.format(port=port))], ports=[range(1, 2)])
    assert await get(f"http://localhost:{port}/", connector) == 204
    connector = guarded_connector([parse_allowed(allowed.format(port=port - 1))], ports=[range(1, 2)])
    with pytest.raises(aiohttp.ClientConnectorError) as refused:
        await get(f"http://localhost:{port}/", connector)
    assert isinstance(refused.value.__cause__, AddressRefused)


async def test_a_port_that_is_not_allowed_gets_no_socket_in_an_allowed_network(port: int) -> None:
    with pytest.raises(aiohttp.ClientConnectorError) as refused:
        await get(f"http://127.0.0.1:{port}/", guarded_connector(LOOPBACK, ports=[range(443, 444)]))
    assert isinstance(refused.value.__cause__, AddressRefused)


async def test_a_host_that_is_allowed_by_its_name_opens_nothing_for_other_names(port: int) -> None:
    with pytest.raises(aiohttp.ClientConnectorError) as refused:
        await get(f"http://localhost:{port}/", guarded_connector([AllowedEndpoint("ollama", port)]))
    assert isinstance(refused.value.__cause__, AddressRefused)


async def test_every_address_of_a_name_is_checked(port: int) -> None:
    networks: list[Network] = [ip_network("127.0.0.2/32")]
    connector = resolving(guarded_connector(networks), Rebinding("127.0.0.1 10.0.0.1 169.254.169.254"))
    with pytest.raises(aiohttp.ClientConnectorError) as refused:
        await get(f"http://model.example:{port}/", connector)
    assert isinstance(refused.value.__cause__, AddressRefused)


async def test_a_name_that_is_bound_to_another_address_later_is_checked_again(port: int) -> None:
    connector = resolving(guarded_connector([ip_network("127.0.0.1/32")]), Rebinding("127.0.0.1", "127.0.0.2"))
    async with aiohttp.ClientSession(connector=connector) as session:
        async with session.get(f"http://model.example:{port}/") as response:
            assert response.status == 204
        connector.clear_dns_cache()
        with pytest.raises(aiohttp.ClientConnectorError) as refused:
            await session.get(f"http://model.example:{port}/")
    assert isinstance(refused.value.__cause__, AddressRefused)

"""Connectors of aiohttp. The guarded one checks every address at the socket, which is the guard against SSRF."""

import socket
from collections.abc import Collection, Sequence
from ssl import SSLContext

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from gql_chat.infra.net.destinations import DEFAULT_PORTS, Allowed, AllowedEndpoint
from gql_chat.infra.net.ssrf import is_allowed

# uvicorn, and so vLLM and LiteLLM, closes a connection after five idle seconds: never send a request at that moment.
_KEEPALIVE_SECONDS = 4.0
_DNS_CACHE_SECONDS = 30


class AddressRefused(OSError):
    """Users may not reach this address or port. The message leaves it out: it would reveal internal DNS records."""

    def __init__(self) -> None:
        super().__init__("the address is not allowed")


def guarded_connector(
    allowed_networks: Collection[Allowed],
    ssl: SSLContext | bool = True,
    *,
    ports: Sequence[range] = DEFAULT_PORTS,
    keeps_connections: bool = True,
) -> aiohttp.TCPConnector:
    """Create a connector that refuses other addresses: its ClientConnectorError has AddressRefused as the cause.

    A host that the operator allows by its name is allowed at the addresses to which the name resolved last.
    """
    named = _NamedHosts([allowed for allowed in allowed_networks if isinstance(allowed, AllowedEndpoint)])

    def make_socket(address_info: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = address_info
        host, port = str(address[0]), int(address[1])
        if not named.has(host, port) and not is_allowed(host, allowed_networks, port, ports):
            raise AddressRefused
        return socket.socket(family, kind, protocol)

    return _connector(ssl, make_socket, named, keeps_connections)


def unguarded_connector(ssl: SSLContext | bool = True, *, keeps_connections: bool = True) -> aiohttp.TCPConnector:
    """Create a connector without the guard, for endpoints that the operator configured."""
    return _connector(ssl, None, None, keeps_connections)


class _NamedHosts(AbstractResolver):
    """Resolves names as aiohttp does, and keeps the addresses of the hosts that the operator allows by name."""

    def __init__(self, endpoints: Sequence[AllowedEndpoint]) -> None:
        self._names = frozenset(endpoint for endpoint in endpoints if isinstance(endpoint.host, str))
        self._addresses: dict[AllowedEndpoint, frozenset[str]] = {}

    def has(self, address: str, port: int) -> bool:
        """Return whether the address is one of an allowed host, at its allowed port."""
        return any(address in found for endpoint, found in self._addresses.items() if endpoint.port == port)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        results = await aiohttp.ThreadedResolver().resolve(host, port, family)
        endpoint = AllowedEndpoint(host.lower().rstrip("."), port)
        if endpoint in self._names:
            self._addresses[endpoint] = frozenset(result["host"] for result in results)
        return results

    async def close(self) -> None:
        pass


def _connector(
    ssl: SSLContext | bool,
    socket_factory: aiohttp.SocketFactoryType | None,
    resolver: AbstractResolver | None,
    keeps_connections: bool,
) -> aiohttp.TCPConnector:
    # No limit of connections: each streaming reply holds one, and replies are limited elsewhere.
    return aiohttp.TCPConnector(
        limit=0,
        ssl=ssl,
        socket_factory=socket_factory,
        resolver=resolver,
        ttl_dns_cache=_DNS_CACHE_SECONDS,
        **({"keepalive_timeout": _KEEPALIVE_SECONDS} if keeps_connections else {"force_close": True}),
    )

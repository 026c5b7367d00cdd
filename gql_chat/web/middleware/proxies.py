"""Who is behind proxies: what they say of a client is believed of trusted ones alone."""

import re
from collections.abc import Collection, Iterator
from ipaddress import IPv4Network, IPv6Network

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from gql_chat.infra.net.addresses import Address, parse_address

# `192.0.2.7:4711` and `[2001:db8::1]:4711` come from proxies that name the port too.
_WITH_PORT = re.compile(r"(?:\[(?P<ipv6>[^\]]*)\]|(?P<ipv4>[^:]*))(?::[0-9]{1,5})?")

Network = IPv4Network | IPv6Network


class BehindProxies:
    """Tells an ASGI application who is behind these proxies, where one of them is whom the server sees."""

    def __init__(self, app: ASGIApp, trusted: Collection[Network]) -> None:
        self._app = app
        self._trusted = tuple(trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and scope.get("client"):
            (host, port), headers = scope["client"], Headers(scope=scope)
            client = find_client(host, headers.getlist("x-forwarded-for"), self._trusted)
            scope = {**scope, "client": (client, port)}
            if headers.get("x-forwarded-proto") == "https" and _is_trusted(host, self._trusted):
                scope["scheme"] = "https" if scope["type"] == "http" else "wss"
        await self._app(scope, receive, send)


def find_client(peer: str, forwarded_for: Collection[str], trusted: Collection[Network]) -> str:
    """Who is behind the peer: the last address of the headers that no trusted proxy has.

    What stands before that one its sender may have made up. Where a trusted proxy wrote what is no address, the client
    is that proxy; where all are trusted, the first.
    """
    client, address = peer, parse_address(peer)
    for entry in _from_the_last(forwarded_for):
        if address is None or not _is_within(address, trusted):
            break
        address = _parse_entry(entry)
        if address is not None:
            client = str(address)
    return client


def _is_trusted(peer: str, trusted: Collection[Network]) -> bool:
    address = parse_address(peer)
    return address is not None and _is_within(address, trusted)


def _from_the_last(forwarded_for: Collection[str]) -> Iterator[str]:
    # Several headers are one list (RFC 9110, 5.3), whose empty elements do not count (5.6.1.2).
    entries = (entry.strip() for header in reversed([*forwarded_for]) for entry in reversed(header.split(",")))
    return filter(None, entries)


def _parse_entry(entry: str) -> Address | None:
    found = _WITH_PORT.fullmatch(entry)
    return parse_address(found["ipv6"] or found["ipv4"] or "" if found else entry)


def _is_within(address: Address, networks: Collection[Network]) -> bool:
    return any(address in network for network in networks)

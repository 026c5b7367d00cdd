"""The client behind trusted proxies, as uvicorn finds it in headers that are brought to one form first.

uvicorn 0.54 by itself takes `unknown`, an empty list element or `1.2.3.4:99999999` for a client, and does not recognize
10.0.0.1 in `::ffff:10.0.0.1`.
"""

import re
from collections.abc import Collection
from ipaddress import IPv4Network, IPv6Network

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from gql_chat.infra.net.addresses import parse_address

# Some proxies add the port: `192.0.2.7:4711`, `[2001:db8::1]:4711`.
_WITH_PORT = re.compile(r"(?:\[(?P<ipv6>[^\]]*)\]|(?P<ipv4>[^:]*))(?::[0-9]{1,5})?")

Network = IPv4Network | IPv6Network


class TrustedProxies:
    """Gives an ASGI application the client's address and scheme as the proxies of these networks report them."""

    def __init__(self, app: ASGIApp, trusted: Collection[Network]) -> None:
        self._app: ASGIApp = ProxyHeadersMiddleware(app, [*map(str, trusted)])  # type: ignore[arg-type,assignment]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("client"):
            host, port = scope["client"]
            forwarded_for = ", ".join(read_forwarded_for(Headers(scope=scope).getlist("x-forwarded-for")))
            others = [(name, value) for name, value in scope["headers"] if name != b"x-forwarded-for"]
            headers = [*others, (b"x-forwarded-for", forwarded_for.encode())] if forwarded_for else others
            scope = {**scope, "client": (str(parse_address(host) or host), port), "headers": headers}
        await self._app(scope, receive, send)


def read_forwarded_for(headers: Collection[str]) -> list[str]:
    """Return the addresses that follow the last entry that is none: the proxy that wrote that one is the client.

    Several headers are one list (RFC 9110, 5.3), whose empty elements do not count (5.6.1.2).
    """
    addresses: list[str] = []
    for entry in filter(None, (entry.strip() for entry in reversed(",".join(headers).split(",")))):
        found = _WITH_PORT.fullmatch(entry)
        address = parse_address(found["ipv6"] or found["ipv4"] or "" if found else entry)
        if address is None:
            break
        addresses.insert(0, str(address))
    return addresses

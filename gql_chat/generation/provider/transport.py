"""Requests to providers: over kept connections, behind the SSRF guard, with nothing that links users to each other."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from functools import cache, partial
from typing import NamedTuple, Self
from weakref import WeakSet

import aiohttp
import httpx2
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http import StreamWriter
from multidict import CIMultiDict
from yarl import URL

from gql_chat.errors import ProviderErrorCode, ProviderFailed
from gql_chat.generation.provider.endpoint import KEPT_URLS, Endpoint, Reach
from gql_chat.generation.provider.response import Response
from gql_chat.infra.net.connectors import guarded_connector, unguarded_connector
from gql_chat.infra.telemetry.tracing import outgoing_headers

_LARGE_BYTES = 1024 * 1024  # of a request's body
_PART_BYTES = 64 * 1024  # of a large body
# Of one header line: gateways send policies and cookies in long ones.
_MAX_HEADER_BYTES = 32 * 1024

_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "gql-chat"}


class Transport:
    """Enter it once per process. Users' endpoints are reached through the SSRF guard, trusted ones without it.

    It follows no redirect, keeps no cookie and reads no environment variable.
    """

    def __init__(self, connect_seconds: float, reach: Reach) -> None:
        self._reach = reach
        # Connecting includes the DNS lookup. The watchdog keeps the other limits.
        self._timeout = aiohttp.ClientTimeout(total=None, connect=connect_seconds)
        self._routes: dict[tuple[str, str], aiohttp.ClientRequest] = {}
        self._used: WeakSet[ResponseHandler] = WeakSet()
        self._exit_stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        tls = await asyncio.to_thread(_tls_context)
        guarded = partial(guarded_connector, self._reach.allowed_networks, tls, ports=self._reach.allowed_ports)
        self._guarded = await self._open(guarded)
        self._trusted = await self._open(partial(unguarded_connector, tls))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._exit_stack.aclose()

    async def request(
        self, method: str, endpoint: Endpoint, path: str, body: bytes | None, on_sent: Callable[[], None] | None = None
    ) -> Response:
        """Send a request and return the response once it begins; its body is not read.

        A provider may close a kept connection at the moment when it is used again. Then send the request once more, on
        a new connection: the first did not reach it. A request on a new connection is never repeated.
        """
        connectors = self._trusted if endpoint.trusted else self._guarded
        route = self._route_to(method, endpoint.url_of(path))
        request = _Request(route, self._headers(route, endpoint, body), body, on_sent)
        connection = await self._connect(connectors.pooled, route)
        is_new = connection.protocol not in self._used
        if is_new and connection.protocol is not None:
            self._used.add(connection.protocol)
        try:
            return await request.send(connection)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, aiohttp.ClientConnectionResetError):
            if is_new:
                raise
        request.headers["Connection"] = "close"
        return await request.send(await self._connect(connectors.unpooled, route))

    def _route_to(self, method: str, url: str) -> aiohttp.ClientRequest:
        """Return a request without a body for this URL, which knows how to connect to it. Raise ValueError."""
        route = self._routes.get((method, url))
        if route is None:
            parsed = URL(url)
            if parsed.scheme not in ("http", "https"):
                raise aiohttp.InvalidURL(url)
            route = aiohttp.ClientRequest(method, parsed, headers=_HEADERS, loop=asyncio.get_running_loop())
            if len(self._routes) >= KEPT_URLS:
                self._routes.clear()
            self._routes[method, url] = route
        return route

    async def _connect(self, connector: aiohttp.BaseConnector, route: aiohttp.ClientRequest) -> Connection:
        """Return a connection that is kept or new. Raise aiohttp's errors, as its sessions do."""
        try:
            return await connector.connect(route, [], self._timeout)
        except aiohttp.ClientError:
            raise
        except TimeoutError as exc:
            raise aiohttp.ConnectionTimeoutError(f"Connection timeout to host {route.host}") from exc
        except OSError as exc:
            raise aiohttp.ClientOSError(*exc.args) from exc

    def _headers(self, route: aiohttp.ClientRequest, endpoint: Endpoint, body: bytes | None) -> CIMultiDict[str]:
        headers = route.headers.copy()
        headers.update(_authorization(endpoint))
        headers.update(endpoint.headers)
        if body is not None:
            headers["Content-Type"], headers["Content-Length"] = "application/json", str(len(body))
        if self._reach.traced_hosts and endpoint.host_and_port[0] in self._reach.traced_hosts:
            headers.update(outgoing_headers())
        return headers

    async def _open(self, make_connector: Callable[..., aiohttp.BaseConnector]) -> "_Connectors":
        pooled, unpooled = make_connector(), make_connector(keeps_connections=False)
        return _Connectors(
            await self._exit_stack.enter_async_context(pooled), await self._exit_stack.enter_async_context(unpooled)
        )


class _Connectors(NamedTuple):
    """Two ways to the same hosts: over connections that are kept for the next request, and over new ones."""

    pooled: aiohttp.BaseConnector
    unpooled: aiohttp.BaseConnector


class _Request(NamedTuple):
    """A request that is sent once, or twice."""

    route: aiohttp.ClientRequest
    headers: CIMultiDict[str]
    body: bytes | None
    on_sent: Callable[[], None] | None

    async def send(self, connection: Connection) -> Response:
        """Send the request and return the response once its head has arrived. Raise aiohttp's errors."""
        response = Response(connection)
        try:
            response.protocol.set_response_params(
                read_until_eof=True,
                auto_decompress=False,
                max_line_size=_MAX_HEADER_BYTES,
                max_field_size=_MAX_HEADER_BYTES,
            )
            writer = StreamWriter(response.protocol, self.route.loop)
            await writer.write_headers(f"{self.route.method} {self.route.url.raw_path_qs} HTTP/1.1", self.headers)
            if self.body is None or len(self.body) > _LARGE_BYTES:
                writer.send_headers()
            else:
                await writer.write(self.body, drain=False)
            if self.body is not None and len(self.body) > _LARGE_BYTES:
                response.sending = asyncio.create_task(_send_parts(writer, self.body))
            if self.on_sent is not None:
                self.on_sent()
            await response.begin()
        except BaseException:
            response.close()
            raise
        return response


async def _send_parts(writer: StreamWriter, body: bytes) -> None:
    """Send a large body in parts: all at once, it would be copied into the socket's buffer."""
    parts = memoryview(body)
    with suppress(OSError):  # the reader of the response learns that the connection is lost
        for start in range(0, len(body), _PART_BYTES):
            await writer.write(parts[start : start + _PART_BYTES])


@cache
def _tls_context() -> ssl.SSLContext:
    # Reading the roots that this system trusts takes 50 ms. httpx2 finds them also where OpenSSL's own paths are empty.
    return httpx2.create_ssl_context()


def _authorization(endpoint: Endpoint) -> Mapping[str, str]:
    if not (endpoint.secret.isascii() and endpoint.secret.isprintable()):
        raise ProviderFailed(ProviderErrorCode.AUTHENTICATION, "The key holds characters that no key can hold.")
    return {"Authorization": f"Bearer {endpoint.secret}"} if endpoint.secret else {}

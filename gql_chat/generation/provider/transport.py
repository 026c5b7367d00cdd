"""Requests to providers: over kept connections, behind the SSRF guard, with nothing that links users to each other."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import cache, partial
from io import BytesIO
from types import SimpleNamespace
from typing import NamedTuple, Self

import aiohttp
import httpx2

from gql_chat.errors import ProviderErrorCode, ProviderFailed
from gql_chat.generation.provider.endpoint import Endpoint
from gql_chat.infra.net.connectors import guarded_connector, unguarded_connector
from gql_chat.infra.net.destinations import DEFAULT_PORTS, Allowed
from gql_chat.infra.telemetry.tracing import outgoing_headers

_LARGE_BYTES = 1024 * 1024  # of a request's body
# Of one header line: gateways send policies and cookies in long ones.
_MAX_HEADER_BYTES = 32 * 1024


class Transport:
    """Enter it once per process. Users' endpoints are reached through the SSRF guard, trusted ones without it.

    It follows no redirect, keeps no cookie and reads no environment variable. Only `traced_hosts` receive the trace id
    of a request: any other host could tell by it which requests belong together.
    """

    def __init__(
        self,
        connect_seconds: float,
        *,
        allowed_networks: Sequence[Allowed] = (),
        allowed_ports: Sequence[range] = DEFAULT_PORTS,
        traced_hosts: Collection[str] = (),
    ) -> None:
        self._connect_seconds = connect_seconds
        self._allowed_networks, self._allowed_ports = allowed_networks, allowed_ports
        self._traced_hosts = frozenset(traced_hosts)
        self._exit_stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        tls = await asyncio.to_thread(_tls_context)
        guarded = partial(guarded_connector, self._allowed_networks, tls, ports=self._allowed_ports)
        self._guarded = await self._open(guarded)
        self._trusted = await self._open(partial(unguarded_connector, tls))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._exit_stack.aclose()

    async def request(
        self, method: str, endpoint: Endpoint, path: str, body: bytes | None, on_sent: Callable[[], None] | None = None
    ) -> aiohttp.ClientResponse:
        """Send a request and return the response once it begins; its body is not read.

        A provider may close a kept connection at the moment when it is used again. Then send the request once more, on
        a new connection: the first did not reach it. A request on a new connection is never repeated.
        """
        headers = self._headers(endpoint, has_body=body is not None)
        sessions = self._trusted if endpoint.trusted else self._guarded
        tracing = _RequestTrace(on_sent)

        def send(session: aiohttp.ClientSession) -> Awaitable[aiohttp.ClientResponse]:
            return session.request(
                method,
                endpoint.url_of(path),
                headers=headers,
                # A large body is sent in parts: aiohttp would copy it into the socket's buffer all at once.
                data=BytesIO(body) if body is not None and len(body) > _LARGE_BYTES else body,
                allow_redirects=False,
                trace_request_ctx=tracing,
            )

        try:
            return await send(sessions.pooled)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            if not tracing.is_reused:
                raise
            return await send(sessions.unpooled)
        finally:
            tracing.on_sent = None  # the response holds the trace, and what is to be called may hold the response

    def _headers(self, endpoint: Endpoint, *, has_body: bool) -> dict[str, str]:
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "gql-chat",
            **_authorization(endpoint),
            **endpoint.headers,
        }
        if has_body:
            headers["Content-Type"] = "application/json"
        if endpoint.host_and_port[0] in self._traced_hosts:
            headers.update(outgoing_headers())
        return headers

    async def _open(self, make_connector: Callable[..., aiohttp.BaseConnector]) -> "_Sessions":
        pooled, unpooled = self._session(make_connector()), self._session(make_connector(keeps_connections=False))
        return _Sessions(
            await self._exit_stack.enter_async_context(pooled), await self._exit_stack.enter_async_context(unpooled)
        )

    def _session(self, connector: aiohttp.BaseConnector) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector,
            # One user's call must not leave a cookie for another's.
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            max_line_size=_MAX_HEADER_BYTES,
            max_field_size=_MAX_HEADER_BYTES,
            trace_configs=[_request_tracing()],
            # `connect` includes the DNS lookup. The watchdog keeps the other limits.
            timeout=aiohttp.ClientTimeout(total=None, connect=self._connect_seconds),
        )


class _Sessions(NamedTuple):
    """Two ways to the same hosts: over connections that are kept for the next request, and over new ones."""

    pooled: aiohttp.ClientSession
    unpooled: aiohttp.ClientSession


@dataclass(slots=True)
class _RequestTrace:
    """The trace of one request, as aiohttp's tracing fills it."""

    on_sent: Callable[[], None] | None
    is_reused: bool = False


def _request_tracing() -> aiohttp.TraceConfig:
    """Call a request's `on_sent`, if it has one, when it is written, and note whether its connection was kept."""

    async def note_sent(_: object, context: SimpleNamespace, __: object) -> None:
        if context.trace_request_ctx.on_sent is not None:
            context.trace_request_ctx.on_sent()

    async def note_reused(_: object, context: SimpleNamespace, __: object) -> None:
        context.trace_request_ctx.is_reused = True

    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(note_sent)
    trace.on_connection_reuseconn.append(note_reused)
    return trace


@cache
def _tls_context() -> ssl.SSLContext:
    # Reading the roots that this system trusts takes 50 ms. httpx2 finds them also where OpenSSL's own paths are empty.
    return httpx2.create_ssl_context()


def _authorization(endpoint: Endpoint) -> Mapping[str, str]:
    if not (endpoint.secret.isascii() and endpoint.secret.isprintable()):
        raise ProviderFailed(ProviderErrorCode.AUTHENTICATION, "The key holds characters that no key can hold.")
    return {"Authorization": f"Bearer {endpoint.secret}"} if endpoint.secret else {}

"""The client of OpenAI-compatible providers: one for the process, for calls to any endpoint."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import cache, partial
from types import SimpleNamespace
from typing import Any, Self

import aiohttp
import httpx2
import msgspec
from aiohttp.http_exceptions import HttpProcessingError

from gql_chat.errors import ProviderErrorCode, ProviderFailed
from gql_chat.generation.provider.call import ProviderCall, Timeouts
from gql_chat.generation.provider.endpoint import COMPLETIONS_PATH, USAGE_OPTIONS, Endpoint, request_body
from gql_chat.generation.provider.failures import disconnected, refused, refuses_usage
from gql_chat.infra.net.destinations import DEFAULT_PORTS, Allowed
from gql_chat.infra.net.ssrf import guarded_connector, unguarded_connector
from gql_chat.infra.telemetry.tracing import Span, outgoing_headers, span

__all__ = ["LLM", "Endpoint", "ProviderCall", "Timeouts"]

# The most that is read of an error's body; more is not worth showing.
_ERROR_BODY_BYTES = 64 * 1024

# How many base URLs are remembered that refuse stream_options: users choose them, so there may be any number.
_MAX_REMEMBERED = 10_000

OnSent = Callable[[bool], None]
"""Called when a request was sent, with whether it asks for usage: from then on the provider may be at work on it."""


class LLM:
    """Enter it once per process. Users' endpoints are reached through the SSRF guard, trusted ones without it.

    It follows no redirect, keeps no cookie and reads no environment variable. Only `traced_hosts` receive the trace id
    of a call: any other host could tell by it which calls belong together.
    """

    def __init__(
        self,
        *,
        timeouts: Timeouts | None = None,
        allowed_networks: Sequence[Allowed] = (),
        allowed_ports: Sequence[range] = DEFAULT_PORTS,
        traced_hosts: Collection[str] = (),
    ) -> None:
        self.timeouts = timeouts or Timeouts()
        self._allowed_networks, self._allowed_ports = allowed_networks, allowed_ports
        self._traced_hosts = frozenset(traced_hosts)
        self._refusing_usage: set[str] = set()
        self._exit_stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        tls = _tls_context()
        guarded = guarded_connector(self._allowed_networks, tls, ports=self._allowed_ports)
        trusted = unguarded_connector(tls)
        self._guarded = await self._exit_stack.enter_async_context(self._session(guarded))
        self._trusted = await self._exit_stack.enter_async_context(self._session(trusted))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._exit_stack.aclose()

    @asynccontextmanager
    async def stream(
        self, endpoint: Endpoint, messages: Sequence[Mapping[str, Any]], *, on_sent: OnSent | None = None
    ) -> AsyncIterator[ProviderCall]:
        """Ask for a completion; entered when the answer begins. Raise ProviderFailed. Leaving ends the call."""
        started_at = asyncio.get_running_loop().time()
        async with AsyncExitStack() as stack:
            current = stack.enter_context(_call_span(endpoint))
            with provider_failures(self.timeouts):
                async with asyncio.timeout(self.timeouts.begin_seconds):
                    response = await self._complete(endpoint, request_body(endpoint, messages), on_sent)
            stack.callback(response.close)
            require_plain(response)
            call = ProviderCall(response, endpoint.secret, self.timeouts, started_at)
            stack.push_async_callback(call.close)
            stack.callback(_note_answer, current, call)
            yield call

    async def request(
        self, method: str, endpoint: Endpoint, path: str, body: bytes | None, on_sent: Callable[[], None] | None = None
    ) -> aiohttp.ClientResponse:
        """Send a request and return the response once it begins; its body is not read."""
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "gql-chat",
            **_authorization(endpoint),
        }
        if body is not None:
            headers["Content-Type"] = "application/json"
        if endpoint.host_and_port[0] in self._traced_hosts:
            headers.update(outgoing_headers())
        session = self._trusted if endpoint.trusted else self._guarded
        return await session.request(
            method,
            endpoint.url + path,
            headers=headers,
            data=body,
            allow_redirects=False,
            trace_request_ctx=on_sent,
        )

    def _session(self, connector: aiohttp.BaseConnector) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector,
            # One user's call must not leave a cookie for another's.
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trace_configs=[_sent_trace()],
            # `connect` includes the DNS lookup. The watchdog keeps the other limits.
            timeout=aiohttp.ClientTimeout(total=None, connect=self.timeouts.connect_seconds),
        )

    async def _complete(
        self, endpoint: Endpoint, body: Mapping[str, Any], on_sent: OnSent | None
    ) -> aiohttp.ClientResponse:
        """Return the response to a request for a completion. Repeat it without stream_options if these are refused."""
        counts = body["stream"] and endpoint.base_url not in self._refusing_usage
        data = msgspec.json.encode({**body, **(USAGE_OPTIONS if counts else {})})
        notify = partial(on_sent, counts) if on_sent is not None else None
        response = await self.request("POST", endpoint, COMPLETIONS_PATH, data, notify)
        if 200 <= response.status < 300:
            return response
        try:
            error = _error_in(await read_at_most(_ERROR_BODY_BYTES, response), response.charset)
        finally:
            response.close()
        if not counts or not refuses_usage(error, response.status):
            raise refused(error, secret=endpoint.secret, status_code=response.status)
        if len(self._refusing_usage) >= _MAX_REMEMBERED:
            self._refusing_usage.clear()
        self._refusing_usage.add(endpoint.base_url)
        return await self._complete(endpoint, body, on_sent)


def _sent_trace() -> aiohttp.TraceConfig:
    """Call a request's `on_sent`, if it has one, when the request is written to the connection."""

    async def notify(_: object, context: SimpleNamespace, __: object) -> None:
        if context.trace_request_ctx is not None:
            context.trace_request_ctx()

    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(notify)
    return trace


@cache
def _tls_context() -> ssl.SSLContext:
    # Reading the roots that this system trusts takes 50 ms. httpx2 finds them also where OpenSSL's own paths are empty.
    return httpx2.create_ssl_context()


@contextmanager
def provider_failures(timeouts: Timeouts) -> Iterator[None]:
    """Translate errors until the answer begins to ProviderFailed."""
    try:
        yield
    except UnicodeEncodeError as exc:
        sentence = "A message holds half a character, which cannot be sent: remove it."
        raise ProviderFailed(ProviderErrorCode.BAD_REQUEST, sentence) from exc
    except ValueError as exc:  # aiohttp.InvalidURL, and UnicodeError from a host name that no lookup can take
        sentence = "The base URL is not a valid URL: correct it."
        raise ProviderFailed(ProviderErrorCode.UNREACHABLE, sentence) from exc
    except (aiohttp.ClientError, HttpProcessingError) as exc:
        raise disconnected(exc) from exc
    except TimeoutError as exc:
        sentence = f"The provider did not answer within {timeouts.begin_seconds:g} seconds."
        raise ProviderFailed(ProviderErrorCode.TIMEOUT, sentence) from exc


def require_plain(response: aiohttp.ClientResponse) -> None:
    """Raise ProviderFailed if the body is compressed: that was not asked for, and nothing here decompresses."""
    if _is_compressed(response):
        sentence = "The provider's answer is compressed although it was asked not to be."
        raise ProviderFailed(ProviderErrorCode.BAD_RESPONSE, sentence, status_code=response.status)


async def read_at_most(count: int, response: aiohttp.ClientResponse) -> bytes:
    """Return the body, or its first `count` bytes; nothing if it is compressed."""
    body = bytearray()
    while not _is_compressed(response) and len(body) < count and (data := await response.content.readany()):
        body += data
    return bytes(body[:count])


def _authorization(endpoint: Endpoint) -> Mapping[str, str]:
    if not (endpoint.secret.isascii() and endpoint.secret.isprintable()):
        raise ProviderFailed(ProviderErrorCode.AUTHENTICATION, "The key holds characters that no key can hold.")
    return {"Authorization": f"Bearer {endpoint.secret}"} if endpoint.secret else {}


def _is_compressed(response: aiohttp.ClientResponse) -> bool:
    return response.headers.get("Content-Encoding", "identity").lower() in ("gzip", "deflate", "br", "zstd")


def _error_in(body: bytes, charset: str | None) -> Any:
    """Return the body's error member, else the JSON that it holds, else its text."""
    try:
        text = body.decode(charset or "utf-8", errors="replace").strip()
    except LookupError:
        text = body.decode(errors="replace").strip()
    try:
        error = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return error.get("error", error) if isinstance(error, dict) else error


@contextmanager
def _call_span(endpoint: Endpoint) -> Iterator[Span]:
    """Trace the call by OpenTelemetry's conventions for generative AI, without anything that is said in it.

    https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
    """
    host, port = endpoint.host_and_port
    with span(f"chat {endpoint.model}", "CLIENT") as current:
        current.set_attributes(
            gen_ai__operation__name="chat",
            gen_ai__provider__name="openai" if host == "api.openai.com" else "openai_compatible",
            gen_ai__request__model=endpoint.model,
            server__address=host,
            server__port=port,
        )
        try:
            yield current
        except ProviderFailed as exc:
            current.fail(exc.provider_code.value)
            raise
        except asyncio.CancelledError:
            current.set_attributes(gql_chat__cancelled=True)
            raise


def _note_answer(current: Span, call: ProviderCall) -> None:
    usage = call.usage
    current.set_attributes(
        http__response__status_code=call.status_code,
        gql_chat__first_token_ms=call.first_token_ms,
        gen_ai__response__finish_reasons=[call.finish_reason.value.lower()] if call.finish_reason else None,
        gen_ai__usage__input_tokens=usage.prompt_tokens if usage else None,
        gen_ai__usage__output_tokens=usage.completion_tokens if usage else None,
    )

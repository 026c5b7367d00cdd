"""The client of OpenAI-compatible providers: one for the process, for calls to any endpoint."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self

import aiohttp
import httpx2
import msgspec
from openai import APIConnectionError, APIStatusError, AsyncAPIResponse, AsyncOpenAI, Omit
from openai.types.chat import ChatCompletion

from gql_chat.errors import ProviderErrorCode
from gql_chat.generation.provider.call import ProviderCall
from gql_chat.generation.provider.failures import disconnected, failed, refused, refuses_usage
from gql_chat.generation.provider.request import Endpoint, request_body
from gql_chat.generation.provider.timeouts import Timeouts
from gql_chat.generation.provider.tracing import call_span, note_answer, place_of
from gql_chat.generation.provider.transport import AiohttpTransport
from gql_chat.infra.net.ssrf import Network, guarded_connector, unguarded_connector
from gql_chat.infra.telemetry.tracing import outgoing_headers

__all__ = ["LLM", "Endpoint", "ProviderCall", "Timeouts"]

_MAX_LIST_BYTES = 8 * 1024 * 1024

# How many base URLs are remembered that refuse stream_options: users choose them, so there may be any number.
_MAX_REMEMBERED = 10_000
_MAX_CLIENTS = 500


class LLM:
    """Enter it once per process. Users' endpoints are reached through the guard, trusted ones without."""

    def __init__(
        self,
        *,
        timeouts: Timeouts | None = None,
        allowed_networks: Sequence[Network] = (),
        traced_hosts: Collection[str] = (),
    ) -> None:
        """Only `traced_hosts` are told which trace a call belongs to."""
        self._timeouts = timeouts or Timeouts()
        self._begin_seconds = min(self._timeouts.first_token_seconds, self._timeouts.total_seconds)
        self._allowed_networks = allowed_networks
        self._traced_hosts = frozenset(traced_hosts)
        self._refusing_usage: set[str] = set()
        self._clients: dict[tuple[str, bool], AsyncOpenAI] = {}
        self._exit_stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        tls = _tls_context()
        guarded, trusted = guarded_connector(self._allowed_networks, tls), unguarded_connector(tls)
        self._guarded = await self._exit_stack.enter_async_context(_http_client(guarded))
        self._trusted = await self._exit_stack.enter_async_context(_http_client(trusted))
        # Building a client takes 20 ms, with_options 0.2; none of them knows a secret, which goes with each call.
        self._client = AsyncOpenAI(
            api_key="set for each call",
            http_client=self._guarded,
            max_retries=0,
            timeout=httpx2.Timeout(None, connect=self._timeouts.connect_seconds),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._exit_stack.aclose()

    @asynccontextmanager
    async def stream(self, endpoint: Endpoint, messages: Sequence[Mapping[str, Any]]) -> AsyncIterator[ProviderCall]:
        """Ask for a completion; entered when the answer begins. Raises ProviderFailed. Leaving ends the call."""
        started_at = asyncio.get_running_loop().time()
        async with AsyncExitStack() as stack:
            current = stack.enter_context(call_span(endpoint))
            with _failures(endpoint, self._begin_seconds):
                async with asyncio.timeout(self._begin_seconds):
                    body = request_body(endpoint, messages)
                    response = await stack.enter_async_context(self._request(endpoint, body))
            _require_plain(response)
            call = ProviderCall(response, endpoint.secret, self._timeouts, started_at)
            stack.push_async_callback(call.close)
            stack.callback(note_answer, current, call)
            yield call

    async def list_models(self, endpoint: Endpoint) -> list[str]:
        """The ids of the endpoint's models, in its order. Raises ProviderFailed."""
        client = self._client_for(endpoint)
        with _failures(endpoint, self._begin_seconds):
            async with asyncio.timeout(self._begin_seconds):
                request = client.models.with_streaming_response.list(extra_headers=_headers(endpoint))
                async with request as response:
                    _require_plain(response.http_response)
                    return await _read_models(response.http_response)

    @asynccontextmanager
    async def _request(self, endpoint: Endpoint, body: Mapping[str, Any]) -> AsyncIterator[httpx2.Response]:
        """The response to a request for a completion. A server that refuses to count tokens is asked again without."""
        counts = body["stream"] and endpoint.base_url not in self._refusing_usage
        options = {"stream_options": {"include_usage": True}} if counts else {}
        async with AsyncExitStack() as stack:
            try:
                response = await stack.enter_async_context(self._post(endpoint, {**body, **options}))
            except APIStatusError as exc:
                if not counts or not refuses_usage(exc.body, exc.status_code):
                    raise
                self._remember_refusal(endpoint.base_url)
                response = await stack.enter_async_context(self._post(endpoint, body))
            yield response.http_response

    def _post(
        self, endpoint: Endpoint, body: Mapping[str, Any]
    ) -> AbstractAsyncContextManager[AsyncAPIResponse[ChatCompletion]]:
        # The SDK looks through its arguments by its types, 11 ms for 100 messages; an extra body goes as it is.
        return self._client_for(endpoint).chat.completions.with_streaming_response.create(
            model=endpoint.model,
            messages=(),
            extra_body=body,
            extra_headers={**_headers(endpoint), **self._trace_headers(endpoint)},
        )

    def _trace_headers(self, endpoint: Endpoint) -> Mapping[str, str]:
        # Who else sees it could tell which calls belong together.
        return outgoing_headers() if place_of(endpoint.base_url)[0] in self._traced_hosts else {}

    def _client_for(self, endpoint: Endpoint) -> AsyncOpenAI:
        place = endpoint.base_url, endpoint.trusted
        if place not in self._clients:
            if len(self._clients) >= _MAX_CLIENTS:
                self._clients.clear()
            http_client = self._trusted if endpoint.trusted else self._guarded
            self._clients[place] = self._client.with_options(base_url=endpoint.base_url, http_client=http_client)
        return self._clients[place]

    def _remember_refusal(self, base_url: str) -> None:
        if len(self._refusing_usage) >= _MAX_REMEMBERED:
            self._refusing_usage.clear()
        self._refusing_usage.add(base_url)


@cache
def _tls_context() -> ssl.SSLContext:
    # Reading the roots that this system trusts takes 50 ms.
    return httpx2.create_ssl_context()


def _http_client(connector: aiohttp.BaseConnector) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        transport=AiohttpTransport(connector),
        headers={"accept-encoding": "identity"},
        # One user's call must not leave a cookie for another's.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        follow_redirects=False,
        trust_env=False,
    )


def _headers(endpoint: Endpoint) -> dict[str, str | Omit]:
    if not (endpoint.secret.isascii() and endpoint.secret.isprintable()):
        raise failed(ProviderErrorCode.AUTHENTICATION, "The key holds characters that no key can hold.")
    return {"Authorization": f"Bearer {endpoint.secret}" if endpoint.secret else Omit(), "User-Agent": "gql-chat"}


@contextmanager
def _failures(endpoint: Endpoint, begin_seconds: float) -> Iterator[None]:
    """What can go wrong until the answer begins, as ProviderFailed."""
    secret = endpoint.secret
    try:
        yield
    except TimeoutError as exc:
        sentence = f"The provider did not answer within {begin_seconds:g} seconds."
        raise failed(ProviderErrorCode.TIMEOUT, sentence) from exc
    except APIStatusError as exc:
        raise refused(exc.body, secret=secret, status_code=exc.status_code) from exc
    except APIConnectionError as exc:
        raise disconnected(exc.__cause__) from exc
    except httpx2.TransportError as exc:
        raise disconnected(exc) from exc
    except UnicodeEncodeError as exc:
        raise failed(ProviderErrorCode.BAD_REQUEST, "A message holds half a character, which cannot be sent.") from exc
    except (httpx2.InvalidURL, UnicodeError) as exc:  # the latter from a host's name that no look-up can take
        raise failed(ProviderErrorCode.UNREACHABLE, "The base URL is not a valid URL.") from exc


def _require_plain(response: httpx2.Response) -> None:
    if response.headers.get("content-encoding", "identity").lower() in ("gzip", "deflate", "br", "zstd"):
        sentence = "The provider's answer is compressed although it was asked not to be."
        raise failed(ProviderErrorCode.BAD_RESPONSE, sentence, status_code=response.status_code)


async def _read_models(response: httpx2.Response) -> list[str]:
    body = bytearray()
    while data := await response.extensions["body"].read():
        body += data
        if len(body) > _MAX_LIST_BYTES:
            break
    try:
        listed = msgspec.json.decode(body)
    except ValueError:
        listed = None
    # Most give an object with `data`, Together AI the bare list.
    models = listed.get("data") if isinstance(listed, dict) else listed
    if not isinstance(models, list):
        sentence = "The provider sent something that is not a list of models."
        raise failed(ProviderErrorCode.BAD_RESPONSE, sentence, status_code=response.status_code)
    return [model["id"] for model in models if isinstance(model, dict) and isinstance(model.get("id"), str)]

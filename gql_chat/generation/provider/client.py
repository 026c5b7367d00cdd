"""Calls to OpenAI-compatible providers by aiohttp. `llm.py` imports this in the background."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from email.message import Message
from functools import partial
from typing import Any, Self

import aiohttp
import msgspec
from aiohttp.http_exceptions import HttpProcessingError

from gql_chat.errors import ProviderErrorCode, ProviderFailed
from gql_chat.generation.provider.answer import read_at_most
from gql_chat.generation.provider.call import ProviderCall
from gql_chat.generation.provider.dialects import Dialects
from gql_chat.generation.provider.endpoint import COMPLETIONS_PATH, Endpoint, request_body
from gql_chat.generation.provider.errors.failures import disconnected, refused, retry_after_seconds
from gql_chat.generation.provider.llm import OnSent
from gql_chat.generation.provider.passing_on.passed_call import PassedCall
from gql_chat.generation.provider.response import Response
from gql_chat.generation.provider.timeouts import Timeouts
from gql_chat.generation.provider.transport import Transport
from gql_chat.infra.net.destinations import Allowed
from gql_chat.infra.telemetry.tracing import Span, span

# The most that is read of an error's body; more is not worth showing.
_ERROR_BODY_BYTES = 64 * 1024

NOT_BEGUN = (ValueError, aiohttp.ClientError, HttpProcessingError, TimeoutError)
"""The errors by which a request gets no answer."""


class ProviderClient:
    """Enter it once per process. For the hosts that it reaches, and those that are traced, see `transport.py`."""

    def __init__(
        self,
        timeouts: Timeouts,
        *,
        allowed_networks: Sequence[Allowed],
        allowed_ports: Sequence[range],
        traced_hosts: Collection[str],
    ) -> None:
        self.timeouts = timeouts
        self.transport = Transport(
            timeouts.connect_seconds,
            allowed_networks=allowed_networks,
            allowed_ports=allowed_ports,
            traced_hosts=traced_hosts,
        )
        self._dialects = Dialects()
        self._turns = asyncio.Lock()

    async def __aenter__(self) -> Self:
        await self.transport.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.transport.__aexit__()

    @asynccontextmanager
    async def stream(
        self, endpoint: Endpoint, messages: Sequence[Mapping[str, Any]], *, on_sent: OnSent | None = None
    ) -> AsyncIterator[ProviderCall]:
        """Ask for a completion; entered when the answer begins. Raise ProviderFailed. Leaving ends the call."""
        started_at = asyncio.get_running_loop().time()
        timeouts = self.timeouts.with_silence(endpoint.silence_seconds)
        with _call_span(endpoint) as current:
            response = await self._begin(endpoint, request_body(endpoint, messages), on_sent, timeouts)
            with closing(response):
                call = ProviderCall(response, endpoint, timeouts, started_at)
                try:
                    yield call
                finally:
                    _note_answer(current, call)
                    await call.close()

    @asynccontextmanager
    async def pass_on(
        self, endpoint: Endpoint, body: Mapping[str, Any], *, on_sent: OnSent | None = None
    ) -> AsyncIterator[PassedCall]:
        """Ask for a completion with this body; otherwise as `stream`. The answer is passed on, not decoded."""
        started_at = asyncio.get_running_loop().time()
        timeouts = self.timeouts.with_silence(endpoint.silence_seconds)
        with _call_span(endpoint) as current:
            response = await self._begin(endpoint, body, on_sent, timeouts)
            with closing(response):
                call = PassedCall(response, endpoint, timeouts, started_at, body, self._turns)
                try:
                    yield call
                finally:
                    call.close()
                    _note_answer(current, call)

    async def _begin(
        self, endpoint: Endpoint, body: Mapping[str, Any], on_sent: OnSent | None, timeouts: Timeouts
    ) -> Response:
        """Return the response to a request for a completion once it begins. Raise ProviderFailed."""
        try:
            async with asyncio.timeout(timeouts.begin_seconds):
                return await self._complete(endpoint, body, on_sent)
        except NOT_BEGUN as exc:
            raise failure_before_answer(exc, timeouts) from exc

    async def _complete(self, endpoint: Endpoint, body: Mapping[str, Any], on_sent: OnSent | None) -> Response:
        """Return the response to a request for a completion. Repeat it without a parameter that was refused."""
        dialect = self._dialects.get(endpoint)
        spoken = dialect.of_body(body)
        notify = partial(on_sent, "stream_options" in spoken) if on_sent is not None else None
        response = await self.transport.request("POST", endpoint, COMPLETIONS_PATH, msgspec.json.encode(spoken), notify)
        if 200 <= response.status < 300:
            return response
        error = await _refusal_in(response)
        next_dialect = dialect.after_refusal(body, error, response.status)
        if next_dialect is None:
            raise refused(
                error,
                secrets=endpoint.secrets,
                shown=endpoint.shown,
                status_code=response.status,
                retry_after_seconds=retry_after_seconds(response.headers),
            )
        self._dialects.remember(endpoint, next_dialect)
        return await self._complete(endpoint, body, on_sent)


def failure_before_answer(exc: Exception, timeouts: Timeouts) -> ProviderFailed:
    """Return the failure for an error, one of NOT_BEGUN, by which no answer began."""
    if isinstance(exc, UnicodeEncodeError):
        sentence = "A message holds half a character, which cannot be sent: remove it."
        return ProviderFailed(ProviderErrorCode.BAD_REQUEST, sentence)
    if isinstance(exc, aiohttp.ClientConnectorCertificateError):  # a ValueError too
        return disconnected(exc)
    if isinstance(exc, ValueError):  # aiohttp.InvalidURL, and UnicodeError from a host name that no lookup can take
        return ProviderFailed(ProviderErrorCode.UNREACHABLE, "The base URL is not a valid URL: correct it.")
    if isinstance(exc, aiohttp.ClientError | HttpProcessingError):
        return disconnected(exc)
    sentence = f"The provider did not answer within {timeouts.begin_seconds:g} seconds."
    return ProviderFailed(ProviderErrorCode.TIMEOUT, sentence)


async def _refusal_in(response: Response) -> Any:
    """Return what a refusal's body holds, and close the connection: a server that failed often closes it itself."""
    try:
        return _decoded(await read_at_most(_ERROR_BODY_BYTES, response), _charset_of(response))
    finally:
        response.close()


def _charset_of(response: Response) -> str | None:
    message = Message()
    message["Content-Type"] = response.headers.get("Content-Type", "")
    return message.get_content_charset()


def _decoded(body: bytes, charset: str | None) -> Any:
    """Return the JSON that a body holds, else its text."""
    try:
        text = body.decode(charset or "utf-8", errors="replace").strip()
    except (LookupError, UnicodeError):  # no such charset, or one that is not for texts like these
        text = body.decode(errors="replace").strip()
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


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


def _note_answer(current: Span, call: ProviderCall | PassedCall) -> None:
    usage = call.usage
    current.set_attributes(
        http__response__status_code=call.status_code,
        gql_chat__first_token_ms=call.first_token_ms,
        gen_ai__response__finish_reasons=[call.finish_reason.value.lower()] if call.finish_reason else None,
        gen_ai__usage__input_tokens=usage.prompt_tokens if usage else None,
        gen_ai__usage__output_tokens=usage.completion_tokens if usage else None,
    )

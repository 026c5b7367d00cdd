"""The list of an endpoint's models, by the openai SDK."""

import asyncio
from functools import cache

import httpx2
import msgspec
from openai import APIConnectionError, APIStatusError, AsyncOpenAI

from gql_chat.errors import ProviderErrorCode, ProviderFailed
from gql_chat.generation.provider.endpoint import Endpoint
from gql_chat.generation.provider.failures import refused
from gql_chat.generation.provider.llm import LLM, provider_failures, read_at_most, require_plain

_MAX_LIST_BYTES = 8 * 1024 * 1024


async def list_models(llm: LLM, endpoint: Endpoint) -> list[str]:
    """Return the ids of the endpoint's models, in its order. Raise ProviderFailed."""
    with provider_failures(llm.timeouts):
        async with (
            asyncio.timeout(llm.timeouts.begin_seconds),
            httpx2.AsyncClient(transport=_Transport(llm, endpoint), trust_env=False) as http_client,
        ):
            try:
                response = await _sdk().with_options(http_client=http_client).models.with_raw_response.list()
            except APIStatusError as exc:
                raise refused(exc.body, secret=endpoint.secret, status_code=exc.status_code) from exc
            except APIConnectionError as exc:
                raise exc.__cause__ or exc from exc
    return _ids_in(response.content, response.status_code)


class _Transport(httpx2.AsyncBaseTransport):
    """Sends the SDK's requests by the LLM client: to the endpoint, with its headers and behind its SSRF guard.

    The SDK would add headers about this machine, and those that it finds in OPENAI_... variables, which may be secrets.
    """

    def __init__(self, llm: LLM, endpoint: Endpoint) -> None:
        self._llm = llm
        self._endpoint = endpoint

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._llm.request(request.method, self._endpoint, request.url.path, None)
        try:
            if response.ok:
                require_plain(response)
            body = await read_at_most(_MAX_LIST_BYTES, response)
        finally:
            response.close()
        headers = {"Content-Type": response.headers.get("Content-Type", "")}
        return httpx2.Response(response.status, headers=headers, content=body, request=request)


@cache
def _sdk() -> AsyncOpenAI:
    # Building a client takes 20 ms, with_options 0.2 ms. Address and secret are the transport's.
    return AsyncOpenAI(base_url="http://endpoint", api_key="endpoint", max_retries=0)


def _ids_in(body: bytes, status_code: int) -> list[str]:
    try:
        listed = msgspec.json.decode(body)
    except ValueError:
        listed = None
    # Most give an object with `data`, Together AI the bare list.
    models = listed.get("data") if isinstance(listed, dict) else listed
    if not isinstance(models, list):
        sentence = "The provider sent something that is not a list of models."
        raise ProviderFailed(ProviderErrorCode.BAD_RESPONSE, sentence, status_code=status_code)
    return [model["id"] for model in models if isinstance(model, dict) and isinstance(model.get("id"), str)]

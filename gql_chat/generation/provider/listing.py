"""The list of an endpoint's models, by the openai SDK."""

import asyncio
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

import httpx2
import msgspec
from openai import APIConnectionError, APIStatusError, AsyncOpenAI

from gql_chat.errors import ProviderErrorCode, ProviderFailed
from gql_chat.generation.provider.answer import decompressor_for, read_at_most
from gql_chat.generation.provider.client import NOT_BEGUN, ProviderClient, failure_before_answer
from gql_chat.generation.provider.endpoint import MODELS_PATH, Endpoint
from gql_chat.generation.provider.errors.failures import refused

MAX_MODELS = 1000
MAX_NAME_LENGTH = 200  # characters, as of a key's model: a longer one could not be used

# Decoded, a list takes up to twenty times as much memory. OpenRouter's is about this long, with all its descriptions.
_MAX_LIST_BYTES = 512 * 1024

_START_OF_LIST = re.compile(r'\s*(?:\[|\{.*?"data"\s*:\s*\[)', re.DOTALL)
_BETWEEN_MODELS = re.compile(r"[\s,]*")


class ModelList(NamedTuple):
    """The names of models in the provider's order; it may have others too."""

    names: list[str]
    status_code: int


async def list_models(client: ProviderClient, endpoint: Endpoint) -> ModelList:
    """Return the endpoint's models, MAX_MODELS at most. Raise ProviderFailed."""
    try:
        async with (
            asyncio.timeout(client.timeouts.begin_seconds),
            httpx2.AsyncClient(transport=_Transport(client, endpoint), trust_env=False) as http_client,
        ):
            try:
                response = await _sdk().with_options(http_client=http_client).models.with_raw_response.list()
            except APIStatusError as exc:
                raise refused(
                    exc.body, secrets=endpoint.secrets, shown=endpoint.shown, status_code=exc.status_code
                ) from exc
            except APIConnectionError as exc:
                raise exc.__cause__ or exc from exc
    except NOT_BEGUN as exc:
        raise failure_before_answer(exc, client.timeouts) from exc
    return _listed_in(response.content, response.status_code)


class _Transport(httpx2.AsyncBaseTransport):
    """Sends the SDK's requests by the LLM client: to the endpoint, with its headers and behind its SSRF guard.

    The SDK would add headers about this machine, and those that it finds in OPENAI_... variables, which may be secrets.
    """

    def __init__(self, client: ProviderClient, endpoint: Endpoint) -> None:
        self._client = client
        self._endpoint = endpoint

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._client.transport.request(request.method, self._endpoint, MODELS_PATH, None)
        try:
            if response.status < 400:
                decompressor_for(response)
            body = await read_at_most(_MAX_LIST_BYTES + 1, response)
        finally:
            response.release()
        headers = {"Content-Type": response.headers.get("Content-Type", "")}
        return httpx2.Response(response.status, headers=headers, content=body, request=request)


@cache
def _sdk() -> AsyncOpenAI:
    # Building a client takes 20 ms, with_options 0.2 ms. Address and secret are the transport's.
    return AsyncOpenAI(base_url="http://endpoint", api_key="endpoint", max_retries=0)


def _listed_in(body: bytes, status_code: int) -> ModelList:
    is_cut = len(body) > _MAX_LIST_BYTES
    models = _models_at_start(body.decode(errors="replace")) if is_cut else _models_in(body, status_code)
    names = list(_names_of(models))
    return ModelList(names[:MAX_MODELS], status_code)


def _models_in(body: bytes, status_code: int) -> list[Any]:
    try:
        listed = msgspec.json.decode(body)
    except ValueError:
        listed = None
    # Most give an object with `data`, Together AI the bare list.
    models = listed.get("data") if isinstance(listed, dict) else listed
    if not isinstance(models, list):
        sentence = "The provider sent something that is not a list of models."
        raise ProviderFailed(ProviderErrorCode.BAD_RESPONSE, sentence, status_code=status_code)
    return models


def _models_at_start(text: str) -> Iterator[Any]:
    """Yield the models of a list of which only the start was read."""
    decode = json.JSONDecoder().raw_decode
    start = _START_OF_LIST.match(text)
    place = start.end() if start else len(text)
    try:
        while place < len(text):
            model, place = decode(text, place)
            yield model
            if between := _BETWEEN_MODELS.match(text, place):
                place = between.end()
    except (ValueError, RecursionError):
        return


def _names_of(models: Iterable[Any]) -> Iterator[str]:
    for model in models:
        name = model.get("id") if isinstance(model, dict) else None
        if isinstance(name, str) and len(name) <= MAX_NAME_LENGTH and name.isprintable():
            yield name

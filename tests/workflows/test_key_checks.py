"""The trial of a key, against the demo server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network

import pytest

from gql_chat.demo.script import Script
from gql_chat.demo.server import DemoServer
from gql_chat.errors import ProviderErrorCode
from gql_chat.generation.provider.llm import LLM, Endpoint
from gql_chat.workflows.key_checks import try_endpoint
from gql_chat.workflows.side_calls import SideCall
from tests.generation.provider.test_llm import http, raw_server


@asynccontextmanager
async def unrecorded(*_: object) -> AsyncIterator[SideCall]:
    """A call that no ledger tells of."""
    yield SideCall()


@pytest.fixture
async def llm() -> AsyncIterator[LLM]:
    async with LLM(allowed_networks=[ip_network("127.0.0.0/8")]) as client:
        yield client


async def test_a_good_key_gives_the_models(llm: LLM) -> None:
    async with DemoServer(api_key="good") as demo:
        result = await try_endpoint(llm, Endpoint(demo.base_url, "good", "demo"), unrecorded)
        assert (result.ok, result.models, result.error) == (True, ["demo", "demo-reasoning"], None)
        assert result.latency_ms >= 0
        assert demo.requests == []


async def test_a_wrong_key_is_an_authentication_failure(llm: LLM) -> None:
    async with DemoServer(api_key="good") as demo:
        result = await try_endpoint(llm, Endpoint(demo.base_url, "bad", "demo"), unrecorded)
    assert (result.ok, result.models) == (False, [])
    assert result.error is not None
    assert result.error.provider_code is ProviderErrorCode.AUTHENTICATION


async def test_a_model_that_is_not_listed_is_not_found_and_the_list_is_given(llm: LLM) -> None:
    async with DemoServer() as demo:
        result = await try_endpoint(llm, Endpoint(demo.base_url, "key", "gpt-9"), unrecorded)
    assert (result.ok, result.models) == (False, ["demo", "demo-reasoning"])
    assert result.error is not None
    assert result.error.provider_code is ProviderErrorCode.MODEL_NOT_FOUND
    assert result.error.message == "The provider does not list the model 'gpt-9' for this key."


@pytest.mark.parametrize("listed", ["llama3:latest", "models/llama3", "llama3"])
async def test_a_model_may_be_listed_by_its_longer_name(llm: LLM, listed: str) -> None:
    async with DemoServer() as demo:
        demo.script(listed, Script())
        assert (await try_endpoint(llm, Endpoint(demo.base_url, "key", "llama3"), unrecorded)).ok


async def test_without_a_list_one_token_is_asked_for(llm: LLM) -> None:
    answer = b'{"choices": [{"message": {"content": "Hi"}, "finish_reason": "length"}]}'
    async with raw_server(http(answer, "application/json"), http(b"", status="405 No")) as base_url:
        result = await try_endpoint(llm, Endpoint(base_url, "key", "m"), unrecorded)
    assert (result.ok, result.models, result.error) == (True, [], None)


async def test_a_base_url_that_leads_nowhere_is_not_found(llm: LLM) -> None:
    async with DemoServer() as demo:
        result = await try_endpoint(llm, Endpoint(f"{demo.base_url}/wrong", "key", "demo"), unrecorded)
    assert result.error is not None
    assert result.error.provider_code is ProviderErrorCode.MODEL_NOT_FOUND


async def test_an_unreachable_endpoint_is_a_result_too(llm: LLM) -> None:
    result = await try_endpoint(llm, Endpoint("http://127.0.0.1:1/v1", "key", "demo"), unrecorded)
    assert result.error is not None
    assert result.error.provider_code is ProviderErrorCode.UNREACHABLE

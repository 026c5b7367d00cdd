"""The check of a key, against the demo server."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from functools import partial
from ipaddress import ip_network

import pytest

from gql_chat.demo.script import Script
from gql_chat.demo.server import DemoServer
from gql_chat.errors import ProviderErrorCode
from gql_chat.generation.accounting import CallContext, LedgerPolicy
from gql_chat.generation.provider.llm import LLM, Endpoint
from gql_chat.infra.db.database import model_modules, open_database
from gql_chat.usage.models import CallPurpose
from gql_chat.workflows.key_checks import KeyCheck, check_key
from tests.generation.provider.test_llm import http, raw_server
from tests.support.owners import new_user

Check = Callable[[Endpoint], Awaitable[KeyCheck]]


@pytest.fixture
async def check(sqlite_url: str, llm: LLM) -> AsyncIterator[Check]:
    """Checks an endpoint for a user."""
    async with open_database(sqlite_url, model_modules()):
        context = CallContext(await new_user("ada"), CallPurpose.TEST, None)
        yield partial(check_key, context, llm=llm, ledger=LedgerPolicy(True, timedelta(minutes=1)))


@pytest.fixture
async def llm() -> AsyncIterator[LLM]:
    async with LLM(allowed_networks=[ip_network("127.0.0.0/8")]) as client:
        yield client


async def test_a_good_key_gives_the_models(check: Check) -> None:
    async with DemoServer(api_key="good") as demo:
        result = await check(Endpoint(demo.base_url, "good", "demo"))
        assert (result.ok, result.models, result.error) == (True, ["demo", "demo-reasoning"], None)
        assert result.latency_ms >= 0
        assert demo.requests == []


async def test_a_wrong_key_is_an_authentication_failure(check: Check) -> None:
    async with DemoServer(api_key="good") as demo:
        result = await check(Endpoint(demo.base_url, "bad", "demo"))
    assert (result.ok, result.models) == (False, [])
    assert result.error is not None
    assert result.error.provider_code is ProviderErrorCode.AUTHENTICATION


async def test_a_model_that_is_not_listed_is_not_found_and_the_list_is_given(check: Check) -> None:
    async with DemoServer() as demo:
        result = await check(Endpoint(demo.base_url, "key", "gpt-9"))
    assert (result.ok, result.models) == (False, ["demo", "demo-reasoning"])
    assert result.error is not None
    assert result.error.provider_code is ProviderErrorCode.MODEL_NOT_FOUND
    assert result.error.message == "The provider does not list the model 'gpt-9' for this key."


@pytest.mark.parametrize("listed", ["llama3:latest", "models/llama3", "llama3"])
async def test_a_model_may_be_listed_by_its_longer_name(check: Check, listed: str) -> None:
    async with DemoServer() as demo:
        demo.script(listed, Script())
        assert (await check(Endpoint(demo.base_url, "key", "llama3"))).ok


async def test_without_a_list_one_token_is_asked_for(check: Check) -> None:
    answer = b'{"choices": [{"message": {"content": "Hi"}, "finish_reason": "length"}]}'
    async with raw_server(http(answer, "application/json"), http(b"", status="405 No")) as base_url:
        result = await check(Endpoint(base_url, "key", "m"))
    assert (result.ok, result.models, result.error) == (True, [], None)


async def test_a_base_url_that_leads_nowhere_is_not_found(check: Check) -> None:
    async with DemoServer() as demo:
        result = await check(Endpoint(f"{demo.base_url}/wrong", "key", "demo"))
    assert result.error is not None
    assert result.error.provider_code is ProviderErrorCode.MODEL_NOT_FOUND


async def test_an_unreachable_endpoint_is_a_result_too(check: Check) -> None:
    result = await check(Endpoint("http://127.0.0.1:1/v1", "key", "demo"))
    assert result.error is not None
    assert result.error.provider_code is ProviderErrorCode.UNREACHABLE

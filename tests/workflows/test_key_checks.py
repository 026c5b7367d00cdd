"""The check of a key, against the demo server."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from functools import partial
from ipaddress import ip_network

import pytest

from gql_chat.errors import ProviderErrorCode
from gql_chat.generation.accounting import CallContext, LedgerPolicy
from gql_chat.generation.provider.endpoint import Endpoint, Reach
from gql_chat.generation.provider.llm import LLM
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.rate_limits.limiter import Limit, NoRateLimiter
from gql_chat.infra.tasks.background import BackgroundTasks
from gql_chat.usage.models import Call, CallPurpose
from gql_chat.usage.quotas import QuotaPolicy
from gql_chat.workflows.call_limits import CallLimits
from gql_chat.workflows.key_checks import KeyCheck, check_key
from gql_chat.workflows.side_calls import SideCalls
from tests.generation.provider.llm_client import http, raw_server
from tests.support.demo.script import Script
from tests.support.demo.server import DemoServer
from tests.support.stored.owners import new_user

MINUTE = Limit(1, 60)

Check = Callable[[Endpoint], Awaitable[KeyCheck]]


@pytest.fixture
async def check(sqlite_url: str, llm: LLM) -> AsyncIterator[Check]:
    """Check an endpoint for a user."""
    async with open_database(sqlite_url, model_modules()):
        context = CallContext(await new_user("ada"), CallPurpose.TEST, None)
        calls = SideCalls(llm, LedgerPolicy(True, timedelta(minutes=1)), QuotaPolicy(), BackgroundTasks())
        limits = CallLimits(NoRateLimiter(), MINUTE, MINUTE, None, MINUTE)
        yield partial(check_key, context, calls=calls, limits=limits)


@pytest.fixture
async def llm() -> AsyncIterator[LLM]:
    async with LLM(reach=Reach([ip_network("127.0.0.0/8")])) as client:
        yield client


async def test_a_good_key_gives_the_models(check: Check) -> None:
    async with DemoServer(api_key="good") as demo:
        result = await check(Endpoint(demo.base_url, "good", "demo"))
        assert (result.ok, result.models, result.error) == (True, ["demo", "demo-reasoning"], None)
        assert result.latency_ms is not None
        assert demo.requests == []


async def test_a_wrong_key_is_an_authentication_failure(check: Check) -> None:
    async with DemoServer(api_key="good") as demo:
        result = await check(Endpoint(demo.base_url, "bad", "demo"))
    assert (result.ok, result.models) == (False, [])
    assert result.error is not None
    assert result.error.provider_code is ProviderErrorCode.AUTHENTICATION


async def test_a_model_that_neither_is_listed_nor_answers_is_not_found_and_the_list_is_given(check: Check) -> None:
    async with DemoServer() as demo:
        result = await check(Endpoint(demo.base_url, "key", "gpt-9"))
    assert (result.ok, result.models) == (False, ["demo", "demo-reasoning"])
    assert result.error is not None
    assert result.error.provider_code is ProviderErrorCode.MODEL_NOT_FOUND
    assert result.error.message.endswith("The model `gpt-9` does not exist or you do not have access to it.")


@pytest.mark.parametrize(
    ("listed", "models"),
    [
        (http(b'{"data": [{"id": "other"}]}', "application/json"), ["other"]),
        (http(b'{"data": []}', "application/json"), []),
        (http(b"<html>", "text/html"), []),
        (http(b'{"error": "no"}', "application/json", "403 Forbidden"), []),
        (http(b'{"error": "no"}', "application/json", "500 No"), []),
        (http(b'{"error": "no"}', "application/json", "429 No"), []),
    ],
)
async def test_a_list_without_the_model_is_no_verdict(check: Check, listed: bytes, models: list[str]) -> None:
    answer = b'{"choices": [{"message": {"content": "Hi"}, "finish_reason": "length"}]}'
    async with raw_server(http(answer, "application/json"), listed) as base_url:
        result = await check(Endpoint(base_url, "key", "m"))
    assert (result.ok, result.models, result.error) == (True, models, None)


async def test_a_key_that_may_list_no_models_is_wrong(check: Check) -> None:
    refusal = http(b'{"error": {"message": "No key."}}', "application/json", "401 Unauthorized")
    async with raw_server(http(b"{}"), refusal) as base_url:
        result = await check(Endpoint(base_url, "key", "m"))
    assert result.error is not None
    assert result.error.provider_code is ProviderErrorCode.AUTHENTICATION
    assert await Call.all().count() == 1


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


async def test_half_of_an_emoji_is_a_token_too(check: Check) -> None:
    answer = rb'data: {"choices": [{"delta": {"content": "\ud83d"}}]}' + b"\n\n"
    async with raw_server(http(answer, "text/event-stream"), http(b"", status="405 No")) as base_url:
        assert (await check(Endpoint(base_url, "key", "m"))).ok
    assert [call.response_text for call in await Call.all().order_by("id")] == ["", "\ufffd"]  # the list, the token


async def test_a_model_may_be_missing_in_a_list_that_is_too_long_to_be_read(check: Check) -> None:
    answer = http(b'{"choices": [{"message": {"content": "Hi"}, "finish_reason": "length"}]}', "application/json")
    listed = json.dumps({"object": "list", "data": [{"id": f"m{n}", "about": "x" * 900} for n in range(900)]}).encode()
    async with raw_server(answer, http(listed, "application/json")) as base_url:
        far, near = await check(Endpoint(base_url, "key", "m899")), await check(Endpoint(base_url, "key", "m5"))
    assert (far.ok, near.ok, far.models) == (True, True, near.models)
    assert far.models == [f"m{number}" for number in range(len(far.models))]
    assert 512 * 1024 // 940 <= len(far.models) <= 512 * 1024 // 900
    assert await Call.all().count() == 3  # two lists, and one token


async def test_a_list_gives_the_first_thousand_names_that_a_key_can_have(check: Check) -> None:
    names = ["x" * 201, "a\nb", *(f"m{number}" for number in range(1001))]
    answer = http(b'{"error": {"message": "no such model"}}', "application/json", "404 Not Found")
    listed = http(json.dumps([{"id": name} for name in names]).encode(), "application/json")
    async with raw_server(answer, listed) as base_url:
        result = await check(Endpoint(base_url, "key", "m1000"))
    assert result.models == names[2:1002]
    assert result.error is not None
    assert result.error.provider_code is ProviderErrorCode.MODEL_NOT_FOUND


async def test_the_call_log_keeps_only_the_start_of_a_word_without_end(check: Check) -> None:
    body = json.dumps({"choices": [{"message": {"content": "x" * 1_000_000}, "finish_reason": "stop"}]}).encode()
    async with raw_server(http(body, "application/json"), http(b"", status="405 No")) as base_url:
        assert (await check(Endpoint(base_url, "key", "m"))).ok
    assert max([len(call.response_text or "") for call in await Call.all()]) == 1000


async def test_a_base_url_that_leads_nowhere_is_not_found(check: Check) -> None:
    async with DemoServer() as demo:
        result = await check(Endpoint(f"{demo.base_url}/wrong", "key", "demo"))
    assert result.error is not None
    assert result.error.provider_code is ProviderErrorCode.MODEL_NOT_FOUND


async def test_an_unreachable_endpoint_is_a_result_too(check: Check) -> None:
    result = await check(Endpoint("http://127.0.0.1:1/v1", "key", "demo"))
    assert result.error is not None
    assert result.error.provider_code is ProviderErrorCode.UNREACHABLE

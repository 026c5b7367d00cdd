"""The models that a provider lists."""

from typing import Any

import pytest

from gql_chat.errors import ProviderErrorCode, ProviderFailed
from gql_chat.generation.provider.endpoint import Endpoint
from gql_chat.generation.provider.listing import list_models
from gql_chat.generation.provider.llm import LLM
from tests.generation.provider.llm_client import SECRET, at, http, raw_server
from tests.support.demo.server import DemoServer


async def test_models_are_listed(llm: LLM, demo: DemoServer) -> None:
    assert await list_models(await llm.client(), at(demo)) == (["demo", "demo-reasoning"], 200)


async def test_a_list_of_models_that_is_cut_is_a_failure(llm: LLM) -> None:
    async with raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[") as base_url:
        with pytest.raises(ProviderFailed) as caught:
            await list_models(await llm.client(), Endpoint(base_url, SECRET, "m"))
    assert caught.value.provider_code is ProviderErrorCode.UNREACHABLE


async def test_a_bare_list_of_models_is_understood(llm: LLM) -> None:
    async with raw_server(http(b'[{"id": "a"}, {"name": "no id"}, {"id": "b"}]', "application/json")) as base_url:
        assert await list_models(await llm.client(), Endpoint(base_url, SECRET, "m")) == (["a", "b"], 200)


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_a_refusal_to_list_models_is_reported_as_any_other(llm: LLM, encoding: str) -> None:
    body = b'{"error": {"message": "Who are you?"}}'
    answer = http(body, "application/json", "401 Unauthorized", f"Content-Encoding: {encoding}")
    async with raw_server(answer) as base_url:
        with pytest.raises(ProviderFailed) as caught:
            await list_models(await llm.client(), Endpoint(base_url, SECRET, "m"))
    assert (caught.value.provider_code, caught.value.status_code) == (ProviderErrorCode.AUTHENTICATION, 401)
    assert caught.value.message.endswith("It says: Who are you?") is (encoding == "identity")


async def test_a_refusal_to_list_models_is_read_in_the_charset_that_it_names(llm: LLM) -> None:
    body = '{"error": {"message": "余额不足"}}'.encode("gbk")
    async with raw_server(http(body, "application/json; charset=gbk", "402 Payment Required")) as base_url:
        with pytest.raises(ProviderFailed) as caught:
            await list_models(await llm.client(), Endpoint(base_url, SECRET, "m"))
    assert caught.value.message == "The quota or balance at the provider is used up. It says: 余额不足"


async def test_a_provider_that_fails_is_asked_for_its_models_once(llm: LLM, monkeypatch: pytest.MonkeyPatch) -> None:
    client = await llm.client()
    request, asked = client.transport.request, list[str]()

    def count(method: str, endpoint: Endpoint, path: str, body: bytes | None) -> Any:
        asked.append(path)
        return request(method, endpoint, path, body)

    monkeypatch.setattr(client.transport, "request", count)
    async with raw_server(http(b"", "text/plain", "503 Service Unavailable")) as base_url:
        with pytest.raises(ProviderFailed) as caught:
            await list_models(client, Endpoint(base_url, SECRET, "m"))
    assert (caught.value.provider_code, asked) == (ProviderErrorCode.UNAVAILABLE, ["/models"])


async def test_a_key_that_no_header_can_hold_lists_no_models(llm: LLM, demo: DemoServer) -> None:
    with pytest.raises(ProviderFailed) as caught:
        await list_models(await llm.client(), Endpoint(demo.base_url, "ключ", "m"))
    assert caught.value.provider_code is ProviderErrorCode.AUTHENTICATION


async def test_no_models_are_listed_from_where_users_may_not_connect_to(demo: DemoServer) -> None:
    async with LLM() as guarded:
        with pytest.raises(ProviderFailed) as caught:
            await list_models(await guarded.client(), at(demo))
        assert caught.value.message == "The base URL's host or port does not exist or is not allowed."
        assert (await list_models(await guarded.client(), Endpoint(demo.base_url, SECRET, "m", trusted=True))).names


@pytest.mark.parametrize("body", [b"<html></html>", b'{"data": {}}', b"3"])
async def test_what_is_no_list_of_models_is_a_bad_response(llm: LLM, body: bytes) -> None:
    async with raw_server(http(body, "application/json")) as base_url:
        with pytest.raises(ProviderFailed) as caught:
            await list_models(await llm.client(), Endpoint(base_url, SECRET, "m"))
    assert caught.value.provider_code is ProviderErrorCode.BAD_RESPONSE


@pytest.mark.parametrize(
    ("start", "names"),
    [
        (b'{"data": [{"id": "a"}, {"id": "b", "x": "', ["a", "b"]),
        (b'[{"id": "a"} , {"id": "b", "x": [{"id": "c"}]}, {"id": "', ["a", "b"]),
        (b'{"data": ' + b"[" * 600_000, []),
        (b'{"models": "', []),
        (b"\xff", []),
    ],
)
async def test_of_a_list_without_end_the_start_is_read(llm: LLM, start: bytes, names: list[str]) -> None:
    body = start.replace(b', "x": "', b'}, {"x": "') + b"x" * 600_000
    async with raw_server(http(body, "application/json")) as base_url:
        assert await list_models(await llm.client(), Endpoint(base_url, SECRET, "m")) == (names, 200)

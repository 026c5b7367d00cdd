"""The LLM client against real sockets: what goes wrong."""

import asyncio

import pytest

from gql_chat.errors import ProviderErrorCode, ProviderFailed
from gql_chat.generation.provider.endpoint import Endpoint
from gql_chat.generation.provider.llm import LLM
from tests.generation.provider.llm_client import SECRET, at, begun, failure_of, http, raw_server, reply_of
from tests.support.demo import failures
from tests.support.demo.failures import Failure
from tests.support.demo.script import Script
from tests.support.demo.server import DemoServer
from tests.support.increments import each


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (failures.invalid_api_key(), ProviderErrorCode.AUTHENTICATION),
        (failures.rate_limited(), ProviderErrorCode.RATE_LIMITED),
        (failures.insufficient_quota(), ProviderErrorCode.QUOTA_EXCEEDED),
        (failures.model_not_found("m"), ProviderErrorCode.MODEL_NOT_FOUND),
        (failures.context_length_exceeded(), ProviderErrorCode.CONTEXT_TOO_LONG),
        (failures.content_filtered(), ProviderErrorCode.CONTENT_FILTERED),
        (failures.bad_request("No."), ProviderErrorCode.BAD_REQUEST),
        (failures.server_error(), ProviderErrorCode.UNAVAILABLE),
        (failures.overloaded(), ProviderErrorCode.UNAVAILABLE),
    ],
)
async def test_a_refusal_has_the_code_the_status_and_the_providers_message(
    llm: LLM, demo: DemoServer, failure: Failure, code: ProviderErrorCode
) -> None:
    demo.script("m", Script(fail=failure))
    _, failed = await failure_of(llm, at(demo))
    assert (failed.provider_code, failed.status_code) == (code, failure[0])
    assert failed.message.endswith(f" It says: {failure[1]['error']['message']}")


async def test_a_secret_that_the_provider_repeats_is_not_shown(llm: LLM, demo: DemoServer) -> None:
    demo.script("m", Script(fail=failures.bad_request(f"The key {SECRET} is odd.")))
    _, failed = await failure_of(llm, at(demo))
    assert failed.message == "The provider refused the request. It says: The key [redacted] is odd."


async def test_an_error_in_the_stream_comes_after_the_text(llm: LLM, demo: DemoServer) -> None:
    demo.script("m", Script(error_after=1, stream_error=failures.rate_limited()[1], one_write=True))
    text, failed = await failure_of(llm, at(demo))
    assert text == "Hello"
    assert failed.provider_code is ProviderErrorCode.RATE_LIMITED


async def test_a_cut_connection_keeps_the_text(llm: LLM, demo: DemoServer) -> None:
    demo.script("m", Script(cut_after=1))
    text, failed = await failure_of(llm, at(demo))
    assert text == "Hello"
    assert failed.provider_code is ProviderErrorCode.BAD_RESPONSE
    assert failed.message == "The connection was lost before the provider's answer was complete."


async def test_text_that_arrived_before_a_cut_is_read_although_reading_begins_behind_it(
    llm: LLM, demo: DemoServer
) -> None:
    driven = demo.drive("m")
    async with asyncio.TaskGroup() as group:
        entering = group.create_task(begun(llm, at(demo)))
        provider = await driven.next_call()
        await provider.send("Hello")
        stream, call = await entering
        await provider.send(" world")
        await provider.cut()
        while call._content.exception() is None:
            await asyncio.sleep(0)
        texts: list[str] = []
        with pytest.raises(ProviderFailed):
            await call.read(each(lambda increment: texts.append(increment.text)))
        assert "".join(texts) == "Hello world"
        await stream.__aexit__(None, None, None)


async def test_garbage_keeps_the_text(llm: LLM, demo: DemoServer) -> None:
    demo.script("m", Script(garbage_after=1))
    text, failed = await failure_of(llm, at(demo))
    assert text == "Hello"
    assert failed.provider_code is ProviderErrorCode.BAD_RESPONSE


async def test_an_end_without_a_finish_reason_is_a_bad_response(llm: LLM, demo: DemoServer) -> None:
    demo.script("m", Script(finish_reason=None, done=False))
    text, failed = await failure_of(llm, at(demo))
    assert text == "Hello world"
    assert failed.provider_code is ProviderErrorCode.BAD_RESPONSE
    assert failed.message == "The provider ended the answer before it was complete."


@pytest.mark.parametrize(
    ("answer", "code", "message"),
    [
        (
            http(b"<html><h1>Hi</h1></html>", "text/html"),
            ProviderErrorCode.BAD_RESPONSE,
            "The provider answered with a web page.",
        ),
        (http(b""), ProviderErrorCode.BAD_RESPONSE, "The provider sent an empty answer."),
        (
            http(b'{"error": {"message": "no such model", "code": "model_not_found"}}', "application/json"),
            ProviderErrorCode.MODEL_NOT_FOUND,
            "The provider has no such model, or there is nothing at this base URL. It says: no such model",
        ),
        (
            http(b"\x1f\x8b", "text/event-stream", "200 OK", "Content-Encoding: br"),
            ProviderErrorCode.BAD_RESPONSE,
            "The provider's answer is compressed by 'br' although it was asked not to be.",
        ),
        (
            http(b"no gzip", "text/event-stream", "200 OK", "Content-Encoding: gzip"),
            ProviderErrorCode.BAD_RESPONSE,
            "The provider's answer is compressed and damaged.",
        ),
        (
            http(b"<html>Bad gateway</html>", "text/html", "502 Bad Gateway"),
            ProviderErrorCode.UNAVAILABLE,
            "The provider is not able to answer now.",
        ),
        (
            http(b"\x1f\x8b", "application/json", "401 Unauthorized", "Content-Encoding: gzip"),
            ProviderErrorCode.AUTHENTICATION,
            "The provider does not accept the key.",
        ),
        (
            http("余额不足".encode("gbk"), "text/plain; charset=gbk", "402 Payment Required"),
            ProviderErrorCode.QUOTA_EXCEEDED,
            "The quota or balance at the provider is used up. It says: 余额不足",
        ),
        (
            http(b"No.", "text/plain; charset=no-such", "400 Bad Request"),
            ProviderErrorCode.BAD_REQUEST,
            "The provider refused the request. It says: No.",
        ),
        (
            http(b"No.", "text/plain; charset=idna", "400 Bad Request"),
            ProviderErrorCode.BAD_REQUEST,
            "The provider refused the request. It says: No.",
        ),
        (http(b"", "text/plain", "504 Gateway Timeout"), ProviderErrorCode.TIMEOUT, "The provider took too long."),
        (
            http(b'{"detail": "Not Found"}', "application/json", "404 Not Found"),
            ProviderErrorCode.MODEL_NOT_FOUND,
            "The provider has no such model, or there is nothing at this base URL. It says: Not Found",
        ),
        (
            b"SSH-2.0-OpenSSH_9.9\r\n",
            ProviderErrorCode.BAD_RESPONSE,
            "The server at this base URL does not speak HTTP correctly.",
        ),
        (b"", ProviderErrorCode.UNREACHABLE, "The provider closed the connection without an answer."),
    ],
)
async def test_answers_that_are_no_completion(llm: LLM, answer: bytes, code: ProviderErrorCode, message: str) -> None:
    async with raw_server(answer) as base_url:
        text, failed = await failure_of(llm, Endpoint(base_url, SECRET, "m"))
    assert (text, failed.provider_code, failed.message) == ("", code, message)


async def test_an_error_page_without_end_is_cut_short(llm: LLM) -> None:
    page = b"HTTP/1.1 500 No\r\nContent-Length: 100000000\r\n\r\n" + b"x" * 200_000
    async with raw_server(page, closes=False) as base_url:
        _, failed = await failure_of(llm, Endpoint(base_url, SECRET, "m"))
    assert failed.provider_code is ProviderErrorCode.UNAVAILABLE
    assert len(failed.message) == 500


async def test_redirects_are_not_followed(llm: LLM, demo: DemoServer) -> None:
    demo.script("m", Script(redirect_to=f"{demo.base_url}/chat/completions"))
    _, failed = await failure_of(llm, at(demo))
    assert (failed.provider_code, failed.status_code) == (ProviderErrorCode.BAD_RESPONSE, 307)
    assert failed.message == (
        "The provider answered with a redirect, which is not followed: use the base URL that it leads to."
    )
    assert len(demo.requests) == 1


@pytest.mark.parametrize(
    "base_url",
    [
        "http://127.0.0.1:1/v1",
        "http://no-such-host.invalid/v1",
        "http://127.0.0.1:99999/v1",
        "http:///v1",
        "http://[::1/v1",
        f"http://{'a' * 70}.example/v1",
        "",
    ],
)
async def test_what_cannot_be_connected_to_is_unreachable(llm: LLM, base_url: str) -> None:
    _, failed = await failure_of(llm, Endpoint(base_url, SECRET, "m"))
    assert (failed.provider_code, failed.status_code) == (ProviderErrorCode.UNREACHABLE, None)


async def test_a_server_without_tls_is_unreachable_by_https(llm: LLM, demo: DemoServer) -> None:
    _, failed = await failure_of(llm, Endpoint(demo.base_url.replace("http:", "https:"), SECRET, "m"))
    assert failed.provider_code is ProviderErrorCode.UNREACHABLE


async def test_an_address_that_is_not_allowed_is_refused_for_users_and_open_to_the_operator(demo: DemoServer) -> None:
    demo.script("m", Script())
    async with LLM() as llm:
        for base_url in (demo.base_url, demo.base_url.replace("127.0.0.1", "localhost")):
            _, failed = await failure_of(llm, Endpoint(base_url, SECRET, "m"))
            assert failed.provider_code is ProviderErrorCode.UNREACHABLE
            assert failed.message == "The base URL's host or port does not exist or is not allowed."
        assert demo.requests == []
        text, _ = await reply_of(llm, Endpoint(demo.base_url, SECRET, "m", trusted=True))
    assert text == "Hello world"


async def test_a_key_that_no_header_can_hold_is_refused(llm: LLM, demo: DemoServer) -> None:
    demo.script("m", Script())
    for secret in ("ключ", "two\r\nX-Lines: 1"):
        _, failed = await failure_of(llm, Endpoint(demo.base_url, secret, "m"))
        assert failed.provider_code is ProviderErrorCode.AUTHENTICATION
    assert demo.requests == []


async def test_half_an_emoji_in_a_message_is_refused(llm: LLM, demo: DemoServer) -> None:
    demo.script("m", Script())
    with pytest.raises(ProviderFailed) as caught:
        async with (await llm.client()).stream(at(demo), [{"role": "user", "content": "\ud83d"}]):
            pass
    assert caught.value.provider_code is ProviderErrorCode.BAD_REQUEST
    assert demo.requests == []

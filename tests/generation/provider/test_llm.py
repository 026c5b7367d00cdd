"""The LLM client against real sockets: requests, answers, failures, timeouts and disconnections."""

import asyncio
import base64
import contextlib
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import Any

import pytest

from gql_chat.chats.models import FinishReason
from gql_chat.demo import failures
from gql_chat.demo.failures import Failure
from gql_chat.demo.script import Script
from gql_chat.demo.server import DemoServer
from gql_chat.errors import ProviderErrorCode, ProviderFailed
from gql_chat.generation.provider.call import ProviderCall
from gql_chat.generation.provider.completion import Increment, TokenCounts
from gql_chat.generation.provider.endpoint import Endpoint
from gql_chat.generation.provider.listing import list_models
from gql_chat.generation.provider.llm import LLM
from gql_chat.generation.provider.timeouts import Timeouts, Watchdog
from tests.support.increments import each

MESSAGES = [{"role": "user", "content": "Say hello."}]
LOOPBACK = (ip_network("127.0.0.0/8"),)
SECRET = "a-secret-that-nobody-may-see"


@pytest.fixture
async def demo() -> AsyncIterator[DemoServer]:
    async with DemoServer() as server:
        yield server


@pytest.fixture
async def llm() -> AsyncIterator[LLM]:
    async with LLM(allowed_networks=LOOPBACK) as client:
        yield client


def at(demo: DemoServer, model: str = "m", /, **parameters: Any) -> Endpoint:
    return Endpoint(demo.base_url, SECRET, model, parameters)


async def reply_of(llm: LLM, endpoint: Endpoint) -> tuple[str, ProviderCall]:
    async with llm.stream(endpoint, MESSAGES) as call:
        return "".join([increment.text for increment in await increments_of(call)]), call


async def increments_of(call: ProviderCall) -> list[Increment]:
    """Read the answer to its end."""
    increments: list[Increment] = []
    await call.read(each(increments.append))
    return increments


async def failure_of(llm: LLM, endpoint: Endpoint) -> tuple[str, ProviderFailed]:
    """Return the text that came before the failure, and the failure."""
    texts: list[str] = []
    try:
        async with llm.stream(endpoint, MESSAGES) as call:
            await call.read(each(lambda increment: texts.append(increment.text)))
    except ProviderFailed as failure:
        return "".join(texts), failure
    pytest.fail(f"no failure after {''.join(texts)!r}")


@asynccontextmanager
async def raw_server(answer: bytes, to_get: bytes | None = None, *, closes: bool = True) -> AsyncIterator[str]:
    """Run a server and yield its base URL. It answers with these bytes, and a GET with `to_get` if that is given."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(to_get if to_get is not None and head.startswith(b"GET") else answer)
        if not closes:
            await reader.read()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


def http(body: bytes, content_type: str = "text/event-stream", status: str = "200 OK", *headers: str) -> bytes:
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *headers,
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + body


# What is asked


async def test_the_request_holds_the_parameters_in_openais_words(llm: LLM, demo: DemoServer) -> None:
    demo.script("m", Script())
    parameters: dict[str, Any] = {
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 7,
        "presence_penalty": 0.1,
        "frequency_penalty": 0.2,
        "stop": ["END"],
        "seed": 42,
        "reasoning_effort": "low",
        "response_format": {"type": "json_object"},
    }
    extra = {"top_k": 3, "model": "other", "messages": [], "stream_options": None}
    await reply_of(llm, at(demo, **parameters, extra=extra, unknown=1))
    assert demo.requests[0].body == {
        "model": "m",
        "messages": MESSAGES,
        "stream": True,
        "stream_options": {"include_usage": True},
        "top_k": 3,
        **parameters,
    }


async def test_parameters_that_are_null_are_left_out(llm: LLM, demo: DemoServer) -> None:
    demo.script("m", Script())
    await reply_of(llm, at(demo, temperature=None, extra=None, stop=None))
    assert demo.requests[0].body.keys() == {"model", "messages", "stream", "stream_options"}


async def test_only_what_the_provider_needs_is_sent_in_headers(
    monkeypatch: pytest.MonkeyPatch, demo: DemoServer
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    monkeypatch.setenv("OPENAI_ORG_ID", "org")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer theirs\nX-Inside: secret")
    demo.script("m", Script())
    async with LLM(allowed_networks=LOOPBACK) as llm:
        await reply_of(llm, at(demo))
    headers = demo.requests[0].headers
    assert headers.keys() == {
        "accept",
        "accept-encoding",
        "authorization",
        "content-length",
        "content-type",
        "host",
        "user-agent",
    }
    assert headers["authorization"] == f"Bearer {SECRET}"
    assert headers["accept-encoding"] == "identity"


async def test_without_a_secret_no_authorization_is_sent(llm: LLM, demo: DemoServer) -> None:
    demo.script("m", Script())
    await reply_of(llm, Endpoint(demo.base_url, "", "m"))
    assert "authorization" not in demo.requests[0].headers


@pytest.mark.parametrize(
    ("secret", "authorization"),
    [(SECRET, f"Bearer {SECRET}"), ("", f"Basic {base64.b64encode(b'joe:word').decode()}")],
)
async def test_credentials_in_the_operators_base_url_are_sent_where_there_is_no_secret(
    llm: LLM, demo: DemoServer, secret: str, authorization: str
) -> None:
    demo.script("m", Script())
    await reply_of(llm, Endpoint(demo.base_url.replace("//", "//joe:word@"), secret, "m", trusted=True))
    assert demo.requests[0].headers["authorization"] == authorization


def test_a_secret_is_not_in_the_repr() -> None:
    assert SECRET not in repr(Endpoint("https://api.openai.com/v1", SECRET, "m"))


# What comes back


async def test_a_reply_comes_in_increments_as_it_is_read(llm: LLM, demo: DemoServer) -> None:
    driven = demo.drive("m")
    async with asyncio.TaskGroup() as group, llm_call(llm, at(demo), group) as (increments, upstream):
        provider = await driven.next_call()
        await provider.send(reasoning="Hm.")
        assert await anext(increments) == Increment("", "Hm.")
        await provider.send("Hello", ", ", "world")
        assert await anext(increments) == Increment("Hello, world", "")
        await provider.finish("length", {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5})
        with pytest.raises(StopAsyncIteration):
            await anext(increments)
        call = upstream.result()
        assert call.finish_reason is FinishReason.LENGTH
        assert call.usage == TokenCounts(3, 2)
        assert call.status_code == 200


@asynccontextmanager
async def llm_call(
    llm: LLM, endpoint: Endpoint, group: asyncio.TaskGroup
) -> AsyncIterator[tuple[AsyncIterator[Increment], "asyncio.Future[ProviderCall]"]]:
    """Make a call whose increments wait in a queue, so that a test can play both sides."""
    queue: asyncio.Queue[Increment | None] = asyncio.Queue()
    entered: asyncio.Future[ProviderCall] = asyncio.get_running_loop().create_future()

    async def run() -> None:
        async with llm.stream(endpoint, MESSAGES) as call:
            entered.set_result(call)
            await call.read(each(queue.put_nowait))
        queue.put_nowait(None)

    async def increments() -> AsyncIterator[Increment]:
        while (increment := await queue.get()) is not None:
            yield increment

    group.create_task(run())
    yield increments(), entered


async def test_a_server_that_cannot_stream_gives_one_increment(llm: LLM, demo: DemoServer) -> None:
    demo.script("m", Script(chunks=["Hello", " world"], reasoning=["Hm."]))
    async with llm.stream(at(demo, extra={"stream": False}), MESSAGES) as call:
        assert await increments_of(call) == [Increment("Hello world", "Hm.")]
    assert call.finish_reason is FinishReason.STOP
    assert call.usage is not None
    assert demo.requests[0].body["stream"] is False
    assert "stream_options" not in demo.requests[0].body


async def test_a_server_that_ignores_the_wish_to_stream_gives_one_increment(llm: LLM) -> None:
    body = json.dumps({"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}]}).encode()
    async with raw_server(http(body, "application/json")) as base_url:
        text, call = await reply_of(llm, Endpoint(base_url, SECRET, "m"))
    assert (text, call.finish_reason) == ("Hello", FinishReason.STOP)


@pytest.mark.parametrize("split_bytes", [None, 1, 7])
@pytest.mark.parametrize("crlf", [False, True])
async def test_framing_does_not_matter(llm: LLM, demo: DemoServer, split_bytes: int | None, crlf: bool) -> None:
    demo.script("m", Script(chunks=["Héllo ", "世界", "👋🏽"], split_bytes=split_bytes, crlf=crlf, comments=True))
    assert (await reply_of(llm, at(demo)))[0] == "Héllo 世界👋🏽"


async def test_usage_that_was_not_asked_for_is_taken(llm: LLM, demo: DemoServer) -> None:
    demo.script("m", Script(refuses_stream_options=True, usage_always=True))
    _, call = await reply_of(llm, at(demo))
    assert call.usage is not None


async def test_a_server_without_usage_gives_none(llm: LLM, demo: DemoServer) -> None:
    demo.script("m", Script(usage=False))
    _, call = await reply_of(llm, at(demo))
    assert call.usage is None


async def test_done_may_be_missing(llm: LLM, demo: DemoServer) -> None:
    demo.script("m", Script(done=False))
    assert (await reply_of(llm, at(demo)))[0] == "Hello world"


async def test_a_connection_lost_after_the_finish_reason_loses_nothing(llm: LLM, demo: DemoServer) -> None:
    driven = demo.drive("m")
    async with asyncio.TaskGroup() as group:
        reply = group.create_task(reply_of(llm, at(demo)))
        provider = await driven.next_call()
        await provider.raw(b'data: {"choices": [{"delta": {"content": "Hello"}, "finish_reason": "stop"}]}\n\n')
        await provider.cut()
    assert reply.result()[0] == "Hello"


async def test_stream_options_that_are_refused_are_left_out_for_good(llm: LLM, demo: DemoServer) -> None:
    demo.script("m", Script(refuses_stream_options=True))
    assert (await reply_of(llm, at(demo)))[0] == "Hello world"
    assert (await reply_of(llm, at(demo)))[0] == "Hello world"
    assert ["stream_options" in request.body for request in demo.requests] == [True, False, False]


async def test_other_refusals_are_not_retried(llm: LLM, demo: DemoServer) -> None:
    demo.script("m", Script(fail=failures.bad_request("No.")))
    await failure_of(llm, at(demo))
    assert len(demo.requests) == 1


async def test_a_connection_is_used_again(llm: LLM) -> None:
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        with contextlib.suppress(asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                await reader.readexactly(int(re.findall(rb"(?i)content-length: (\d+)", head)[0]))
                writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\ne\r\ndata: [DONE]\n\n\r\n")
                # The end of the body comes by itself, as it does from most servers.
                await writer.drain()
                await asyncio.sleep(0.01)
                writer.write(b"0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        endpoint = Endpoint(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", SECRET, "m")
        for _ in range(3):
            await reply_of(llm, endpoint)
    assert connections == 1


async def test_cookies_of_one_call_are_not_sent_with_the_next(llm: LLM) -> None:
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(
            http(b"data: [DONE]\n\n", "text/event-stream", "200 OK", "Set-Cookie: who=me", "Connection: close")
        )
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        endpoint = Endpoint(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", SECRET, "m")
        for _ in range(2):
            await reply_of(llm, endpoint)
    assert len(seen) == 2
    assert b"cookie" not in seen[1].lower()


# What goes wrong


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


async def begun(llm: LLM, endpoint: Endpoint) -> tuple[Any, ProviderCall]:
    stream = llm.stream(endpoint, MESSAGES)
    return stream, await stream.__aenter__()


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
        async with llm.stream(at(demo), [{"role": "user", "content": "\ud83d"}]):
            pass
    assert caught.value.provider_code is ProviderErrorCode.BAD_REQUEST
    assert demo.requests == []


# Time and leaving


async def timed_out(demo: DemoServer, script: Script, timeouts: Timeouts) -> tuple[str, ProviderFailed]:
    demo.script("m", script)
    async with LLM(timeouts=timeouts, allowed_networks=LOOPBACK) as llm:
        return await failure_of(llm, at(demo))


async def test_the_first_token_is_not_waited_for_for_ever(demo: DemoServer) -> None:
    text, failed = await timed_out(demo, Script(stall_after=0), Timeouts(first_token_seconds=0.3))
    assert (text, failed.provider_code) == ("", ProviderErrorCode.TIMEOUT)
    assert failed.message == "The provider sent no text within 0.3 seconds."


async def test_an_answer_that_does_not_even_begin_is_not_waited_for(demo: DemoServer) -> None:
    demo.drive("m")
    async with LLM(timeouts=Timeouts(first_token_seconds=0.05), allowed_networks=LOOPBACK) as llm:
        _, failed = await failure_of(llm, at(demo))
    assert failed.provider_code is ProviderErrorCode.TIMEOUT
    assert failed.message == "The provider did not answer within 0.05 seconds."


async def test_silence_between_tokens_is_a_timeout(demo: DemoServer) -> None:
    text, failed = await timed_out(demo, Script(stall_after=1), Timeouts(between_tokens_seconds=0.05))
    assert (text, failed.provider_code) == ("Hello", ProviderErrorCode.TIMEOUT)
    assert failed.message == "The provider sent nothing for 0.05 seconds."


async def test_a_total_limit_ends_a_reply_that_goes_on_and_on(demo: DemoServer) -> None:
    script = Script(chunks=["a"] * 10_000, pace_seconds=0.01)
    text, failed = await timed_out(demo, script, Timeouts(total_seconds=0.3))
    assert set(text) == {"a"}
    assert failed.provider_code is ProviderErrorCode.TIMEOUT
    assert failed.message == "The provider did not complete its answer within 0.3 seconds."


async def test_a_consumer_that_takes_its_time_is_not_the_providers_silence(demo: DemoServer) -> None:
    demo.script("m", Script())
    timeouts = Timeouts(between_tokens_seconds=0.15)
    texts: list[str] = []

    def take(increment: Increment) -> bool:
        texts.append(increment.text)
        time.sleep(0.25)
        return True

    async with LLM(timeouts=timeouts, allowed_networks=LOOPBACK) as llm, llm.stream(at(demo), MESSAGES) as call:
        await call.read(take)
    assert "".join(texts) == "Hello world"


async def test_a_finished_text_is_complete_when_nothing_follows(demo: DemoServer) -> None:
    driven = demo.drive("m")
    timeouts = Timeouts(between_tokens_seconds=0.05)
    async with LLM(timeouts=timeouts, allowed_networks=LOOPBACK) as llm, asyncio.TaskGroup() as group:
        reply = group.create_task(reply_of(llm, at(demo)))
        provider = await driven.next_call()
        await provider.raw(b'data: {"choices": [{"delta": {"content": "Hello"}, "finish_reason": "stop"}]}\n\n')
        text, call = await reply
    assert (text, call.finish_reason) == ("Hello", FinishReason.STOP)


FINISHED = b'data: {"choices": [{"delta": {"content": ""}, "finish_reason": "stop"}]}\n\n'
TEXT_AND_FINISH = b'data: {"choices": [{"delta": {"content": "Hello"}, "finish_reason": "stop"}]}\n\n'


@pytest.mark.parametrize(("pieces", "text"), [([FINISHED], ""), ([FINISHED, TEXT_AND_FINISH], "Hello")])
async def test_a_finish_reason_that_comes_before_the_text_does_not_end_it(
    llm: LLM, demo: DemoServer, pieces: list[bytes], text: str
) -> None:
    driven = demo.drive("m")
    async with asyncio.TaskGroup() as group:
        reply = group.create_task(failure_of(llm, at(demo)))
        provider = await driven.next_call()
        for piece in pieces:
            await provider.raw(piece)
        await provider.cut()
        shown, failed = await reply
    assert (shown, failed.message) == (text, "The connection was lost before the provider's answer was complete.")


def test_every_sign_of_life_gives_the_first_token_its_whole_time_again() -> None:
    said: list[str] = []

    async def wait() -> None:
        loop = asyncio.get_running_loop()
        over = loop.create_future()

        def time_out(sentence: str) -> None:
            said.append(sentence)
            over.set_result(loop.time())

        started_at = loop.time()
        watchdog = Watchdog(Timeouts(first_token_seconds=0.05), started_at, time_out)
        watchdog.waiting_since = started_at + 0.1  # a comment came then
        assert await over >= started_at + 0.15

    asyncio.run(wait())
    assert said == ["The provider sent no text within 0.05 seconds."]


@pytest.mark.parametrize("begins", [False, True])
async def test_cancelling_closes_the_upstream_connection(llm: LLM, demo: DemoServer, begins: bool) -> None:
    driven = demo.drive("m")
    first = asyncio.Event()

    async def consume() -> None:
        async with llm.stream(at(demo), MESSAGES) as call:
            await call.read(each(lambda _: first.set()))

    task = asyncio.create_task(consume())
    provider = await driven.next_call()
    if begins:
        await provider.send("Hello")
        await first.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(1):
        await provider.disconnected()


async def test_leaving_early_closes_the_upstream_connection(llm: LLM, demo: DemoServer) -> None:
    driven = demo.drive("m")
    async with asyncio.TaskGroup() as group:
        entering = group.create_task(begun(llm, at(demo)))
        provider = await driven.next_call()
        await provider.send("Hello")
        stream, _ = await entering
        await stream.__aexit__(None, None, None)
        async with asyncio.timeout(1):
            await provider.disconnected()


async def test_fifty_replies_at_once_are_complete_and_in_order(llm: LLM, demo: DemoServer) -> None:
    for number in range(50):
        demo.script(f"m{number}", Script(chunks=[f"{number}:{part} " for part in range(40)]))
    replies = await asyncio.gather(*(reply_of(llm, at(demo, f"m{number}")) for number in range(50)))
    assert [text for text, _ in replies] == ["".join(f"{number}:{part} " for part in range(40)) for number in range(50)]


# Listing


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

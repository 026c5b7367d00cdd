"""The LLM client against real sockets: requests and answers."""

import asyncio
import base64
import contextlib
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gql_chat.chats.models import FinishReason
from gql_chat.generation.provider.call import ProviderCall
from gql_chat.generation.provider.completion import Increment
from gql_chat.generation.provider.endpoint import Endpoint, Reach
from gql_chat.generation.provider.llm import LLM
from gql_chat.usage.models import UsageSource
from gql_chat.usage.tokens import Usage
from tests.generation.provider.llm_client import (
    LOOPBACK,
    MESSAGES,
    SECRET,
    at,
    failure_of,
    http,
    increments_of,
    raw_server,
    reply_of,
)
from tests.support.demo import failures
from tests.support.demo.script import Script
from tests.support.demo.server import DemoServer
from tests.support.increments import each

ANSWER = b'data: {"choices": [{"delta": {"content": "a"}}]}\n\ndata: [DONE]\n\n'

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
    async with LLM(reach=Reach(LOOPBACK)) as llm:
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
        assert call.usage == Usage(3, 2, UsageSource.PROVIDER)
        assert call.status_code == 200


@asynccontextmanager
async def llm_call(
    llm: LLM, endpoint: Endpoint, group: asyncio.TaskGroup
) -> AsyncIterator[tuple[AsyncIterator[Increment], "asyncio.Future[ProviderCall]"]]:
    """Make a call whose increments wait in a queue, so that a test can play both sides."""
    queue: asyncio.Queue[Increment | None] = asyncio.Queue()
    entered: asyncio.Future[ProviderCall] = asyncio.get_running_loop().create_future()

    async def run() -> None:
        async with (await llm.client()).stream(endpoint, MESSAGES) as call:
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
    async with (await llm.client()).stream(at(demo, extra={"stream": False}), MESSAGES) as call:
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
                writer.write(
                    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(ANSWER), ANSWER)
                )
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
        writer.write(http(ANSWER, "text/event-stream", "200 OK", "Set-Cookie: who=me", "Connection: close"))
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        endpoint = Endpoint(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", SECRET, "m")
        for _ in range(2):
            await reply_of(llm, endpoint)
    assert len(seen) == 2
    assert b"cookie" not in seen[1].lower()

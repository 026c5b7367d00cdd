"""Whether an answer that passes is complete: by its finish reasons, [DONE], and how its connection ends."""

import asyncio
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from gql_chat.generation.provider import timeouts
from gql_chat.usage.models import CallStatus, UsageSource
from tests.support.chat import Chat
from tests.support.client import Client
from tests.support.demo import DrivenCall, Script
from tests.web.openai.door import HELLO, create_key, settled_calls, text_of


async def begin_stream(door: AsyncOpenAI, chat: Chat) -> tuple[asyncio.Task[Any], DrivenCall]:
    """Ask for a stream. Return the task that waits for it, and the model's side of the call."""
    driven = chat.demo.drive("demo")
    creating = asyncio.create_task(door.chat.completions.create(model="demo", messages=HELLO, stream=True))
    return creating, await driven.next_call()


@pytest.mark.parametrize("framing", [{}, {"split_bytes": 7}, {"one_write": True, "crlf": True}, {"comments": True}])
@pytest.mark.parametrize("reason", ["error", "Abort", "insufficient_system_resource"])
async def test_a_finish_reason_that_says_the_provider_broke_is_a_failure_of_a_stream(
    door: AsyncOpenAI, chat: Chat, reason: str, framing: Any
) -> None:
    chat.demo.script("demo", Script(finish_reason=reason, **framing))
    stream, texts = await door.chat.completions.create(model="demo", messages=HELLO, stream=True), list[str]()
    with pytest.raises(openai.APIError, match=f"finish_reason: {reason}") as failed:
        async for chunk in stream:
            texts += [choice.delta.content or "" for choice in chunk.choices]
    assert ("".join(texts), failed.value.code) == ("Hello world", "provider_unavailable")
    [call] = await settled_calls()
    assert (call.status, call.error_code, call.status_code) == (CallStatus.ERROR, "UNAVAILABLE", 200)
    assert call.completion_tokens


async def test_a_finish_reason_that_says_the_provider_broke_is_a_failure_of_a_whole_answer(
    door: AsyncOpenAI, chat: Chat
) -> None:
    chat.demo.script("demo", Script(finish_reason="abort"))
    with pytest.raises(openai.APIStatusError, match="finish_reason: abort") as failed:
        await door.chat.completions.create(model="demo", messages=HELLO)
    assert (failed.value.status_code, failed.value.code) == (503, "provider_unavailable")
    [call] = await settled_calls()
    assert (call.status, call.error_code) == (CallStatus.ERROR, "UNAVAILABLE")
    assert (call.usage_source, call.completion_tokens) == (UsageSource.PROVIDER, 2)


@pytest.mark.parametrize("framing", [{}, {"split_bytes": 7}, {"one_write": True, "crlf": True}, {"comments": True}])
@pytest.mark.parametrize("reason", [None, "", "null"])
async def test_a_stream_that_ends_before_the_answer_is_complete_fails(
    door: AsyncOpenAI, chat: Chat, reason: str | None, framing: Any
) -> None:
    chat.demo.script("demo", Script(finish_reason=reason, done=False, **framing))
    stream, texts = await door.chat.completions.create(model="demo", messages=HELLO, stream=True), list[str]()
    with pytest.raises(openai.APIError) as failed:
        async for chunk in stream:
            texts += [choice.delta.content or "" for choice in chunk.choices]
    assert "".join(texts) == "Hello world"
    assert (failed.value.code, failed.value.message) == (
        "provider_bad_response",
        "The provider ended the answer before it was complete.",
    )
    [call] = await settled_calls()
    assert (call.status, call.error_code, call.status_code) == (CallStatus.ERROR, "BAD_RESPONSE", 200)
    assert (call.usage_source, call.completion_tokens) == (UsageSource.PROVIDER, 2)


@pytest.mark.parametrize("framing", [{}, {"split_bytes": 7}, {"one_write": True, "crlf": True}, {"comments": True}])
@pytest.mark.parametrize("end", [{"done": False}, {"finish_reason": None}, {"done": False, "usage": False}])
async def test_a_stream_with_either_sign_of_its_end_is_complete(
    door: AsyncOpenAI, chat: Chat, end: Any, framing: Any
) -> None:
    chat.demo.script("demo", Script(**end, **framing))
    stream = await door.chat.completions.create(model="demo", messages=HELLO, stream=True)
    assert await text_of(stream) == "Hello world"
    [call] = await settled_calls()
    assert call.status == CallStatus.SUCCESS


async def test_an_event_that_the_end_cuts_short_does_not_pass(door: AsyncOpenAI, chat: Chat) -> None:
    creating, call = await begin_stream(door, chat)
    await call.send("whole")
    await call.raw(b'data: {"choices":[{"index":0,"delta":{"content":"ha')
    await call.end()
    stream = await creating
    with pytest.raises(openai.APIError, match="ended the answer before it was complete"):
        await text_of(stream)


@pytest.mark.parametrize("end", [b"", b"data: [DONE]\n\n"])
async def test_a_connection_that_is_lost_behind_the_answer_is_no_failure(
    door: AsyncOpenAI, chat: Chat, end: bytes
) -> None:
    creating, call = await begin_stream(door, chat)
    await call.send("whole")
    await call.raw(b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n' + end)
    await call.cut()
    assert await text_of(await creating) == "whole"
    [entry] = await settled_calls()
    assert (entry.status, entry.error_code) == (CallStatus.SUCCESS, None)


async def test_a_provider_that_keeps_the_connection_open_behind_the_answer_is_not_waited_for(
    door: AsyncOpenAI, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeouts, "AFTER_FINISH_SECONDS", 0.05)
    creating, call = await begin_stream(door, chat)
    await call.send("whole")
    stream = await creating
    await call.raw(b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n')
    async with asyncio.timeout(10):
        assert await text_of(stream) == "whole"
        await call.disconnected()
    [entry] = await settled_calls()
    assert (entry.status, entry.error_code, entry.status_code) == (CallStatus.SUCCESS, None, 200)


async def test_an_answer_of_no_text_is_complete_with_done(
    door: AsyncOpenAI, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeouts, "AFTER_FINISH_SECONDS", 0.05)
    creating, call = await begin_stream(door, chat)
    await call.raw(b"data: [DONE]\n\n")
    async with asyncio.timeout(10):
        assert await text_of(await creating) == ""
        await call.disconnected()
    [entry] = await settled_calls()
    assert (entry.status, entry.error_code) == (CallStatus.SUCCESS, None)


@pytest.mark.parametrize("framing", [{}, {"split_bytes": 7}, {"one_write": True}])
async def test_a_refusal_without_a_reason_is_complete(door: AsyncOpenAI, chat: Chat, framing: Any) -> None:
    chat.demo.script("demo", Script(text_field="refusal", finish_reason=None, done=False, **framing))
    stream = await door.chat.completions.create(model="demo", messages=HELLO, stream=True)
    assert "".join([choice.delta.refusal or "" async for chunk in stream for choice in chunk.choices]) == "Hello world"
    [call] = await settled_calls()
    assert (call.status, call.completion_tokens) == (CallStatus.SUCCESS, 2)


async def test_a_whole_answer_to_a_request_for_a_stream_is_read_and_billed(door: AsyncOpenAI, chat: Chat) -> None:
    creating, call = await begin_stream(door, chat)
    await call.raw(b'{"choices": [{"message": {"content": "whole"}, "finish_reason": "stop"}], "usage": ')
    await call.raw(b'{"prompt_tokens": 7, "completion_tokens": 5}}')
    await call.end()
    assert await text_of(await creating) == "whole"
    [entry] = await settled_calls()
    assert (entry.status, entry.prompt_tokens, entry.completion_tokens) == (CallStatus.SUCCESS, 7, 5)


@pytest.mark.parametrize("is_cut", [False, True])
@pytest.mark.parametrize("ended", [[0], [0, 1]])
async def test_an_answer_of_several_choices_is_complete_once_all_have_ended(
    ada: Client, door: AsyncOpenAI, chat: Chat, ended: list[int], is_cut: bool
) -> None:
    await create_key(ada, "Mine", chat.demo.base_url)
    driven = chat.demo.drive("demo")
    creating = asyncio.create_task(door.chat.completions.create(model="Mine", messages=HELLO, stream=True, n=2))
    call = await driven.next_call()
    await call.send("text")
    await call.raw(b'data: {"choices":[{"index":1,"delta":{"content":"text"}}]}\n\n')
    for index in ended:
        await call.raw(b'data: {"choices":[{"index":%d,"delta":{},"finish_reason":"stop"}]}\n\n' % index)
    await (call.cut() if is_cut else call.end())
    stream = await creating
    if ended == [0, 1]:
        assert await text_of(stream) == "texttext"
    else:
        with pytest.raises(openai.APIError):
            await text_of(stream)
    [entry] = await settled_calls()
    assert entry.status == (CallStatus.SUCCESS if ended == [0, 1] else CallStatus.ERROR)


async def test_a_finish_reason_in_front_of_the_whole_message_ends_a_stream(door: AsyncOpenAI, chat: Chat) -> None:
    creating, call = await begin_stream(door, chat)
    await call.send("whole")
    message = b'"message":{"role":"assistant","content":"%s"}' % (b"x" * 5000)  # as Perplexity repeats it
    await call.raw(b'data: {"choices":[{"index":0,"finish_reason":"stop",%s,"delta":{}}]}\n\n' % message)
    await call.end()
    assert await text_of(await creating) == "whole"
    [entry] = await settled_calls()
    assert entry.status == CallStatus.SUCCESS

"""OpenAI's own client against the door: what passes, what is billed, and what is refused."""

import asyncio
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from gql_chat.chats.leases import LEASE
from gql_chat.generation.dead_replies import close_dead_calls
from gql_chat.infra.db.database import database_now
from gql_chat.usage.models import Call, CallPurpose, CallStatus, UsageBucket, UsageSource
from gql_chat.users.models import User
from gql_chat.web.connections.http_protocol import BoundedHttpProtocol
from tests.support.chat import Chat
from tests.support.client import Client
from tests.support.demo import Script, failures
from tests.web.openai.door import HELLO, create_key, create_token, openai_client, settled_calls, text_of

IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
TOOL = {"type": "function", "function": {"name": "now", "parameters": {"type": "object", "properties": {}}}}


async def test_a_whole_answer_passes_and_is_billed_by_the_providers_count(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    async with openai_client(chat_on_each, await create_token(ada)) as door:
        answer = await door.chat.completions.create(model="demo", messages=HELLO)
    assert answer.choices[0].message.content == "hello world"
    assert answer.usage is not None
    [call] = await settled_calls()
    assert (call.purpose, call.status, call.status_code) == (CallPurpose.COMPLETION, CallStatus.SUCCESS, 200)
    assert (call.user_id, call.is_server_key, call.usage_source) == (ada.user_id, True, UsageSource.PROVIDER)
    assert (call.prompt_tokens, call.completion_tokens) == (answer.usage.prompt_tokens, answer.usage.completion_tokens)
    assert call.request_messages == "[]"
    assert not call.response_text
    bucket = await UsageBucket.get(user_id=ada.user_id)
    assert bucket.prompt_tokens + bucket.completion_tokens == answer.usage.total_tokens


async def test_a_stream_passes_without_the_count_that_only_the_server_asked_for(door: AsyncOpenAI, chat: Chat) -> None:
    stream = await door.chat.completions.create(model="demo", messages=HELLO, stream=True)
    chunks = [chunk async for chunk in stream]
    assert "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices) == "hello world"
    assert all(chunk.choices and chunk.usage is None for chunk in chunks)
    assert chat.demo.requests[-1].body["stream_options"] == {"include_usage": True}
    [call] = await settled_calls()
    assert (call.usage_source, call.status) == (UsageSource.PROVIDER, CallStatus.SUCCESS)
    assert call.completion_tokens is not None
    assert call.completion_tokens > 0
    assert call.first_token_ms is not None


async def test_tokens_are_sent_in_the_call_that_reads_them(
    door: AsyncOpenAI, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, try_send_body = [], BoundedHttpProtocol.try_send_body

    def observe(protocol: BoundedHttpProtocol, data: bytes) -> bool:
        was_sent = try_send_body(protocol, data)
        sent.append(was_sent)
        return was_sent

    monkeypatch.setattr(BoundedHttpProtocol, "try_send_body", observe)
    driven = chat.demo.drive("demo")
    stream, call = await asyncio.gather(
        door.chat.completions.create(model="demo", messages=HELLO, stream=True), _begin(driven, "0")
    )
    chunks = aiter(stream)
    for number in range(1, 30):
        while not (await anext(chunks)).choices[0].delta.content:
            pass
        await call.send(str(number))
    await call.finish()
    assert await text_of(chunks) == "29"
    assert sent.count(True) >= 29
    assert sent.count(False) == 0


async def test_who_asks_for_the_count_gets_it(door: AsyncOpenAI) -> None:
    options: Any = {"include_usage": True}
    stream = await door.chat.completions.create(model="demo", messages=HELLO, stream=True, stream_options=options)
    *_, last = [chunk async for chunk in stream]
    assert last.choices == []
    assert last.usage is not None
    [call] = await settled_calls()
    assert call.completion_tokens == last.usage.completion_tokens


async def test_a_body_passes_as_it_is(ada: Client, door: AsyncOpenAI, chat: Chat) -> None:
    await create_key(ada, "Mine", chat.demo.base_url, parameters={"temperature": 1.5})
    fields: Any = {
        "messages": [{"role": "user", "content": [{"type": "text", "text": "echo hi"}, IMAGE], "name": "ada"}],
        "tools": [TOOL], "n": 2, "logprobs": True, "top_logprobs": 3, "seed": 2**53, "temperature": 0.25,
        "service_tier": "flex", "metadata": {"a": "b"},
    }  # fmt: skip
    unknown = {
        "unknown_field": {
            "deep": [1, 2.5, None, True, "é\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")]
        }
    }
    await door.chat.completions.create(model="Mine", extra_body=unknown, **fields)
    sent = chat.demo.requests[-1]
    assert sent.body == {**fields, **unknown, "model": "demo"}
    assert sent.headers["authorization"] == "Bearer sk-of-the-user-0123"
    [call] = await settled_calls()
    assert (call.model, call.is_server_key) == ("demo", False)


async def test_a_key_that_is_lent_bounds_what_it_is_used_for(door: AsyncOpenAI, chat: Chat) -> None:
    for name, value in {"n": 2, "service_tier": "flex", "models": ["dear"], "store": True, "unknown": 1}.items():
        with pytest.raises(openai.BadRequestError) as refused:
            await door.chat.completions.create(model="demo", messages=HELLO, extra_body={name: value})
        assert refused.value.param == name
    with pytest.raises(openai.BadRequestError) as refused:
        await door.chat.completions.create(model="demo", messages=HELLO, extra_body={"tools": [{"type": "web_search"}]})
    assert refused.value.param == "tools"
    assert chat.demo.requests == []
    assert await settled_calls() == []
    allowed: Any = {"tools": [TOOL], "temperature": 0, "n": 1}
    assert await door.chat.completions.create(model="demo", messages=HELLO, **allowed)


async def test_a_client_that_leaves_is_billed_once_and_cancels_the_call(door: AsyncOpenAI, chat: Chat) -> None:
    driven = chat.demo.drive("demo")
    stream = await asyncio.gather(
        door.chat.completions.create(model="demo", messages=HELLO, stream=True), _begin(driven, "one two three four")
    )
    chunks = aiter(stream[0])
    while not (await anext(chunks)).choices[0].delta.content:
        pass
    await stream[0].close()
    await stream[1].disconnected()
    [call] = await settled_calls()
    assert (call.status, call.error_code) == (CallStatus.SUCCESS, None)
    assert (call.completion_tokens, call.usage_source) == (5, UsageSource.ESTIMATED)
    bucket = await UsageBucket.get()
    assert (bucket.calls, bucket.errors) == (1, 0)


async def _begin(driven: Any, text: str) -> Any:
    call = await driven.next_call()
    await call.send(text)
    return call


async def test_a_client_that_leaves_before_the_answer_is_billed_for_the_prompt(door: AsyncOpenAI, chat: Chat) -> None:
    driven = chat.demo.drive("demo")
    asking = asyncio.create_task(door.chat.completions.create(model="demo", messages=HELLO))
    call = await driven.next_call()
    asking.cancel()
    await call.disconnected()
    [row] = await settled_calls()
    assert (row.status, row.completion_tokens) == (CallStatus.SUCCESS, 0)
    assert row.prompt_tokens is not None
    assert row.prompt_tokens > 0


async def test_without_the_scope_a_token_is_refused(chat: Chat, ada: Client) -> None:
    async with openai_client(chat, await create_token(ada, "CHAT", "KEYS", "ACCOUNT")) as other:
        with pytest.raises(openai.PermissionDeniedError) as denied:
            await other.chat.completions.create(model="demo", messages=HELLO)
        assert (denied.value.status_code, denied.value.code) == (403, "insufficient_permissions")
        with pytest.raises(openai.PermissionDeniedError):
            await other.models.list()
    for token in ("sk-nobody", "gqlchat_wrong"):
        async with openai_client(chat, token) as stranger:
            with pytest.raises(openai.AuthenticationError) as refused:
                await stranger.models.list()
            assert refused.value.code == "invalid_api_key"
    assert await settled_calls() == []


async def test_a_token_of_the_scope_opens_nothing_else(chat: Chat, ada: Client) -> None:
    script = Client(ada.http, ada.origin, await create_token(ada))
    for query in ("{ me { id } }", '{ node(id: "usr_x") { id } }', "{ keys { id } }", "{ canCreateKeys(count: 1) }"):
        response = await script.post(query)
        assert [error["extensions"]["code"] for error in response["errors"]] == ["FORBIDDEN"], query


async def test_models_are_those_of_the_users_keys_and_the_keys_names(
    door: AsyncOpenAI, ada: Client, chat: Chat
) -> None:
    await create_key(ada, "Work", chat.demo.base_url, model="gpt/large")
    listed = [(model.id, model.owned_by) async for model in door.models.list()]
    assert listed == [("gpt/large", "Work"), ("demo", "server"), ("Work", "Work")]
    assert (await door.models.with_raw_response.list()).headers["cache-control"] == "no-store"
    assert (await door.models.retrieve("gpt/large")).id == "gpt/large"
    with pytest.raises(openai.NotFoundError) as missing:
        await door.models.retrieve("none")
    assert missing.value.code == "model_not_found"


async def test_a_model_that_no_key_reaches_is_not_found(door: AsyncOpenAI, ada: Client, chat: Chat) -> None:
    for name in ("A", "B"):
        await create_key(ada, name, chat.demo.base_url, model=f"model-{name}")
    with pytest.raises(openai.NotFoundError) as missing:
        await door.chat.completions.create(model="other", messages=HELLO)
    assert (missing.value.code, missing.value.param) == ("model_not_found", "model")
    await door.chat.completions.create(model="demo", messages=HELLO)


async def test_a_quota_is_reserved_before_the_call_and_bounds_it(door: AsyncOpenAI, ada: Client, chat: Chat) -> None:
    await User.filter(id=ada.user_id).update(monthly_token_quota=3000)
    await door.chat.completions.create(model="demo", messages=HELLO)
    assert 1000 <= chat.demo.requests[-1].body["max_tokens"] <= 1500
    with pytest.raises(openai.RateLimitError) as refused:
        await door.chat.completions.create(model="demo", messages=HELLO, max_tokens=5000)
    assert refused.value.code == "insufficient_quota"
    assert int(refused.value.response.headers["retry-after"]) > 60
    assert refused.value.response.headers["x-should-retry"] == "false"
    assert len(chat.demo.requests) == 1


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (failures.invalid_api_key(), 403, "provider_refused_key"),
        (failures.rate_limited(), 429, "rate_limit_exceeded"),
        (failures.context_length_exceeded(), 400, "context_length_exceeded"),
        (failures.model_not_found("demo"), 404, "model_not_found"),
        (failures.server_error(), 503, "provider_unavailable"),
    ],
    ids=["key", "rate", "context", "model", "server"],
)
async def test_a_providers_refusal_has_openais_form(
    door: AsyncOpenAI, chat: Chat, failure: Any, status: int, code: str
) -> None:
    chat.demo.script("demo", Script(fail=failure, retry_after_seconds=7))
    with pytest.raises(openai.APIStatusError) as refused:
        await door.chat.completions.create(model="demo", messages=HELLO, stream=True)
    assert (refused.value.status_code, refused.value.code) == (status, code)
    assert refused.value.response.headers["retry-after"] == "7"
    [call] = await settled_calls()
    assert (call.status, call.prompt_tokens) == (CallStatus.ERROR, None)


@pytest.mark.parametrize("script", [Script(error_after=1), Script(cut_after=1)], ids=["reported", "cut"])
async def test_a_failure_inside_a_stream_is_its_last_event(door: AsyncOpenAI, chat: Chat, script: Script) -> None:
    chat.demo.script("demo", script)
    stream = await door.chat.completions.create(model="demo", messages=HELLO, stream=True)
    with pytest.raises(openai.APIError):
        await text_of(stream)
    [call] = await settled_calls()
    assert call.status == CallStatus.ERROR
    assert call.completion_tokens is not None
    assert call.completion_tokens > 0


async def test_a_call_that_was_taken_for_dead_is_billed_when_it_ends(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    driven = chat_on_each.demo.drive("demo")
    async with openai_client(chat_on_each, await create_token(ada)) as door:
        creating = asyncio.create_task(door.chat.completions.create(model="demo", messages=HELLO, stream=True))
        call = await driven.next_call()
        await call.send("text")
        stream = await creating
        await close_dead_calls(await database_now() + 2 * LEASE)  # by a server that had not heard from this one
        [taken_for_dead] = await settled_calls()
        assert taken_for_dead.status == CallStatus.ERROR
        assert not taken_for_dead.usage_source
        await call.finish(usage={"prompt_tokens": 7, "completion_tokens": 5})
        assert await text_of(stream) == "text"
        async with asyncio.timeout(10):
            while not (billed := await Call.get()).usage_source:
                await asyncio.sleep(0.01)
    assert (billed.status, billed.prompt_tokens, billed.completion_tokens) == (CallStatus.SUCCESS, 7, 5)
    bucket = await UsageBucket.get(user_id=ada.user_id)
    assert (bucket.calls, bucket.errors, bucket.prompt_tokens, bucket.completion_tokens) == (1, 0, 7, 5)
    assert bucket.duration_ms == billed.duration_ms


@pytest.mark.parametrize("split_bytes", [None, 1])
async def test_a_byte_order_mark_does_not_pass(ada: Client, chat: Chat, split_bytes: int | None) -> None:
    chat.demo.script("demo", Script(bom=True, split_bytes=split_bytes))
    headers = {"authorization": f"Bearer {await create_token(ada)}"}
    body = {"model": "demo", "messages": HELLO, "stream": True}
    async with ada.http.post(f"{chat.origin}/v1/chat/completions", json=body, headers=headers) as response:
        assert (await response.read()).startswith(b"data: {")


@pytest.mark.parametrize("script", [Script(split_bytes=7), Script(crlf=True, comments=True), Script(one_write=True)])
async def test_whatever_the_network_splits_the_text_and_the_count_are_right(
    door: AsyncOpenAI, chat: Chat, script: Script
) -> None:
    chat.demo.script("demo", script)
    stream = await door.chat.completions.create(model="demo", messages=HELLO, stream=True)
    assert await text_of(stream) == "Hello world"
    [call] = await settled_calls()
    assert call.usage_source == UsageSource.PROVIDER


async def test_what_a_provider_never_counts_is_estimated(door: AsyncOpenAI, chat: Chat) -> None:
    chat.demo.script("demo", Script(chunks=("abcd" * 10,) * 5, usage=False, refuses_stream_options=True))
    stream = await door.chat.completions.create(model="demo", messages=HELLO, stream=True)
    assert await text_of(stream) == "abcd" * 50
    [call] = await settled_calls()
    assert (call.usage_source, call.completion_tokens) == (UsageSource.ESTIMATED, 50)


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"[]", b'{"model": "demo"}', b'{"messages": []}', b"[" * 400_000, b'{"model": "demo", "messages": 5}',
        b'{"model": "demo", "messages": [{"role": "user", "content": "x"}], "stream": true, "stream_options": 5}',
        b'{"model": "demo", "messages": [{"role": "user", "content": "x"}], "stream_options": "include_usage"}',
    ],
)  # fmt: skip
async def test_a_malformed_body_is_a_bad_request(chat: Chat, ada: Client, body: bytes) -> None:
    headers = {"authorization": f"Bearer {await create_token(ada)}"}
    async with ada.http.post(f"{chat.origin}/v1/chat/completions", data=body, headers=headers) as response:
        assert response.status == 400
        assert (await response.json())["error"]["type"] == "invalid_request_error"
    assert await Call.all().count() == 0


async def test_a_revoked_token_ends_its_streams(chat: Chat, ada: Client) -> None:
    created = (await ada.run(CREATE_WITH_ID))["createAccessToken"]
    driven = chat.demo.drive("demo")
    async with openai_client(chat, created["token"]) as door:
        stream, call = await asyncio.gather(
            door.chat.completions.create(model="demo", messages=HELLO, stream=True), _begin(driven, "one")
        )
        await ada.run("mutation ($id: ID!) { revokeAccessToken(id: $id) }", id=created["accessToken"]["id"])
        with pytest.raises(openai.APIError):
            await text_of(stream)
        await call.disconnected()
    [row] = await settled_calls()
    assert row.status == CallStatus.SUCCESS


CREATE_WITH_ID = """mutation { createAccessToken(input: {name: "a", scopes: [COMPLETIONS]}) {
    token accessToken { id } } }"""

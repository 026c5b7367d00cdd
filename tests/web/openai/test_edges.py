"""The bounds of the door: on bodies, requests, streams and memory, and errors in OpenAI's form for each."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import openai
import pytest

from gql_chat.usage.models import CallStatus, OpenCall, UsageSource
from gql_chat.users.models import UserRole
from gql_chat.web.openai.bodies import MAX_BYTES, MAX_BYTES_OF_USER, MAX_VALUES
from tests.support.chat import Chat, run_chat
from tests.support.client import Client
from tests.support.demo import Script
from tests.web.openai.door import HELLO, create_key, create_token, openai_client, settled_calls

BODY = {"model": "demo", "messages": HELLO}
MB = 1024 * 1024
CREATE_GROUP = "mutation ($input: CreateGroupInput!) { createGroup(input: $input) { id activationCode } }"
REDEEM = "mutation ($code: String!) { redeemActivationCode(code: $code) { id } }"


async def ask(
    chat: Chat, token: str, method: str = "POST", path: str = "chat/completions", **request: Any
) -> tuple[int, dict[str, Any], Mapping[str, str]]:
    """Return the status, the error and the headers of a response."""
    request.setdefault("headers", {})["authorization"] = f"Bearer {token}"
    async with chat.http.request(method, f"{chat.origin}/v1/{path}", **request) as response:
        return response.status, (await response.json()).get("error"), response.headers


@pytest.fixture
async def token(ada: Client) -> str:
    """Return a token of the scope, of Ada."""
    return await create_token(ada)


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "embeddings"), ("GET", "responses"), ("GET", ""), ("PUT", "a/b")]
)
async def test_a_path_that_is_not_served_is_not_found(chat: Chat, token: str, method: str, path: str) -> None:
    status, error, _ = await ask(chat, token, method, path)
    assert (status, error["type"], error["code"]) == (404, "invalid_request_error", "unknown_url")


@pytest.mark.parametrize(("method", "path"), [("POST", "chat/completions"), ("GET", "models"), ("GET", "models/demo")])
async def test_a_base_url_without_v1_is_told_the_paths(chat: Chat, token: str, method: str, path: str) -> None:
    async with chat.http.request(method, f"{chat.origin}/{path}", headers={"authorization": token}) as response:
        error = (await response.json())["error"]
    assert (response.status, error["code"]) == (404, "unknown_url")
    assert "/v1/chat/completions" in error["message"]


@pytest.mark.parametrize("authorization", ["", "Bearer ", "Bearer sk-proj-0123", "Bearer gqlchat_none"])
async def test_a_wrong_key_is_told_where_the_right_one_comes_from(chat: Chat, authorization: str) -> None:
    headers = {"authorization": authorization}
    async with chat.http.get(f"{chat.origin}/v1/models", headers=headers) as response:
        error = (await response.json())["error"]
    assert (response.status, error["code"]) == (401, "invalid_api_key")
    assert error["message"] == (
        "The API key is missing, wrong or revoked: send a personal access token of the scope COMPLETIONS, "
        "as `Authorization: Bearer gqlchat_…`."
    )


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "chat/completions", "POST"),
        ("DELETE", "chat/completions", "POST"),
        ("OPTIONS", "chat/completions", "POST"),
        ("POST", "models", "GET, HEAD"),
        ("DELETE", "models/demo", "GET, HEAD"),
    ],
)
async def test_another_method_is_not_allowed(chat: Chat, token: str, method: str, path: str, allowed: str) -> None:
    status, error, headers = await ask(chat, token, method, path)
    assert (status, error["code"], headers["allow"]) == (405, "method_not_supported", allowed)


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_that_is_too_large_is_refused(chat: Chat, token: str, announced: bool) -> None:
    body = json.dumps({**BODY, "padding": "x" * MAX_BYTES}).encode()

    async def parts() -> Any:
        for start in range(0, len(body), MB):
            yield body[start : start + MB]

    status, error, headers = await ask(chat, token, data=BytesIO(body) if announced else parts())
    assert (status, error["code"], headers["connection"]) == (413, "payload_too_large", "close")
    assert not await OpenCall.exists()
    assert chat.demo.requests == []


async def test_openais_client_is_told_that_a_body_is_too_large(chat: Chat, token: str) -> None:
    messages: Any = [{"role": "user", "content": "x" * (MAX_BYTES + MB)}]
    async with openai_client(chat, token) as door:
        with pytest.raises(openai.APIStatusError) as refused:
            await door.chat.completions.create(model="demo", messages=messages)
    assert refused.value.status_code == 413


async def test_the_largest_body_passes(chat: Chat, ada: Client, token: str) -> None:
    await create_key(ada, "Mine", chat.demo.base_url)
    body = {**BODY, "model": "Mine", "padding": ""}
    body["padding"] = "x" * (MAX_BYTES - len(json.dumps(body)))
    status, *_ = await ask(chat, token, data=BytesIO(json.dumps(body).encode()))
    assert status == 200
    assert len(chat.demo.requests[-1].body["padding"]) > MAX_BYTES - 1000


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**BODY, "padding": [[]] * MAX_VALUES}, None),
        ({"model": "demo", "messages": [{"role": "user", "content": "x"}] * 10_001}, "messages"),
    ],
    ids=["values", "messages"],
)
async def test_a_body_of_too_many_values_or_messages_is_refused(
    chat: Chat, token: str, body: dict[str, Any], field: str | None
) -> None:
    status, error, _ = await ask(chat, token, data=BytesIO(json.dumps(body).encode()))
    assert (status, error["param"]) == (400, field)
    assert not await OpenCall.exists()


async def test_many_small_values_count_as_the_memory_that_they_take(chat: Chat, ada: Client, token: str) -> None:
    await create_key(ada, "Mine", chat.demo.base_url)
    driven = chat.demo.drive("demo")
    body = json.dumps(
        {**BODY, "model": "Mine", "padding": [[]] * (MAX_VALUES - 100)}
    ).encode()  # 1.2 MB, of which 30 MB are made
    asked = [asyncio.create_task(ask(chat, token, data=BytesIO(body))) for _ in range(2)]
    calls = [await driven.next_call() for _ in asked]
    status, error, _ = await ask(chat, token, data=BytesIO(body))
    assert (status, error["code"]) == (429, "rate_limit_exceeded")
    for call in calls:
        await call.finish()
    assert [status for status, *_ in await asyncio.gather(*asked)] == [200, 200]


async def test_the_bodies_of_one_user_are_bounded_together_and_others_pass(
    chat: Chat, ada: Client, bob: Client
) -> None:
    tokens = await create_token(ada), await create_token(bob)
    async with AsyncExitStack() as stack:
        for _ in range(MAX_BYTES_OF_USER // MAX_BYTES):
            stack.push_async_callback(hang_up, await begin_body(chat, tokens[0], MAX_BYTES - 1))
        held = chat.server.application._completions._held._held
        async with asyncio.timeout(30):
            while held[ada.user_id] < MAX_BYTES_OF_USER // MAX_BYTES * (MAX_BYTES - 1):
                await asyncio.sleep(0.01)
        large = json.dumps({**BODY, "padding": "x" * 8 * MB}).encode()
        status, error, headers = await ask(chat, tokens[0], data=BytesIO(large))
        assert (status, error["code"], headers["retry-after"]) == (429, "rate_limit_exceeded", "1")
        assert (await ask(chat, tokens[1], json=BODY))[0] == 200
    await nothing_held(chat)


async def begin_body(chat: Chat, token: str, length: int) -> asyncio.StreamWriter:
    """Send a request but the last byte of its body."""
    _, writer = await asyncio.open_connection("127.0.0.1", int(chat.origin.rpartition(":")[2]))
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n"
    writer.write(f"{head}content-length: {length + 1}\r\n\r\n".encode() + b" " * length)
    await writer.drain()
    return writer


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Close a client's connection, whatever waits in it."""
    writer.transport.abort()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def nothing_held(chat: Chat) -> None:
    """Wait until the requests hold nothing any more."""
    async with asyncio.timeout(30):
        while chat.server.application._completions._held._held:
            await asyncio.sleep(0.01)


async def test_a_body_that_never_ends_is_given_up_and_leaves_its_place(sqlite_url: str, tmp_path: Path) -> None:
    settings = {"REQUEST_BODY_SILENCE_TIMEOUT_SECONDS": "0.2", "MAX_WEBSOCKETS_PER_USER": "1"}
    async with run_chat(sqlite_url, tmp_path, **settings) as chat:
        token = await create_token(await chat.sign_up("ada"))
        reader, writer = await asyncio.open_connection("127.0.0.1", int(chat.origin.rpartition(":")[2]))
        head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n"
        writer.write(f"{head}content-length: 1000\r\n\r\n{{".encode())
        async with asyncio.timeout(10):
            assert b"408" in await reader.readline()
            await reader.read()
        assert (await ask(chat, token, json=BODY))[0] == 200
        await nothing_held(chat)
        await hang_up(writer)


async def test_the_streams_of_a_user_are_bounded(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, MAX_WEBSOCKETS_PER_USER="1") as chat:
        ada, bob = await chat.sign_up("ada"), await chat.sign_up("bob")
        tokens, driven = (await create_token(ada), await create_token(bob)), chat.demo.drive("demo")
        first = asyncio.create_task(ask(chat, tokens[0], json=BODY))
        call = await driven.next_call()
        status, error, headers = await ask(chat, tokens[0], json=BODY)
        assert (status, error["code"], headers["retry-after"]) == (429, "rate_limit_exceeded", "30")
        other = asyncio.create_task(ask(chat, tokens[1], json=BODY))
        for under_way in (call, await driven.next_call()):
            await under_way.send("ok")
            await under_way.finish()
        assert [(await task)[0] for task in (first, other)] == [200, 200]


async def test_the_calls_of_a_user_at_once_are_bounded(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, MAX_REPLIES_PER_USER="1") as chat:
        token, driven = await create_token(await chat.sign_up("ada")), chat.demo.drive("demo")
        first = asyncio.create_task(ask(chat, token, json=BODY))
        call = await driven.next_call()
        status, error, headers = await ask(chat, token, json=BODY)
        assert (status, error["code"], headers["retry-after"]) == (429, "insufficient_quota", "5")
        assert "x-should-retry" not in headers
        await call.finish()
        assert (await first)[0] == 200


async def test_requests_per_minute_are_bounded_with_those_of_chats(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, RATE_LIMITS="on", SENDS_PER_MINUTE="2") as chat:
        ada, bob = await chat.sign_up("ada"), await chat.sign_up("bob")
        token = await create_token(ada)
        await ada.send("echo hi", wait=True)
        assert (await ask(chat, token, json=BODY))[0] == 200
        status, error, headers = await ask(chat, token, json=BODY)
        assert (status, error["type"], error["code"]) == (429, "requests", "rate_limit_exceeded")
        assert 0 < int(headers["retry-after"]) <= 30
        assert len(await settled_calls()) == 2
        assert (await ask(chat, await create_token(bob), json=BODY))[0] == 200


async def test_the_budget_of_operations_bounds_requests_that_send_nothing(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, RATE_LIMITS="on", OPERATIONS_PER_MINUTE_PER_USER="10") as chat:
        token = await create_token(await chat.sign_up("ada"))
        statuses = [(await ask(chat, token, "GET", "models"))[0] for _ in range(6)]
        assert statuses == [200] * 5 + [429]  # a token has half of its user's budget


async def test_a_client_that_reads_nothing_is_left_and_its_provider_is_not_read_ahead(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with run_chat(sqlite_url, tmp_path, WRITE_TIMEOUT_SECONDS="0.5") as chat:
        token = await create_token(await chat.sign_up("ada"))
        chat.demo.script("demo", Script(chunks=("x" * MB,) * 64))
        _, writer = await asyncio.open_connection("127.0.0.1", int(chat.origin.rpartition(":")[2]), limit=1)
        body = json.dumps({**BODY, "stream": True})
        head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n"
        writer.write(f"{head}content-length: {len(body)}\r\n\r\n{body}".encode())
        while not await OpenCall.exists():
            await asyncio.sleep(0.01)
        [call] = await settled_calls()
        await hang_up(writer)
    assert (call.status, call.usage_source) == (CallStatus.SUCCESS, UsageSource.ESTIMATED)
    assert call.completion_tokens is not None
    # What systems keep of a connection is some megabytes, and 4 characters are a token.
    assert 64 * 1024 < call.completion_tokens < 32 * MB / 4


async def test_a_long_answer_that_is_not_counted_is_estimated_by_its_beginning(
    chat: Chat, ada: Client, token: str
) -> None:
    chat.demo.script("demo", Script(chunks=("é" * 100,) * 10_000, usage=False, refuses_stream_options=True))
    # Not by OpenAI's client, which takes a millisecond for each of 10,000 chunks.
    headers = {"authorization": f"Bearer {token}"}
    async with chat.http.post(
        f"{chat.origin}/v1/chat/completions", json={**BODY, "stream": True}, headers=headers
    ) as answer:
        *events, done, nothing = (await answer.text()).split("\n\n")
    choices = [choice for event in events for choice in json.loads(event.removeprefix("data: "))["choices"]]
    assert sum(len(choice["delta"].get("content") or "") for choice in choices) == 1_000_000
    assert (done, nothing) == ("data: [DONE]", "")
    [call] = await settled_calls()
    assert call.completion_tokens is not None
    assert abs(call.completion_tokens / 400_000 - 1) < 0.02


async def test_a_whole_answer_counts_among_what_the_user_holds(chat: Chat, ada: Client, token: str) -> None:
    held = chat.server.application._completions._held
    chat.demo.script("demo", Script(chunks=("x" * 2 * MB,)))
    with held.of(ada.user_id) as hold:
        hold(MAX_BYTES_OF_USER - 3 * MB)
        status, error, _ = await ask(chat, token, json=BODY)
        assert (status, error["code"]) == (429, "rate_limit_exceeded")
    assert (await ask(chat, token, json=BODY))[0] == 200
    await nothing_held(chat)


async def test_a_groups_quota_bounds_its_members(chat: Chat, ada: Client, token: str) -> None:
    group_id = await lend_key(chat, ada, "Team", monthlyTokenQuota=3000)
    async with openai_client(chat, token) as door:
        answer = await door.chat.completions.create(model="Team", messages=HELLO)
        assert answer.usage is not None
        assert 1000 <= chat.demo.requests[-1].body["max_tokens"] <= 1500
        with pytest.raises(openai.RateLimitError) as refused:
            await door.chat.completions.create(model="Team", messages=HELLO, max_tokens=5000)
        assert (refused.value.code, "“Team”" in refused.value.message) == ("insufficient_quota", True)
    [call] = await settled_calls()
    assert (call.group_id, call.completion_tokens) == (group_id, answer.usage.completion_tokens)
    assert len(chat.demo.requests) == 1


async def test_a_model_that_a_lent_key_is_not_for_is_not_found(chat: Chat, ada: Client, token: str) -> None:
    await lend_key(chat, ada, "Team")
    status, error, _ = await ask(chat, token, json={**BODY, "model": "dear"})
    assert (status, error["code"], error["param"]) == (404, "model_not_found", "model")
    assert chat.demo.requests == []


async def lend_key(chat: Chat, member: Client, name: str, **group: Any) -> str:
    """Lend a key of this name to a group of this name with this member, and return the group's id."""
    boss = await chat.sign_up("boss", UserRole.ADMIN)
    created = await boss.run(CREATE_GROUP, input={"name": name, **group})
    await member.run(REDEEM, code=created["createGroup"]["activationCode"])
    group_id: str = created["createGroup"]["id"]
    await create_key(boss, name, chat.demo.base_url, groupId=group_id)
    return group_id


async def test_pages_of_allowed_origins_can_use_the_door(sqlite_url: str, tmp_path: Path) -> None:
    friend, stranger = "https://notes.example.com", "https://evil.example"
    async with run_chat(sqlite_url, tmp_path, ALLOWED_ORIGINS=friend) as chat:
        token = await create_token(await chat.sign_up("ada"))
        asked = "authorization,content-type,x-stainless-lang,x-stainless-retry-count,x-stainless-timeout"
        preflight = {"access-control-request-method": "POST", "access-control-request-headers": asked}
        for origin, status in ((friend, 200), (stranger, 400)):
            headers = {"origin": origin, **preflight}
            async with chat.http.options(f"{chat.origin}/v1/chat/completions", headers=headers) as response:
                assert response.status == status
        for request in ({"json": BODY}, {"data": b"{"}, {"path": "none"}, {"method": "GET"}):
            for origin, allowed in ((friend, friend), (stranger, None)):
                _, _, received = await ask(chat, token, headers={"origin": origin}, **request)
                assert received.get("access-control-allow-origin") == allowed

"""The protocol as OpenAI's own client and a bare HTTP client see it."""

import asyncio
import logging
import time

import aiohttp
import pytest
from openai import AsyncOpenAI

from tests.demo.conftest import Client
from tests.support.demo import DemoServer, Script


async def test_openais_client_reads_a_stream(server: DemoServer) -> None:
    server.script("m", Script(chunks=["你好", "，世界 👋"], reasoning=["Hm"]))
    async with AsyncOpenAI(base_url=server.base_url, api_key="k") as openai:
        stream = await openai.chat.completions.create(
            model="m",
            messages=[{"role": "user", "content": "Say hello"}],
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = [chunk async for chunk in stream]
    assert [chunk.choices[0].delta.content for chunk in chunks if chunk.choices] == [
        "",
        None,
        "你好",
        "，世界 👋",
        None,
    ]
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[1].choices[0].delta.model_extra == {"reasoning_content": "Hm"}
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].choices == []
    usage = chunks[-1].usage
    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (2, 7, 9)
    assert {chunk.id for chunk in chunks} == {"chatcmpl-demo000001"}


async def test_openais_client_reads_a_whole_answer_and_the_models(server: DemoServer) -> None:
    async with AsyncOpenAI(base_url=server.base_url, api_key="k") as openai:
        answer = await openai.chat.completions.create(model="demo", messages=[{"role": "user", "content": "2+3*4"}])
        models = [model.id async for model in openai.models.list()]
    assert answer.choices[0].message.content == "2 + 3 × 4 = 14 🧮"
    assert answer.choices[0].finish_reason == "stop"
    assert models == ["demo", "demo-reasoning"]


async def test_chunks_have_the_shape_of_openais(client: Client) -> None:
    first, *_, last, done = await client.chunks("demo", messages=[{"role": "user", "content": "echo Hi"}])
    created = first.pop("created")
    assert abs(created - time.time()) < 60
    assert first == {
        "id": "chatcmpl-demo000001",
        "object": "chat.completion.chunk",
        "model": "demo",
        "choices": [
            {"index": 0, "delta": {"role": "assistant", "content": ""}, "logprobs": None, "finish_reason": None}
        ],
    }
    assert last["choices"] == [{"index": 0, "delta": {}, "logprobs": None, "finish_reason": "stop"}]
    assert done == "[DONE]"


async def test_the_reasoning_model_thinks_before_it_answers(client: Client) -> None:
    chunks = await client.chunks("demo-reasoning", messages=[{"role": "user", "content": "echo Hi"}])
    deltas = [next(iter(chunk["choices"][0]["delta"]), None) for chunk in chunks[1:-1]]
    assert deltas == ["reasoning_content"] * deltas.count("reasoning_content") + ["content", None]
    assert deltas.count("reasoning_content") > 10


async def test_a_token_limit_cuts_the_rule_based_answer(client: Client) -> None:
    _, answer = await client.answer("demo", messages=[{"role": "user", "content": "count to 9"}], max_tokens=3)
    assert answer["choices"][0]["message"]["content"] == "1, 2"
    assert answer["choices"][0]["finish_reason"] == "length"


async def test_requests_are_recorded_in_order_and_without_secrets_in_their_repr(
    server: DemoServer, client: Client
) -> None:
    await client.answer("demo", temperature=0.5)
    async with client.session.post(
        client.url, json={"model": "nobody", "messages": [{}]}, headers={"Authorization": "Bearer sk-secret"}
    ):
        pass
    assert [request.model for request in server.requests] == ["demo", "nobody"]
    assert server.requests[0].body["temperature"] == 0.5
    assert server.requests[1].headers["authorization"] == "Bearer sk-secret"
    assert "sk-secret" not in repr(server.requests)


async def test_a_port_in_use_is_an_error(server: DemoServer) -> None:
    port = int(server.base_url.removesuffix("/v1").rpartition(":")[2])
    with pytest.raises(OSError, match="address already in use"):
        await DemoServer(port=port).__aenter__()


@pytest.mark.parametrize(
    ("authorization", "status"), [("Bearer right", 200), ("Bearer wrong", 401), ("right", 401), (None, 401)]
)
async def test_a_server_with_an_api_key_asks_for_it(authorization: str | None, status: int) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    async with DemoServer(api_key="right") as server, aiohttp.ClientSession(headers=headers) as session:
        assert (await Client(session, server.base_url).answer("demo", max_tokens=1))[0] == status
        async with session.get(f"{server.base_url}/models") as response:
            assert response.status == status
            body = await response.json()
    assert status == 200 or body["error"]["code"] == "invalid_api_key"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b"{", None),
        (b"[]", None),
        (b'"\xff"', None),
        (b"{}", "model"),
        (b'{"model": 1, "messages": [{}]}', "model"),
        (b'{"model": "demo"}', "messages"),
        (b'{"model": "demo", "messages": []}', "messages"),
        (b'{"model": "demo", "messages": ["hi"]}', "messages"),
        (b'{"model": "demo", "messages": [{}], "max_tokens": "x"}', "max_tokens"),
        (b'{"model": "demo", "messages": [{}], "max_tokens": 0}', "max_tokens"),
    ],
)
async def test_bad_bodies_are_400_and_not_recorded(
    server: DemoServer, client: Client, body: bytes, param: str | None
) -> None:
    async with client.session.post(client.url, data=body) as response:
        assert response.status == 400
        error = (await response.json())["error"]
    assert (error["type"], error["param"]) == ("invalid_request_error", param)
    assert server.requests == []


async def test_an_unknown_model_is_404(client: Client) -> None:
    status, body = await client.answer("nobody", stream=True)
    assert status == 404
    assert body["error"] == {
        "message": "The model `nobody` does not exist or you do not have access to it.",
        "type": "invalid_request_error",
        "param": None,
        "code": "model_not_found",
    }


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/nothing"), ("GET", "/v1/chat/completions"), ("POST", "/")])
async def test_unknown_paths_and_methods_are_404(server: DemoServer, client: Client, method: str, path: str) -> None:
    async with client.session.request(method, server.base_url.removesuffix("/v1") + path) as response:
        assert response.status == 404
        assert (await response.json())["error"]["message"] == f"Invalid URL ({method} {path})"


async def test_fifty_streams_at_once_are_complete_and_in_order(server: DemoServer) -> None:
    numbers = [f"{number} " for number in range(40)]
    server.script("m", Script(chunks=numbers, pace_seconds=0.001))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        client = Client(session, server.base_url)
        streams = await asyncio.gather(*(client.chunks("m") for _ in range(50)))
    for chunks in streams:
        assert [chunk["choices"][0]["delta"]["content"] for chunk in chunks[1:-2]] == numbers
    assert len({chunks[0]["id"] for chunks in streams}) == 50


async def test_it_stops_at_once_though_streams_are_open(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with aiohttp.ClientSession() as session:
        async with DemoServer() as server:
            server.script("stalled", Script(stall_after=1))
            server.script("slow", Script(pace_seconds=60))
            driven = server.drive("driven")
            client = Client(session, server.base_url)
            stalled = await client.post("stalled", stream=True)
            slow = await client.post("slow", stream=True)
            pending = asyncio.ensure_future(client.answer("driven"))
            call = await driven.next_call()
            began = time.monotonic()
        assert time.monotonic() - began < 2
        await call.disconnected()
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await pending
        for response in (stalled, slow):
            with pytest.raises(aiohttp.ClientPayloadError):
                await response.read()
    assert caplog.records == []


async def test_a_client_that_leaves_makes_no_noise(
    server: DemoServer, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    server.script("m", Script(chunks=["x" * 100_000] * 100))
    response = await client.post("m", stream=True)
    await response.content.readany()
    response.close()
    assert (await client.answer("demo"))[0] == 200
    assert caplog.records == []

"""Every order that a test can give, as it arrives at the client."""

import asyncio
import logging
from typing import Any

import aiohttp
import pytest

from tests.demo.conftest import Client, parse
from tests.support.demo import DemoServer, Script, failures

FRAMINGS = [
    Script(),
    Script(one_write=True),
    Script(split_bytes=1),
    Script(split_bytes=7),
    Script(split_bytes=1_000),
]


def deltas(chunks: list[Any], name: str = "content") -> list[str]:
    """Return what the chunks after the first say."""
    found = [choice["delta"].get(name) for chunk in chunks[1:] if chunk != "[DONE]" for choice in chunk["choices"]]
    return [text for text in found if text is not None]


async def read_until_it_breaks(response: aiohttp.ClientResponse) -> bytes:
    """Return the body of a response whose connection is lost."""
    body = b""
    try:
        async for data in response.content.iter_any():
            body += data
    except aiohttp.ClientPayloadError:
        return body
    pytest.fail("the body came to its end")


async def test_the_default_script_says_hello(server: DemoServer, client: Client) -> None:
    server.script("m", Script())
    chunks = await client.chunks("m")
    assert deltas(chunks) == ["Hello", " world"]
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks[:-1]] == [None, None, None, "stop"]
    assert all("usage" not in chunk for chunk in chunks[:-1])
    assert chunks[-1] == "[DONE]"


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
async def test_reasoning_comes_first_in_the_field_asked_for(server: DemoServer, client: Client, field: Any) -> None:
    server.script("m", Script(reasoning=["a", "b"], reasoning_field=field))
    chunks = await client.chunks("m")
    assert [next(iter(chunk["choices"][0]["delta"])) for chunk in chunks[1:5]] == [field, field, "content", "content"]
    assert deltas(chunks, field) == ["a", "b"]
    _, answer = await client.answer("m")
    assert answer["choices"][0]["message"][field] == "ab"


async def test_forms_of_other_providers(server: DemoServer, client: Client) -> None:
    pages = ["https://a.example"]
    script = Script(text_field="refusal", finish_reason_everywhere=True, citations=pages, usage_in_choice=True)
    server.script("m", script)
    chunks = await client.chunks("m", stream_options={"include_usage": True})
    assert deltas(chunks, "refusal") == ["Hello", " world"]
    assert [(chunk["choices"][0]["finish_reason"], chunk["citations"]) for chunk in chunks[:-1]] == [
        ("stop", pages)
    ] * 4
    counts = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    usage = counts | {"completion_tokens_details": {"reasoning_tokens": 0}}
    assert (chunks[-2]["choices"][0]["usage"], chunks[-2].get("usage")) == (usage, None)
    _, answer = await client.answer("m")
    (choice,) = answer["choices"]
    assert (choice["message"]["refusal"], choice["message"]["content"]) == ("Hello world", None)
    assert (choice["usage"], answer.get("usage"), answer["citations"]) == (usage, None, pages)


async def test_usage_is_sent_apart_to_whom_asked(server: DemoServer, client: Client) -> None:
    server.script("m", Script(reasoning=["One two"]))
    chunks = await client.chunks("m", stream_options={"include_usage": True})
    assert [chunk["usage"] for chunk in chunks[:-2]] == [None] * 5
    assert chunks[-2]["choices"] == []
    assert chunks[-2]["usage"] == {
        "prompt_tokens": 1,
        "completion_tokens": 4,
        "total_tokens": 5,
        "completion_tokens_details": {"reasoning_tokens": 2},
    }


async def test_usage_always_is_beside_the_finish_reason_unless_asked_for(server: DemoServer, client: Client) -> None:
    server.script("m", Script(usage_always=True, usage=False))
    last = (await client.chunks("m"))[-2]
    assert (last["choices"][0]["finish_reason"], last["usage"]["total_tokens"]) == ("stop", 3)
    asked = await client.chunks("m", stream_options={"include_usage": True})
    assert (asked[-2]["choices"], asked[-2]["usage"]["total_tokens"]) == ([], 3)


async def test_usage_can_be_withheld(server: DemoServer, client: Client) -> None:
    server.script("m", Script(usage=False))
    chunks = await client.chunks("m", stream_options={"include_usage": True})
    assert [chunk.get("usage") for chunk in chunks[:-1]] == [None] * 4
    _, answer = await client.answer("m", stream=False)
    assert "usage" not in answer


async def test_stream_options_can_be_refused(server: DemoServer, client: Client) -> None:
    server.script("m", Script(refuses_stream_options=True))
    status, body = await client.answer("m", stream=True, stream_options={"include_usage": True})
    assert (status, body["error"]["param"]) == (400, "stream_options")
    assert deltas(await client.chunks("m")) == ["Hello", " world"]


async def test_the_finish_reason_and_done_can_be_left_out(server: DemoServer, client: Client) -> None:
    server.script("m", Script(finish_reason=None, done=False))
    chunks = await client.chunks("m")
    assert [chunk["choices"][0]["delta"] for chunk in chunks[1:]] == [{"content": "Hello"}, {"content": " world"}]


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (failures.invalid_api_key(), 401, "invalid_api_key"),
        (failures.rate_limited(), 429, "rate_limit_exceeded"),
        (failures.insufficient_quota(), 429, "insufficient_quota"),
        (failures.model_not_found("m"), 404, "model_not_found"),
        (failures.context_length_exceeded(), 400, "context_length_exceeded"),
        (failures.content_filtered(), 400, "content_filter"),
        (failures.server_error(), 500, None),
        (failures.overloaded(), 503, "overloaded"),
    ],
)
@pytest.mark.parametrize("stream", [True, False])
async def test_a_failure_takes_the_answers_place(
    server: DemoServer, client: Client, failure: failures.Failure, status: int, code: str | None, stream: bool
) -> None:
    server.script("m", Script(fail=failure))
    seen, body = await client.answer("m", stream=stream)
    assert (seen, body["error"]["code"]) == (status, code)
    assert set(body["error"]) == {"message", "type", "param", "code"}


@pytest.mark.parametrize("sent", [0, 1, 2])
async def test_an_error_ends_the_stream(server: DemoServer, client: Client, sent: int) -> None:
    server.script("m", Script(error_after=sent, stream_error=failures.rate_limited()[1]))
    *before, last = await client.chunks("m")
    assert deltas(before) == ["Hello", " world"][:sent]
    assert last["error"]["code"] == "rate_limit_exceeded"
    assert (await client.answer("m"))[0] == 500


@pytest.mark.parametrize("framing", [{}, {"one_write": True}, {"split_bytes": 5}])
@pytest.mark.parametrize("sent", [0, 1, 2])
async def test_a_cut_loses_the_connection_but_nothing_before_it(
    server: DemoServer, client: Client, caplog: pytest.LogCaptureFixture, sent: int, framing: Any
) -> None:
    caplog.set_level(logging.WARNING)
    server.script("m", Script(cut_after=sent, **framing))
    async with client.post("m", stream=True) as response:
        body = await read_until_it_breaks(response)
    assert deltas(parse(body)) == ["Hello", " world"][:sent]
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await client.answer("m")
    assert caplog.records == []


async def test_garbage_is_no_json_and_the_stream_goes_on(server: DemoServer, client: Client) -> None:
    server.script("m", Script(garbage_after=1))
    body = await client.body("m")
    events = body.split(b"\n\n")
    assert events[2].startswith(b'data: {"id": "chatcmpl-\xff')
    assert deltas(parse(b"\n\n".join(events[:2] + events[3:]))) == ["Hello", " world"]
    async with client.post("m") as response:
        assert (response.status, (await response.read())[:6]) == (200, b'{"id":')


async def test_a_stalled_stream_says_nothing_more_and_stays_open(server: DemoServer, client: Client) -> None:
    server.script("m", Script(stall_after=1, one_write=True))
    async with client.post("m", stream=True) as response:
        begun = parse(await response.content.readany())
        assert deltas(begun) == ["Hello"]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await response.content.readany()
        assert not response.content.at_eof()


async def test_a_redirect_points_elsewhere(server: DemoServer, client: Client) -> None:
    server.script("m", Script(redirect_to="http://127.0.0.1:1/v1"))
    async with client.post("m", stream=True) as response:
        assert (response.status, response.headers["Location"]) == (307, "http://127.0.0.1:1/v1")


@pytest.mark.parametrize("framing", FRAMINGS)
async def test_the_framing_of_writes_changes_no_byte(server: DemoServer, client: Client, framing: Script) -> None:
    text = ["你", "好 👨‍👩‍👧", " é"]
    server.script("m", Script(chunks=text, one_write=framing.one_write, split_bytes=framing.split_bytes))
    assert deltas(await client.chunks("m")) == text


async def test_one_write_reaches_the_client_as_one_piece(server: DemoServer, client: Client) -> None:
    server.script("m", Script(one_write=True, chunks=["x"] * 20))
    async with client.post("m", stream=True) as response:
        pieces = [piece async for piece, complete in response.content.iter_chunks() if complete]
    assert len(pieces) == 1


async def test_split_writes_have_the_size_asked_for(server: DemoServer, client: Client) -> None:
    server.script("m", Script(split_bytes=100, chunks=["你好"] * 20))
    async with client.post("m", stream=True) as response:
        # A chunk of the transfer encoding is one write; its parts are put together until the encoding says it is whole.
        sizes, size = [], 0
        async for piece, complete in response.content.iter_chunks():
            size += len(piece)
            if complete:
                sizes.append(size)
                size = 0
    assert set(sizes[:-1]) == {100}
    assert 0 < sizes[-1] <= 100


async def test_crlf_and_comments_frame_the_events(server: DemoServer, client: Client) -> None:
    server.script("m", Script(crlf=True, comments=True))
    body = await client.body("m")
    assert body.replace(b"\r\n", b"").count(b"\n") == 0
    events = body.split(b"\r\n\r\n")
    assert events[0::2] == [b": keep-alive"] * 5 + [b""]
    assert parse(b"\n\n".join(events[1::2]))[-1] == "[DONE]"


async def test_the_first_token_can_be_late(server: DemoServer, client: Client) -> None:
    server.script("m", Script(first_token_delay_seconds=60))
    async with client.post("m", stream=True) as response:
        [role] = parse(await response.content.readany())
        assert role["choices"][0]["delta"] == {"role": "assistant", "content": ""}

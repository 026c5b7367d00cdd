"""Connections to providers that end at the wrong moment, compressed answers, and long header lines."""

import asyncio
import gzip
import json
import ssl
import zlib
from codecs import BOM_UTF8
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from gql_chat.errors import ProviderErrorCode, ProviderFailed
from gql_chat.generation.provider import transport
from gql_chat.generation.provider.call import ProviderCall
from gql_chat.generation.provider.completion_body import MAX_VALUES
from gql_chat.generation.provider.endpoint import Endpoint, Reach
from gql_chat.generation.provider.llm import LLM
from gql_chat.generation.provider.passing_on.passed_call import LARGE_READ_BYTES
from tests.support.backing_services.mail_server import HOST, client_tls, server_tls
from tests.support.increments import each

MESSAGES = [{"role": "user", "content": "Say hello."}]
TEXT = "Hello, world"
BODY = b'data: {"choices": [{"delta": {"content": "%b"}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n' % TEXT.encode()


@pytest.fixture
async def llm() -> AsyncIterator[LLM]:
    async with LLM(reach=Reach([ip_network("127.0.0.0/8")])) as client:
        yield client


@dataclass
class Provider:
    """A server whose connections answer as `answers` says: one answer per request, then the connection is closed."""

    base_url: str = ""
    answers: list[list[bytes]] = field(default_factory=list)
    """Per connection, in the order in which they are made."""
    hangs_up: bool = False
    """Whether a connection is closed behind its last answer, whoever waits for more of it."""
    requests: int = 0
    closed: asyncio.Queue[int] = field(default_factory=asyncio.Queue)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers = self.answers.pop(0)
        try:
            for answer in answers:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
                await reader.readexactly(int(length.split(b":")[1]))
                self.requests += 1
                if not answer:
                    break
                writer.write(answer)
            else:
                if not self.hangs_up:
                    await reader.read(1)
        except asyncio.IncompleteReadError:
            pass
        writer.close()
        self.closed.put_nowait(len(self.answers))


@asynccontextmanager
async def provider(*answers: Sequence[bytes], tls: ssl.SSLContext | None = None) -> AsyncIterator[Provider]:
    serving = Provider(answers=[list(each) for each in answers])
    async with await asyncio.start_server(serving.serve, "127.0.0.1", 0, ssl=tls) as server:
        host = HOST if tls else "127.0.0.1"
        serving.base_url = f"http{'s' if tls else ''}://{host}:{server.sockets[0].getsockname()[1]}/v1"
        yield serving


def response(body: bytes = BODY, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


async def reply_of(llm: LLM, base_url: str) -> str:
    async with (await llm.client()).stream(Endpoint(base_url, "key", "m"), MESSAGES) as call:
        return "".join(await texts_of(call))


async def texts_of(call: ProviderCall) -> list[str]:
    texts: list[str] = []
    await call.read(each(lambda increment: texts.append(increment.text)))
    return texts


HANGS_UP = b""  # the connection is closed where an answer is due


async def test_a_kept_connection_that_the_provider_hangs_up_costs_nobody_a_failure(llm: LLM) -> None:
    async with provider([response(), HANGS_UP], [response()]) as serving:
        assert await reply_of(llm, serving.base_url) == TEXT
        assert await reply_of(llm, serving.base_url) == TEXT
    assert serving.requests == 3


async def test_a_request_on_a_new_connection_is_never_repeated(llm: LLM) -> None:
    async with provider([HANGS_UP], [response()]) as serving:
        with pytest.raises(ProviderFailed) as failed:
            await reply_of(llm, serving.base_url)
    assert failed.value.provider_code is ProviderErrorCode.UNREACHABLE
    assert serving.requests == 1


async def test_a_request_is_repeated_once_and_on_a_new_connection(llm: LLM) -> None:
    async with provider([response(), HANGS_UP], [HANGS_UP], [response()]) as serving:
        assert await reply_of(llm, serving.base_url) == TEXT
        with pytest.raises(ProviderFailed) as failed:
            await reply_of(llm, serving.base_url)
    assert failed.value.provider_code is ProviderErrorCode.UNREACHABLE
    assert serving.requests == 3


async def test_a_request_whose_answer_has_begun_is_not_repeated(llm: LLM) -> None:
    async with provider([response(), response()[:-30]], [response()]) as serving:
        serving.hangs_up = True
        assert await reply_of(llm, serving.base_url) == TEXT
        with pytest.raises(ProviderFailed) as failed:
            await reply_of(llm, serving.base_url)
    assert failed.value.message == "The connection was lost before the provider's answer was complete."
    assert serving.requests == 2


@pytest.mark.parametrize("status", ["500 Internal Server Error", "429 Too Many Requests"])
async def test_a_connection_is_closed_after_a_refusal(llm: LLM, status: str) -> None:
    async with provider([response(b'{"error": "no"}', status)], [response()]) as serving:
        with pytest.raises(ProviderFailed):
            await reply_of(llm, serving.base_url)
        assert await asyncio.wait_for(serving.closed.get(), 5) == 1
        assert await reply_of(llm, serving.base_url) == TEXT


async def test_a_refusal_says_how_long_to_wait(llm: LLM) -> None:
    async with provider([response(b'{"error": "no"}', "429 Too Many Requests", "Retry-After: 7")]) as serving:
        with pytest.raises(ProviderFailed) as failed:
            await reply_of(llm, serving.base_url)
    assert failed.value.retry_after_seconds == 7


async def test_an_answer_is_read_over_tls_and_its_connection_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "_tls_context", lambda: client_tls(tmp_path))
    chunked = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (BODY[:-14], BODY[-14:], b""))
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked
    async with (
        LLM(reach=Reach([ip_network("127.0.0.0/8")])) as llm,
        provider([answer, answer, response()], tls=server_tls(tmp_path)) as serving,
    ):
        for _ in range(3):
            assert await reply_of(llm, serving.base_url) == TEXT
    assert serving.requests == 3


async def test_a_certificate_that_is_not_trusted_is_named_as_the_fault(llm: LLM, tmp_path: Path) -> None:
    async with provider([response()], tls=server_tls(tmp_path)) as serving:
        with pytest.raises(ProviderFailed, match="certificate is not valid, or this server does not trust") as failed:
            await reply_of(llm, serving.base_url)
    assert failed.value.provider_code == ProviderErrorCode.UNREACHABLE
    assert serving.requests == 0


LARGE_BYTES = 16_000_000
LARGE = [{"role": "user", "content": "x" * LARGE_BYTES}]


async def test_a_large_request_arrives_whole_and_its_connection_is_kept(llm: LLM) -> None:
    async with provider([response(), response()]) as serving:
        for _ in range(2):
            async with (await llm.client()).stream(Endpoint(serving.base_url, "key", "m"), LARGE) as call:
                assert "".join(await texts_of(call)) == TEXT
    assert serving.requests == 2


@pytest.mark.parametrize("status", ["413 Content Too Large", "200 OK"])
async def test_an_answer_to_a_part_of_a_large_request_is_read_and_the_rest_is_not_sent(llm: LLM, status: str) -> None:
    answered, ended = asyncio.Event(), asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(response(BODY if status == "200 OK" else b'{"error": "no"}', status))
        await answered.wait()
        ended.set_result(len(await reader.read()))
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server, asyncio.timeout(10):
        endpoint = Endpoint(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", "key", "m")
        with suppress(ProviderFailed):
            async with (await llm.client()).stream(endpoint, LARGE) as call:
                assert "".join(await texts_of(call)) == TEXT
        answered.set()
        assert await ended < LARGE_BYTES


@pytest.mark.parametrize(("encoding", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
async def test_a_compressed_answer_is_read(llm: LLM, encoding: str, compress: Callable[[bytes], bytes]) -> None:
    async with provider([response(compress(BODY), "200 OK", f"Content-Encoding: {encoding}")]) as serving:
        assert await reply_of(llm, serving.base_url) == TEXT


@pytest.mark.parametrize("size", [1, 7, 10_000])
async def test_an_answer_of_several_gzip_members_is_read_and_padding_is_not(llm: LLM, size: int) -> None:
    members = [gzip.compress(BODY[start : start + 50]) for start in range(0, len(BODY), 50)]
    compressed = b"".join([gzip.compress(b""), *members, bytes(100)])
    parts = [compressed[start : start + size] for start in range(0, len(compressed), size)]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with provider([head + chunks]) as serving:
        assert await reply_of(llm, serving.base_url) == TEXT


async def test_a_compressed_answer_is_read_step_by_step(llm: LLM) -> None:
    # Two megabytes in two thousand bytes: a bomb of any size costs no more memory than the text that is read of it.
    content = json.dumps({"choices": [{"delta": {"content": "x" * 1000}}]}).encode()
    body = (b"data: " + content + b"\n\n") * 2000 + BODY
    async with (
        provider([response(gzip.compress(body), "200 OK", "Content-Encoding: gzip")]) as serving,
        (await llm.client()).stream(Endpoint(serving.base_url, "key", "m"), MESSAGES) as call,
    ):
        texts = await texts_of(call)
    assert "".join(texts) == "x" * 2_000_000 + TEXT
    assert max(map(len, texts)) <= 256 * 1024


async def passed_on(llm: LLM, base_url: str, **asked: Any) -> bytes:
    """Return the bytes of an answer as an OpenAI client gets them."""
    parts = []
    async with (await llm.client()).pass_on(
        Endpoint(base_url, "key", "m"), {"messages": MESSAGES, "stream": True, **asked}
    ) as call:
        while part := await call.read():
            parts.append(part)
    return b"".join(parts)


MANY_VALUES = b"[%b0]" % (b"0," * MAX_VALUES)  # which json would decode for as long as they are many


@pytest.mark.parametrize(
    ("body", "content_type", "message"),
    [
        (
            b'{"choices": [{"message": {"content": "whole"}}], "more": %b}' % MANY_VALUES,
            "application/json",
            "The provider sent something that is not a chat completion.",
        ),
        (b'{"more": %b}' % MANY_VALUES, "application/json", "The provider sent an answer without a message."),
        (b"<html>Sign in</html>", "text/html; charset=utf-8", "The provider answered with a web page."),
        (b"", "text/event-stream", "The provider sent an empty answer."),
        (b"<html>Sign in</html>", "text/event-stream", "The provider answered with a web page."),
        (b"[]", "application/json", "The provider sent something that is not a chat completion."),
        (b"{}", "application/json", "The provider sent an answer without a message."),
        (b'{"detail": "out"}', "application/json", "The provider is not able to answer now. It says: out"),
        (
            b'{"object": "error", "message": "out"}',
            "text/event-stream",
            "The provider is not able to answer now. It says: out",
        ),
    ],
)
async def test_what_is_no_stream_is_not_passed_on_as_one(
    llm: LLM, body: bytes, content_type: str, message: str
) -> None:
    async with provider([response(body, "200 OK", f"Content-Type: {content_type}")]) as serving:
        with pytest.raises(ProviderFailed) as failed:
            await passed_on(llm, serving.base_url)
    assert failed.value.message == message


CALLS = b'{"content":null,"tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}},{"id":"b"}]}'
DELTA = CALLS.replace(b'{"id"', b'{"index":0,"id"', 1).replace(b'{"id"', b'{"index":1,"id"')
CHOICE = b'{"index":0,"finish_reason":"tool_calls","message":%b}' % CALLS
WHOLE = b'{"id":"1","object":"chat.completion","choices":[%b],"usage":{"total_tokens":3}}' % CHOICE
PIECE = b'{"index":0,"finish_reason":"tool_calls","delta":%b}' % DELTA
CHUNK = b'data: {"id":"1","object":"chat.completion.chunk","choices":[%b]}\n\n' % PIECE
COUNT = b'data: {"id":"1","object":"chat.completion.chunk","choices":[],"usage":{"total_tokens":3}}\n\n'


@pytest.mark.parametrize("start", [b"", b"\n\n", BOM_UTF8])
@pytest.mark.parametrize("content_type", ["application/json", "text/event-stream", "text/html"])
@pytest.mark.parametrize(("asked", "count"), [({}, b""), ({"stream_options": {"include_usage": True}}, COUNT)])
async def test_a_whole_answer_to_a_request_for_a_stream_becomes_one(
    llm: LLM, content_type: str, start: bytes, asked: dict[str, Any], count: bytes
) -> None:
    async with provider([response(start + WHOLE, "200 OK", f"Content-Type: {content_type}")]) as serving:
        passed = await passed_on(llm, serving.base_url, **asked)
    assert passed == CHUNK + count + b"data: [DONE]\n\n"


@pytest.mark.parametrize("content_type", ["application/json", "text/html", "text/plain"])
async def test_a_stream_is_known_whatever_its_type(llm: LLM, content_type: str) -> None:
    async with provider([response(b"\n" + BODY, "200 OK", f"Content-Type: {content_type}")]) as serving:
        assert await passed_on(llm, serving.base_url) == b"\n" + BODY


async def test_nothing_passes_behind_an_error_in_a_large_read(llm: LLM) -> None:
    text = b'data: {"choices": [{"delta": {"content": "%b"}}]}\n\n' % (b"x" * (LARGE_READ_BYTES // 2))
    body = text + b'data: {"error": {"message": "no"}}\n\n' + text + text
    passed = []
    async with provider([response(gzip.compress(body), "200 OK", "Content-Encoding: gzip")]) as serving:  # is one read
        asked = {"messages": MESSAGES, "stream": True}
        async with (await llm.client()).pass_on(Endpoint(serving.base_url, "key", "m"), asked) as call:
            passed.append(await call.read())
            with pytest.raises(ProviderFailed, match="no"):
                passed.append(await call.read())
    assert passed == [text]


async def test_a_compressed_answer_is_passed_on_as_it_was_before_and_a_damaged_one_fails(llm: LLM) -> None:
    whole, header = gzip.compress(BODY), "Content-Encoding: gzip"
    async with provider([response(whole, "200 OK", header)]) as serving:
        assert await passed_on(llm, serving.base_url) == BODY
    async with provider([response(b"no gzip", "200 OK", header)]) as serving:
        with pytest.raises(ProviderFailed, match="compressed and damaged") as failed:
            await passed_on(llm, serving.base_url)
    assert failed.value.provider_code == ProviderErrorCode.BAD_RESPONSE


async def test_what_arrived_before_the_provider_broke_off_is_passed_on(llm: LLM) -> None:
    event = b'data: {"choices": [{"delta": {"content": "Hel"}}]}\n\n'
    broken_off = response(event).replace(f"Length: {len(event)}".encode(), f"Length: {len(event) + 1}".encode())
    parts: list[bytes] = []
    async with provider([broken_off]) as serving:
        serving.hangs_up = True
        body = {"messages": MESSAGES, "stream": True}
        async with (
            asyncio.timeout(10),
            (await llm.client()).pass_on(Endpoint(serving.base_url, "key", "m"), body) as call,
        ):
            while call._content.exception() is None:
                await asyncio.sleep(0)
            with pytest.raises(ProviderFailed):
                while part := await call.read():
                    parts.append(part)
    assert parts == [event]


async def test_a_compressed_refusal_is_read(llm: LLM) -> None:
    body = gzip.compress(b'{"error": {"message": "Pay first."}}')
    async with provider([response(body, "402 Payment Required", "Content-Encoding: gzip")]) as serving:
        with pytest.raises(ProviderFailed, match=r"It says: Pay first\."):
            await reply_of(llm, serving.base_url)


async def test_a_long_header_line_is_read(llm: LLM) -> None:
    async with provider([response(BODY, "200 OK", f"Content-Security-Policy: {'x' * 30_000}")]) as serving:
        assert await reply_of(llm, serving.base_url) == TEXT

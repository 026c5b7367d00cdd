"""A response: its body is read in the call that takes it from the socket, in its reader's context, and then freed.

Whole chunks are read past aiohttp, only while its parser is between two.
"""

import asyncio
import gc
import itertools
import weakref
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock, create_autospec

import aiohttp
import pytest
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.errors import ProviderFailed
from gql_chat.generation.provider.completion import Increment
from gql_chat.generation.provider.endpoint import Endpoint, Reach
from gql_chat.generation.provider.llm import LLM
from gql_chat.generation.provider.response import Receiver, Response, split_chunks
from gql_chat.generation.provider.timeouts import Timeouts
from tests.generation.provider.llm_client import LOOPBACK
from tests.support.demo.script import Script
from tests.support.demo.server import DemoServer

MESSAGES = [{"role": "user", "content": "Say hello."}]
READER: ContextVar[str] = ContextVar("READER")


@pytest.fixture
async def llm() -> AsyncIterator[LLM]:
    async with LLM(timeouts=Timeouts(total_seconds=30), reach=Reach(LOOPBACK)) as client:
        yield client


@pytest.fixture
def without_gc() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def test_each_increment_is_taken_without_a_task_and_in_the_readers_context(llm: LLM, demo: DemoServer) -> None:
    driven = demo.drive("m")
    taken: asyncio.Queue[tuple[str, object, str]] = asyncio.Queue()

    def take(increment: Increment) -> bool:
        taken.put_nowait((increment.text, asyncio.current_task(), READER.get()))
        return True

    async def read(reader: str) -> None:
        READER.set(reader)
        async with (await llm.client()).stream(Endpoint(demo.base_url, "key", "m"), MESSAGES) as call:
            await call.read(take)

    for reader in ("first", "second"):  # over the same connection
        reading = asyncio.create_task(read(reader))
        provider = await driven.next_call()
        await provider.send("Hello")
        assert (await taken.get())[::2] == ("Hello", reader)
        await provider.send(" world")
        assert await taken.get() == (" world", None, reader)
        await provider.finish()
        await reading


async def test_reading_ends_with_an_increment_that_is_enough(llm: LLM, demo: DemoServer) -> None:
    demo.script("m", Script(chunks=["Hello"] * 50))
    texts: list[str] = []

    def take(increment: Increment) -> bool:
        texts.append(increment.text)
        return False

    async with (await llm.client()).stream(Endpoint(demo.base_url, "key", "m"), MESSAGES) as call:
        await call.read(take)
    assert len(texts) == 1


async def test_an_error_of_the_one_who_takes_ends_the_reading(llm: LLM, demo: DemoServer) -> None:
    def take(_: Increment) -> bool:
        raise LookupError

    demo.script("m", Script())
    with pytest.raises(LookupError):
        async with (await llm.client()).stream(Endpoint(demo.base_url, "key", "m"), MESSAGES) as call:
            await call.read(take)


@pytest.mark.parametrize("script", [Script(), Script(cut_after=1), Script(garbage_after=1)])
async def test_a_call_is_freed_at_its_end(llm: LLM, demo: DemoServer, script: Script, without_gc: None) -> None:
    demo.script("m", script)

    async def read() -> "weakref.ref[object]":
        stream = (await llm.client()).stream(Endpoint(demo.base_url, "key", "m"), MESSAGES)
        call = await stream.__aenter__()
        with suppress(ProviderFailed):
            await call.read(lambda _: True)
        await stream.__aexit__(None, None, None)
        return weakref.ref(call)

    reference = await read()
    await asyncio.sleep(0)  # the loop holds the failure until the step that it caused has ended
    assert reference() is None


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
LAST = b"0\r\n\r\n"


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(content), content)


@pytest.mark.parametrize(
    ("data", "contents", "rest"),
    [
        (b"", [], b""),
        (b"3\r\nabc\r\n", [b"abc"], b""),
        (b"3\r\nabc\r\n0A\r\n0123456789\r\n", [b"abc", b"0123456789"], b""),
        (b"3\r\na\r\n\r\n", [b"a\r\n"], b""),
        (b"3\r\nabc\r\n4\r\nabc", [b"abc"], b"4\r\nabc"),
        (b"3\r\nabc\r", [], b"3\r\nabc\r"),
        (b"3\r\nabcd\r\n", [], b"3\r\nabcd\r\n"),
        (b"3\r\nabc\r\n" + LAST, [b"abc"], LAST),
        (b"3;name=value\r\nabc\r\n", [], b"3;name=value\r\nabc\r\n"),
        (b"+3\r\nabc\r\n", [], b"+3\r\nabc\r\n"),
        (b"0x3\r\nabc\r\n", [], b"0x3\r\nabc\r\n"),
        (b"1_1\r\n" + b"a" * 17 + b"\r\n", [], b"1_1\r\n" + b"a" * 17 + b"\r\n"),
        (b"\r\n3\r\nabc\r\n", [], b"\r\n3\r\nabc\r\n"),
    ],
)
def test_whole_chunks_are_split_from_what_follows_them(data: bytes, contents: list[bytes], rest: bytes) -> None:
    found, end = split_chunks(data)
    assert (found, data[end:]) == (contents, rest)


def response_on_a_connection() -> tuple[Response, Receiver, Any]:
    """Return a response whose head has not arrived, and its connection, which is aiohttp's but for its transport."""
    protocol = ResponseHandler(asyncio.get_running_loop())
    transport = create_autospec(asyncio.Transport, instance=True)
    transport.is_closing.return_value = False
    protocol.connection_made(transport)
    protocol.set_response_params(read_until_eof=True)
    connection: Any = SimpleNamespace(protocol=protocol, transport=transport, release=Mock(), close=Mock())
    response = Response(connection)
    return response, transport.set_protocol.call_args.args[0], connection


def read_pieces(pieces: list[bytes], head: bytes = HEAD) -> tuple[bytes, int, bool]:
    """Return what reading these pieces gives, how many of them passed aiohttp by, and whether that knows the end.

    The first piece comes with the head.
    """

    async def run() -> tuple[bytes, int, bool]:
        response, receiver, connection = response_on_a_connection()
        receiver.data_received(head + pieces[0])
        await response.begin()
        whole, body = 0, bytearray()

        def decode() -> bool:
            content = response.content
            body.extend(content._read_nowait(-1) if content._buffer else b"")
            return content.is_eof()

        def decode_chunks(contents: list[bytes]) -> bool:
            nonlocal whole
            whole += 1
            body.extend(b"".join(contents))
            return False

        reading = asyncio.create_task(response.read_body(decode, decode_chunks))
        await asyncio.sleep(0)
        for piece in pieces[1:]:
            receiver.data_received(piece)
        is_over = response.content.is_eof()
        reading.cancel()
        await asyncio.wait({reading})
        connection.protocol.close()
        return bytes(body), whole, is_over

    return asyncio.run(run())


@pytest.mark.parametrize("bad", [b"5\r\nhello!\r\n", b"zz\r\n", b"-5\r\nhello\r\n", b"0x5\r\nhello\r\n"])
@pytest.mark.parametrize("takes_chunks", [True, False])
async def test_a_chunk_of_a_wrong_form_is_a_failure_at_once(bad: bytes, takes_chunks: bool) -> None:
    response, receiver, connection = response_on_a_connection()
    receiver.data_received(HEAD)
    await response.begin()

    def decode() -> bool:
        while response.content._buffer:
            response.content._read_nowait(-1)
        return response.content.exception() is not None

    reading = asyncio.create_task(response.read_body(decode, (lambda _: False) if takes_chunks else None))
    await asyncio.sleep(0)
    for piece in (chunk(b"a"), chunk(b"b"), chunk(b"c"), bad):
        receiver.data_received(piece)
    async with asyncio.timeout(5):
        await reading
    assert isinstance(response.content.exception(), HttpProcessingError)
    assert connection.transport.close.called


def test_whole_chunks_pass_aiohttp_by_once_it_is_known_to_be_between_two() -> None:
    pieces = [chunk(b"first")[:4], chunk(b"first")[4:], chunk(b"second"), chunk(b"third"), chunk(b"fourth") + LAST]
    assert read_pieces(pieces) == (b"firstsecondthirdfourth", 2, True)


def test_chunks_that_come_with_the_head_or_after_it_pass_aiohttp_by() -> None:
    assert read_pieces([chunk(b"first") + chunk(b"second"), chunk(b"third"), LAST]) == (b"firstsecondthird", 2, True)
    assert read_pieces([b"", chunk(b"first"), chunk(b"second"), LAST]) == (b"firstsecond", 2, True)
    assert read_pieces([chunk(b"first") + LAST]) == (b"first", 1, True)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD,
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + HEAD,
        HEAD.replace(b"\r\n", b"\n"),
    ],
)
def test_a_body_behind_an_unusual_head_is_left_to_aiohttp(head: bytes) -> None:
    assert read_pieces([chunk(b"first"), LAST], head) == (b"first", 0, True)


def test_what_looks_like_a_chunk_in_a_body_without_chunks_is_its_content() -> None:
    content = chunk(b"first") + chunk(b"second")
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content)
    assert read_pieces([content], head) == (content, 0, True)
    assert read_pieces([content[:10], content[10:]], head) == (content, 0, True)


async def test_what_came_with_the_head_is_there_when_the_connection_is_lost_before_it_is_read() -> None:
    response, receiver, _ = response_on_a_connection()
    receiver.data_received(HEAD + chunk(b"first"))
    await response.begin()
    receiver.connection_lost(None)
    assert response.content._read_nowait(-1) == b"first"


@pytest.mark.parametrize("piece", [chunk(b"second"), b"6\r\nsec"])
async def test_what_came_with_the_head_comes_first_for_who_reads_without_callbacks(piece: bytes) -> None:
    response, receiver, _ = response_on_a_connection()
    receiver.data_received(HEAD + chunk(b"first"))
    await response.begin()
    receiver.data_received(piece)
    assert (await response.read_some())[:8] == b"firstsec"


async def test_chunks_that_came_with_the_head_are_read_past_aiohttp_without_callbacks_too() -> None:
    response, receiver, _ = response_on_a_connection()
    receiver.data_received(HEAD + chunk(b"first") + chunk(b"second") + chunk(b"third")[:5])
    await response.begin()
    assert await response.read_some() == b"firstsecond"
    receiver.data_received(chunk(b"third")[5:] + LAST)
    assert [await response.read_some(), await response.read_some()] == [b"third", b""]


@pytest.mark.parametrize("content", [chunk(b"within"), chunk(b"within") + chunk(b"more")])
def test_what_looks_like_a_chunk_within_one_is_its_content(content: bytes) -> None:
    begun, ended = b"%x\r\n" % len(content), b"\r\n"
    assert read_pieces([begun, content, ended, chunk(b"a"), chunk(b"b"), LAST]) == (content + b"ab", 1, True)


@given(st.lists(st.binary(min_size=1, max_size=40) | st.just(chunk(b"abc")), min_size=1), st.data())
def test_a_body_is_the_same_however_it_is_cut(contents: list[bytes], data: st.DataObject) -> None:
    chunks = [*map(chunk, contents), LAST]
    body = b"".join(chunks)
    ends = [sum(map(len, chunks[: number + 1])) for number in range(len(chunks))]  # so that whole chunks are common
    cuts = sorted({0, len(body), *data.draw(st.lists(st.sampled_from(ends) | st.integers(0, len(body))))})
    pieces = [body[start:end] for start, end in itertools.pairwise(cuts)]
    read_body, _, is_over = read_pieces(pieces)
    assert (read_body, is_over) == (b"".join(contents), True)


async def test_a_connection_keeps_its_receiver_and_a_response_that_has_left_it_does_not_touch_the_next() -> None:
    response, receiver, connection = response_on_a_connection()
    connection.transport.get_protocol.return_value = receiver
    receiver.data_received(HEAD + chunk(b"first") + LAST)
    await response.begin()
    assert await response.read_some() == b"first"
    response.release()

    connection.protocol.set_response_params(read_until_eof=True)
    following = Response(connection)
    receiver.data_received(HEAD + chunk(b"second") + LAST)
    await following.begin()
    response.decode()
    response.close()
    assert await response.read_some() == b""
    assert await following.read_some() == b"second"
    assert (connection.transport.set_protocol.call_count, connection.close.called) == (1, False)


async def test_a_body_that_was_not_read_to_its_end_is_passed_on_before_the_connection_is_kept() -> None:
    response, receiver, connection = response_on_a_connection()
    receiver.data_received(HEAD + chunk(b"first") + LAST)
    await response.begin()
    content = response.content
    response.release()
    assert content.is_eof()
    assert connection.release.called


async def test_a_connection_on_which_a_body_is_still_being_sent_is_not_kept() -> None:
    response, receiver, connection = response_on_a_connection()
    receiver.data_received(HEAD + LAST)
    await response.begin()
    response.sending = asyncio.create_task(asyncio.sleep(3600))
    response.release()
    await asyncio.wait({response.sending})
    assert response.sending.cancelled()
    assert (connection.close.called, connection.release.called) == (True, False)


async def test_a_connection_that_was_lost_before_the_request_is_closed() -> None:
    connection: Any = SimpleNamespace(protocol=None, transport=None, release=Mock(), close=Mock())
    with pytest.raises(aiohttp.ServerDisconnectedError):
        Response(connection)
    assert connection.close.called


async def test_a_switch_of_protocols_is_the_last_head() -> None:
    response, receiver, _ = response_on_a_connection()
    receiver.data_received(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n")
    async with asyncio.timeout(5):
        await response.begin()
    assert response.status == 101

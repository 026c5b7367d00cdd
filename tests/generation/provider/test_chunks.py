"""The chunks of a body, however the network cuts them: whole ones are taken apart here, all others by aiohttp."""

import asyncio
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import aiohttp
import pytest
from aiohttp.client_proto import ResponseHandler

from gql_chat.generation.provider.reading import BodyReading, whole_chunks

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
EVENT = b'data: {"choices":[]}\n\n'
TEXTS = [EVENT, b"5\r\nhello\r\n", b"\r\n", b"data: 14\r\n\r\n", b"0", b"x" * 300]


class SilentTransport(asyncio.Transport):
    """A connection of which only the bytes that arrive are needed."""

    def __init__(self) -> None:
        super().__init__()
        self.protocol: asyncio.Protocol | None = None

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = cast(asyncio.Protocol, protocol)

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        """Lose the connection, as any transport does."""
        assert self.protocol is not None
        asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    def pause_reading(self) -> None:
        """Go on."""

    def resume_reading(self) -> None:
        """Go on."""


@dataclass
class Answer:
    """An answer whose body is read, and what has been taken of it."""

    taken: list[bytes] = field(default_factory=list)
    is_over: bool = False
    enough: int = 1_000_000

    def __post_init__(self) -> None:
        self.transport = SilentTransport()
        self.aiohttp = CountedHandler(asyncio.get_running_loop())
        self.aiohttp.connection_made(self.transport)
        self.aiohttp.set_response_params(read_until_eof=True, auto_decompress=False)
        self.aiohttp.data_received(HEAD)
        self.content = self.aiohttp._buffer.pop()[0][1]
        connection = SimpleNamespace(transport=self.transport, protocol=self.aiohttp)
        response = SimpleNamespace(content=self.content, connection=connection)
        self.reading = BodyReading(cast(aiohttp.ClientResponse, response), self.take)
        self.running = asyncio.create_task(self.reading.run())

    def take(self, data: bytes) -> bool:
        self.taken.append(data)
        self.is_over = not data
        return self.is_over or len(self.taken) >= self.enough

    async def receive(self, *parts: bytes) -> None:
        await asyncio.sleep(0)  # it runs
        for part in parts:
            assert self.transport.protocol is not None
            self.transport.protocol.data_received(part)

    async def end(self) -> None:
        """Wait until the body is over."""
        async with asyncio.timeout(5):
            await self.running

    @property
    def body(self) -> bytes:
        return b"".join(self.taken)


class CountedHandler(ResponseHandler):
    """aiohttp's protocol, which counts the reads that it must parse."""

    reads = 0

    def data_received(self, data: bytes) -> None:
        self.reads += 1
        super().data_received(data)


def chunk(text: bytes, form: str = "%x\r\n") -> bytes:
    return form.encode() % len(text) + text + b"\r\n"


def cut(data: bytes, places: Iterator[int]) -> list[bytes]:
    ends = sorted({0, len(data), *places})
    return [data[start:end] for start, end in itertools.pairwise(ends)]


async def test_a_chunk_that_comes_whole_is_not_parsed_by_aiohttp() -> None:
    answer = Answer()
    await answer.receive(chunk(EVENT), chunk(EVENT))
    before = answer.aiohttp.reads
    for _ in range(100):
        await answer.receive(chunk(EVENT))
    await answer.receive(chunk(EVENT) * 50)
    assert answer.aiohttp.reads == before
    assert len(answer.taken) == 103
    await answer.receive(b"0\r\n\r\n")
    await answer.end()
    assert answer.body == EVENT * 152
    assert answer.content.at_eof()
    assert answer.transport.protocol is answer.aiohttp
    assert not answer.aiohttp.should_close


@pytest.mark.parametrize("form", ["%x\r\n", "%X\r\n", "00%x\r\n", "%x;name=value\r\n", "%x \r\n"])
@pytest.mark.parametrize("seed", range(20))
async def test_a_body_arrives_whole_wherever_it_is_cut(form: str, seed: int) -> None:
    chosen = random.Random(seed)
    texts = chosen.choices(TEXTS, k=40)
    body = b"".join(chunk(text, chosen.choice([form, "%x\r\n"])) for text in texts) + b"0\r\nTrailer: 1\r\n\r\n"
    answer = Answer()
    await answer.receive(*cut(body, (chosen.randrange(len(body)) for _ in range(chosen.randrange(60)))))
    await answer.end()
    assert answer.body == b"".join(texts)
    assert answer.content.at_eof()
    assert answer.content.exception() is None
    assert answer.transport.protocol is answer.aiohttp
    assert not answer.aiohttp.should_close


@pytest.mark.parametrize("cut_at", range(len(chunk(EVENT))))
async def test_a_part_of_a_chunk_is_taken_at_once(cut_at: int) -> None:
    answer = Answer()
    whole = chunk(EVENT)
    size = whole.index(EVENT)
    await answer.receive(whole, whole, whole[:cut_at])
    assert answer.body == EVENT * 2 + whole[size : min(cut_at, size + len(EVENT))]
    await answer.receive(whole[cut_at:], whole)
    assert answer.body == EVENT * 4
    before = answer.aiohttp.reads
    await answer.receive(whole)
    assert answer.aiohttp.reads == before


async def test_what_was_not_taken_is_left_to_aiohttp() -> None:
    answer = Answer(enough=2)
    await answer.receive(chunk(EVENT), chunk(EVENT) + chunk(b"more")[:4])
    await answer.end()
    assert answer.body == EVENT * 2
    await answer.receive(chunk(b"more")[4:] + b"0\r\n\r\n")
    assert await answer.content.read() == b"more"


@pytest.mark.parametrize("bad", [b"5\r\nhello!\r\n", b"zz\r\n", b"-5\r\nhello\r\n", b"0x5\r\nhello\r\n", b"\r\n"])
async def test_a_chunk_of_a_wrong_form_is_a_failure_after_all_that_came_before_it(bad: bytes) -> None:
    answer = Answer()
    await answer.receive(chunk(EVENT), chunk(EVENT), chunk(EVENT) + bad)
    await answer.end()
    assert answer.body.startswith(EVENT * 3)
    assert answer.is_over
    assert answer.content.exception() is not None


async def test_nothing_is_taken_any_more_once_the_reader_is_cancelled() -> None:
    answer = Answer()
    await answer.receive(chunk(EVENT), chunk(EVENT))
    answer.running.cancel()
    assert answer.transport.protocol is not None
    answer.transport.protocol.data_received(chunk(b"more"))
    await asyncio.wait([answer.running])
    assert answer.body == EVENT * 2
    assert answer.content.read_nowait() == b"more"


async def test_a_connection_that_is_lost_inside_a_body_is_a_failure() -> None:
    answer = Answer()
    await answer.receive(chunk(EVENT), chunk(EVENT))
    assert answer.transport.protocol is not None
    answer.transport.protocol.connection_lost(None)
    await answer.end()
    assert answer.taken == [EVENT, EVENT, b""]
    assert answer.content.exception() is not None


def test_whole_chunks_end_before_the_first_that_is_not_whole() -> None:
    whole = chunk(EVENT)
    assert whole_chunks(whole) == (EVENT, b"")
    assert whole_chunks(whole + chunk(b"a") + b"3\r\nab") == (EVENT + b"a", b"3\r\nab")
    for rest in (
        b"",
        b"1",
        b"1\r\n",
        b"1\r\na",
        b"1\r\na\r",
        b"1\r\naa\r\n",
        b"0\r\n\r\n",
        b"1;x\r\na\r\n",
        b"1\na\r\n",
    ):
        assert whole_chunks(whole + rest) == (EVENT, rest)

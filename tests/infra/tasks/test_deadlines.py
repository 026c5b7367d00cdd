"""Time limits, and a process that stands still beyond them."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator

import pytest

from gql_chat.infra.tasks.deadlines import Deadline

SECONDS = 0.05


@pytest.fixture
async def pair() -> AsyncIterator[tuple[asyncio.StreamReader, socket.socket]]:
    """Yield the two ends of a connection."""
    here, there = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=here)
    with there:
        yield reader, there
        writer.close()
        await writer.wait_closed()


def stand_still() -> None:
    """Let this process do nothing for longer than the limit."""
    time.sleep(2 * SECONDS)


async def test_what_arrives_while_the_process_stands_still_is_in_time(
    pair: tuple[asyncio.StreamReader, socket.socket],
) -> None:
    reader, there = pair

    def answer_meanwhile() -> None:
        there.send(b"answer")
        stand_still()

    asyncio.get_running_loop().call_soon(answer_meanwhile)
    async with Deadline(SECONDS):
        assert await reader.read(100) == b"answer"


async def test_silence_ends_the_block_however_long_the_process_stood_still() -> None:
    loop = asyncio.get_running_loop()
    for stall in (lambda: None, stand_still):
        began_at = loop.time()
        loop.call_soon(stall)
        with pytest.raises(TimeoutError):
            async with Deadline(SECONDS):
                await loop.create_future()
        assert loop.time() - began_at >= SECONDS


async def test_a_block_that_ends_leaves_no_timer_and_its_own_errors_are_raised() -> None:
    with pytest.raises(ValueError, match="own"):
        async with Deadline(SECONDS):
            raise ValueError("own")
    async with Deadline(0):
        pass
    await asyncio.sleep(2 * SECONDS)  # a timer that is left would cancel the task here
    async with Deadline(None):
        pass

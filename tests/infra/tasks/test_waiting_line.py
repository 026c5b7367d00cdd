"""Waits in a line: bounded where it stands still, longer where it moves, and never for ever."""

import asyncio

import pytest

from gql_chat.infra.tasks import waiting_line
from gql_chat.infra.tasks.waiting_line import WaitedTooLong, WaitingLine

STANDSTILL_SECONDS = 0.4


async def wait_for_ever(line: WaitingLine) -> None:
    async with line.patience(STANDSTILL_SECONDS):
        await asyncio.get_running_loop().create_future()


async def test_a_line_that_stands_still_is_left_after_that_time() -> None:
    with pytest.raises(WaitedTooLong):
        await wait_for_ever(WaitingLine())


async def test_a_line_that_moves_is_waited_in_for_longer() -> None:
    loop, line = asyncio.get_running_loop(), WaitingLine()
    began_at, waiting = loop.time(), asyncio.create_task(wait_for_ever(line))
    while (moved_at := loop.time()) < began_at + 3 * STANDSTILL_SECONDS:
        line.move()
        await asyncio.sleep(0)
        assert not waiting.done()
    await asyncio.wait({waiting})
    assert isinstance(waiting.exception(), WaitedTooLong)
    assert loop.time() >= moved_at + STANDSTILL_SECONDS * 0.9


async def test_no_line_is_waited_in_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting_line, "LONGEST_SECONDS", 2 * STANDSTILL_SECONDS)
    line = WaitingLine()
    waiting = asyncio.create_task(wait_for_ever(line))
    async with asyncio.timeout(30):
        while not waiting.done():
            line.move()
            await asyncio.sleep(0)
    assert isinstance(waiting.exception(), WaitedTooLong)


async def test_a_block_may_time_out_by_itself() -> None:
    with pytest.raises(TimeoutError):
        async with WaitingLine().patience(60):
            raise TimeoutError

"""Waits in a line: bounded where it stands still, longer where it moves, and never for ever."""

import asyncio
import gc
import time

import pytest
import uvloop

from gql_chat.infra.tasks import waiting_line
from gql_chat.infra.tasks.waiting_line import OwnersTurns, PatientLock, WaitedTooLong, WaitingLine

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


def test_a_line_that_cannot_move_because_the_process_stands_still_does_not_stand_still() -> None:
    async def wait() -> None:
        lock = PatientLock()
        await lock.acquire()
        waiting = asyncio.create_task(lock.acquire_within(STANDSTILL_SECONDS))
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(time.sleep, 2 * STANDSTILL_SECONDS)
        for _ in range(2):
            await asyncio.sleep(STANDSTILL_SECONDS / 4)
        lock.release()
        await waiting

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # by whose clock all of that time has passed
        runner.run(wait())


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


async def take_turn(turns: OwnersTurns, owner: str, taken: list[str], may_end: asyncio.Event) -> bool:
    async with turns.turn(owner, STANDSTILL_SECONDS) as has_waited:
        taken.append(owner)
        await may_end.wait()
        return has_waited


async def run_until_idle() -> None:
    """Let each task go on until it waits for something that does not come by itself."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_an_owner_has_one_turn_at_a_time_and_others_do_not_wait() -> None:
    turns, taken, ends = OwnersTurns(), list[str](), [asyncio.Event() for _ in range(3)]
    owners = ("ada", "ada", "bob")
    tasks = [asyncio.create_task(take_turn(turns, owner, taken, end)) for owner, end in zip(owners, ends, strict=True)]
    await run_until_idle()
    assert taken == ["ada", "bob"]
    ends[0].set()
    await run_until_idle()
    assert taken == ["ada", "bob", "ada"]
    for end in ends:
        end.set()
    assert await asyncio.gather(*tasks) == [False, True, False]


async def test_turns_are_in_the_order_of_arrival_although_some_leave_the_line() -> None:
    turns, taken, may_end = OwnersTurns(), list[int](), asyncio.Event()

    async def take(number: int) -> None:
        async with turns.turn("ada", STANDSTILL_SECONDS):
            taken.append(number)
            await may_end.wait()

    tasks = [asyncio.create_task(take(number)) for number in range(5)]
    await run_until_idle()
    tasks[0].cancel()  # in its turn
    tasks[2].cancel()  # in the line
    may_end.set()
    await asyncio.wait(tasks)
    assert (taken, [task.cancelled() for task in tasks]) == ([0, 1, 3, 4], [True, False, True, False, False])


async def test_a_turn_that_does_not_come_is_not_waited_for_for_ever() -> None:
    turns, may_end = OwnersTurns(), asyncio.Event()
    first, second = (asyncio.create_task(take_turn(turns, "ada", [], may_end)) for _ in range(2))
    await asyncio.wait({second})
    assert isinstance(second.exception(), WaitedTooLong)
    may_end.set()
    assert (await first, await take_turn(turns, "ada", [], may_end)) == (False, False)


async def test_turns_keep_nothing_of_owners_who_have_none() -> None:
    turns, may_end = OwnersTurns(), asyncio.Event()
    may_end.set()
    await asyncio.gather(*(take_turn(turns, owner, [], may_end) for owner in ("ada", "ada", "bob")))
    gc.collect()
    assert not [lock for lock in gc.get_objects() if isinstance(lock, PatientLock)]

"""Periodic work goes on whatever fails."""

import asyncio
from functools import partial

from structlog.testing import capture_logs

from gql_chat.infra.tasks.periodic import run_every, run_in_turn


async def test_a_failure_does_not_stop_periodic_work_and_is_logged_once() -> None:
    results, is_over = iter(["well", "failing", "failing", "failing", "well", "failing"]), asyncio.Event()

    async def work() -> None:
        result = next(results, "over")
        if result == "over":
            is_over.set()
        if result == "failing":
            raise OSError("gone")

    with capture_logs() as logs:
        async with run_every(0.001, work, "work"):
            await is_over.wait()
    assert [(line["event"], line.get("failures")) for line in logs][:3] == [
        ("periodic_work_failed", None),
        ("periodic_work_recovered", 3),
        ("periodic_work_failed", None),
    ]


async def test_periodic_work_may_begin_at_once() -> None:
    times, begun = [], asyncio.Event()

    async def work() -> None:
        times.append(asyncio.get_running_loop().time())
        begun.set()

    async with run_every(3600, work, "work", at_once=True), asyncio.timeout(5):
        await begun.wait()
    assert len(times) == 1


async def test_works_take_turns_and_the_failure_of_one_does_not_cost_another_its_turn() -> None:
    running, turns, is_over = 0, list[str](), asyncio.Event()

    async def work(name: str) -> None:
        nonlocal running
        running += 1
        assert running == 1
        await asyncio.sleep(0)
        running -= 1
        turns.append(name)
        if len(turns) == 6:
            is_over.set()
        if name == "failing":
            raise OSError("gone")

    works = {name: partial(work, name) for name in ("first", "failing", "last")}
    with capture_logs() as logs:
        async with run_in_turn(0.001, works, at_once=True):
            await is_over.wait()
    assert turns[:6] == ["first", "failing", "last"] * 2
    assert [(line["event"], line["work"]) for line in logs] == [("periodic_work_failed", "failing")]

"""Periodic work goes on whatever fails."""

import asyncio

from structlog.testing import capture_logs

from gql_chat.infra.tasks.periodic import run_every


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

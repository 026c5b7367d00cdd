"""What is done again and again, whatever fails."""

import asyncio

from structlog.testing import capture_logs

from gql_chat.infra.tasks.periodic import every


async def test_a_failure_does_not_stop_what_is_done_again_and_again_and_is_told_once() -> None:
    results, is_over = iter(["well", "failing", "failing", "failing", "well", "failing"]), asyncio.Event()

    async def work() -> None:
        result = next(results, "over")
        if result == "over":
            is_over.set()
        if result == "failing":
            raise OSError("gone")

    with capture_logs() as logs:
        async with every(0.001, work, "work"):
            await is_over.wait()
    assert [(line["event"], line.get("failures")) for line in logs][:3] == [
        ("periodic_work_failed", None),
        ("periodic_work_goes_on", 3),
        ("periodic_work_failed", None),
    ]

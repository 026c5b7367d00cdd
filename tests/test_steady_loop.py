"""The loop of tests of time limits counts the time in which it waits, and not that in which the process stood still."""

import asyncio
import time

from tests.support.running.steady_loop import STEP_SECONDS, SteadyLoop


def test_a_process_that_stands_still_uses_up_no_limit() -> None:
    async def wait() -> None:
        asyncio.get_running_loop().call_soon(time.sleep, 20 * STEP_SECONDS)
        async with asyncio.timeout(10 * STEP_SECONDS):
            await asyncio.sleep(5 * STEP_SECONDS)

    with asyncio.Runner(loop_factory=SteadyLoop) as runner:
        runner.run(wait())


def test_a_wait_takes_its_time() -> None:
    async def wait() -> float:
        began_at = asyncio.get_running_loop().time()
        await asyncio.sleep(5 * STEP_SECONDS)
        return asyncio.get_running_loop().time() - began_at

    with asyncio.Runner(loop_factory=SteadyLoop) as runner:
        began_at = time.monotonic()
        assert 5 * STEP_SECONDS <= runner.run(wait()) <= time.monotonic() - began_at

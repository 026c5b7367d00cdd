"""CPU meters: every step counts once, in whatever task it runs, and waiting counts nothing."""

import asyncio
import time

import pytest

from gql_chat.api.engine.metering import CpuMeter, metered


def burn(seconds: float) -> None:
    """Use CPU time of this thread."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


async def burn_and_wait(seconds: float, waited_for: asyncio.Event) -> str:
    burn(seconds)
    await waited_for.wait()
    burn(seconds)
    return "burnt"


async def test_steps_of_nested_coroutines_and_of_tasks_count_once() -> None:
    meter, event = CpuMeter(), asyncio.Event()

    async def root() -> list[str]:
        burn(0.01)
        nested = await metered(burn_and_wait(0.01, event), meter)
        parallel = await asyncio.gather(*(metered(burn_and_wait(0.01, event), meter) for _ in range(2)))
        return [nested, *parallel]

    task = asyncio.ensure_future(metered(root(), meter))
    await asyncio.sleep(0)
    burn(0.05)  # other work of the loop
    event.set()
    assert await task == ["burnt"] * 3
    assert meter.take() == pytest.approx(0.07, abs=0.01)
    assert meter.take() == 0


async def test_errors_and_cancellation_pass_through() -> None:
    meter, reached = CpuMeter(), list[str]()

    async def fail() -> None:
        await asyncio.sleep(0)
        raise LookupError

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            reached.append("cancelled")
            raise

    with pytest.raises(LookupError):
        await metered(fail(), meter)
    task = asyncio.ensure_future(metered(wait(), meter))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert reached == ["cancelled"]
    assert not meter.is_running

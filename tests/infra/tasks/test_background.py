"""Background tasks run once per name, and end with the server."""

import asyncio

import pytest

from gql_chat.infra.tasks.background import BackgroundTasks


async def test_work_of_one_name_is_done_once_at_a_time() -> None:
    done: list[str] = []
    go = asyncio.Event()

    async def work(name: str) -> None:
        await go.wait()
        done.append(name)

    async with BackgroundTasks() as background:
        background.start("a", work("first"))
        background.start("a", work("second"))
        background.start("b", work("other"))
        assert background.names == ["a", "b"]
        go.set()
        await background.wait()
        assert done == ["first", "other"]
        background.start("a", work("third"))
        await background.wait()
    assert done == ["first", "other", "third"]


async def test_a_failure_is_logged_and_harms_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    async def fail() -> None:
        raise RuntimeError("broken")

    async with BackgroundTasks() as background:
        background.start("a", fail())
        await background.wait()
    assert "background_work_failed" in capsys.readouterr().out


async def test_what_is_under_way_at_the_end_is_cancelled() -> None:
    ends: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ends.append("cancelled")
            raise

    async with BackgroundTasks() as background:
        background.start("a", work())
        await asyncio.sleep(0)
    assert ends == ["cancelled"]

"""Work in processes with limits: kept, reused, replaced, and never a danger to who asked for it."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from gql_chat.errors import Unavailable
from gql_chat.infra.sandbox import sandbox as sandbox_module
from gql_chat.infra.sandbox.sandbox import OverLimit, Refused, Sandbox, SandboxLimits, TaskFailed

MODULE = "tests.support.chores"
TIGHT = SandboxLimits(memory_bytes=192 * 1024**2, cpu_seconds=1, wall_seconds=30)


async def body_of(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def gone(pid: int) -> None:
    """Return when this process has ended, whether its parent knows or not."""
    with suppress(FileNotFoundError, ProcessLookupError):  # it may end between the opening of the file and the read
        while ") Z " not in Path(f"/proc/{pid}/stat").read_text():
            await asyncio.sleep(0.01)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(MODULE, limits=TIGHT, processes=1) as running:
        yield running


async def test_a_body_in_pieces_gives_a_result(sandbox: Sandbox) -> None:
    assert await sandbox.call("reverse", body_of(b"ab", b"", b"cd")) == b"dcba"
    large = os.urandom(3_000_000)
    assert await sandbox.call("reverse", body_of(large[:1_000_000], large[1_000_000:])) == large[::-1]
    assert await sandbox.call("reverse", body_of()) == b""


async def test_no_process_is_started_before_it_is_needed_and_one_is_used_again(sandbox: Sandbox) -> None:
    assert sandbox.pids == []
    answers = [await sandbox.call("count", body_of()) for _ in range(3)]
    [pid] = sandbox.pids
    assert answers == [f"{number} {pid}".encode() for number in (1, 2, 3)]


async def test_calls_at_once_wait_for_each_other_and_none_is_lost() -> None:
    async with Sandbox(MODULE, processes=2) as sandbox:
        results = await asyncio.gather(*(sandbox.call("reverse", body_of(b"%03d" % n)) for n in range(100)))
        assert results == [b"%03d" % n for n in (int(f"{n:03}"[::-1]) for n in range(100))]
        assert len(sandbox.pids) == 2


async def test_a_process_is_replaced_after_so_many_calls(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox_module, "CALLS_PER_PROCESS", 2)
    answers = [(await sandbox.call("count", body_of())).split() for _ in range(4)]
    assert [number for number, _ in answers] == [b"1", b"2", b"1", b"2"]
    assert answers[0][1] == answers[1][1] != answers[2][1]


async def test_a_refusal_brings_its_reason_and_costs_no_process(sandbox: Sandbox) -> None:
    for _ in range(2):
        with pytest.raises(Refused, match=r"^it is locked$"):
            await sandbox.call("refuse", body_of(b"x"), reason="it is locked")
    assert await sandbox.call("count", body_of()) == f"1 {sandbox.pids[0]}".encode()


async def test_a_task_that_breaks_is_told_by_its_place_and_quotes_nothing(sandbox: Sandbox) -> None:
    with pytest.raises(TaskFailed, match=r"^ValueError at chores\.py:\d+$"):
        await sandbox.call("break_down", body_of(b"a secret"))
    assert await sandbox.call("reverse", body_of(b"ab")) == b"ba"


async def test_what_a_library_prints_does_not_reach_the_answers(sandbox: Sandbox) -> None:
    assert await sandbox.call("print_much", body_of()) == b"quiet"
    assert await sandbox.call("reverse", body_of(b"ab")) == b"ba"


@pytest.mark.parametrize(("task", "what"), [("eat_memory", "memory"), ("spin", "time")])
async def test_who_passes_a_limit_is_ended_and_the_next_call_has_a_process(
    sandbox: Sandbox, task: str, what: str
) -> None:
    await sandbox.call("reverse", body_of())
    [before] = sandbox.pids
    with pytest.raises(OverLimit) as raised:
        await sandbox.call(task, body_of(b"x"))
    assert raised.value.what == what
    await gone(before)
    assert await sandbox.call("reverse", body_of(b"ab")) == b"ba"


async def test_a_body_that_is_larger_than_the_memory_is_over_the_limit(sandbox: Sandbox) -> None:
    chunk = bytes(8 * 1024**2)
    with pytest.raises(OverLimit, match="memory"):
        await sandbox.call("reverse", body_of(*[chunk] * 30))
    assert await sandbox.call("reverse", body_of(b"ab")) == b"ba"


async def test_who_takes_too_long_is_killed() -> None:
    async with Sandbox(MODULE, limits=SandboxLimits(wall_seconds=0.2), processes=1) as sandbox:
        with pytest.raises(OverLimit, match="time"):
            await sandbox.call("sleep", body_of())
        assert sandbox.pids == []


async def test_the_cpu_time_is_each_calls_own(sandbox: Sandbox) -> None:
    for _ in range(3):
        await sandbox.call("burn", body_of(), seconds=0.5)
    assert await sandbox.call("count", body_of()) == f"1 {sandbox.pids[0]}".encode()


async def test_a_process_that_dies_takes_only_its_call_along(sandbox: Sandbox) -> None:
    with pytest.raises(TaskFailed, match=f"^process ended with {-signal.SIGSEGV}$"):
        await sandbox.call("die", body_of(b"x"))
    await sandbox.call("reverse", body_of())
    [pid] = sandbox.pids
    os.kill(pid, signal.SIGKILL)  # while it has nothing to do, as the kernel does when memory is short
    await gone(pid)
    assert await sandbox.call("reverse", body_of(b"ab")) == b"ba"


async def test_who_is_cancelled_leaves_no_process_behind(sandbox: Sandbox) -> None:
    await sandbox.call("reverse", body_of())
    [pid] = sandbox.pids
    running = asyncio.create_task(sandbox.call("sleep", body_of(b"x")))
    waiting = asyncio.create_task(sandbox.call("reverse", body_of(b"ab")))
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await waiting == b"ba"
    await gone(pid)


async def test_a_body_that_fails_to_come_raises_what_it_raised(sandbox: Sandbox) -> None:
    for error in (TimeoutError("the store"), ConnectionResetError("the store")):

        async def body(error: Exception = error) -> AsyncIterator[bytes]:
            yield b"ab"
            raise error

        with pytest.raises(type(error), match="the store"):
            await sandbox.call("reverse", body())
    assert await sandbox.call("reverse", body_of(b"ab")) == b"ba"


async def test_who_waits_when_the_sandbox_ends_is_told_so_and_blames_no_task() -> None:
    async with Sandbox(MODULE, processes=1) as sandbox:
        await sandbox.call("reverse", body_of())
        [pid] = sandbox.pids
        calls = [asyncio.create_task(sandbox.call("sleep", body_of(b"x"))) for _ in range(2)]
        await asyncio.sleep(0)
    for call in calls:
        with pytest.raises(Unavailable, match="shutting down"):
            await call
    await gone(pid)
    assert sandbox.pids == []


async def test_where_no_process_can_be_started_later_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    async with Sandbox(MODULE, processes=1) as sandbox:
        with pytest.raises(Unavailable):
            await sandbox.call("reverse", body_of())


async def test_a_process_that_the_kernel_kills_had_too_much_memory(sandbox: Sandbox) -> None:
    await sandbox.call("reverse", body_of())
    running = asyncio.create_task(sandbox.call("sleep", body_of(b"x")))
    await asyncio.sleep(0)
    os.kill(sandbox.pids[0], signal.SIGKILL)
    with pytest.raises(OverLimit, match="memory"):
        await running


async def test_processes_end_with_the_sandbox() -> None:
    async with Sandbox(MODULE, processes=2) as sandbox:
        await asyncio.gather(*(sandbox.call("reverse", body_of(b"x")) for _ in range(4)))
        pids = sandbox.pids
        assert len(pids) == 2
    for pid in pids:
        await gone(pid)


async def test_a_process_is_told_nothing_of_the_server_and_reaches_nothing(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GQL_CHAT_SECRET_KEY", "a secret")
    names = await sandbox.call("environment", body_of())
    assert b"GQL_CHAT" not in names
    assert {"'HOME'", "'PATH'"}.isdisjoint(names.decode().strip("[]").split(", "))
    for task in ("connect", "run"):
        with pytest.raises(TaskFailed, match=r"^PermissionError at "):
            await sandbox.call(task, body_of())
    with pytest.raises(TaskFailed, match=r"^(OSError|PermissionError) at "):
        await sandbox.call("write", body_of(b"x"), path=str(tmp_path / "x"))
    assert not (tmp_path / "x").exists() or (tmp_path / "x").read_bytes() == b""

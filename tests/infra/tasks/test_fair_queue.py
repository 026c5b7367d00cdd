"""Owners take turns in a queue, whatever arrives, ends or is cancelled in whichever order."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.errors import RateLimited, Unavailable
from gql_chat.infra.tasks import fair_queue
from gql_chat.infra.tasks.fair_queue import FairQueue, QueueLimits

OWNERS = ("ada", "bob", "cyd", "dan")


def is_as_new(queue: FairQueue) -> bool:
    """Return whether nothing waits, runs or is kept of an owner."""
    return not (queue.size or queue._waiting or queue._running)


class Bench:
    """A queue with items that end on demand. `started` holds the items in the order of their turns."""

    def __init__(self, limits: QueueLimits) -> None:
        self.queue = FairQueue("tests", limits)
        self.started: list[tuple[str, int]] = []
        self.running: dict[tuple[str, int], asyncio.Event] = {}
        self.tasks: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._count = 0

    def add(self, owner: str) -> tuple[str, int]:
        self._count += 1
        item = (owner, self._count)
        self.tasks[item] = asyncio.create_task(self._run(item))
        return item

    async def settle(self) -> None:
        """Let all tasks run until each of them waits for something."""
        for _ in range(4):
            await asyncio.sleep(0)

    async def end(self, item: tuple[str, int]) -> None:
        self.running.pop(item).set()
        await self.settle()

    async def finish(self) -> list[BaseException | None]:
        while self.running:
            await self.end(next(iter(self.running)))
        return await asyncio.gather(*self.tasks.values(), return_exceptions=True)

    async def _run(self, item: tuple[str, int]) -> None:
        async with self.queue.turn(item[0]):
            self.started.append(item)
            self.running[item] = asyncio.Event()
            try:
                await self.running[item].wait()
            finally:
                self.running.pop(item, None)


async def test_an_owner_with_much_work_waits_for_the_others_after_each_item() -> None:
    bench = Bench(QueueLimits(at_once=1, waiting=100, waiting_per_owner=50))
    for owner in "aaaaabbc":
        bench.add(owner)
        await bench.settle()
    await bench.finish()
    assert "".join(owner for owner, _ in bench.started) == "aabcabaa"


async def test_an_owner_alone_uses_what_it_may_and_leaves_the_rest_free() -> None:
    bench = Bench(QueueLimits(at_once=3, waiting=100, waiting_per_owner=50, at_once_per_owner=2))
    for owner in "aaaab":
        bench.add(owner)
    await bench.settle()
    assert [owner for owner, _ in bench.running] == ["a", "a", "b"]
    await bench.finish()
    assert is_as_new(bench.queue)


async def test_more_than_may_wait_is_refused_with_the_time_to_come_back() -> None:
    bench = Bench(QueueLimits(at_once=1, waiting=3, waiting_per_owner=2))
    for owner in "aaa":
        bench.add(owner)
    await bench.settle()
    with pytest.raises(RateLimited, match="your requests are waiting") as of_owner:
        async with bench.queue.turn("a"):
            raise AssertionError
    bench.add("b")
    await bench.settle()
    with pytest.raises(Unavailable, match="server is busy") as of_all:
        async with bench.queue.turn("c"):
            raise AssertionError
    assert (of_owner.value.retry_after_seconds, of_all.value.retry_after_seconds) == (1, 1)
    assert await bench.finish() == [None] * 4


async def test_the_time_to_come_back_follows_how_long_items_take(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(fair_queue, "time", SimpleNamespace(monotonic=lambda: now))
    bench = Bench(QueueLimits(at_once=1, waiting=1, waiting_per_owner=1))
    item = bench.add("a")
    await bench.settle()
    now = 80.0
    await bench.end(item)  # one of eight items, so the mean is 10 s
    bench.add("a")
    bench.add("a")
    await bench.settle()
    with pytest.raises(Unavailable) as refused:
        async with bench.queue.turn("b"):
            raise AssertionError
    assert refused.value.retry_after_seconds == 10
    await bench.finish()


async def test_a_turn_that_comes_together_with_a_cancellation_goes_to_the_next() -> None:
    bench = Bench(QueueLimits(at_once=1, waiting=10, waiting_per_owner=10))
    first, second, third = bench.add("a"), bench.add("b"), bench.add("c")
    await bench.settle()
    bench.running[first].set()
    await asyncio.sleep(0)  # the first ends, the turn of the second has come, and it does not run yet
    bench.tasks[second].cancel()
    await bench.settle()
    assert bench.started == [first, third]
    await bench.finish()
    assert is_as_new(bench.queue)


async def test_a_failure_ends_the_turn() -> None:
    queue = FairQueue("tests", QueueLimits(at_once=1, waiting=1, waiting_per_owner=1))
    for _ in range(3):
        with pytest.raises(ValueError, match="broken"):
            async with queue.turn("a"):
                raise ValueError("broken")
    assert is_as_new(queue)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("add", "add", "end", "cancel", "end and cancel")),
            st.integers(0, 20),
            st.sampled_from(OWNERS),
        )
    ),
    st.integers(1, 3),
    st.integers(1, 2),
)
def test_nobody_is_overtaken_twice_and_nothing_is_lost(
    steps: Sequence[tuple[str, int, str]], at_once: int, at_once_per_owner: int
) -> None:
    asyncio.run(_try(steps, QueueLimits(at_once, 1000, 1000, at_once_per_owner)))


async def _try(steps: Sequence[tuple[str, int, str]], limits: QueueLimits) -> None:
    bench = Bench(limits)
    overtaken: dict[tuple[str, int], Counter[str]] = {}
    for verb, number, owner in steps:
        waiting = [item for item in bench.tasks if item not in bench.started and not bench.tasks[item].done()]
        heads = {item[0]: item for item in reversed(waiting)}
        runs = Counter(item[0] for item in bench.running)
        before = len(bench.started)
        if verb == "add":
            bench.add(owner)
            await bench.settle()
        elif verb == "end" and bench.running:
            await bench.end(list(bench.running)[number % len(bench.running)])
        elif verb == "cancel" and waiting:
            bench.tasks[waiting[number % len(waiting)]].cancel()
            await bench.settle()
        elif verb == "end and cancel" and waiting and bench.running:
            bench.tasks[waiting[number % len(waiting)]].cancel()
            await bench.end(list(bench.running)[number % len(bench.running)])
        assert len(bench.running) <= limits.at_once
        assert all(count <= limits.at_once_per_owner for count in Counter(item[0] for item in bench.running).values())
        started = bench.started[before:]
        for name, head in heads.items():
            if head in started or bench.tasks[head].done() or runs[name] == limits.at_once_per_owner:
                continue
            counts = overtaken.setdefault(head, Counter())
            counts.update(item[0] for item in started)
            assert all(count <= 1 for count in counts.values())
    ended = await bench.finish()
    assert {type(result) for result in ended} <= {type(None), asyncio.CancelledError}
    assert len(bench.started) == sum(result is None for result in ended)
    assert is_as_new(bench.queue)

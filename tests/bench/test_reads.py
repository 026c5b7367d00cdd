"""The benchmark of what a cache could save runs, and compares what it says."""

import pytest

from bench.machine import Cores
from bench.parts.reads import Load, measure, render

pytestmark = pytest.mark.skipif("sys.platform != 'linux'", reason="the benchmark chooses processors")


async def test_it_measures_a_message_and_its_reads_on_both_databases_and_over_a_network() -> None:
    everywhere = Cores.chosen().load | Cores.chosen().server
    costs = await measure(Load(rounds=1, messages=2, reads=3), Cores(everywhere, everywhere))
    assert [*costs] == ["SQLite", "PostgreSQL", "PostgreSQL and Redis, 1 ms away"]
    for of_one in costs.values():
        assert all(cost.cpu[0] > 0 and cost.wall[0] > 0 for cost in of_one.values())
        assert of_one["the four reads"].cpu[0] < of_one["a message"].cpu[0]
    assert "most that any cache could save of a message's CPU" in render(costs)

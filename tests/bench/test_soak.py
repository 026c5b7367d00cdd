"""The soak runs, and its slope is that of the samples after the warm-up."""

import pytest

from bench.machine import Cores
from bench.parts.soak import Load, Results, Sample, measure, render
from bench.tokens import Pace

LOAD = Load(minutes=0.05, warm_up_minutes=0, turns_per_second=4, pace=Pace(tokens=2), sample_seconds=1)


@pytest.mark.skipif("sys.platform != 'linux'", reason="it reads memory from /proc")
async def test_a_server_is_loaded_and_its_memory_sampled() -> None:
    results = await measure(LOAD, Cores.chosen())
    assert len(results.samples) == 3
    assert results.samples[-1].turns > 0
    assert "| minutes | turns | resident MB |" in render(results, LOAD)


def test_the_slope_leaves_out_the_warm_up() -> None:
    samples = [Sample(60.0 * minute, 100_000 + (9_000 if minute < 2 else 1_024 * minute), 0) for minute in range(12)]
    assert Results(samples, 1.0).slope(Load(warm_up_minutes=2)) == pytest.approx(60)

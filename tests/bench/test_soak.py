"""The soak fills what is bounded and runs, and its slopes are those of the samples after the warm-up."""

import pytest

from bench.machine import Cores
from bench.parts.soak import EXCHANGES, Load, Results, Sample, measure, render
from bench.probed import InUse
from bench.tokens import Pace

LOAD = Load(
    filled_sessions=3, minutes=0.05, warm_up_minutes=0, turns_per_second=4, pace=Pace(tokens=2), sample_seconds=1
)


@pytest.mark.skipif("sys.platform != 'linux'", reason="it reads memory from /proc")
async def test_a_server_is_filled_and_loaded_and_its_memory_sampled() -> None:
    results = await measure(LOAD, Cores.chosen())
    assert results.filled == 3 * EXCHANGES
    assert len(results.samples) == 3
    assert results.samples[-1].turns > 0
    for sample in results.samples:
        assert sample.in_use.blocks > 100_000
        assert 0 <= sample.in_use.heap_bytes < sample.kb * 1024
    report = render(results, LOAD)
    assert "| minutes | turns | resident MB | Python's blocks | in use of the C library's heaps, MB |" in report
    assert "\n3 sessions were filled in " in report


def test_the_slopes_leave_out_the_warm_up() -> None:
    load, samples = Load(warm_up_minutes=2), []
    for minute in range(12):
        kb, in_use = (
            (109_000, InUse(9, 9)) if minute < 2 else (100_000 + 1_024 * minute, InUse(7 * minute, 512 * minute))
        )
        samples.append(Sample(60.0 * minute, kb, 100 * minute, in_use))
    results = Results(samples, 1.0)
    assert results.slope(load) == pytest.approx(60)
    assert results.of_a_thousand_turns(load, lambda one: one.in_use.blocks) == pytest.approx(70)
    assert results.of_a_thousand_turns(load, lambda one: one.in_use.heap_bytes) == pytest.approx(5_120)

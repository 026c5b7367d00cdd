"""The soak fills what is bounded and runs, and its slopes are those of the samples after the warm-up."""

import pytest
from click.testing import CliRunner

from bench.machine import Cores, Resident
from bench.parts import soak
from bench.parts.soak import EXCHANGES, Load, Results, Sample, measure, render
from bench.probed import InUse
from bench.tokens import Pace

LOAD = Load(
    filled_sessions=3,
    minutes=0.1,
    warm_up_minutes=0,
    crowded_minutes=0.01,
    turns_per_second=4,
    at_once=3,
    pace=Pace(tokens=2),
    sample_seconds=1,
)


@pytest.mark.skipif("sys.platform != 'linux'", reason="it reads memory from /proc")
async def test_a_server_is_filled_and_loaded_and_its_memory_sampled() -> None:
    results = await measure(LOAD, Cores.chosen())
    assert results.filled == 3 * EXCHANGES
    assert len(results.samples) == 6
    assert results.samples[-1].turns > LOAD.at_once
    for sample in results.samples:
        assert sample.in_use.blocks > 100_000
        assert sample.resident.file_kb > 1_000
        assert 0 <= sample.in_use.heap_bytes < sample.resident.anonymous_kb * 1024
    report = render(results, LOAD)
    head = "| minutes | turns | resident MB | of it anonymous | Python's blocks | in use of the C library's heaps, MB |"
    assert head in report
    assert "\n3 sessions were filled in " in report


def test_the_slopes_leave_out_the_warm_up() -> None:
    results = _results(kb_a_minute=1_024).after(minutes=2)
    assert results.slope() == pytest.approx(60)
    assert results.slope(lambda one: one.resident.anonymous_kb) == pytest.approx(45)
    assert [third.slope() for third in results.thirds()] == pytest.approx([60, 60, 60])
    assert results.of_a_thousand_turns(lambda one: one.in_use.blocks) == pytest.approx(70)
    assert results.of_a_thousand_turns(lambda one: one.in_use.heap_bytes) == pytest.approx(5_120)


@pytest.mark.skipif("sys.platform != 'linux'", reason="it reads memory from /proc")
@pytest.mark.parametrize(("kb_a_minute", "exit_code"), [(32, 0), (36, 1)])
def test_growth_by_more_than_2_mb_an_hour_fails(
    kb_a_minute: int, exit_code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def measured(load: Load, cores: Cores) -> Results:
        return _results(kb_a_minute)

    monkeypatch.setattr(soak, "measure", measured)
    ran = CliRunner().invoke(soak.main, ["--minutes", "11", "--warm-up", "2"])
    assert ran.exit_code == exit_code
    assert " MB an hour after 2 minutes, " in ran.output
    assert ("Memory grew by 2.1 MB an hour, and may grow by 2." in ran.output) == bool(exit_code)


def _results(kb_a_minute: int) -> Results:
    """Return results of 12 minutes, the first two of which have more memory, a quarter of the growth in files."""
    samples = []
    for minute in range(12):
        kb, in_use = (109_000, InUse(9, 9)) if minute < 2 else (kb_a_minute * minute, InUse(7 * minute, 512 * minute))
        samples.append(Sample(60.0 * minute, Resident(100_000 + kb * 3 // 4, kb // 4), 100 * minute, in_use))
    return Results(samples, 1.0)

import pytest

from bench.machine import Cores
from bench.parts.uploads import Load, Results, measure, render

pytestmark = pytest.mark.skipif("sys.platform != 'linux'", reason="the benchmark reads /proc")


async def test_both_ways_are_measured_and_nothing_is_lost() -> None:
    available = Cores.chosen()
    everywhere = available.load | available.server
    load = Load(sizes_mb=(1, 2), large_files=1, small_files=5)

    results = await measure(load, Cores(everywhere, everywhere))

    assert results.peaks_mb.keys() == {(way, size) for way in ("by form", "by link") for size in (1, 2)}
    assert results.small_seconds > 0


def test_the_report_compares_the_memory_with_the_files() -> None:
    results = Results(idle_mb=100, small_seconds=1.5, small_peak_mb=8.0)
    results.peaks_mb = {("by form", 1): 4.0, ("by form", 20): 6.0}
    results.seconds = {("by form", 1): 2.0, ("by form", 20): 4.0}

    report = render(results, Load(sizes_mb=(1, 20)))

    assert "| 1 MB, by form | 4.0 | 4.00 | 4 |" in report
    assert "| 20 MB, by form | 6.0 | 0.30 | 40 |" in report
    assert "200 files of 4 KB at once: 1.50 s, none lost, 8.0 MB above rest. At rest the server has 100 MB." in report

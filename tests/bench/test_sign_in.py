import pytest

from bench.machine import Cores
from bench.parts.sign_in import Load, Results, measure, render
from bench.tokens import Pace

pytestmark = pytest.mark.skipif("sys.platform != 'linux'", reason="the benchmark reads /proc")


async def test_names_and_replies_are_compared() -> None:
    available = Cores.chosen()
    everywhere = available.load | available.server
    pace = Pace(tokens=5, gap_ms=1)
    load = Load(pairs=2, runs=1, replies=2, pace=pace, stagger_seconds=0, logins=2, logins_after_seconds=0)

    results = await measure(load, Cores(everywhere, everywhere))

    assert (len(results.known), len(results.unknown)) == (2, 2)
    assert [len(run) for run in results.alone + results.beside_logins] == [10, 10]
    assert len(results.logins_seconds) == 1


def test_the_report_takes_ratios_run_by_run() -> None:
    results = Results(known=[0.2] * 3, unknown=[0.3] * 3, logins_seconds=[3.0, 5.0, 4.0], other_cores=0.25)
    for alone, beside in ((1.0, 2.0), (10.0, 10.0), (1.0, 4.0)):
        results.alone.append([alone] * 100)
        results.beside_logins.append([beside] * 100)

    report = render(results, Load(pairs=3, runs=3))

    assert "| ms, p50 | 200.0 | 300.0 | 1.500 |" in report
    assert "3 pairs; the middle half of their ratios: 1.500 to 1.500." in report
    assert "| ms, p95 | 1.00 | 4.00 | 2.00 |" in report
    assert "the logins took 4.0 s" in report
    assert "kept 0.25 cores busy" in report

"""What two servers deliver beside one is measured, on servers that really run."""

import pytest

from bench.machine import Cores
from bench.parts.two_servers import MEASURED, Results, measure, render
from bench.scenarios import Load
from bench.tokens import Pace

pytestmark = pytest.mark.skipif("sys.platform != 'linux'", reason="the benchmark reads /proc")


async def test_each_scenario_is_measured_with_one_server_and_with_two() -> None:
    available = Cores.chosen()
    everywhere = available.load | available.server
    pace = Pace(tokens=5, gap_ms=1)
    load = Load(paced=pace, streams=2, stagger_seconds=0, burst=pace, clients=2, seconds=0)

    results = await measure(load, 1, Cores(everywhere, everywhere))

    for costs in (results.alone, results.together):
        assert {scenario: len(runs) for scenario, runs in costs.items()} == dict.fromkeys(MEASURED, 1)


def test_the_report_compares_run_by_run() -> None:
    results = Results(other_cores=[0.5])
    for scenario in MEASURED:
        results.alone[scenario] = [1.0, 4.0, 2.0]
        results.together[scenario] = [1.25, 4.0, 4.0]

    report = render(results)

    assert "| short: CPU ms per message | 2 | 4 | 1.60 |" in report
    assert "kept 0.50 cores busy" in report

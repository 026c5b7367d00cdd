"""Delivery across servers is measured, on servers that really run."""

import pytest

from bench.machine import Cores
from bench.parts.workers import BESIDE_REDIS, ELSEWHERE, WAYS, Load, Results, measure, render
from bench.tokens import Pace

pytestmark = pytest.mark.skipif("sys.platform != 'linux'", reason="the benchmark reads /proc")


async def test_each_way_is_measured_with_every_token() -> None:
    available = Cores.chosen()
    everywhere = available.load | available.server
    load = Load(runs=1, replies=2, pace=Pace(tokens=5, gap_ms=1), stagger_seconds=0)

    results = await measure(load, Cores(everywhere, everywhere))

    assert {way: [len(run) for run in runs] for way, runs in results.lateness.items()} == {way: [10] for way in WAYS}
    assert all(len(runs) == 1 for runs in results.cpu.values())


def test_the_report_compares_run_by_run() -> None:
    results = Results(other_cores=[0.5])
    for way in WAYS:
        results.cpu[way] = [2.0, 4.0, 3.0]
        results.commands[way] = results.redis_bytes[way] = [4.0, 4.0, 4.0]
    results.lateness = {way: [[1.0] * 3, [10.0] * 3, [1.0] * 3] for way in WAYS}
    results.lateness[ELSEWHERE] = [[2.0] * 3, [10.0] * 3, [4.0] * 3]
    results.cpu[BESIDE_REDIS] = [1.0, 1.0, 1.0]

    report = render(results, Load(runs=3))

    assert "| token late by ms p95 | 1 | 1 | 4 | 2 |" in report
    assert "| CPU ms per 1,000 tokens, all servers | 3 | 1 | 3 | 3 |" in report
    assert "| Redis: bytes received per token | 4 | 4 | 4 | 1 |" in report
    assert "kept 0.50 cores busy" in report

"""Metrics of several processes, which any of them shows as one server's."""

import json
import os
import subprocess
import sys

from gql_chat.infra.telemetry import metrics

WORKER = """
import asyncio, json, os, sys
from gql_chat.infra.telemetry import metrics

counter = metrics.Counter("of_test_total", "A count.", ("label",))
histogram = metrics.Histogram("of_test_seconds", "A time.", buckets=(1, 2))
total, greatest = metrics.gauge("of_test_sum", "A sum."), metrics.gauge("of_test_max", "A maximum.", merged="max")

async def run(number):
    counter.labels("a").inc(number)
    histogram.observe(number)
    greatest.set(number)
    with metrics.sampled(total, lambda: number):
        print(json.dumps([os.getpid(), (await metrics.render()).decode()]), flush=True)
        sys.stdin.readline()

asyncio.run(run(int(sys.argv[1])))
"""


def start(number: int, environment: dict[str, str]) -> tuple[subprocess.Popen[str], int, list[str]]:
    """Start a worker that counts, and return it with its process id and the page that it rendered."""
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(number)],
        env={**os.environ, **environment}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert worker.stdout is not None
    pid, page = json.loads(worker.stdout.readline())
    return worker, pid, sorted(line for line in page.splitlines() if line.startswith("of_test"))


def test_whichever_worker_is_asked_answers_for_all_that_live() -> None:
    with metrics.shared_by_workers() as environment:
        one, one_pid, page = start(1, environment)
        assert page == lines(1, total=1, greatest=1, buckets=(1, 1, 1), seconds=1)
        two, _, page = start(2, environment)
        assert page == lines(3, total=3, greatest=2, buckets=(1, 2, 2), seconds=3)
        one.kill()
        one.communicate()
        metrics.forget_worker(one_pid, environment)
        three, _, page = start(1, environment)
        assert page == lines(4, total=3, greatest=2, buckets=(2, 3, 3), seconds=4)
        for worker in (two, three):
            worker.communicate("\n")
            assert worker.returncode == 0
    assert not os.path.exists(environment[metrics.FOLDER_VARIABLE])


def lines(counted: float, *, total: float, greatest: float, buckets: tuple[int, int, int], seconds: float) -> list[str]:
    shown = [f'of_test_total{{label="a"}} {counted:.1f}']
    shown += [
        f'of_test_seconds_bucket{{le="{le}"}} {n:.1f}' for le, n in zip(("1.0", "2.0", "+Inf"), buckets, strict=True)
    ]
    shown += [f"of_test_seconds_sum {seconds:.1f}", f"of_test_seconds_count {buckets[-1]:.1f}"]
    return sorted([*shown, f"of_test_sum {total:.1f}", f"of_test_max {greatest:.1f}"])

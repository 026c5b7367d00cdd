"""How pytest-xdist spreads the tests: faults have a worker of their own, and the others share the processors."""

import os
from collections.abc import Sequence
from itertools import takewhile
from typing import Any

import pytest
from xdist.scheduler import WorkStealingScheduling  # type: ignore[import-untyped]
from xdist.scheduler.worksteal import MIN_PENDING  # type: ignore[import-untyped]

from tests.support.running.forkserver import forked_interpreter

APART = "tests/faults/"
NICENESS = 5
MORE_WORKERS = 2  # than processors


class FaultsApart(WorkStealingScheduling):  # type: ignore[misc]
    """The first worker begins with the faults, which mostly wait. The rest is spread evenly, and workers steal."""

    def _send_tests(self, node: Any, num: int) -> None:
        apart = sum(1 for _ in takewhile(lambda index: self.collection[index].startswith(APART), self.pending))
        super()._send_tests(node, apart if apart >= MIN_PENDING else num)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Start two workers more than there are processors, because tests wait for more than half of their time."""
    return (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1) + MORE_WORKERS


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(specs: Sequence[Any]) -> None:
    """Let workers be forked from the process that has imported everything (see `early`)."""
    for spec in specs:
        spec.python = forked_interpreter()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> WorkStealingScheduling | None:
    """Replace the scheduler of `--dist worksteal`."""
    return FaultsApart(config, log) if config.getvalue("dist") == "worksteal" else None


def pytest_configure(config: pytest.Config) -> None:
    """Let the faults, which are judged by the clock, go before all other tests."""
    if os.environ.get("PYTEST_XDIST_WORKER", "gw0") != "gw0" and config.getvalue("dist") == "worksteal":
        os.nice(NICENESS)

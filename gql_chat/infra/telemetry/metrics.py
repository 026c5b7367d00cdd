"""Metrics: each module defines its own instruments, and one page in Prometheus's text format shows all workers' values.

prometheus_client sums up processes by files in a shared folder, if an environment variable names one when it is
imported: a supervisor of several workers calls `shared_by_workers` and starts them with that variable.
https://prometheus.github.io/client_python/multiprocess/
"""

import asyncio
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final, Literal

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Gauge,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client import Counter as Counter
from prometheus_client import Histogram as Histogram
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE = CONTENT_TYPE_LATEST

_reads: Final[dict[Gauge, list[Callable[[], float]]]] = {}

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each metric, which nobody needs


def gauge(name: str, text: str, labels: tuple[str, ...] = (), *, merged: Literal["sum", "max"] = "sum") -> Gauge:
    """Create a gauge whose value for the server is the sum, or the maximum, over its running workers."""
    return Gauge(name, text, labels, multiprocess_mode="livesum" if merged == "sum" else "livemax")


_QUEUED = gauge("gql_chat_queue_size", "Items that wait or are being processed, by queue.", ("queue",))


@contextmanager
def sampled(instrument: Gauge, read: Callable[[], float]) -> Iterator[None]:
    """Sample the gauge by calling `read` while the block runs. Several reads of one gauge are summed."""
    reads = _reads.setdefault(instrument, [])
    reads.append(read)
    try:
        yield
    finally:
        reads.remove(read)
        _sample()


def queued(queue: str, count: Callable[[], int]) -> AbstractContextManager[None]:
    """Sample the size of the queue by calling `count` while the block runs."""
    return sampled(_QUEUED.labels(queue), count)


@contextmanager
def in_queue(queue: str) -> Iterator[None]:
    """Count one more item in the queue while the block runs."""
    _QUEUED.labels(queue).inc()
    try:
        yield
    finally:
        _QUEUED.labels(queue).dec()


async def take_samples() -> None:
    """Read all sampled gauges. Called often, so that the other workers can report this worker's values."""
    _sample()


async def render() -> bytes:
    """Return the metrics of the whole server, from any of its workers."""
    _sample()
    # Reading the files of many workers takes milliseconds.
    return await asyncio.to_thread(generate_latest, _registry())


@contextmanager
def shared_by_workers() -> Iterator[dict[str, str]]:
    """Yield the environment variables that workers need to share their metrics. Their files are deleted at the end."""
    with tempfile.TemporaryDirectory(prefix="gql-chat-metrics-") as folder:
        yield {FOLDER_VARIABLE: folder}


def forget_worker(pid: int, environment: dict[str, str]) -> None:
    """Drop the gauges of a worker that has died. Its counters stay counted."""
    mark_process_dead(pid, environment[FOLDER_VARIABLE])  # type: ignore[no-untyped-call]


def _registry() -> CollectorRegistry:
    if not os.environ.get(FOLDER_VARIABLE):
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _sample() -> None:
    for instrument, reads in _reads.items():
        instrument.set(sum(read() for read in reads))

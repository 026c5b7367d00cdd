"""Metrics: each room makes its own instruments, and one page in Prometheus' text format shows those of all workers.

prometheus_client adds processes up by files in a folder that they share, if an environment variable names one when it
is imported: whoever starts several workers calls `shared_by_workers` and starts them with that variable.
https://prometheus.github.io/client_python/multiprocess/
"""

import asyncio
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Final, Literal

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

__all__ = [
    "CONTENT_TYPE",
    "FOLDER_VARIABLE",
    "Counter",
    "Histogram",
    "forget_worker",
    "gauge",
    "in_queue",
    "page",
    "queued",
    "sampled",
    "sampled_all",
    "shared_by_workers",
    "take_samples",
]

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE = CONTENT_TYPE_LATEST

_reads: Final[dict[Gauge, list[Callable[[], float]]]] = {}

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, which nobody asks for


def gauge(name: str, text: str, labels: tuple[str, ...] = (), *, merged: Literal["sum", "max"] = "sum") -> Gauge:
    """A gauge whose value for the server is the sum, or the greatest, of those of its living workers."""
    return Gauge(name, text, labels, multiprocess_mode="livesum" if merged == "sum" else "livemax")


_QUEUED = gauge("gql_chat_queue_size", "What waits or is under way, by queue.", ("queue",))


@contextmanager
def sampled(instrument: Gauge, read: Callable[[], float]) -> Iterator[None]:
    """While the block runs, the gauge follows what can be read; of several reads it is the sum."""
    reads = _reads.setdefault(instrument, [])
    reads.append(read)
    try:
        yield
    finally:
        reads.remove(read)
        _sample()


@contextmanager
def sampled_all(reads: Mapping[Gauge, Callable[[], float]]) -> Iterator[None]:
    """While the block runs, each gauge follows what can be read."""
    with ExitStack() as stack:
        for instrument, read in reads.items():
            stack.enter_context(sampled(instrument, read))
        yield


def queued(queue: str, count: Callable[[], int]) -> AbstractContextManager[None]:
    """While the block runs, this is how much waits or is under way in the queue."""
    return sampled(_QUEUED.labels(queue), count)


@contextmanager
def in_queue(queue: str) -> Iterator[None]:
    """While the block runs, one more waits or is under way in the queue."""
    _QUEUED.labels(queue).inc()
    try:
        yield
    finally:
        _QUEUED.labels(queue).dec()


async def take_samples() -> None:
    """Read what is sampled: often, so that another worker can tell of this one."""
    _sample()


async def page() -> bytes:
    """All metrics of the server, whichever of its workers is asked."""
    _sample()
    # Reading the files of many workers takes milliseconds.
    return await asyncio.to_thread(generate_latest, _registry())


@contextmanager
def shared_by_workers() -> Iterator[dict[str, str]]:
    """What has to be in the environment of workers whose metrics are one server's; their files go with the block."""
    with tempfile.TemporaryDirectory(prefix="gql-chat-metrics-") as folder:
        yield {FOLDER_VARIABLE: folder}


def forget_worker(pid: int, environment: dict[str, str]) -> None:
    """A worker has died: what it counted stays counted, what it measured of itself is gone."""
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

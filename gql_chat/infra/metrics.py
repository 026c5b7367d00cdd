"""Metrics: each room makes its own instruments, and one page in Prometheus' text format shows those of all workers.

prometheus_client adds processes up by files in a folder that they share, if an environment variable names one when it
is imported: whoever starts several workers calls `shared_by_workers` and starts them with that variable.
https://prometheus.github.io/client_python/multiprocess/
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
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

from gql_chat.infra.periodic import every

__all__ = ["CONTENT_TYPE", "FOLDER_VARIABLE", "Counter", "Histogram", "gauge", "page", "sampled", "sampling"]

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE = CONTENT_TYPE_LATEST
SAMPLE_SECONDS = 1.0

_reads: Final[dict[Gauge, list[Callable[[], float]]]] = {}

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, which nobody asks for


def gauge(name: str, text: str, labels: tuple[str, ...] = (), *, merged: Literal["sum", "max"] = "sum") -> Gauge:
    """A gauge whose value for the server is the sum, or the greatest, of those of its living workers."""
    return Gauge(name, text, labels, multiprocess_mode="livesum" if merged == "sum" else "livemax")


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


@asynccontextmanager
async def sampling() -> AsyncIterator[None]:
    """Take samples every second for as long as the block runs, so that any worker can tell of all."""
    async with every(SAMPLE_SECONDS, _take_samples, "metrics"):
        yield


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


async def _take_samples() -> None:
    _sample()


def _sample() -> None:
    for instrument, reads in _reads.items():
        instrument.set(sum(read() for read in reads))

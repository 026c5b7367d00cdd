"""The reports of a worker process on itself: metrics, and OpenTelemetry traces.

The metrics are its presence, its memory and the lag of its event loop: every token of every reply waits for whatever
blocks the loop. Traces are switched on by the setting or by the OTEL_… variables that name their destination.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from pathlib import Path

import structlog

from gql_chat import __version__
from gql_chat.infra.tasks.periodic import run_every
from gql_chat.infra.telemetry.metrics import Histogram, gauge, sampled, take_samples
from gql_chat.server import CannotStart
from gql_chat.settings import Settings

SERVICE = "gql-chat"
DESTINATIONS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
LAG_SECONDS = 0.25
SAMPLE_SECONDS = 1.0

VERSION = gauge("gql_chat_info", "Always 1; the label holds the version.", ("version",), merged="max")
WORKERS = gauge("gql_chat_workers", "Running workers.")
MEMORY = gauge("gql_chat_memory_bytes", "Resident memory of all workers; Linux only.")
LAG = Histogram(
    "gql_chat_event_loop_lag_seconds",
    "How late a timer of the event loop fired, measured four times a second in each worker.",
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)

_STATM = Path("/proc/self/statm")  # https://man7.org/linux/man-pages/man5/proc_pid_statm.5.html

log = structlog.get_logger(__name__)


@asynccontextmanager
async def collect_process_metrics(version: str) -> AsyncIterator[None]:
    """Measure the process, and sample all other gauges, for as long as the block runs."""
    async with AsyncExitStack() as stack:
        stack.enter_context(sampled(VERSION.labels(version), lambda: 1))
        stack.enter_context(sampled(WORKERS, lambda: 1))
        stack.enter_context(sampled(MEMORY, _resident_bytes))
        await stack.enter_async_context(run_every(SAMPLE_SECONDS, take_samples, "metrics"))
        stack.callback(_LagTimer(asyncio.get_running_loop()).stop)
        yield


@asynccontextmanager
async def traces(settings: Settings) -> AsyncIterator[None]:
    """Export traces while the block runs, if the settings or the environment ask for it. Raises CannotStart."""
    if not _are_wanted(settings, os.environ):
        yield
        return
    try:
        otel = import_module("gql_chat.infra.telemetry.otel")  # only here, because its packages are an extra
    except ModuleNotFoundError as exc:
        if settings.tracing == "on":
            raise CannotStart(
                "GQL_CHAT_TRACING: needs packages that are not installed: pip install gql-chat[otel]"
            ) from exc
        log.warning("not_traced", reason="OTEL_… variables are set, but the extra gql-chat[otel] is not installed.")
        yield
        return
    async with otel.export_traces(SERVICE, __version__):
        yield


class _LagTimer:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._schedule()

    def stop(self) -> None:
        self._timer.cancel()

    def _schedule(self) -> None:
        self._due = self._loop.time() + LAG_SECONDS
        self._timer = self._loop.call_at(self._due, self._observe)

    def _observe(self) -> None:
        LAG.observe(max(self._loop.time() - self._due, 0.0))
        self._schedule()


def _resident_bytes() -> int:
    if not sys.platform.startswith("linux"):
        return 0
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _are_wanted(settings: Settings, environ: Mapping[str, str]) -> bool:
    if settings.tracing == "off" or environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    if settings.tracing == "on":
        return True
    return environ.get("OTEL_TRACES_EXPORTER", "") != "none" and any(environ.get(name) for name in DESTINATIONS)

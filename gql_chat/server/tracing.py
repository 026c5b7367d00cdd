"""OpenTelemetry traces, switched on by the setting or by the OTEL_… variables that name their destination."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib import import_module

import structlog

from gql_chat import __version__
from gql_chat.server import CannotStart
from gql_chat.settings import Settings

SERVICE = "gql-chat"
DESTINATIONS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")

log = structlog.get_logger(__name__)


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


def _are_wanted(settings: Settings, environ: Mapping[str, str]) -> bool:
    if settings.tracing == "off" or environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    if settings.tracing == "on":
        return True
    return environ.get("OTEL_TRACES_EXPORTER", "") != "none" and any(environ.get(name) for name in DESTINATIONS)

"""Settings of logs, traces and metrics."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from gql_chat.settings.sections.section import Section
from gql_chat.settings.types import Hosts, LogLevel


class TelemetrySettings(Section):
    """Logs and metrics: what is logged, traced and counted."""

    log_level: LogLevel = "INFO"
    """The lowest level to log: `DEBUG`, `INFO`, `WARNING` or `ERROR`."""
    log_format: Literal["auto", "json", "text"] = "auto"
    """`json`, `text`, or `auto`: text on a terminal, else JSON."""
    access_log: bool = True
    """Log each request and operation: `on` or `off`."""
    tracing: Literal["auto", "on", "off"] = "auto"
    """OpenTelemetry traces, which need `pip install gql-chat[otel]`. `auto`: on if `OTEL_EXPORTER_OTLP_ENDPOINT` or
    `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` is set."""
    traced_hosts: Hosts = ()
    """Comma-separated hosts of models that get the `traceparent` of a call: your own LiteLLM or vLLM, never a server
    of others."""
    metrics_token: Annotated[SecretStr, Field(min_length=16)] | None = None
    """The bearer token with which Prometheus reads `/metrics`, at least 16 characters. Without it there is no such
    page."""
    metrics_open: bool = False
    """`on` lets everybody who reaches the server read `/metrics`: for private networks only."""

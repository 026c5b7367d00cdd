"""Traces by OpenTelemetry, sent as OTLP over HTTP. The SDK reads its OTEL_… variables: endpoint, sampling, resource.

https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from gql_chat.infra.telemetry.request_context import current_request
from gql_chat.infra.telemetry.tracing import Kind, Value, use_tracer

_propagator = TraceContextTextMapPropagator()


@asynccontextmanager
async def export_traces(name: str, version: str) -> AsyncIterator[None]:
    """Trace and export for as long as the block runs, and send the remaining spans at its end."""
    named = Resource({SERVICE_NAME: name, SERVICE_VERSION: version})
    provider = TracerProvider(
        resource=named.merge(OTELResourceDetector().detect()), id_generator=_Ids(), shutdown_on_exit=False
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    try:
        with use_tracer(_Tracer(provider.get_tracer(name, version))):
            yield
    finally:
        await asyncio.to_thread(provider.shutdown)


class _Ids(RandomIdGenerator):
    """Gives a new trace the trace id that the logs, and the response to the client, have for the request."""

    def generate_trace_id(self) -> int:
        request = current_request()
        return int(request.trace_id, 16) if request else super().generate_trace_id()


class _Tracer:
    def __init__(self, tracer: trace.Tracer) -> None:
        self._tracer = tracer

    @contextmanager
    def span(self, name: str, kind: Kind) -> Iterator["_Span"]:
        with self._tracer.start_as_current_span(
            name, context=_parent(), kind=trace.SpanKind[kind], record_exception=False, set_status_on_exception=False
        ) as span:
            # Exceptions are not recorded: their texts may hold what users wrote.
            yield _Span(span)

    def outgoing_headers(self) -> Mapping[str, str]:
        headers: dict[str, str] = {}
        _propagator.inject(headers)
        return headers


class _Span:
    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def set_attributes(self, **attributes: Value | None) -> None:
        for name, value in attributes.items():
            if value is not None:
                self._span.set_attribute(name.replace("__", "."), value)

    def fail(self, error_type: str) -> None:
        self._span.set_attribute("error.type", error_type)
        self._span.set_status(trace.StatusCode.ERROR)


def _parent() -> Context | None:
    """Return the client's span for the first span of a request, and None, the task's current span, for all others."""
    request = current_request()
    if request is None or request.traceparent is None or trace.get_current_span().get_span_context().is_valid:
        return None
    return _propagator.extract({"traceparent": request.traceparent})

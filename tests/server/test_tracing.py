"""Traces, as a collector on the same machine receives them by OTLP."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from gql_chat.api.engine.instrumentation import SUBSCRIPTIONS
from gql_chat.server import CannotStart
from gql_chat.server.telemetry import traces
from gql_chat.settings import load_settings
from tests.support.chat import Chat, run_chat
from tests.support.client import WATCH
from tests.support.demo import Script, failures

TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE_ID}-{SPAN_ID}-01"
SEND = 'mutation Say { sendMessage(input: {text: "a secret word", wait: true}) { reply { status } } }'


class Collector:
    """What it was sent."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.resources: list[dict[str, Any]] = []
        self.bodies = b""

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.bodies += body
        for batch in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.resources.append(values(batch.resource))
            self.spans += [span for scope in batch.scope_spans for span in scope.spans]
        return web.Response()

    def span(self, name: str) -> Span:
        (found,) = (span for span in self.spans if span.name == name)
        return found


def values(holder: Any) -> dict[str, Any]:
    return {
        attribute.key: getattr(attribute.value, attribute.value.WhichOneof("value")) for attribute in holder.attributes
    }


@pytest.fixture
async def collector(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Collector]:
    collected = Collector()
    app = web.Application()
    app.router.add_post("/v1/traces", collected.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{runner.addresses[0][1]}")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test")
    yield collected
    await runner.cleanup()


@asynccontextmanager
async def traced_chat(sqlite_url: str, tmp_path: Path, **more: Any) -> AsyncIterator[tuple[Chat, dict[str, str]]]:
    """Yield a server, and the headers of a user whose requests belong to our trace."""
    async with run_chat(sqlite_url, tmp_path, **more) as chat:
        ada = await chat.sign_up("ada")
        yield chat, {"Authorization": f"Bearer {ada.token}", "traceparent": TRACEPARENT}


async def post(chat: Chat, headers: dict[str, str], query: str) -> Any:
    async with chat.http.post(f"{chat.origin}/graphql", json={"query": query}, headers=headers) as response:
        return response, await response.json()


async def test_a_message_is_traced_from_the_client_to_the_model(
    collector: Collector, sqlite_url: str, tmp_path: Path
) -> None:
    async with traced_chat(sqlite_url, tmp_path) as (chat, headers):
        response, _ = await post(chat, headers, SEND)
        assert response.headers["x-trace-id"] == TRACE_ID
        headers_sent = chat.demo.requests[-1].headers
    operation, prompt, call = (collector.span(name) for name in ("mutation sendMessage", "prompt", "chat demo"))
    assert {span.trace_id.hex() for span in (operation, prompt, call)} == {TRACE_ID}
    assert operation.parent_span_id.hex() == SPAN_ID
    assert prompt.parent_span_id == call.parent_span_id == operation.span_id
    assert (operation.kind, call.kind) == (Span.SPAN_KIND_SERVER, Span.SPAN_KIND_CLIENT)
    told = values(operation)
    assert told["graphql.operation.name"] == "Say"
    assert (told["graphql.operation.type"], told["gql_chat.code"]) == ("mutation", "OK")
    told = values(call)
    assert (told["gen_ai.operation.name"], told["gen_ai.request.model"]) == ("chat", "demo")
    assert told["server.address"] == "127.0.0.1"
    assert told["gen_ai.usage.input_tokens"] > 0
    assert told["gen_ai.usage.output_tokens"] > 0
    assert collector.resources[0]["service.name"] == "gql-chat"
    assert collector.resources[0]["deployment.environment"] == "test"
    assert "traceparent" not in headers_sent
    for text in (b"a secret word", b"sk-server-key-of-tests", headers["Authorization"].encode()):
        assert text not in collector.bodies


async def test_without_a_trace_of_the_client_there_is_one_under_the_id_that_it_is_told(
    collector: Collector, sqlite_url: str, tmp_path: Path
) -> None:
    async with traced_chat(sqlite_url, tmp_path) as (chat, headers):
        del headers["traceparent"]
        response, _ = await post(chat, headers, "{ me { id } }")
        trace_id = response.headers["x-trace-id"]
    assert collector.span("query me").trace_id.hex() == trace_id
    assert collector.span("query me").parent_span_id == b""


async def test_faults_are_marked_and_clients_mistakes_are_not(
    collector: Collector, sqlite_url: str, tmp_path: Path
) -> None:
    async with traced_chat(sqlite_url, tmp_path) as (chat, headers):
        chat.demo.script("demo", Script(fail=failures.rate_limited()))
        await post(chat, headers, SEND)
        await post(chat, {}, "{ me { id } }")
    call, mistake = collector.span("chat demo"), collector.span("query me")
    assert (call.status.code, values(call)["error.type"]) == (2, "RATE_LIMITED")
    assert (mistake.status.code, values(mistake)["gql_chat.code"]) == (0, "UNAUTHENTICATED")


async def test_a_model_of_ones_own_is_told_the_trace(collector: Collector, sqlite_url: str, tmp_path: Path) -> None:
    async with traced_chat(sqlite_url, tmp_path, TRACED_HOSTS="127.0.0.1, litellm.internal") as (chat, headers):
        await post(chat, headers, SEND)
        told = chat.demo.requests[-1].headers["traceparent"]
    assert told == f"00-{TRACE_ID}-{collector.span('chat demo').span_id.hex()}-01"


async def test_subscriptions_are_spans_on_websockets_too(collector: Collector, sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path) as chat:
        ada = await chat.sign_up("ada")
        reply_id = (await ada.send())["reply"]["id"]
        await ada.watch_to_end(reply_id)
    watched, sent = collector.span("subscription reply"), collector.span("mutation sendMessage")
    assert watched.trace_id != sent.trace_id
    assert collector.span("chat demo").trace_id == sent.trace_id


async def runs(field: str) -> None:
    """Return when a subscription of this field does."""
    async with asyncio.timeout(10):
        while SUBSCRIPTIONS.labels(field)._value.get() != 1:
            await asyncio.sleep(0.01)


async def test_a_subscription_that_is_left_ends_its_span_in_peace(
    collector: Collector, sqlite_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with run_chat(sqlite_url, tmp_path) as chat:
        ada = await chat.sign_up("ada")
        chat.demo.drive("demo")
        reply_id = (await ada.send())["reply"]["id"]
        async with ada.connect() as socket:
            payload = {"query": "subscription { changes { __typename } }"}
            await socket.raw.send_json({"id": "1", "type": "subscribe", "payload": payload})
            await runs("changes")
            await socket.raw.send_json({"id": "1", "type": "complete"})
            query = {"query": WATCH, "variables": {"id": reply_id, "offset": 0}}
            await socket.raw.send_json({"id": "2", "type": "subscribe", "payload": query})
            await runs("reply")
        headers = {"Authorization": f"Bearer {ada.token}", "Accept": "text/event-stream"}
        async with chat.http.post(f"{chat.origin}/graphql", json=payload, headers=headers) as stream:
            await stream.content.readline()
            await runs("changes")
    assert [span.name for span in collector.spans].count("subscription changes") == 2
    assert collector.span("subscription reply").status.code == 0
    assert [record for record in caplog.records if record.name.startswith("opentelemetry")] == []


@pytest.mark.parametrize(
    ("setting", "variables"),
    [("off", {}), ("auto", {"OTEL_SDK_DISABLED": "true"}), ("auto", {"OTEL_TRACES_EXPORTER": "none"})],
)
async def test_it_can_be_off_although_the_variables_are_there(
    collector: Collector, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, variables: Any
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    async with traced_chat(sqlite_url, tmp_path, TRACING=setting) as (chat, headers):
        await post(chat, headers, "{ me { id } }")
    assert collector.spans == []


async def test_a_collector_that_is_away_harms_nobody(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    async with asyncio.timeout(30), traced_chat(sqlite_url, tmp_path, TRACING="on") as (chat, headers):
        assert (await post(chat, headers, SEND))[1]["data"]


def test_wanted_but_not_installed_it_keeps_a_server_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    monkeypatch.delitem(sys.modules, "gql_chat.infra.telemetry.otel", raising=False)
    settings = load_settings({"GQL_CHAT_DATA_DIR": str(tmp_path), "GQL_CHAT_TRACING": "on"})

    async def start() -> None:
        async with traces(settings):
            pass

    with pytest.raises(CannotStart, match=r"^GQL_CHAT_TRACING: .* pip install gql-chat\[otel\]$"):
        asyncio.run(start())

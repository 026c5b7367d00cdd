"""Metrics: who may read them, and that they count what happens."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gql_chat import __version__
from gql_chat.infra.db.database import execute, transaction
from gql_chat.infra.telemetry import metrics
from tests.support.chat import Chat, run_chat
from tests.support.demo import Script, failures

TOKEN = "the-metrics-token-of-tests"


async def read(chat: Chat) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Return every sample, by its name and labels."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with chat.http.get(f"{chat.origin}/metrics", headers=headers) as response:
        assert response.status == 200
        assert response.headers["content-type"].startswith("text/plain; version=")
        page = await response.text()
    families = text_string_to_metric_families(page)
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


@pytest.fixture
async def measured(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Chat]:
    async with run_chat(sqlite_url, tmp_path, METRICS_TOKEN=TOKEN) as chat:
        yield chat


async def test_metrics_are_for_who_shows_the_token(measured: Chat) -> None:
    for authorization in (None, "", "Bearer", f"Bearer {TOKEN}x", TOKEN, f"Basic {TOKEN}", "Bearer \xe9"):
        headers = {} if authorization is None else {"Authorization": authorization}
        async with measured.http.get(f"{measured.origin}/metrics", headers=headers) as response:
            assert (response.status, response.headers["www-authenticate"]) == (401, "Bearer")
            assert "gql_chat" not in await response.text()
    assert await read(measured)


async def test_without_a_token_there_is_no_page(chat: Chat) -> None:
    async with chat.http.get(f"{chat.origin}/metrics", headers={"Authorization": "Bearer "}) as response:
        assert response.status == 404


async def test_it_can_be_open_to_a_private_network(sqlite_url: str, tmp_path: Path) -> None:
    async with (
        run_chat(sqlite_url, tmp_path, METRICS_OPEN="on") as chat,
        chat.http.get(f"{chat.origin}/metrics") as response,
    ):
        assert response.status == 200


def key(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset(labels.items())


async def test_operations_are_counted_by_root_field_and_code(measured: Chat) -> None:
    ada = await measured.sign_up("ada")
    before = await read(measured)
    await ada.post("query MyOwnName { me { id } }")
    await ada.post("query { a: me { id } ...on Query { me { username } } }")
    await measured.stranger.post("{ me { id } }")
    await ada.post("query { me { id } personas { name } }")
    await ada.post("{ nothing }")
    await ada.send(wait=True)
    after = await read(measured)

    def counted(**labels: str) -> float:
        sample = key("gql_chat_operations_total", **labels)
        return after.get(sample, 0) - before.get(sample, 0)

    assert counted(type="query", field="me", code="OK") == 2
    assert counted(type="query", field="me", code="UNAUTHENTICATED") == 1
    assert counted(type="query", field="(several)", code="OK") == 1
    assert counted(type="", field="(rejected)", code="GRAPHQL_VALIDATION_FAILED") == 1
    assert counted(type="mutation", field="sendMessage", code="OK") == 1
    assert after[key("gql_chat_operation_seconds_count", type="mutation", field="sendMessage")] >= 1
    assert not any("MyOwnName" in value for _, labels in after for _, value in labels)


async def test_what_fails_before_it_is_known_who_asks_counts_too(measured: Chat) -> None:
    ada = await measured.sign_up("ada")
    rejected = key("gql_chat_operations_total", type="", field="(rejected)", code="INTERNAL")
    before = await read(measured)
    await execute("ALTER TABLE sign_ins RENAME TO gone")
    assert (await ada.post("{ me { id } }"))["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert (await read(measured))[rejected] == before.get(rejected, 0) + 1


async def test_running_subscriptions_are_shown(measured: Chat) -> None:
    ada = await measured.sign_up("ada")
    running = key("gql_chat_subscriptions", field="changes")
    async with ada.connect() as socket:
        waiting = asyncio.create_task(anext(socket.subscribe("subscription { changes { __typename } }")))
        async with asyncio.timeout(10):
            while (await read(measured)).get(running) != 1:
                await asyncio.sleep(0.01)
        waiting.cancel()
    async with asyncio.timeout(10):
        while (await read(measured))[running] != 0:
            await asyncio.sleep(0.01)


async def test_http_requests_are_counted_by_the_paths_beginning(measured: Chat) -> None:
    before = await read(measured)
    for path in ("/healthz", "/wp-login.php", "/graphiql/a/b/c", "//x", "/graphql?query={__typename}"):
        async with measured.http.get(measured.origin + path) as response:
            await response.read()
    async with measured.http.request("PROPFIND", f"{measured.origin}/healthz") as response:
        assert response.status == 405
    after = await read(measured)

    def counted(**labels: str) -> float:
        sample = key("gql_chat_http_requests_total", **labels)
        return after.get(sample, 0) - before.get(sample, 0)

    assert counted(method="GET", path="/healthz", status="200") == 1
    assert counted(method="(other)", path="/healthz", status="405") == 1
    assert counted(method="GET", path="(other)", status="404") == 1
    assert counted(method="GET", path="/graphiql", status="404") == 1
    assert counted(method="GET", path="/graphql", status="200") == 1


async def test_replies_are_told_by_how_they_ended(measured: Chat) -> None:
    ada = await measured.sign_up("ada")
    before = await read(measured)
    await ada.send(wait=True)
    measured.demo.script("demo", Script(fail=failures.rate_limited()))
    assert (await ada.send(wait=True))["reply"]["status"] == "FAILED"
    driven = measured.demo.drive("demo")
    reply_id = (await ada.send())["reply"]["id"]
    await (await driven.next_call()).send("one")
    await ada.run("mutation ($id: ID!) { stopReply(messageId: $id) { id } }", id=reply_id)
    after = await read(measured)

    def more(name: str, **labels: str) -> float:
        return after[key(name, **labels)] - before.get(key(name, **labels), 0)

    assert more("gql_chat_replies_total", status="COMPLETED", error="") == 1
    assert more("gql_chat_replies_total", status="FAILED", error="RATE_LIMITED") == 1
    assert more("gql_chat_replies_total", status="STOPPED", error="") == 1
    assert more("gql_chat_reply_seconds_count") == 3
    assert 0 < more("gql_chat_reply_seconds_sum") < 60
    assert more("gql_chat_reply_first_token_seconds_count") == 2
    assert more("gql_chat_reply_tokens_total", kind="prompt", source="PROVIDER") > 0
    assert more("gql_chat_reply_tokens_total", kind="completion", source="ESTIMATED") == 1


async def test_a_worker_tells_how_it_is(measured: Chat) -> None:
    ada = await measured.sign_up("ada")
    measured.demo.drive("demo")
    async with ada.connect():
        await ada.send()
        now = await read(measured)
    assert now[key("gql_chat_info", version=__version__)] == 1
    assert now[key("gql_chat_workers")] == now[key("gql_chat_websockets")] == 1
    assert now[key("gql_chat_replies_being_written")] == 1
    assert now[key("gql_chat_draining")] == 0
    assert now[key("gql_chat_memory_bytes")] > 10_000_000 or not sys.platform.startswith("linux")
    assert now[key("gql_chat_database_connections", state="open")] == 1
    assert now[key("gql_chat_queue_size", queue="emails")] == 0
    lag = key("gql_chat_event_loop_lag_seconds_count")
    async with asyncio.timeout(10):
        while (await read(measured))[lag] <= now[lag]:
            await asyncio.sleep(0.05)


async def test_what_a_worker_was_is_gone_when_it_has_ended(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path):
        assert b"\ngql_chat_workers 1.0\n" in await metrics.render()
    assert b"\ngql_chat_workers 0.0\n" in await metrics.render()


async def test_the_pool_of_connections_is_shown(postgres_url: str, tmp_path: Path) -> None:
    async with run_chat(postgres_url, tmp_path, METRICS_TOKEN=TOKEN, DATABASE_POOL_SIZE=3) as chat:

        async def states() -> tuple[float, float, float]:
            now = await read(chat)
            allowed, opened, in_use = (
                now[key("gql_chat_database_connections", state=state)] for state in ("allowed", "open", "in_use")
            )
            return allowed, opened, in_use

        async with transaction(), asyncio.timeout(10):
            await execute("DELETE FROM changes")
            while (await states())[2] != 1:  # the house-keeping at the start may have another one for a moment
                await asyncio.sleep(0.01)
            allowed, opened, _ = await states()
    assert allowed == 3
    assert 1 <= opened <= 3

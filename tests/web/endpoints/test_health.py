"""Whether the server lives, and whether it should be sent requests."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from structlog.testing import capture_logs

from gql_chat.infra.db import migrations
from gql_chat.infra.db.database import execute
from gql_chat.infra.telemetry import metrics
from gql_chat.web.endpoints import health
from gql_chat.web.endpoints.health import Finding, Health, State
from tests.support.backing_services.postgres import Postgres
from tests.support.backing_services.valkey import Valkey
from tests.support.chat import Chat, run_chat
from tests.support.refusals import error_of

OK = {"status": "ok"}
LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }"


async def readiness(chat: Chat) -> tuple[int, dict[str, Any]]:
    async with chat.http.get(f"{chat.origin}/readyz") as response:
        assert response.headers["cache-control"] == "no-store"
        return response.status, await response.json()


@pytest.fixture
def always_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "FRESH_SECONDS", 0)


async def test_healthz_says_ok(chat: Chat) -> None:
    async with chat.http.get(f"{chat.origin}/healthz") as response:
        assert (response.status, await response.text()) == (200, "ok\n")


async def test_a_server_is_ready_when_its_database_is_up_to_date(always_fresh: None, chat_on_each: Chat) -> None:
    ready = {"status": "ok", "checks": {"database": OK}}
    assert await readiness(chat_on_each) == (200, ready)
    # A later version has migrated it: this one goes on until it is replaced.
    await execute("INSERT INTO aerich (version, app, content) VALUES ('999_later.py', 'models', '{}')")
    assert await readiness(chat_on_each) == (200, ready)
    await execute("DELETE FROM aerich WHERE version LIKE '0_%'")
    lacking = {"status": "down", "detail": "lacks 1 migration(s)"}
    assert await readiness(chat_on_each) == (503, {"status": "down", "checks": {"database": lacking}})


async def test_a_later_version_that_is_installed_beside_a_running_server_needs_nothing_of_it(
    always_fresh: None, chat: Chat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = tmp_path / "later"
    shutil.copytree(migrations.migrations_folder(), later)
    (later / "999_20990101000000_later.py").touch()
    monkeypatch.setattr(migrations, "migrations_folder", lambda: later)
    assert (await readiness(chat))[0] == 200


async def test_a_server_without_its_database_is_not_ready_and_says_so_soon(
    always_fresh: None, postgres_url: str, tmp_path: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "DATABASE_SECONDS", 0.5)
    async with run_chat(postgres_url, tmp_path) as chat:
        assert (await readiness(chat))[0] == 200
        with postgres.frozen():
            async with asyncio.timeout(3):  # asyncpg waits five seconds for a statement that it has cancelled
                status, body = await readiness(chat)
        assert status == 503
        assert body["checks"]["database"] == {"status": "down", "detail": "did not answer within 0.5 seconds"}
        with postgres.stopped():
            status, body = await readiness(chat)
        assert (status, body["checks"]["database"]) == (503, {"status": "down", "detail": "does not answer"})
        async with asyncio.timeout(20):
            while (await readiness(chat))[0] != 200:
                await asyncio.sleep(0.05)


async def test_a_server_that_is_about_to_end_is_sent_nothing_more(chat: Chat) -> None:
    chat.server.application.refuse_replies()
    status, body = await readiness(chat)
    assert (status, body["status"]) == (503, "down")
    assert body["checks"] == {
        "database": OK,
        "server": {"status": "down", "detail": "is shutting down"},
    }
    async with chat.http.get(f"{chat.origin}/healthz") as response:
        assert response.status == 200


async def test_a_lost_redis_is_told_and_does_not_matter(
    always_fresh: None, sqlite_url: str, tmp_path: Path, own_redis: Valkey
) -> None:
    async with run_chat(sqlite_url, tmp_path, REDIS_URL=own_redis.url) as chat:
        assert await readiness(chat) == (200, {"status": "ok", "checks": {"database": OK, "redis": OK}})
        assert b"\ngql_chat_redis_lost 0.0\n" in await metrics.render()
        own_redis.kill()
        async with asyncio.timeout(20):
            while (await readiness(chat))[1]["status"] == "ok":
                await asyncio.sleep(0.02)
        lost = {"status": "degraded", "detail": "cannot be used now"}
        assert await readiness(chat) == (200, {"status": "degraded", "checks": {"database": OK, "redis": lost}})
        assert b"\ngql_chat_redis_lost 1.0\n" in await metrics.render()
        own_redis.start()
        async with asyncio.timeout(20):
            while (await readiness(chat))[1]["status"] != "ok":
                await asyncio.sleep(0.02)


async def test_a_redis_that_refuses_writes_is_told_and_used_again_without_a_restart(
    always_fresh: None, sqlite_url: str, tmp_path: Path, own_redis: Valkey
) -> None:
    async with run_chat(sqlite_url, tmp_path, REDIS_URL=own_redis.url, RATE_LIMITS="on") as chat:
        with capture_logs() as logs, own_redis.failing_snapshots():
            for _ in range(3):  # each is counted by several limits
                wrong = {"login": "ada", "password": "wrong horse"}
                assert (await error_of(chat.stranger, LOGIN, input=wrong))[0] == "UNAUTHENTICATED"
            assert (await readiness(chat))[1]["checks"]["redis"]["status"] == "degraded"
        async with asyncio.timeout(20):
            while (await readiness(chat))[1]["status"] != "ok":
                await asyncio.sleep(0.02)
    assert [line["event"] for line in logs if line["event"].startswith("redis")] == ["redis_lost"]


async def test_however_many_ask_the_database_is_looked_at_once_in_a_while() -> None:
    looks = 0

    async def look() -> Finding:
        nonlocal looks
        looks += 1
        await asyncio.sleep(0)
        return Finding(State.OK)

    async with served(Health(is_draining=lambda: False, check_database=look)) as client:
        responses = await asyncio.gather(*(client.get("/readyz") for _ in range(20)))
        responses.append(await client.get("/readyz"))
    assert {response.status_code for response in responses} == {200}
    assert looks == 1


def served(looked: Health) -> httpx2.AsyncClient:
    app = Starlette(routes=[Route("/readyz", looked.ready)])
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://test")

"""Budgets of operations over HTTP and WebSocket: refused before they run, and an honest heavy user meets no bound."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gql_chat.chats.models import ChatSession
from gql_chat.infra.telemetry.throttled_log import warn_throttled
from tests.support.chat import run_chat
from tests.support.client import Client, GraphQLErrors

CREATE = "mutation { createSession(input: {}) { id } }"
ME = "{ me { id } }"
PAGE = [
    ME,
    "{ sessions(first: 50) { nodes { id title } } }",
    "{ keys { id } }",
    "{ personas { name } }",
    "{ usage { calls } }",
]


@pytest.fixture(autouse=True)
def new_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let each test see its first refusal logged."""
    throttled: Any = warn_throttled
    monkeypatch.setattr(throttled.__self__, "_entries", {})
    return iter([None])


async def respond(client: Client, query: str, **headers: str) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Return the status, the headers and the body of a response."""
    if client.token:
        headers["authorization"] = f"Bearer {client.token}"
    async with client.http.post(f"{client.origin}/graphql", json={"query": query}, headers=headers) as response:
        return response.status, {name.lower(): value for name, value in response.headers.items()}, await response.json()


async def test_an_operation_beyond_the_budget_is_refused_before_it_runs_and_logged_once(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with run_chat(sqlite_url, tmp_path, RATE_LIMITS="on", OPERATIONS_PER_MINUTE_PER_USER=8) as chat:
        ada, bob = await chat.sign_up("ada"), await chat.sign_up("bob")
        with capture_logs() as logs:
            answers = [await respond(ada, CREATE, accept="application/json") for _ in range(10)]
        assert Counter(status for status, _, _ in answers) == {200: 4, 429: 6}
        assert await ChatSession.all().count() == 4
        _, headers, body = answers[-1]
        [error] = body["errors"]
        assert error["extensions"] == {"code": "RATE_LIMITED", "retryAfterSeconds": int(headers["retry-after"])}
        assert 1 <= error["extensions"]["retryAfterSeconds"] <= 15
        assert "data" not in body
        refused = [line for line in logs if line["log_level"] == "warning"]
        [sign_in] = [line["source"] for line in refused]
        assert sign_in.startswith("operations:sign-in:")
        assert "data" in (await respond(bob, ME))[2]


async def test_what_is_left_is_in_headers_and_once_it_is_less_than_half_in_the_response(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with run_chat(sqlite_url, tmp_path, RATE_LIMITS="on", OPERATIONS_PER_MINUTE_PER_USER=8) as chat:
        ada = await chat.sign_up("ada")
        answers = [await respond(ada, ME) for _ in range(4)]
    policies = {headers["ratelimit-policy"] for _, headers, _ in answers}
    assert policies == {'"operations";q=4;w=60, "cpu-ms";q=10000;w=60, "cost";q=500000;w=60'}
    left = [headers["ratelimit"].partition(",")[0] for _, headers, _ in answers]
    assert left == ['"operations";r=3;t=15', '"operations";r=2;t=30', '"operations";r=1;t=45', '"operations";r=0;t=60']
    remainders = [body.get("extensions", {}).get("rateLimit", {}).get("operations") for _, _, body in answers]
    assert remainders == [
        None, None,
        {"limit": 4, "remaining": 1, "resetSeconds": 45}, {"limit": 4, "remaining": 0, "resetSeconds": 60},
    ]  # fmt: skip


async def test_a_request_for_an_unknown_document_counts_as_an_operation(sqlite_url: str, tmp_path: Path) -> None:
    limits = {"RATE_LIMITS": "on", "OPERATIONS_PER_MINUTE_PER_USER": 8}
    async with run_chat(sqlite_url, tmp_path, TRUSTED_DOCUMENTS="on", **limits) as chat:
        ada, codes = await chat.sign_up("ada"), []
        headers = {"authorization": f"Bearer {ada.token}"}
        for number in range(6):
            unknown = {"documentId": f"unknown-{number}"}
            async with chat.http.post(f"{chat.origin}/graphql", json=unknown, headers=headers) as response:
                [error] = (await response.json())["errors"]
            codes.append(error["extensions"]["code"])
    assert codes == ["PERSISTED_QUERY_NOT_FOUND"] * 4 + ["RATE_LIMITED"] * 2


async def test_a_websocket_refuses_one_operation_and_stays_open(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, RATE_LIMITS="on", OPERATIONS_PER_MINUTE_PER_USER=4) as chat:
        ada = await chat.sign_up("ada")
        async with ada.connect() as socket:
            for _ in range(2):
                assert [data async for data in socket.subscribe(ME)] == [{"me": {"id": ada.user_id}}]
            for _ in range(3):
                with pytest.raises(GraphQLErrors) as refused:
                    await anext(socket.subscribe(ME))
                assert refused.value.codes == ["RATE_LIMITED"]
                assert refused.value.errors[0]["extensions"]["retryAfterSeconds"] <= 30
            assert not socket.raw.closed


async def test_a_flood_of_costly_signed_out_operations_is_stopped_and_users_of_the_same_address_go_on(
    sqlite_url: str, tmp_path: Path
) -> None:
    introspection = "{ __schema { types { name fields { name type { name } } } } }"
    async with run_chat(sqlite_url, tmp_path, RATE_LIMITS="on", CPU_MS_PER_MINUTE_SIGNED_OUT=100) as chat:
        ada = await chat.sign_up("ada")
        statuses = [(await respond(chat.stranger, introspection))[0] for _ in range(60)]
        assert statuses.count(200) < 40
        assert statuses[-1] == 429
        for _ in range(20):
            assert (await respond(ada, ME))[0] == 200


async def test_requests_that_are_no_operations_count_with_their_cpu_time(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, RATE_LIMITS="on", CPU_MS_PER_MINUTE_SIGNED_OUT=100) as chat:
        answers: list[int] = []
        while 429 not in answers and len(answers) < 2000:  # each takes a millisecond, or a fraction of it
            answers.append((await respond(chat.stranger, f"{{ me {{ id }} missing{len(answers)} {'a ' * 300} }}"))[0])
        assert answers[0] == 200
        assert answers[-1] == 429


async def test_a_cost_beyond_the_budget_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    query = "{ sessions(first: 50) { nodes { id title } } }"
    async with run_chat(sqlite_url, tmp_path, RATE_LIMITS="on", COST_PER_MINUTE_PER_USER=1000) as chat:
        ada = await chat.sign_up("ada")
        statuses = [(await respond(ada, query))[0] for _ in range(12)]
        assert statuses[0] == 200
        assert statuses[-1] == 429
        assert (await respond(await chat.sign_up("bob"), query))[0] == 200


async def test_ten_tabs_that_load_twenty_queries_each_and_reload_never_meet_a_bound(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with run_chat(sqlite_url, tmp_path, RATE_LIMITS="on") as chat:
        ada = await chat.sign_up("ada")
        for _ in range(2):
            tabs = [asyncio.gather(*(ada.run(query) for query in PAGE * 4)) for _ in range(10)]
            await asyncio.gather(*tabs)
        _, headers, body = await respond(ada, ME)
        assert "ratelimit" in headers
        assert body["data"] == {"me": {"id": ada.user_id}}


async def test_a_school_behind_one_address_never_meets_a_bound(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, RATE_LIMITS="on") as chat:
        pupils = [await chat.sign_up(f"pupil{number}") for number in range(40)]
        for query in PAGE * 2:
            await asyncio.gather(*(pupil.run(query) for pupil in pupils))

"""Pages of other origins: browsers let those that are allowed use the API, over HTTP as over WebSocket."""

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.support.chat import Chat, run_chat

FRIEND, OTHER_FRIEND = "http://localhost:5173", "https://chat.example.com"
# The last ones are made to look like a friend.
FOREIGN = ["https://evil.example", "null", "http://localhost:5174", "https://localhost:5173", f"{FRIEND}.evil.example"]
ASKED = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type"}


@pytest.fixture
async def open_chat(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Chat]:
    """Yield a server with friends."""
    async with run_chat(sqlite_url, tmp_path, ALLOWED_ORIGINS=f"{FRIEND},{OTHER_FRIEND}") as running:
        yield running


async def preflight(chat: Chat, origin: str, asked: Mapping[str, str] = ASKED) -> tuple[int, dict[str, str]]:
    """Return status and CORS headers."""
    async with chat.http.options(f"{chat.origin}/graphql", headers={"origin": origin, **asked}) as response:
        return response.status, cors_headers(response.headers)


def cors_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of CORS, without their prefix."""
    lower = {name.lower(): value for name, value in headers.items()}
    prefix = "access-control-"
    return {name.removeprefix(prefix): value for name, value in lower.items() if name.startswith(prefix)}


async def test_a_friends_preflight_is_answered_with_all_that_clients_send(open_chat: Chat) -> None:
    for origin in (FRIEND, OTHER_FRIEND):
        status, headers = await preflight(open_chat, origin)
        assert status == 200
        allowed = {name.strip().lower() for name in headers.pop("allow-headers").split(",")}
        assert allowed >= {"authorization", "content-type", "x-request-id", "traceparent", "tracestate"}
        assert allowed >= {"baggage", "sentry-trace", "apollographql-client-name", "x-apollo-operation-name"}
        assert headers == {"allow-origin": origin, "allow-methods": "GET, HEAD, POST", "max-age": "7200"}


async def test_a_foreign_preflight_is_refused(open_chat: Chat) -> None:
    for origin in FOREIGN:
        await require_closed(open_chat, origin)


async def test_without_friends_there_is_only_the_servers_own_origin_which_asks_nothing(chat: Chat) -> None:
    for origin in (FRIEND, chat.origin, *FOREIGN):
        await require_closed(chat, origin)


async def require_closed(chat: Chat, origin: str) -> None:
    """Check that pages of this origin may neither ask nor read."""
    status, headers = await preflight(chat, origin)
    assert status == 400
    assert "allow-origin" not in headers
    body = {"query": "{ __typename }"}
    async with chat.http.post(f"{chat.origin}/graphql", json=body, headers={"origin": origin}) as response:
        assert "allow-origin" not in cors_headers(response.headers)
        assert response.headers["vary"] == "Accept, Origin"


async def test_methods_and_headers_that_the_api_does_not_know_are_refused(open_chat: Chat) -> None:
    for asked in (
        {"access-control-request-method": "DELETE"},
        {"access-control-request-method": "POST", "access-control-request-headers": "x-evil"},
    ):
        status, _ = await preflight(open_chat, FRIEND, asked)
        assert status == 400, asked


async def test_a_friend_reads_answers_and_the_request_id(open_chat: Chat) -> None:
    ada = await open_chat.sign_up("ada")
    headers = {"origin": FRIEND, "authorization": f"Bearer {ada.token}", "x-request-id": "mine"}
    url, body = f"{open_chat.origin}/graphql", {"query": "{ me { username } }"}
    async with open_chat.http.post(url, json=body, headers=headers) as response:
        assert await response.json() == {"data": {"me": {"username": "ada"}}}
        exposed = "x-request-id, x-trace-id, ratelimit, ratelimit-policy, retry-after"
        assert cors_headers(response.headers) == {"allow-origin": FRIEND, "expose-headers": exposed}
        assert (response.headers["x-request-id"], response.headers["vary"]) == ("mine", "Accept, Origin")
    async with open_chat.http.post(url, data=b"{", headers={**headers, "content-type": "application/json"}) as response:
        assert response.status == 400
        assert cors_headers(response.headers)["allow-origin"] == FRIEND


async def test_a_friend_reads_event_streams(open_chat: Chat) -> None:
    ada = await open_chat.sign_up("ada")
    headers = {"origin": FRIEND, "authorization": f"Bearer {ada.token}", "accept": "text/event-stream"}
    reply_id = (await ada.send())["reply"]["id"]
    query = "subscription ($id: ID!) { reply(messageId: $id) { __typename } }"
    body = {"query": query, "variables": {"id": reply_id}}
    async with open_chat.http.post(f"{open_chat.origin}/graphql", json=body, headers=headers) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        exposed = "x-request-id, x-trace-id, ratelimit, ratelimit-policy, retry-after"
        assert cors_headers(response.headers) == {"allow-origin": FRIEND, "expose-headers": exposed}
        lines = (await response.text()).splitlines()
    events = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    assert events[-1] == {"data": {"reply": {"__typename": "ReplyFinished"}}}
    assert "event: complete" in lines


async def test_a_star_lets_all_pages_in(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, ALLOWED_ORIGINS="*") as chat:
        for origin in (FRIEND, *FOREIGN):
            status, headers = await preflight(chat, origin)
            assert (status, headers["allow-origin"]) == (200, "*")
            # Never with cookies or passwords that a browser adds by itself.
            assert "allow-credentials" not in headers


async def test_only_the_api_is_for_other_pages(open_chat: Chat) -> None:
    for path, expected in (("/graphiql/", (200, 404)), ("/healthz", (200,))):
        async with open_chat.http.get(f"{open_chat.origin}{path}", headers={"origin": FRIEND}) as response:
            assert response.status in expected  # pages may not be built
            assert cors_headers(response.headers) == {}


async def test_over_websocket_the_same_origins_come_in(open_chat: Chat) -> None:
    friends = (FRIEND, OTHER_FRIEND, open_chat.origin)
    assert [await handshake(open_chat, origin) for origin in friends] == [101] * 3
    assert [await handshake(open_chat, origin) for origin in FOREIGN] == [403] * len(FOREIGN)


async def handshake(chat: Chat, origin: str) -> int:
    """Return the status of an attempt to open a WebSocket."""
    headers = {
        "origin": origin, "connection": "upgrade", "upgrade": "websocket", "sec-websocket-version": "13",
        "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==", "sec-websocket-protocol": "graphql-transport-ws",
    }  # fmt: skip
    async with chat.http.get(f"{chat.origin}/graphql", headers=headers) as response:
        return response.status


async def test_a_refused_origin_is_logged_once_a_minute_with_the_setting_that_allows_it(open_chat: Chat) -> None:
    socket, page, long = "https://socket.example", "https://page.example", f"https://{'x' * 5000}.example"
    with capture_logs() as lines:
        for _ in range(3):
            assert await handshake(open_chat, socket) == 403
            assert (await preflight(open_chat, page))[0] == 400
        assert await handshake(open_chat, long) == 403
        assert await handshake(open_chat, FRIEND) == 101
        assert (await preflight(open_chat, FRIEND))[0] == 200
    refused = [line for line in lines if line["event"] == "origin_refused"]
    assert [line["origin"] for line in refused] == [socket, page, long[:200]]
    assert {(line["log_level"], line["allow_it_in"]) for line in refused} == {("warning", "GQL_CHAT_ALLOWED_ORIGINS")}

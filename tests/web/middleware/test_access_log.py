"""The log of a server, read as a whole: every line is JSON, tells for which request it is, and holds no secret."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import asyncpg

from gql_chat.web.graphql.http import MAX_BODY_BYTES
from tests.support.backing_services.postgres import Postgres
from tests.support.client import Client
from tests.support.demo import DemoServer, failures
from tests.support.demo.script import Script
from tests.support.process import PASSWORD, ServerProcess, run_server, sign_in
from tests.support.published import FOLDER, read_operation

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
IDS = {"X-Request-ID": "mine-1", "traceparent": f"00-{TRACE_ID}-00f067aa0ba902b7-01"}


@asynccontextmanager
async def logged_server(tmp_path: Path, lines: list[dict[str, Any]], **more: Any) -> AsyncIterator[Any]:
    """Yield a server with the scriptable model, and what it logged once the block has ended."""
    with (tmp_path / "log").open("wb+") as log:
        async with (
            DemoServer() as demo,
            aiohttp.ClientSession() as http,
            run_server(tmp_path, demo, log=log.fileno(), LOG_LEVEL="DEBUG", **more) as server,
        ):
            yield demo, http, server
            await server.terminate()
        log.seek(0)
        lines += map(json.loads, log)


def of(lines: list[dict[str, Any]], message: str, **fields: Any) -> list[dict[str, Any]]:
    return [line for line in lines if line["message"] == message and line | fields == line]


async def test_each_line_tells_what_happened_and_for_which_request(tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = []
    async with logged_server(tmp_path, lines) as (_, http, server):
        ada = await sign_in(http, server, "ada")
        reply_id = await send_with_ids(http, server, ada)
        async with ada.connect() as socket:
            query = "subscription Watch($id: ID!) { reply(messageId: $id) { __typename } }"
            assert [event async for event in socket.subscribe(query, id=reply_id)]
        await ada.post("{ nothing }")
        async with http.get(f"{server.origin}/nowhere?secret=1") as response:
            assert response.status == 404

    for line in lines:
        assert {"time", "level", "message"} <= line.keys(), line
        assert ("logger" in line) is (line["message"] != "operation")
    (sent,) = of(lines, "operation", field="sendMessage")
    where = {"client_ip": "127.0.0.1", "method": "POST", "path": "/graphql"}
    assert sent | {"client_ip": "127.0.0.1", "request_id": "mine-1", "trace_id": TRACE_ID} == sent
    assert (sent["level"], sent["operation"], sent["code"]) == ("info", "Send", "OK")
    assert (sent["user_id"], sent["duration_ms"] > 0) == (ada.user_id, True)
    (told,) = of(lines, "reply", message_id=reply_id)
    assert told | {**where, "request_id": "mine-1", "trace_id": TRACE_ID} == told
    assert (told["status"], told["model"], told["completion_tokens"] > 0) == ("COMPLETED", "demo", True)
    (watched,) = of(lines, "operation", field="reply")
    assert (watched["operation"], watched["code"]) == ("Watch", "OK")
    assert watched["request_id"].endswith(".1")
    (rejected,) = of(lines, "operation", code="GRAPHQL_VALIDATION_FAILED")
    assert "field" not in rejected
    assert not of(lines, "request", path="/graphql")
    (lost,) = of(lines, "request", status=404)
    assert (lost["method"], lost["path"], lost["level"]) == ("GET", "/nowhere", "info")
    (connection,) = of(lines, "connection")
    assert connection | {"method": "WEBSOCKET", "code": None, "logger": "gql_chat.access"} == connection
    assert watched["request_id"] == f"{connection['request_id']}.1"
    assert not [line for line in lines if "WebSocket" in line["message"]]
    assert of(lines, f"Started server process [{server.process.pid}]", logger="uvicorn.error")


MOST_BYTES = 250  # of the line of a usual operation: each of them writes one


async def test_a_graphql_request_and_an_operation_of_a_socket_are_one_short_line_each(tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = []
    async with logged_server(tmp_path, lines) as (_, http, server):
        ada = await sign_in(http, server, "ada")
        marks = await send_and_list(ada), await send_and_list(ada)
        async with ada.connect() as socket:
            assert [answer async for answer in socket.subscribe(read_operation(FOLDER / "Me.graphql"))]
            assert [
                event
                async for event in socket.subscribe(read_operation(FOLDER / "WatchReply.graphql"), messageId=marks[0])
            ]

    usual = {"field", "operation", "code", "duration_ms", "user_id", "request_id", "client_ip", "level", "time"}
    seen = [line for line in lines if line.get("user_id") == ada.user_id]
    assert [line["operation"] for line in seen] == ["SendMessage", "Sessions"] * 2 + ["Me", "WatchReply"]
    for line in seen:
        assert line.keys() == usual | {"message"}, line
        assert len(json.dumps(line, separators=(",", ":"))) <= MOST_BYTES, line
        assert len(of(lines, line["message"], request_id=line["request_id"])) == 1
    assert not of(lines, "request", path="/graphql")


async def send_and_list(ada: Client) -> str:
    """Send a message and list sessions, and return the id of the reply once it has settled."""
    sent = await ada.run(read_operation(FOLDER / "SendMessage.graphql"), input={"text": "hello", "wait": True})
    await ada.run(read_operation(FOLDER / "Sessions.graphql"))
    return str(sent["sendMessage"]["reply"]["id"])


async def test_the_line_of_a_request_that_is_not_usual_says_in_what(tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = []
    async with logged_server(tmp_path, lines) as (_, http, server):
        url, typename = f"{server.origin}/graphql", {"query": "query Type { __typename }"}
        strict = {"accept": "application/graphql-response+json"}
        for request in (
            http.get(url, params=typename, headers={"accept": "application/json"}),
            http.post(url, json={"query": "{ nothing }"}, headers=strict),
            http.post(url, json={"query": "query ($a: Boolean!) { __typename @skip(if: $a) }"}, headers=strict),
            http.post(url, json={"query": "{ a: __typename personas { name } }"}),
            http.post(url, json={"query": "{ me { id } }"}),
            http.post(url, json=typename, headers={"Authorization": "Bearer eyJ.a.b"}),
            http.post(url, json=[typename]),
            http.post(url, data=long_body(), headers={"content-type": "application/json"}),
            http.delete(url),
            http.post(url, json=typename, headers={"accept": "text/event-stream"}),
        ):
            async with request as response:
                await response.read()

    shown = ("message", "method", "path", "status", "type", "field", "code")
    assert [{name: line[name] for name in shown if name in line} for line in lines if about_graphql(line)] == [
        {"message": "operation", "method": "GET", "field": "__typename", "code": "OK"},
        {"message": "operation", "status": 400, "code": "GRAPHQL_VALIDATION_FAILED"},
        {"message": "operation", "status": 400, "field": "__typename", "code": "BAD_USER_INPUT"},
        {"message": "operation", "type": "query", "field": "(several)", "code": "UNAUTHENTICATED"},
        {"message": "operation", "field": "me", "code": "UNAUTHENTICATED"},
        {"message": "operation", "field": "__typename", "code": "OK"},
        {"message": "operation", "status": 400, "code": "BAD_USER_INPUT"},
        {"message": "request", "method": "POST", "path": "/graphql", "status": 413},
        {"message": "request", "method": "DELETE", "path": "/graphql", "status": 405},
        {"message": "operation", "field": "__typename", "code": "OK"},
    ]
    assert all(line["duration_ms"] >= 0 and line["client_ip"] for line in lines if about_graphql(line))


async def long_body() -> AsyncIterator[bytes]:
    """Yield a body over the limit, whose length is not told."""
    for _ in range(3):
        yield b" " * (MAX_BODY_BYTES // 2)


def about_graphql(line: dict[str, Any]) -> bool:
    return line["message"] == "operation" or (line["message"], line.get("path")) == ("request", "/graphql")


async def send_with_ids(http: aiohttp.ClientSession, server: ServerProcess, ada: Client) -> str:
    """Return the id of a reply that has settled."""
    query = 'mutation Send { sendMessage(input: {text: "hello", wait: true}) { reply { id status } } }'
    headers = {**IDS, "Authorization": f"Bearer {ada.token}"}
    async with http.post(f"{server.origin}/graphql", json={"query": query}, headers=headers) as response:
        assert (response.headers["x-request-id"], response.headers["x-trace-id"]) == ("mine-1", TRACE_ID)
        reply = (await response.json())["data"]["sendMessage"]["reply"]
    assert reply["status"] == "COMPLETED"
    return str(reply["id"])


SECRETS = {
    "SECRET_KEY": "the-servers-secret-key-0123456789abcdef",
    "SMTP_PASSWORD": "the-mail-servers-password-1",
    "METRICS_TOKEN": "the-metrics-token-of-tests-1",
    "MASTER_KEYS": "k1:dGhlLW1hc3Rlci1rZXktb2YtdGVzdHMtMzItYnl0ZXM=",
}
MAIL = {"MAILER": "smtp", "MAIL_FROM": "a@example.com", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": 1, "SMTP_USERNAME": "u"}
LOCAL = {"ALLOWED_NETWORKS": "127.0.0.0/8"}
GUESS, NEW_PASSWORD = "a wrong guess of it", "the new one of hers"
KEY_SECRET, ECHOED = "key-of-ada-0123456789", "key-of-ada-that-the-provider-repeats"
LOGIN = 'mutation ($password: String!) { login(input: {login: "ada", password: $password}) { refreshToken } }'
CREATE_KEY = "mutation ($input: CreateKeyInput!) { createKey(input: $input) { id } }"
TEST_KEY = "mutation ($input: TestKeyInput!) { testKey(input: $input) { ok } }"
PAT = 'mutation { createAccessToken(input: {name: "a", scopes: [CHAT]}) { token } }'
REFRESH = "mutation ($token: String!) { refreshTokens(refreshToken: $token) { accessToken refreshToken } }"
RESET = 'mutation { resetPassword(input: {login: "ada", code: "481516", newPassword: "a new pass word"}) }'
FORGOT = 'mutation { sendVerificationCode(input: {login: "ada", purpose: PASSWORD_RESET}) { sent } }'
UPLOAD = """mutation ($session: ID!) {
    createUploads(sessionId: $session, files: [{name: "a.txt", sizeBytes: 4}]) { file { id } url method headers } }"""
COMPLETE = "mutation ($ids: [ID!]!) { completeUploads(fileIds: $ids) { downloadUrl } }"
CHANGE = """mutation ($old: String!, $new: String!) {
    updatePassword(input: {currentPassword: $old, newPassword: $new}) { accessToken refreshToken } }"""


async def test_no_secret_is_in_the_log_whatever_happens(tmp_path: Path, postgres_url: str, postgres: Postgres) -> None:
    lines: list[dict[str, Any]] = []
    secret = [*SECRETS.values(), "sk-of-tests", PASSWORD, GUESS, NEW_PASSWORD, KEY_SECRET, ECHOED, "481516"]
    secret.append("the-databases-password")
    database = {"DATABASE_URL": postgres_url.replace("postgres@", "postgres:the-databases-password@")}
    async with logged_server(tmp_path, lines, **SECRETS, **MAIL, **LOCAL, **database) as (demo, http, server):
        ada = await sign_in(http, server, "ada")
        secret += [str(ada.token), *await use_tokens(ada)]
        await use_keys(ada, demo)
        secret += await use_passwords(ada)
        secret += await use_links(ada)
        await say_secrets_raw(http, server, ada)
        with postgres.stopped():
            await Client(http, server.origin).post(LOGIN, password=NEW_PASSWORD)
        connection = await asyncpg.connect(postgres_url)
        await connection.execute("ALTER TABLE sign_ins RENAME TO gone")  # from here on signing in is a fault of ours
        await connection.close()
        await Client(http, server.origin).post(LOGIN, password=NEW_PASSWORD)
    assert {line["code"] for line in of(lines, "operation", field="login")} >= {"INTERNAL", "UNAVAILABLE"}
    assert any("exception" in line for line in lines)
    assert {line["code"] for line in of(lines, "connection")} == {4400, 4401}
    assert len(of(lines, "email_dropped")) == 3
    log = (tmp_path / "log").read_text()
    for one in secret:
        assert one not in log, one


async def use_tokens(ada: Client) -> list[str]:
    """Return all that were given, in good use and in bad."""
    refresh_token = (await ada.run(LOGIN, password=PASSWORD))["login"]["refreshToken"]
    pair = (await ada.run(REFRESH, token=refresh_token))["refreshTokens"]
    personal = (await ada.run(PAT))["createAccessToken"]["token"]
    for token in (personal, f"{personal}x", pair["accessToken"][:-3]):
        await Client(ada.http, ada.origin, token).post("{ me { id } }")
    await ada.post(REFRESH, token=f"{refresh_token}x")
    return [refresh_token, personal, *pair.values()]


async def use_keys(ada: Client, demo: DemoServer) -> None:
    demo.script("echoing", Script(fail=failures.bad_request(f"What is this: Bearer {ECHOED}, api_key={ECHOED}?")))
    key = {"name": "a", "secret": KEY_SECRET, "model": "echoing", "baseUrl": demo.base_url}
    key_id = (await ada.run(CREATE_KEY, input=key))["createKey"]["id"]
    assert (await ada.send(keyId=key_id, wait=True))["reply"]["status"] == "FAILED"
    await ada.run(TEST_KEY, input={"id": key_id})
    for base_url in (f"http://u:{KEY_SECRET}@127.0.0.1:1", f"http://a.invalid/?token={KEY_SECRET}"):
        await ada.post(TEST_KEY, input={"key": {**key, "baseUrl": base_url}})
    assert (await ada.post(CREATE_KEY, input={**key, "name": "a"}))["errors"]  # a second of that name


async def use_passwords(ada: Client) -> list[str]:
    """Return the tokens that were given."""
    await ada.post(LOGIN, password=GUESS)
    await ada.run(FORGOT)
    await ada.post(RESET)
    await ada.post(CHANGE, old=GUESS, new=NEW_PASSWORD)
    pair = (await ada.run(CHANGE, old=PASSWORD, new=NEW_PASSWORD))["updatePassword"]
    ada.token = pair["accessToken"]
    return [*pair.values()]


async def use_links(ada: Client) -> list[str]:
    """Return the signatures of links to a file, in good use and in bad."""
    session_id = (await ada.run('mutation { createSession(input: {title: "a"}) { id } }'))["createSession"]["id"]
    (target,) = (await ada.run(UPLOAD, session=session_id))["createUploads"]
    async with ada.http.put(target["url"], data=b"text", headers=target["headers"]) as response:
        assert response.status < 300
    (file,) = (await ada.run(COMPLETE, ids=[target["file"]["id"]]))["completeUploads"]
    links = [target["url"], file["downloadUrl"]]
    for link in links:
        for url in (link, link[:-1], f"{link}x"):
            await (await ada.http.get(url)).read()
    signatures = [value for link in links for value in re.findall(r"[\w-]{20,}", urlsplit(link).query)]
    assert len(signatures) == 2
    return signatures


async def say_secrets_raw(http: aiohttp.ClientSession, server: ServerProcess, ada: Client) -> None:
    """Send what no client of ours sends."""
    url = f"{server.origin}/graphql"
    literal = LOGIN.replace("$password: String!", "$x: Int").replace("$password", f'"{GUESS}"')
    for params in ({"query": literal}, {"query": "{ me", "password": GUESS}, {"access_token": str(ada.token)}):
        await (await http.get(url, params=params)).read()
    for body in (f'{{"query": "{GUESS}', json.dumps({"query": literal}), json.dumps({"query": 5, "secret": GUESS})):
        await (await http.post(url, data=body, headers={"content-type": "application/json"})).read()
    for authorization in (f"Basic {KEY_SECRET}", KEY_SECRET, f"Bearer {KEY_SECRET}"):
        for path in ("/metrics", "/graphql", f"/files/a?signature={KEY_SECRET}"):
            await (await http.get(server.origin + path, headers={"Authorization": authorization})).read()
    async with ada.connect() as socket:
        await socket.raw.send_json({"id": "1", "type": "subscribe", "payload": {"query": literal}})
        wrong = {"query": f'{{ me(password: "{GUESS}") }}'}
        await socket.raw.send_json({"id": "2", "type": "subscribe", "payload": wrong})
        assert {(await socket.raw.receive_json())["type"] for _ in range(2)} == {"error"}
        await socket.raw.send_str(f'{{"password": "{GUESS}"')
        await socket.raw.receive()
    async with http.ws_connect(f"{url}?token={KEY_SECRET}", protocols=["graphql-transport-ws"]) as raw:
        await raw.send_json({"type": "connection_init", "payload": {"Authorization": f"Bearer {KEY_SECRET}"}})
        await raw.receive()

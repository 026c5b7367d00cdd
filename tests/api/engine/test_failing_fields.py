"""Operations with a field that fails, over all three transports: each gets its answer, and the other fields theirs.

`FUZZED_OPERATIONS=10000 pytest tests/api/engine/test_failing_fields.py` is the long form (5 minutes).
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from random import Random
from typing import Any

import pytest

from tests.support.chat import Chat
from tests.support.client import Client, Socket

OPERATIONS = int(os.environ.get("FUZZED_OPERATIONS", "200"))
AT_ONCE = 8
END_SECONDS = 60  # for an answer; an operation without an end has none at all
ONE_CONNECTION_EACH = {"connection": "close"}  # one that is kept may be closed by the server as it is used again

Ids = dict[str, str]
Run = Callable[[str], Awaitable[dict[str, Any]]]

SHARERS = """me { id groups { id memberCount } accessTokens { name } defaultPersona { name } }
keys { id group { id } }
defaultKey { id }
session(id: "%(session)s") { id key { id } persona { name } model files { id text } }
sessions { totalCount nodes { id key { id } model persona { name } } }
node(id: "%(message)s") { ... on Message { siblingIds parts { type } } }
node(id: "%(session)s") { ... on Session { key { id } files { id } } }
node(id: "%(token)s") { id }
changesCursor
personas { name }
uploadPolicy { maxSizeBytes }
usage { calls }
callLogs { totalCount nodes { id } }
file(id: "%(file)s") { id text }
__typename""".splitlines()
FAILURES = {
    'session(id: "%(session)s") { key { id } messages(first: 201) { totalCount } }': "BAD_USER_INPUT",
    'session(id: "%(session)s") { model messages(last: -1) { nodes { siblingIds } } persona { name } }':
        "BAD_USER_INPUT",
    'node(id: "%(session)s") { ... on Session { files { text } messages(after: "x") { totalCount } key { id } } }':
        "BAD_USER_INPUT",
    "sessions(first: 201) { nodes { key { id } } }": "BAD_USER_INPUT",
    'sessions { nodes { key { id } persona { name } messages(before: "x") { nodes { id } } } }': "BAD_USER_INPUT",
    'search(query: "") { totalCount }': "BAD_USER_INPUT",
    "users { totalCount }": "FORBIDDEN",
    "groups { id memberCount }": "FORBIDDEN",
    "sharedKeys { id }": "FORBIDDEN",
    'callLogs(after: "x") { totalCount }': "BAD_USER_INPUT",
    "usage(everyone: true) { calls }": "FORBIDDEN",
    'usage(timeZone: "Europe/Atlantis") { calls }': "BAD_USER_INPUT",
    "canCreateKeys(count: -1)": "BAD_USER_INPUT",
}  # fmt: skip
CHANGES = [
    'createSession(input: {title: "t"}) { id key { id } model }',
    "setDefaultPersona(name: null) { id groups { id } }",
    'updateSession(input: {id: "%(session)s", pinned: true}) { key { id } persona { name } }',
]
REFUSED_CHANGES = {
    'updateSession(input: {id: "ses_1"}) { id key { id } }': "NOT_FOUND",
    'createKey(input: {name: "", secret: "s", model: "m", baseUrl: "https://a.example"}) { id }': "BAD_USER_INPUT",
    'createSession(input: {}) { key { id } messages(first: 201) { totalCount } }': "BAD_USER_INPUT",
    "reloadConfig { personas { name } }": "FORBIDDEN",
    'deleteSessions(ids: ["%(session)s", "ses_1"])': "NOT_FOUND",
}  # fmt: skip
SUBSCRIPTIONS = {
    'reply(messageId: "msg_01h455vb4pex5vsknk084sn02q") { __typename }': "NOT_FOUND",
    'reply(messageId: "%(message)s", offset: -1) { __typename }': "BAD_USER_INPUT",
    'changes(after: "x") { __typename }': "BAD_USER_INPUT",
}


@pytest.fixture
async def ids(ada: Client) -> Ids:
    """Return the ids of a session with an exchange, a file and a key, and of a token."""
    sent = await ada.send("echo hi", wait=True)
    session_id = sent["session"]["id"]
    made = await ada.run(
        """mutation { createKey(input: {name: "n", secret: "s", model: "m", baseUrl: "https://a.example"}) { id }
                      createAccessToken(input: {name: "t", scopes: [CHAT]}) { accessToken { id } } }"""
    )
    file = await ada.upload(session_id)
    return {
        "session": session_id,
        "message": sent["reply"]["id"],
        "token": made["createAccessToken"]["accessToken"]["id"],
        "file": file["id"],
    }


def operation(random: Random, ids: Ids) -> tuple[str, str]:
    """Return an operation with one failing field, if possible among others, and the code of the failure."""
    kind = random.choices(["query", "mutation", "subscription"], [8, 3, 1])[0]
    failures = {"query": FAILURES, "mutation": REFUSED_CHANGES, "subscription": SUBSCRIPTIONS}[kind]
    failing, code = random.choice(list(failures.items()))
    others = {"query": SHARERS, "mutation": CHANGES, "subscription": []}[kind]
    fields = [failing, *random.choices(others, k=random.randint(1, 4))] if others else [failing]
    random.shuffle(fields)
    aliased = " ".join(f"a{number}: {field}" for number, field in enumerate(fields))
    return f"{kind} {{ {aliased % ids} }}", code


def over_http(ada: Client) -> Run:
    """Return a function that posts an operation."""

    headers = {"authorization": f"Bearer {ada.token}", **ONE_CONNECTION_EACH}

    async def run(query: str) -> dict[str, Any]:
        async with ada.http.post(f"{ada.origin}/graphql", json={"query": query}, headers=headers) as response:
            parsed: dict[str, Any] = await response.json()
            return parsed

    return run


def over_sse(ada: Client) -> Run:
    """Return a function that reads an operation's event stream to its `complete`."""
    headers = {"authorization": f"Bearer {ada.token}", "accept": "text/event-stream", **ONE_CONNECTION_EACH}

    async def run(query: str) -> dict[str, Any]:
        async with ada.http.post(f"{ada.origin}/graphql", json={"query": query}, headers=headers) as response:
            assert response.status == 200
            *answers, complete = [event for event in (await response.text()).split("\n\n") if event.strip(":\n")]
        assert complete == "event: complete\ndata:"
        [answer] = answers
        parsed: dict[str, Any] = json.loads(answer.removeprefix("event: next\ndata: "))
        return parsed

    return run


def over_websocket(socket: Socket) -> Run:
    """Return a function that runs an operation on this socket, beside others."""
    waiting: dict[str, asyncio.Queue[dict[str, Any]]] = {}
    reader = asyncio.create_task(_read(socket, waiting))

    async def run(query: str) -> dict[str, Any]:
        assert not reader.done()
        queue = waiting[operation_id := f"o{len(waiting)}"] = asyncio.Queue()
        await socket.raw.send_json({"id": operation_id, "type": "subscribe", "payload": {"query": query}})
        message = await queue.get()
        if message["type"] == "error":  # ends an operation by itself
            return {"errors": message["payload"]}
        assert (await queue.get())["type"] == "complete"
        payload: dict[str, Any] = message["payload"]
        return payload

    return run


async def _read(socket: Socket, waiting: dict[str, asyncio.Queue[dict[str, Any]]]) -> None:
    async for frame in socket.raw:
        message = json.loads(frame.data)
        waiting[message["id"]].put_nowait(message)


@pytest.fixture
async def transports(ada: Client) -> AsyncIterator[list[Run]]:
    """Yield all three, the WebSocket as one connection for all operations."""
    async with ada.connect() as socket:
        yield [over_http(ada), over_sse(ada), over_websocket(socket)]


async def test_a_refused_page_does_not_take_the_fields_beside_it_along(
    ids: Ids, ada: Client, transports: list[Run]
) -> None:
    query = (
        f'{{ keys {{ id }} session(id: "{ids["session"]}") {{ key {{ id }} messages(first: 201) {{ totalCount }} }} }}'
    )
    [key_id] = [key["id"] for key in (await ada.run("{ keys { id } }"))["keys"]]
    for run in transports:
        answer = await asyncio.wait_for(run(query), END_SECONDS)
        assert answer["data"] == {"keys": [{"id": key_id}], "session": None}
        [error] = answer["errors"]
        assert (error["path"], error["extensions"]["code"]) == (["session", "messages"], "BAD_USER_INPUT")


async def test_a_refused_change_does_not_hide_those_before_and_after_it(ada: Client, transports: list[Run]) -> None:
    query = """mutation { a: createSession(input: {title: "first"}) { title }
                          b: updateSession(input: {id: "ses_1"}) { id }
                          c: createSession(input: {title: "last"}) { title } }"""
    for run in transports:
        answer = await asyncio.wait_for(run(query), END_SECONDS)
        assert answer["data"] == {"a": {"title": "first"}, "b": None, "c": {"title": "last"}}
        [error] = answer["errors"]
        assert (error["path"], error["extensions"]["code"]) == (["b"], "NOT_FOUND")


async def test_a_refused_query_does_not_hide_those_beside_it(chat: Chat, ada: Client) -> None:
    query = "{ me { username } users { totalCount } groups { id } sharedKeys { id } }"
    answer = await ada.post(query)
    assert answer["data"] == {"me": {"username": "ada"}, "users": None, "groups": None, "sharedKeys": None}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"] * 3


async def test_no_operation_with_a_failing_field_is_left_without_an_end(ids: Ids, transports: list[Run]) -> None:
    random = Random(12)
    operations = [operation(random, ids) for _ in range(OPERATIONS)]

    async def run_some(numbers: range) -> list[str]:
        wrong = []
        for number in numbers:
            query, code = operations[number]
            transport = number % 2 + 1 if query.startswith("subscription") else number % 3
            try:
                answer = await asyncio.wait_for(transports[transport](query), END_SECONDS)
                codes = [error["extensions"]["code"] for error in answer["errors"]]
            except Exception as exc:  # noqa: BLE001 - each failure is one to show
                codes = [repr(exc)]
            if set(codes) != {code}:
                wrong.append(f"{transport} {codes} {query}")
        return wrong

    found = await asyncio.gather(*(run_some(range(start, OPERATIONS, AT_ONCE)) for start in range(AT_ONCE)))
    assert [failure for failures in found for failure in failures] == []

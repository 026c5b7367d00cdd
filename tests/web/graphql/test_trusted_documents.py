"""Documents by their ids, over every transport of a real server."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

import aiohttp
import pytest

from gql_chat.api.engine.trusted_documents import Mode, TrustedDocuments
from tests.support.toy_server import ToyServer, run_toy_server

HELLO, TWICE, NAMES = "query Hello { hello }", "query ($n: Int!) { twice(number: $n) }", "{ __typename }"
GREETING = {"data": {"hello": "Hello, world!"}}
MANIFEST = {"hello-1": HELLO, "1f0c": TWICE}  # as Relay writes it: the ids are its own
HELLO_HASH, NAMES_HASH = (sha256(text.encode()).hexdigest() for text in (HELLO, NAMES))
NOT_FOUND = {"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}
UNTRUSTED = {
    "message": "This server runs only the documents of its manifest.",
    "extensions": {"code": "DOCUMENT_NOT_TRUSTED"},
}


class Transports:
    """The ways to send a request to one server."""

    def __init__(self, http: aiohttp.ClientSession, server: ToyServer) -> None:
        self._http = http
        self._server = server

    async def post(self, payload: dict[str, Any]) -> dict[str, Any]:
        async with self._http.post(self._server.url, json=payload) as response:
            return await response.json()  # type: ignore[no-any-return]

    async def get(self, payload: dict[str, Any]) -> dict[str, Any]:
        params = {name: value if isinstance(value, str) else json.dumps(value) for name, value in payload.items()}
        async with self._http.get(self._server.url, params=params) as response:
            return await response.json()  # type: ignore[no-any-return]

    async def event_stream(self, payload: dict[str, Any]) -> dict[str, Any]:
        headers = {"accept": "text/event-stream"}
        async with self._http.post(self._server.url, json=payload, headers=headers) as response:
            first = next(line for line in (await response.text()).splitlines() if line.startswith("data: {"))
            return json.loads(first.removeprefix("data: "))  # type: ignore[no-any-return]

    async def websocket(self, payload: dict[str, Any]) -> dict[str, Any]:
        async with self._http.ws_connect(self._server.url, protocols=["graphql-transport-ws"]) as socket:
            await socket.send_json({"type": "connection_init"})
            await socket.receive_json()
            await socket.send_json({"id": "1", "type": "subscribe", "payload": payload})
            answer = (await socket.receive_json())["payload"]
            return answer if isinstance(answer, dict) else {"errors": answer}


TRANSPORTS = (Transports.post, Transports.get, Transports.event_stream, Transports.websocket)


@asynccontextmanager
async def running(mode: Mode, manifest: dict[str, str] | None = MANIFEST) -> AsyncIterator[Transports]:
    documents = TrustedDocuments(mode, manifest)
    async with run_toy_server(trusted_documents=documents) as server, aiohttp.ClientSession() as http:
        yield Transports(http, server)


def by_hash(digest: str, **more: Any) -> dict[str, Any]:
    """Return a request as Apollo's automatic persisted queries send it."""
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}, **more}


def code_of(answer: dict[str, Any]) -> str:
    assert "data" not in answer
    (error,) = answer["errors"]
    return error["extensions"]["code"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("mode", ["on", "only"])
@pytest.mark.parametrize("send", TRANSPORTS)
@pytest.mark.parametrize(
    "payload",
    [
        {"documentId": "hello-1"},
        {"documentId": f"sha256:{HELLO_HASH}"},
        {"documentId": "hello-1", "query": HELLO},
        {"documentId": "hello-1", "query": ""},  # graphql-ws sends nothing without a text
        {"query": HELLO},
        by_hash(HELLO_HASH),
        by_hash(HELLO_HASH, query=""),
        by_hash(HELLO_HASH, query=HELLO),
    ],
)
async def test_a_document_of_the_manifest_runs(mode: Mode, send: Any, payload: dict[str, Any]) -> None:
    async with running(mode) as transports:
        assert await send(transports, payload) == GREETING


async def test_a_document_by_its_id_takes_variables() -> None:
    async with running("only") as transports:
        assert await transports.post({"documentId": "1f0c", "variables": {"n": 4}}) == {"data": {"twice": 8}}


@pytest.mark.parametrize("send", TRANSPORTS)
async def test_a_registered_document_is_found_by_its_hash(send: Any) -> None:
    async with running("on", None) as transports:
        assert await send(transports, by_hash(NAMES_HASH)) == {"errors": [NOT_FOUND]}
        assert await send(transports, by_hash(NAMES_HASH, query=NAMES)) == {"data": {"__typename": "Query"}}
        for find in TRANSPORTS:
            assert await find(transports, by_hash(NAMES_HASH)) == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("send", TRANSPORTS)
async def test_only_the_documents_of_the_manifest_run(send: Any) -> None:
    async with running("only") as transports:
        for payload in (
            {"query": NAMES},
            {"query": "{ __schema { queryType { name } } }"},
            {"query": HELLO + " "},
            by_hash(NAMES_HASH),
            by_hash(NAMES_HASH, query=NAMES),
            {"documentId": "unknown"},
        ):
            assert await send(transports, payload) == {"errors": [UNTRUSTED]}


@pytest.mark.parametrize("mode", ["on", "only"])
@pytest.mark.parametrize("payload", [{"documentId": "hello-1", "query": TWICE}, by_hash(HELLO_HASH, query=TWICE)])
async def test_a_document_that_is_not_the_one_of_its_id_is_refused(mode: Mode, payload: dict[str, Any]) -> None:
    async with running(mode) as transports:
        assert code_of(await transports.post(payload)) == "BAD_USER_INPUT"
        assert await transports.post(by_hash(HELLO_HASH)) == GREETING


async def test_a_document_is_not_registered_by_the_hash_of_another() -> None:
    async with running("on") as transports:
        assert code_of(await transports.post(by_hash(NAMES_HASH, query=HELLO))) == "BAD_USER_INPUT"
        assert await transports.post(by_hash(NAMES_HASH)) == {"errors": [NOT_FOUND]}


@pytest.mark.parametrize("send", TRANSPORTS)
async def test_without_trusted_documents_ids_are_refused_and_texts_run(send: Any) -> None:
    async with running("off", None) as transports:
        for none in ({}, {"query": ""}):
            assert code_of(await send(transports, {"documentId": "hello-1", **none})) == "PERSISTED_QUERY_NOT_SUPPORTED"
            assert code_of(await send(transports, by_hash(HELLO_HASH, **none))) == "PERSISTED_QUERY_NOT_SUPPORTED"
        assert await send(transports, by_hash(NAMES_HASH, query=HELLO)) == GREETING


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"documentId": 5}, "BAD_USER_INPUT"),
        ({"documentId": ""}, "BAD_USER_INPUT"),
        ({"documentId": "hello-1", "query": []}, "BAD_USER_INPUT"),
        ({"extensions": {"persistedQuery": {"version": 1}}}, "BAD_USER_INPUT"),
        ({"extensions": {"persistedQuery": {"version": 2, "sha256Hash": HELLO_HASH}}}, "PERSISTED_QUERY_NOT_SUPPORTED"),
        ({"extensions": {"persistedQuery": "x"}}, "PERSISTED_QUERY_NOT_SUPPORTED"),
        ({"extensions": "x", "documentId": "hello-1"}, "BAD_USER_INPUT"),
        ({}, "BAD_USER_INPUT"),
    ],
)
async def test_a_malformed_id_is_refused(payload: dict[str, Any], code: str) -> None:
    for mode in ("on", "only"):
        async with running(mode) as transports:
            assert code_of(await transports.post(payload)) == code

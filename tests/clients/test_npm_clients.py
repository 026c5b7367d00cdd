"""The toy server seen by npm's GraphQL clients."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from gql_chat.api.engine.trusted_documents import TrustedDocuments
from tests.clients.node import run_client
from tests.support.toy import TEXT
from tests.support.toy_server import ToyServer, run_toy_server

DELTAS = """subscription Watch($offset: Int! = 0) { reply(offset: $offset) {
    ... on ReplyDelta { kind offset text } ... on ReplyFinished { message { id text } } } }"""


@pytest.fixture
async def server() -> AsyncIterator[ToyServer]:
    async with run_toy_server() as running:
        yield running


async def test_all_audits_of_graphql_http_pass(server: ToyServer) -> None:
    results = await run_client("audits.mjs", url=server.url)
    assert [result for result in results if result["status"] != "ok"] == []
    assert len(results) == 61


async def test_graphql_ws_watches_a_reply(server: ToyServer) -> None:
    connected, *events, complete, texts, closed = await run_client(
        "graphql_ws.mjs", url=server.ws_url, token="good", query=DELTAS, follow=True
    )
    assert (connected, complete, closed) == ({"connected": 1}, {"complete": True}, {"closed": 1000})
    assert texts == {"texts": {"TEXT": TEXT}}
    assert events[-1] == {"next": {"data": {"reply": {"message": {"id": "msg_1", "text": TEXT}}}}}


async def test_graphql_ws_is_told_of_errors(server: ToyServer) -> None:
    missing = await run_client("graphql_ws.mjs", url=server.ws_url, query="subscription { missing }")
    expected = [{"message": "There is no such message.", "extensions": {"code": "NOT_FOUND"}}]
    assert missing[1] == {"error": expected}
    query = await run_client("graphql_ws.mjs", url=server.ws_url, token="good", query="{ me }")
    assert query[1:3] == [{"next": {"data": {"me": "usr_ada"}}}, {"complete": True}]


async def test_graphql_ws_comes_back_after_a_refused_token(server: ToyServer) -> None:
    *refusals, error = await run_client("graphql_ws.mjs", url=server.ws_url, token="expired", query="{ me }")
    assert refusals == [{"closed": 4403}] * 6  # the first and five more, each of which asks for a token anew
    assert error == {"error": {"code": 4403, "reason": "TOKEN_EXPIRED"}}


async def test_apollo_client_queries_mutates_and_watches(server: ToyServer) -> None:
    server.toy.gate.set()
    me, mutation, watching = await asyncio.gather(
        run_client("apollo.mjs", url=server.url, token="good", query="{ me conflict }"),
        run_client(
            "apollo.mjs", url=server.url, query="mutation ($t: String!) { remember(text: $t) }", variables={"t": "x"}
        ),
        run_client("apollo.mjs", url=server.url, token="good", query=DELTAS, variables={"offset": 0}),
    )
    assert me[0]["next"]["data"] == {"me": "usr_ada", "conflict": None}
    assert me[0]["next"]["errors"][0]["extensions"]["code"] == "CONFLICT"
    assert mutation == [{"next": {"data": {"remember": "x"}}}, {"complete": True}]
    *deltas, finished, complete = watching
    assert "".join(line["next"]["data"]["reply"]["text"] for line in deltas) == TEXT
    assert finished["next"]["data"]["reply"]["message"]["text"] == TEXT
    assert complete == {"complete": True}


async def test_apollo_client_with_http_alone_watches_a_reply(server: ToyServer) -> None:
    *deltas, finished, complete = await run_client("apollo_multipart.mjs", url=server.url, query=DELTAS)
    assert "".join(line["next"]["data"]["reply"]["text"] for line in deltas) == TEXT
    assert finished["next"]["data"]["reply"]["message"]["text"] == TEXT
    assert complete == {"complete": True}
    [missing, ended] = await run_client("apollo_multipart.mjs", url=server.url, query="subscription { missing }")
    assert missing["next"]["errors"][0]["extensions"] == {"code": "NOT_FOUND"}
    assert ended == {"complete": True}


async def test_graphql_sse_watches_and_queries(server: ToyServer) -> None:
    watching, query, broken = await asyncio.gather(
        run_client("graphql_sse.mjs", url=server.url, query=DELTAS),
        run_client("graphql_sse.mjs", url=server.url, token="good", query="{ me }"),
        run_client("graphql_sse.mjs", url=server.url, query="{ nothing }"),
    )
    *deltas, _finished, complete = watching
    assert "".join(line["next"]["data"]["reply"]["text"] for line in deltas) == TEXT
    assert complete == {"complete": True}
    assert query == [{"next": {"data": {"me": "usr_ada"}}}, {"complete": True}]
    assert broken[0]["next"]["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize(("uses_get", "method"), [(False, "POST"), (True, "GET")])
async def test_apollo_client_registers_a_document_once_and_then_sends_its_hash(uses_get: bool, method: str) -> None:
    async with run_toy_server(trusted_documents=TrustedDocuments("on")) as server:
        hash_alone, with_text, again, last = await run_client(
            "apollo_persisted.mjs", url=server.url, query="query Hello { hello }", useGETForHashedQueries=uses_get
        )
    assert (hash_alone, again) == ({"sent": method, "text": False},) * 2
    assert with_text["text"] is True
    assert last == {"results": [{"hello": "Hello, world!"}] * 2}


async def test_apollo_client_runs_only_the_documents_of_the_manifest() -> None:
    printed = "query Hello {\n  hello\n}"  # as Apollo's link prints it, and its tool writes it into the manifest
    async with run_toy_server(trusted_documents=TrustedDocuments("only", {"hello-1": printed})) as server:
        trusted = await run_client("apollo_persisted.mjs", url=server.url, query="query Hello { hello }")
        others = await run_client("apollo_persisted.mjs", url=server.url, query="query Me { me }")
    hash_alone = {"sent": "POST", "text": False}
    assert trusted == [hash_alone, hash_alone, {"results": [{"hello": "Hello, world!"}] * 2}]
    assert others == [hash_alone, hash_alone, {"results": ["This server runs only the documents of its manifest."] * 2}]

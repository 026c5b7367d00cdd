"""GraphQL over HTTP, against a real server: what npm's graphql-http audits do not look at, and event streams."""

import asyncio
import json
from functools import partial
from typing import Any

import aiohttp
import pytest

from tests.support.toy import BROKEN_TOKEN, CANCELLED_TOKEN, EXPIRED_TOKEN, GOOD_TOKEN, TEXT, wait_until
from tests.support.toy_server import MAX_BODY_BYTES, ToyServer, run_toy_server

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
STREAM = "text/event-stream"
MUTATION = 'mutation { remember(text: "x") }'


async def post(
    http: aiohttp.ClientSession, server: ToyServer, body: Any, **headers: str
) -> tuple[int, str, dict[str, Any]]:
    """Return status, content type and decoded body; header names are spelled with underscores."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"content-type": JSON} | {name.replace("_", "-"): value for name, value in headers.items()}
    async with http.post(server.url, data=data, headers=sent) as response:
        return response.status, response.headers["content-type"], await response.json(content_type=None)


@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
@pytest.mark.parametrize("body", [b"5", b'"x"', b"null", b"[]", b"{}", b"", b"{", b"\xff\xfe", b'{"query": 5}'])
async def test_a_body_that_is_no_request_is_400(
    http: aiohttp.ClientSession, server: ToyServer, body: bytes, accept: str
) -> None:
    status, content_type, answer = await post(http, server, body, accept=accept)
    assert (status, content_type) == (400, f"{accept}; charset=utf-8")
    assert answer["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}
    assert "data" not in answer


async def test_half_of_a_surrogate_pair_is_replaced(http: aiohttp.ClientSession, server: ToyServer) -> None:
    query, variables = "query ($name: String!) { hello(name: $name) }", {"name": "😀 cut: \ud83d"}
    answers = [(await post(http, server, {"query": query, "variables": variables}))[2]]
    parameters = {"query": query, "variables": json.dumps(variables)}
    async with http.get(server.url, params=parameters) as response:
        answers.append(await response.json())
    assert answers == [{"data": {"hello": "Hello, 😀 cut: \ufffd!"}}] * 2


async def test_a_batch_is_refused(http: aiohttp.ClientSession, server: ToyServer) -> None:
    status, _, answer = await post(http, server, [{"query": "{ hello }"}])
    assert status == 400
    assert "batches are not supported" in answer["errors"][0]["message"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { hello } query B { me }", "BAD_USER_INPUT"),
        ("query ($n: Int!) { twice(number: $n) }", "BAD_USER_INPUT"),
    ],
)
async def test_a_rejected_request_is_200_as_json_and_400_as_graphql_response(
    http: aiohttp.ClientSession, server: ToyServer, query: str, code: str
) -> None:
    for accept, expected_status in ((JSON, 200), (GRAPHQL, 400)):
        status, _, answer = await post(http, server, {"query": query}, accept=accept)
        assert status == expected_status
        assert answer["errors"][0]["extensions"] == {"code": code}
        assert "data" not in answer


@pytest.mark.parametrize(
    "content_type",
    ["x-application/json", "text/plain", "application/json; charset=latin-1", "application/x-www-form-urlencoded",
     "multipart/mixed; boundary=x", "application/graphql", ""],
)  # fmt: skip
async def test_only_json_is_read(http: aiohttp.ClientSession, server: ToyServer, content_type: str) -> None:
    status, _, answer = await post(http, server, {"query": "{ hello }"}, content_type=content_type)
    assert (status, answer["errors"][0]["message"]) == (415, "The body must be application/json in UTF-8.")


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON; Charset=UTF-8", 'application/json;charset="utf-8"']
)
async def test_json_is_read_however_it_is_spelled(
    http: aiohttp.ClientSession, server: ToyServer, content_type: str
) -> None:
    status, _, answer = await post(http, server, {"query": "{ hello }"}, content_type=content_type)
    assert (status, answer) == (200, {"data": {"hello": "Hello, world!"}})


async def test_a_body_over_the_limit_is_413_though_its_length_is_not_told(
    http: aiohttp.ClientSession, server: ToyServer
) -> None:
    async def chunks() -> Any:
        for _ in range(3):
            yield b" " * (MAX_BODY_BYTES // 2)

    async with http.post(server.url, data=chunks(), headers={"content-type": JSON}) as response:
        answer = await response.json()
    assert (response.status, answer["errors"][0]["extensions"]) == (413, {"code": "PAYLOAD_TOO_LARGE"})


async def test_get_runs_queries_and_nothing_else(http: aiohttp.ClientSession, server: ToyServer) -> None:
    query = {"query": "query A($n: String!) { hello(name: $n) }", "variables": '{"n": "Ada"}', "operationName": "A"}
    async with http.get(server.url, params=query) as response:
        assert (response.status, await response.json()) == (200, {"data": {"hello": "Hello, Ada!"}})
    async with http.get(server.url, params={"query": MUTATION}) as response:
        assert (response.status, response.headers["allow"]) == (405, "POST")
    async with http.get(server.url, params={"query": "{ hello }", "variables": "{"}) as response:
        assert response.status == 400
    async with http.get(server.url) as response:
        assert response.status == 400
    assert server.toy.mutations == []


async def test_of_several_operations_the_named_one_runs(http: aiohttp.ClientSession, server: ToyServer) -> None:
    query = "query A { a: hello } query B { b: hello }"
    for name in ("A", "B"):
        _, _, answer = await post(http, server, {"query": query, "operationName": name})
        assert answer == {"data": {name.lower(): "Hello, world!"}}


async def test_other_methods_are_405(http: aiohttp.ClientSession, server: ToyServer) -> None:
    async with http.put(server.url, json={"query": "{ hello }"}) as response:
        assert (response.status, response.headers["allow"]) == (405, "GET, HEAD, POST")


async def test_a_client_that_accepts_nothing_of_ours_is_told(http: aiohttp.ClientSession, server: ToyServer) -> None:
    status, content_type, _ = await post(http, server, {"query": "{ hello }"}, accept="text/html")
    assert (status, content_type) == (406, "application/json; charset=utf-8")


async def test_a_subscription_needs_a_stream(http: aiohttp.ClientSession, server: ToyServer) -> None:
    for accept in (JSON, GRAPHQL):
        status, _, answer = await post(http, server, {"query": "subscription { silent }"}, accept=accept)
        assert status == 400
        assert "graphql-transport-ws" in answer["errors"][0]["message"]
    assert server.toy.open_sources == 0


async def test_the_authorization_header_says_who_asks(http: aiohttp.ClientSession, server: ToyServer) -> None:
    query = {"query": "{ me }"}
    assert (await post(http, server, query, authorization=GOOD_TOKEN))[2] == {"data": {"me": "usr_ada"}}
    for token, code in ((EXPIRED_TOKEN, "TOKEN_EXPIRED"), ("Bearer bad", "UNAUTHENTICATED")):
        status, _, answer = await post(http, server, query, authorization=token)
        assert (status, answer["errors"][0]["extensions"]) == (200, {"code": code})
    assert (await post(http, server, {"query": "{ hello }"}, authorization=EXPIRED_TOKEN))[2]["data"]


async def test_the_requests_id_is_the_clients_or_a_new_one(http: aiohttp.ClientSession, server: ToyServer) -> None:
    for sent, is_kept in (("abc-1", True), ("a b", False), ("x" * 200, False)):
        headers = {"X-Request-ID": sent}
        async with http.post(server.url, json={"query": "{ requestId }"}, headers=headers) as response:
            told = (await response.json())["data"]["requestId"]
        assert response.headers["x-request-id"] == told
        assert (told == sent) is is_kept


async def test_a_context_that_cannot_be_made_is_a_masked_500(http: aiohttp.ClientSession, server: ToyServer) -> None:
    status, _, answer = await post(http, server, {"query": "{ hello }"}, authorization=BROKEN_TOKEN)
    assert (status, answer["errors"][0]["extensions"]["code"]) == (500, "INTERNAL")
    assert "hunter2" not in json.dumps(answer)


async def test_a_mutation_ends_though_its_client_leaves(http: aiohttp.ClientSession, server: ToyServer) -> None:
    request = asyncio.create_task(post(http, server, {"query": MUTATION}))
    await wait_until(server.toy, lambda: server.toy.mutations == ["begun x"])
    request.cancel()
    await asyncio.gather(request, return_exceptions=True)
    server.toy.gate.set()
    await wait_until(server.toy, lambda: server.toy.mutations == ["begun x", "done x"])


async def events(response: aiohttp.ClientResponse) -> list[tuple[str, Any]]:
    """Return the events of a whole stream; comments are left out."""
    text = (await response.read()).decode()
    assert "\r" not in text
    found = []
    for block in text.removesuffix("\n\n").split("\n\n"):
        if not block.startswith(":"):
            kind, data = block.split("\n")
            found.append((kind.removeprefix("event: "), json.loads(data.removeprefix("data:") or "null")))
    return found


async def test_a_subscription_is_streamed_as_events(http: aiohttp.ClientSession, server: ToyServer) -> None:
    query = "subscription { reply { ... on ReplyDelta { text } ... on ReplyFinished { message { text } } } }"
    async with http.post(server.url, json={"query": query}, headers={"accept": STREAM}) as response:
        assert (response.status, response.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        *deltas, finished, complete = await events(response)
    assert "".join(data["data"]["reply"]["text"] for _, data in deltas) == TEXT
    assert finished == ("next", {"data": {"reply": {"message": {"text": TEXT}}}})
    assert complete == ("complete", None)


@pytest.mark.parametrize(
    ("query", "code"),
    [("subscription { missing }", "NOT_FOUND"), ("{", "GRAPHQL_PARSE_FAILED"), ("{ me }", "UNAUTHENTICATED")],
)
async def test_what_goes_wrong_is_told_in_a_stream_of_one_event(
    http: aiohttp.ClientSession, server: ToyServer, query: str, code: str
) -> None:
    async with http.post(server.url, json={"query": query}, headers={"accept": STREAM}) as response:
        (kind, data), complete = await events(response)
    assert (response.status, kind, complete) == (200, "next", ("complete", None))
    assert data["errors"][0]["extensions"] == {"code": code}


async def test_a_query_is_a_stream_of_one_event(http: aiohttp.ClientSession, server: ToyServer) -> None:
    async with http.get(server.url, params={"query": "{ hello }"}, headers={"accept": STREAM}) as response:
        assert await events(response) == [("next", {"data": {"hello": "Hello, world!"}}), ("complete", None)]


async def test_a_broken_context_begins_no_stream(http: aiohttp.ClientSession, server: ToyServer) -> None:
    headers = {"accept": STREAM, "authorization": BROKEN_TOKEN}
    async with http.post(server.url, json={"query": "{ hello }"}, headers=headers) as response:
        assert response.status == 500
        (error,) = (await response.json())["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert "hunter2" not in error["message"]


async def test_a_mutation_by_get_is_refused_in_a_stream_too(http: aiohttp.ClientSession, server: ToyServer) -> None:
    async with http.get(server.url, params={"query": MUTATION}, headers={"accept": STREAM}) as response:
        assert response.status == 405
    async with http.post(server.url, json=5, headers={"accept": STREAM}) as response:
        assert (response.status, response.headers["content-type"]) == (400, "application/json; charset=utf-8")


async def test_a_silent_stream_is_kept_alive_and_closed_when_its_client_leaves(
    http: aiohttp.ClientSession, server: ToyServer
) -> None:
    query = {"query": "subscription { silent }"}
    async with http.post(server.url, json=query, headers={"accept": STREAM}) as response:
        for _ in range(3):
            assert await response.content.readuntil(b"\n\n") == b":\n\n"
        assert server.toy.open_sources == 1
        response.close()
    await wait_until(server.toy, lambda: server.toy.open_sources == 0)


async def test_event_streams_and_websockets_of_an_address_are_counted_together(http: aiohttp.ClientSession) -> None:
    async with run_toy_server(max_per_address=2) as server:
        query = {"query": "subscription { silent }"}
        subscribe = partial(http.post, server.url, json=query, headers={"accept": STREAM})
        async with http.ws_connect(server.ws_url, protocols=["graphql-transport-ws"]), subscribe() as stream:
            assert stream.status == 200
            async with subscribe() as refused:
                assert (refused.status, refused.headers["retry-after"]) == (429, "30")
                [error] = (await refused.json())["errors"]
            assert error["extensions"] == {"code": "RATE_LIMITED", "retryAfterSeconds": 30}
            with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
                await http.ws_connect(server.ws_url, protocols=["graphql-transport-ws"])
            assert (await post(http, server, {"query": "{ hello }"}))[0] == 200
            assert server.toy.open_sources == 1
            stream.close()
        await wait_until(server.toy, lambda: server.toy.open_sources == 0)
        async with subscribe() as again:
            assert again.status == 200
            again.close()


async def test_an_event_stream_holds_its_source_back_for_a_client_that_does_not_read(
    http: aiohttp.ClientSession, server: ToyServer
) -> None:
    query = {"query": "subscription { forever(size: 100000) { ... on ReplyDelta { text } } }"}
    async with http.post(server.url, json=query, headers={"accept": STREAM}) as response:
        sent = -1
        while sent != server.toy.events_sent:  # until the buffers on the way are full
            sent = server.toy.events_sent
            await asyncio.sleep(0.1)
        assert 0 < sent < 1000
        response.close()
    await wait_until(server.toy, lambda: server.toy.open_sources == 0)


@pytest.mark.parametrize(
    ("query", "answers"),
    [
        ("{ cancelled hello }", 1),
        ("mutation { cancelled }", 1),
        ("subscription { cancelled(after: 0) }", 1),
        ("subscription { cancelled(after: 1) }", 2),
    ],
)
async def test_what_another_task_cancelled_is_answered(
    http: aiohttp.ClientSession, server: ToyServer, query: str, answers: int
) -> None:
    async with http.post(server.url, json={"query": query}, headers={"accept": STREAM}) as response:
        *told, complete = await events(response)
    assert (response.status, len(told), complete) == (200, answers, ("complete", None))
    assert told[-1][1]["errors"][0]["extensions"]["code"] == "INTERNAL"
    if not query.startswith("subscription"):
        status, _, answer = await post(http, server, {"query": query})
        assert (status, answer["data"], answer["errors"][0]["extensions"]["code"]) == (200, None, "INTERNAL")


async def test_a_context_that_another_task_cancelled_is_an_error(
    http: aiohttp.ClientSession, server: ToyServer
) -> None:
    for accept in (JSON, STREAM):
        query = {"query": "{ hello }"}
        status, _, answer = await post(http, server, query, authorization=CANCELLED_TOKEN, accept=accept)
        assert (status, answer["errors"][0]["extensions"]["code"]) == (500, "INTERNAL")


async def test_an_empty_operation_name_is_absent(http: aiohttp.ClientSession, server: ToyServer) -> None:
    async with http.get(server.url, params={"query": "query Q { hello }", "operationName": ""}) as response:
        assert await response.json() == {"data": {"hello": "Hello, world!"}}
    _, _, answer = await post(http, server, {"query": "query Q { hello }", "operationName": ""})
    assert answer == {"data": {"hello": "Hello, world!"}}


@pytest.mark.parametrize(("accept", "status"), [(JSON, 200), (GRAPHQL, 400)])
async def test_a_document_by_its_hash_alone_is_refused_in_the_words_that_clients_know(
    http: aiohttp.ClientSession, server: ToyServer, accept: str, status: int
) -> None:
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": "a" * 64}}
    given, _, answer = await post(http, server, {"operationName": "Q", "extensions": extensions}, accept=accept)
    code = {"code": "PERSISTED_QUERY_NOT_SUPPORTED"}
    assert (given, answer) == (status, {"errors": [{"message": "PersistedQueryNotSupported", "extensions": code}]})


@pytest.mark.parametrize(
    ("params", "accept", "status"),
    [
        ({"query": "{ hello }"}, JSON, 200),
        ({"query": MUTATION}, JSON, 405),
        ({}, JSON, 400),
        ({"query": "subscription { silent }"}, STREAM, 400),
    ],
)
async def test_head_is_get_without_the_body(
    http: aiohttp.ClientSession, server: ToyServer, params: dict[str, str], accept: str, status: int
) -> None:
    async with http.head(server.url, params=params, headers={"accept": accept}) as response:
        assert (response.status, await response.read()) == (status, b"")
        assert response.headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize("content_type", [JSON, "multipart/form-data; boundary=x"])
async def test_a_compressed_body_is_refused(http: aiohttp.ClientSession, server: ToyServer, content_type: str) -> None:
    headers = {"content-type": content_type, "content-encoding": "gzip"}
    async with http.post(server.url, data=b"{}", headers=headers) as response:
        assert (response.status, response.headers["accept-encoding"]) == (415, "identity")
        assert "Content-Encoding" in (await response.json())["errors"][0]["message"]


@pytest.mark.parametrize(("accept", "status"), [(JSON, 200), (GRAPHQL, 200), (STREAM, 200), ("text/html", 406)])
async def test_caches_keep_a_response_for_each_accept(
    http: aiohttp.ClientSession, server: ToyServer, accept: str, status: int
) -> None:
    async with http.get(server.url, params={"query": "{ hello }"}, headers={"accept": accept}) as response:
        assert (response.status, response.headers["vary"]) == (status, "Accept")


@pytest.mark.parametrize(
    ("body", "json_status", "status_2025", "status_2026"),
    [
        (b"{", 400, 400, 400),
        (b"{}", 400, 400, 422),
        ({"query": "{"}, 200, 400, 400),
        ({"query": "{ nothing }"}, 200, 400, 422),
        ({"query": "query A { hello } query B { me }"}, 200, 400, 422),
        ({"query": "query ($n: Int!) { twice(number: $n) }"}, 200, 400, 422),
        ({"query": "{ conflict hello }"}, 200, 200, 294),
        ({"query": "{ me }"}, 200, 200, 294),  # whose data is null
        ({"query": "{ hello }"}, 200, 200, 200),
    ],
)
async def test_the_status_follows_the_edition_of_graphql_over_http(
    http: aiohttp.ClientSession, body: Any, json_status: int, status_2025: int, status_2026: int
) -> None:
    async with run_toy_server() as of_2025, run_toy_server("2026") as of_2026:
        asked = [(of_2025, JSON), (of_2026, JSON), (of_2025, GRAPHQL), (of_2026, GRAPHQL)]
        statuses = [(await post(http, server, body, accept=accept))[0] for server, accept in asked]
    assert statuses == [json_status, json_status, status_2025, status_2026]

"""The graphql-transport-ws protocol, frame by frame, against a real server; and with Python's own client, gql."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import gql
import pytest
import websockets
from gql.transport.websockets import WebsocketsTransport
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.support.toy import BROKEN_TOKEN, EXPIRED_TOKEN, GOOD_TOKEN, TEXT, wait_until
from tests.support.toy_server import ToyServer

PROTOCOL = Subprotocol("graphql-transport-ws")


class Client:
    """Says and hears JSON messages."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, **message: Any) -> None:
        await self.connection.send(json.dumps(message))

    async def hear(self) -> dict[str, Any]:
        frame = await asyncio.wait_for(self.connection.recv(), 5)
        assert isinstance(frame, str)  # browsers' clients refuse binary frames
        message: dict[str, Any] = json.loads(frame)
        return message

    async def hear_closing(self) -> tuple[int, str]:
        await asyncio.wait_for(self.connection.wait_closed(), 5)
        assert self.connection.close_code is not None
        return self.connection.close_code, self.connection.close_reason or ""

    async def subscribe(self, operation_id: str, query: str, **payload: Any) -> None:
        await self.say(id=operation_id, type="subscribe", payload={"query": query, **payload})

    async def hear_all(self, operation_id: str) -> list[dict[str, Any]]:
        """Return the payloads of an operation until it is complete; every message must be its own."""
        payloads = []
        while (message := await self.hear()) != {"id": operation_id, "type": "complete"}:
            assert (message["id"], message["type"]) == (operation_id, "next")
            payloads.append(message["payload"])
        return payloads


@asynccontextmanager
async def connected(server: ToyServer) -> AsyncIterator[Client]:
    """Yield a client that is connected, but not initialised."""
    async with connect(server.ws_url, subprotocols=[PROTOCOL], compression=None) as connection:
        assert connection.subprotocol == PROTOCOL
        yield Client(connection)


@asynccontextmanager
async def initialised(server: ToyServer, **payload: Any) -> AsyncIterator[Client]:
    async with connected(server) as client:
        await client.say(type="connection_init", payload=payload)
        yield client


@pytest.fixture
async def stranger(server: ToyServer) -> AsyncIterator[Client]:
    async with connected(server) as client:
        yield client


@pytest.fixture
async def client(stranger: Client) -> Client:
    """Return a client that is signed out, and acknowledged."""
    await stranger.say(type="connection_init")
    assert await stranger.hear() == {"type": "connection_ack"}
    return stranger


@pytest.mark.parametrize(
    "frame",
    ["", "{", "5", '"x"', "null", "[]", "true", "{}", '{"type": 5}', '{"type": null}', '{"type": ["subscribe"]}',
     '{"type": "start", "id": "1", "payload": {}}', '{"type": "next", "id": "1"}', '{"type": "connection_ack"}',
     '{"type": "connection_init", "payload": "x"}', '{"type": "connection_init", "payload": []}',
     '{"type": "connection_init", "payload": {"Authorization": 5}}', '{"type": "ping", "payload": 5}'],
)  # fmt: skip
async def test_a_malformed_message_closes_with_4400(stranger: Client, frame: str) -> None:
    await stranger.connection.send(frame)
    code, reason = await stranger.hear_closing()
    assert code == 4400
    assert reason


@pytest.mark.parametrize(
    "message",
    [
        {"payload": {"query": "{ hello }"}}, {"id": 1, "payload": {"query": "{ hello }"}},
        {"id": {}, "payload": {"query": "{ hello }"}}, {"id": "", "payload": {"query": "{ hello }"}},
        {"id": "1"}, {"id": "1", "payload": None}, {"id": "1", "payload": "x"}, {"id": "1", "payload": [1]},
        {"id": "1", "payload": {}}, {"id": "1", "payload": {"query": 5}},
        {"id": "1", "payload": {"query": "{ hello }", "variables": []}},
        {"id": "1", "payload": {"query": "{ hello }", "operationName": 5}},
        {"id": "1", "payload": {"query": "{ hello }", "extensions": "x"}},
    ],
)  # fmt: skip
async def test_a_malformed_subscribe_closes_with_4400(client: Client, message: dict[str, Any]) -> None:
    await client.say(type="subscribe", **message)
    assert (await client.hear_closing())[0] == 4400


@pytest.mark.parametrize("message", [{}, {"id": 5}, {"id": None}])
async def test_a_malformed_complete_closes_with_4400(client: Client, message: dict[str, Any]) -> None:
    await client.say(type="complete", **message)
    assert (await client.hear_closing())[0] == 4400


@pytest.mark.parametrize("half", ["\ud83d", "\ude00\ud83d"])
async def test_half_of_a_surrogate_pair_is_replaced_and_ends_no_connection(client: Client, half: str) -> None:
    variables = {"name": f"😀 \\ud83d {half}"}  # the middle one is a backslash and letters
    await client.subscribe("1", "query ($name: String!) { hello(name: $name) }", variables=variables)
    replaced = "\ufffd" * len(half)
    assert await client.hear_all("1") == [{"data": {"hello": f"Hello, 😀 \\ud83d {replaced}!"}}]


@pytest.mark.parametrize("rest", ["NaN", "{", "[" * 1_500])
async def test_half_of_a_surrogate_pair_makes_no_json_of_what_is_none(stranger: Client, rest: str) -> None:
    await stranger.connection.send(f'["\\ud83d", {rest}]')
    assert await stranger.hear_closing() == (4400, "Message is not JSON")


async def test_a_binary_frame_closes_with_4400(client: Client) -> None:
    await client.connection.send(b'{"type": "ping"}')
    assert await client.hear_closing() == (4400, "Only text frames are read")


async def test_a_message_over_the_limit_closes_with_1009(client: Client) -> None:
    await client.say(type="ping", payload={"x": "x" * 6000})
    assert (await client.hear_closing())[0] == 1009


async def test_initialising_twice_closes_with_4429(client: Client) -> None:
    await client.say(type="connection_init")
    assert (await client.hear_closing())[0] == 4429


async def test_subscribing_before_the_acknowledgement_closes_with_4401(stranger: Client) -> None:
    await stranger.subscribe("1", "{ hello }")
    assert await stranger.hear_closing() == (4401, "Unauthorized")


@pytest.mark.parametrize("subprotocols", [None, [Subprotocol("graphql-ws")]])
async def test_another_subprotocol_closes_with_4406(server: ToyServer, subprotocols: list[Subprotocol] | None) -> None:
    async with connect(server.ws_url, subprotocols=subprotocols) as connection:
        assert connection.subprotocol is None
        assert (await Client(connection).hear_closing())[0] == 4406


@pytest.mark.parametrize(
    ("origin", "is_allowed"),
    [
        (None, True),
        ("https://friend.example", True),
        ("http://127.0.0.1:{port}", True),
        ("https://stranger.example", False),
        ("http://127.0.0.1:1", False),
        ("null", False),
        ("http://[", False),
    ],
)
async def test_only_pages_of_this_site_and_of_friends_may_connect(
    server: ToyServer, origin: str | None, is_allowed: bool
) -> None:
    headers = {"Origin": origin.format(port=server.port)} if origin else {}
    connecting = connect(server.ws_url, subprotocols=[PROTOCOL], additional_headers=headers)
    if is_allowed:
        async with connecting:
            pass
    else:
        with pytest.raises(websockets.InvalidStatus) as refused:
            await connecting
        assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    ("payload", "viewer"),
    [
        ({"Authorization": GOOD_TOKEN}, "usr_ada"),
        ({"authorization": GOOD_TOKEN}, "usr_ada"),
        ({}, None),
        (None, None),
        ({"Authorization": None}, None),
    ],
)
async def test_the_payload_of_the_initialisation_says_who_asks(
    stranger: Client, payload: dict[str, Any] | None, viewer: str | None
) -> None:
    await stranger.say(type="connection_init", payload=payload)
    assert await stranger.hear() == {"type": "connection_ack"}
    await stranger.subscribe("1", "{ me }")
    (answer,) = await stranger.hear_all("1")
    if viewer:
        assert answer == {"data": {"me": viewer}}
    else:
        assert answer["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


async def test_the_header_of_the_upgrade_says_who_asks_unless_the_payload_does(server: ToyServer) -> None:
    for payload, code in ((None, None), ({"Authorization": EXPIRED_TOKEN}, "TOKEN_EXPIRED")):
        headers = {"Authorization": GOOD_TOKEN}
        async with connect(server.ws_url, subprotocols=[PROTOCOL], additional_headers=headers) as connection:
            client = Client(connection)
            await client.say(type="connection_init", payload=payload)
            if code:
                assert await client.hear_closing() == (4403, code)
            else:
                assert await client.hear() == {"type": "connection_ack"}
                await client.subscribe("1", "{ me }")
                assert await client.hear_all("1") == [{"data": {"me": "usr_ada"}}]


@pytest.mark.parametrize(
    ("token", "closing"),
    [(EXPIRED_TOKEN, (4403, "TOKEN_EXPIRED")), ("Bearer bad", (4401, "UNAUTHENTICATED"))],
)
async def test_clients_retry_after_an_expired_token_and_not_after_a_bad_one(
    stranger: Client, token: str, closing: tuple[int, str]
) -> None:
    await stranger.say(type="connection_init", payload={"Authorization": token})
    assert await stranger.hear_closing() == closing


async def test_a_context_that_cannot_be_made_closes_with_1013_which_clients_retry(stranger: Client) -> None:
    await stranger.say(type="connection_init", payload={"Authorization": BROKEN_TOKEN})
    code, reason = await stranger.hear_closing()
    assert code == 1013
    assert reason.startswith("The server has failed")


async def test_a_ping_is_answered_with_its_payload_and_a_pong_is_not(client: Client) -> None:
    await client.say(type="pong", payload={"ignored": True})
    await client.say(type="ping", payload={"n": 1})
    assert await client.hear() == {"type": "pong", "payload": {"n": 1}}
    await client.say(type="ping", payload=None)
    assert await client.hear() == {"type": "pong"}


async def test_queries_and_mutations_run_too(client: Client, server: ToyServer) -> None:
    await client.subscribe("a", "query A($n: String!) { hello(name: $n) } query B { me }",
                           operationName="A", variables={"n": "Ada"}, extensions={"x": 1})  # fmt: skip
    assert await client.hear_all("a") == [{"data": {"hello": "Hello, Ada!"}}]
    server.toy.gate.set()
    await client.subscribe("b", 'mutation { remember(text: "x") }')
    assert await client.hear_all("b") == [{"data": {"remember": "x"}}]


async def test_a_mutation_that_its_client_completes_runs_to_its_end_without_an_answer(
    client: Client, server: ToyServer
) -> None:
    await client.subscribe("a", 'mutation { remember(text: "x") }')
    await wait_until(server.toy, lambda: server.toy.mutations == ["begun x"])
    await client.say(id="a", type="complete")
    await client.subscribe("a", "{ hello }")  # the id is free at once
    assert await client.hear_all("a") == [{"data": {"hello": "Hello, world!"}}]
    server.toy.gate.set()
    await server.engine.finish_mutations()
    assert server.toy.mutations == ["begun x", "done x"]
    await client.subscribe("b", "{ hello }")
    assert await client.hear_all("b") == [{"data": {"hello": "Hello, world!"}}]


async def test_a_mutation_whose_client_is_gone_runs_to_its_end(server: ToyServer) -> None:
    async with initialised(server) as client:
        assert await client.hear() == {"type": "connection_ack"}
        await client.subscribe("a", 'mutation { remember(text: "x") }')
        await wait_until(server.toy, lambda: server.toy.mutations == ["begun x"])
    assert server.toy.mutations == ["begun x"]
    server.toy.gate.set()
    await server.engine.finish_mutations()
    assert server.toy.mutations == ["begun x", "done x"]


async def test_a_reply_arrives_in_order_and_complete(client: Client) -> None:
    query = "subscription { reply { ... on ReplyDelta { offset text } ... on ReplyFinished { message { slowText } } } }"
    await client.subscribe('"1\n', query)
    *deltas, finished = await client.hear_all('"1\n')
    text = ""
    for delta in (payload["data"]["reply"] for payload in deltas):
        assert delta["offset"] == len(text.encode("utf-16-le")) // 2
        text += delta["text"]
    assert text == TEXT
    assert finished == {"data": {"reply": {"message": {"slowText": TEXT}}}}


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "{ hello }", "operationName": "Nobody"}, "BAD_USER_INPUT"),
        ({"query": "query A { hello } query B { hello }"}, "BAD_USER_INPUT"),
        ({"query": "query ($n: Int!) { twice(number: $n) }"}, "BAD_USER_INPUT"),
        ({"query": "subscription { missing }"}, "NOT_FOUND"),
        ({"query": "subscription { failing(after: 0) }"}, "INTERNAL"),
    ],
)
async def test_an_operations_error_ends_that_operation_alone(
    client: Client, server: ToyServer, payload: dict[str, Any], code: str
) -> None:
    await client.subscribe("watching", "subscription { silent }")
    await client.say(id="bad", type="subscribe", payload=payload)
    error = await client.hear()
    assert (error["id"], error["type"]) == ("bad", "error")
    assert [entry["extensions"]["code"] for entry in error["payload"]] == [code]
    await client.subscribe("bad", "{ hello }")  # no `complete` follows an `error`, and the id is free
    assert await client.hear_all("bad") == [{"data": {"hello": "Hello, world!"}}]
    server.toy.gate.set()
    assert await client.hear_all("watching") == [{"data": {"silent": 1}}]


async def test_what_fails_in_mid_stream_is_told_without_its_text(client: Client) -> None:
    await client.subscribe("1", "subscription { failing(after: 1) }")
    first, last = await client.hear_all("1")
    assert first == {"data": {"failing": 0}}
    assert last["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "hunter2" not in json.dumps(last)


async def test_each_operation_has_a_request_id_of_its_own(server: ToyServer) -> None:
    headers = {"X-Request-ID": "conn-1"}
    async with connect(server.ws_url, subprotocols=[PROTOCOL], additional_headers=headers) as connection:
        client = Client(connection)
        await client.say(type="connection_init")
        await client.hear()
        for number in (1, 2):
            await client.subscribe("a", "{ requestId }")
            assert await client.hear_all("a") == [{"data": {"requestId": f"conn-1.{number}"}}]


async def test_an_id_in_use_closes_with_4409(client: Client, server: ToyServer) -> None:
    await client.subscribe("1", "subscription { silent }")
    await client.subscribe("1", "{ hello }")
    assert await client.hear_closing() == (4409, "Subscriber for 1 already exists")
    await wait_until(server.toy, lambda: server.toy.open_sources == 0)


async def test_an_id_may_be_used_again_right_after_its_completion_by_either_side(
    client: Client, server: ToyServer
) -> None:
    for _ in range(20):
        await client.subscribe("1", "subscription { silent }")
        await client.say(id="1", type="complete")
        await client.subscribe("1", "{ hello }")
        assert await client.hear_all("1") == [{"data": {"hello": "Hello, world!"}}]
    await wait_until(server.toy, lambda: server.toy.open_sources == 0)


async def test_completing_what_is_unknown_or_over_is_ignored(client: Client) -> None:
    await client.say(id="never", type="complete")
    await client.subscribe("1", "{ hello }")
    await client.hear_all("1")
    await client.say(id="1", type="complete")
    await client.say(type="ping")
    assert await client.hear() == {"type": "pong"}


async def test_completing_closes_the_source_and_nothing_more_is_said(client: Client, server: ToyServer) -> None:
    await client.subscribe("1", "subscription { silent }")
    await wait_until(server.toy, lambda: server.toy.open_sources == 1)
    await client.say(id="1", type="complete")
    await wait_until(server.toy, lambda: server.toy.open_sources == 0)
    server.toy.gate.set()
    await client.say(type="ping")
    assert await client.hear() == {"type": "pong"}


async def test_operations_over_the_limit_are_refused_and_the_others_go_on(client: Client, server: ToyServer) -> None:
    for operation_id in "abc":
        await client.subscribe(operation_id, "subscription { silent }")
    await client.subscribe("d", "{ hello }")
    error = await client.hear()
    assert (error["id"], error["type"]) == ("d", "error")
    assert error["payload"][0]["extensions"] == {"code": "RATE_LIMITED"}
    server.toy.gate.set()
    heard = [await client.hear() for _ in range(6)]
    assert sorted((message["id"], message["type"]) for message in heard) == sorted(
        (operation_id, kind) for operation_id in "abc" for kind in ("next", "complete")
    )


async def test_leaving_ends_subscriptions_but_not_a_mutation(client: Client, server: ToyServer) -> None:
    toy = server.toy
    await client.subscribe("1", "subscription { silent }")
    await client.subscribe("2", 'mutation { remember(text: "x") }')
    await wait_until(toy, lambda: toy.open_sources == 1 and toy.mutations == ["begun x"])
    client.connection.transport.abort()  # a cut, not a goodbye
    await wait_until(toy, lambda: toy.open_sources == 0)
    assert server.over_websocket.connections == set()
    toy.gate.set()
    await wait_until(toy, lambda: toy.mutations == ["begun x", "done x"])


async def test_a_client_that_does_not_read_holds_its_source_back_and_nobody_else(server: ToyServer) -> None:
    toy = server.toy
    slow = await connect(server.ws_url, subprotocols=[PROTOCOL], max_queue=1)
    await Client(slow).say(type="connection_init")
    await Client(slow).subscribe("1", "subscription { forever(size: 100000) { ... on ReplyDelta { text } } }")
    async with asyncio.timeout(10):
        while not server.holds_back:  # until the buffers on the way are full
            assert toy.events_sent < 1000
            await asyncio.sleep(0.01)
    for _ in range(1000):  # turns of the loop, in each of which a source that is not held back sends
        await asyncio.sleep(0)
    assert 0 < toy.events_sent < 1000
    async with connect(server.ws_url, subprotocols=[PROTOCOL]) as connection:
        quick = Client(connection)
        await quick.say(type="connection_init")
        await quick.hear()
        await quick.subscribe("1", "{ hello }")
        assert await quick.hear_all("1") == [{"data": {"hello": "Hello, world!"}}]
    slow.transport.abort()
    await wait_until(toy, lambda: toy.open_sources == 0)


async def test_the_server_can_close_a_connection_with_a_reason(client: Client, server: ToyServer) -> None:
    await client.subscribe("1", "subscription { silent }")
    await wait_until(server.toy, lambda: server.toy.open_sources == 1)
    (connection,) = server.over_websocket.connections
    await connection.close(4403, "世" * 100)
    assert await client.hear_closing() == (4403, "世" * 41)
    await wait_until(server.toy, lambda: server.toy.open_sources == 0)


async def test_a_restart_closes_with_1012_which_clients_retry(client: Client, server: ToyServer) -> None:
    await server.over_websocket.end(patience_seconds=0)
    assert await client.hear_closing() == (1012, "Service restart")


async def test_a_connection_that_begins_after_a_restart_did_is_closed_with_1012_too(server: ToyServer) -> None:
    await server.over_websocket.end(patience_seconds=0)
    async with connect(server.ws_url, subprotocols=[PROTOCOL], compression=None) as connection:
        assert await Client(connection).hear_closing() == (1012, "Service restart")


async def test_a_connection_that_begins_while_others_move_to_another_server_moves_too(server: ToyServer) -> None:
    await server.over_websocket.send_elsewhere(within_seconds=0)
    async with connect(server.ws_url, subprotocols=[PROTOCOL], compression=None) as connection:
        assert await Client(connection).hear_closing() == (1012, "Service restart")


async def test_pythons_gql_client_watches_a_reply(server: ToyServer) -> None:
    transport = WebsocketsTransport(
        url=server.ws_url, init_payload={"Authorization": GOOD_TOKEN}, subprotocols=[PROTOCOL]
    )
    query = gql.gql("subscription { reply { ... on ReplyDelta { text } ... on ReplyFinished { message { id } } } }")
    async with gql.Client(transport=transport) as session:
        *deltas, finished = [result["reply"] async for result in session.subscribe(query)]
        assert await session.execute(gql.gql("{ me }")) == {"me": "usr_ada"}
    assert "".join(delta["text"] for delta in deltas) == TEXT
    assert finished == {"message": {"id": "msg_1"}}


@pytest.mark.parametrize(
    ("query", "answers"),
    [
        ("{ cancelled hello }", 1),
        ("mutation { cancelled }", 1),
        ("subscription { cancelled(after: 1) }", 2),
    ],
)
async def test_what_another_task_cancelled_is_answered(client: Client, query: str, answers: int) -> None:
    await client.subscribe("1", query)
    told = await client.hear_all("1")
    assert len(told) == answers
    assert told[-1]["errors"][0]["extensions"]["code"] == "INTERNAL"


async def test_a_source_that_another_task_cancelled_is_an_error(client: Client) -> None:
    await client.subscribe("1", "subscription { cancelled(after: 0) }")
    answer = await client.hear()
    assert (answer["id"], answer["type"], answer["payload"][0]["extensions"]["code"]) == ("1", "error", "INTERNAL")


async def test_an_operation_by_its_hash_alone_is_an_error_of_that_operation(client: Client) -> None:
    await client.say(id="1", type="subscribe", payload={"extensions": {"persistedQuery": {"version": 1}}})
    answer = await client.hear()
    assert answer["payload"][0]["extensions"] == {"code": "PERSISTED_QUERY_NOT_SUPPORTED"}
    await client.subscribe("1", "{ hello }")
    assert await client.hear_all("1") == [{"data": {"hello": "Hello, world!"}}]

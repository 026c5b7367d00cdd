"""The real server seen by GraphQL clients from elsewhere: npm's, and Python's gql."""

import itertools

import pytest
from gql import Client as GqlClient
from gql import GraphQLRequest, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.exceptions import TransportQueryError
from gql.transport.websockets import WebsocketsTransport
from graphql import GraphQLError, print_schema

from tests.clients.node import run_client, start_client
from tests.support.chat import Chat
from tests.support.client import Client, Screen
from tests.support.demo import Script

TEXT = "数据流动 🌍👩‍🚀 naïve 𝒳 한국어 🇨🇳，世界！👨‍👩‍👧‍👦 𠮷野家 end"
PIECES = tuple(TEXT[start : start + 3] for start in range(0, len(TEXT), 3))
SEND = "mutation Send($text: String!) { sendMessage(input: {text: $text}) { reply { id status } } }"
WATCH = """subscription Watch($id: ID!) { reply(messageId: $id) { __typename
    ... on ReplyDelta { kind offset text } ... on ReplyFinished { message { id status text } } } }"""


async def test_all_audits_of_graphql_http_pass(chat: Chat) -> None:
    results = await run_client("audits.mjs", url=f"{chat.origin}/graphql")
    assert [result for result in results if result["status"] != "ok"] == []
    assert len(results) == 61


async def test_graphql_ws_that_is_cut_off_again_and_again_ends_with_the_stored_text(chat: Chat, ada: Client) -> None:
    driven = chat.demo.drive("demo")
    reply_id = (await ada.send())["reply"]["id"]
    call, screen, connections = await driven.next_call(), Screen(), []
    subscription = {"url": ws_url(chat), "token": ada.token, "query": WATCH, "variables": {"id": reply_id}}
    async with start_client("graphql_ws.mjs", **subscription, cutAfter=[1, 4, 2, 1], follow=True) as lines:
        for number, piece in enumerate(PIECES, start=1):
            await call.send(piece)
            while screen.text != "".join(PIECES[:number]):
                line = await anext(lines)
                if "next" in line:
                    screen.take(line["next"]["data"]["reply"])
                else:
                    connections.append(line)
        await call.finish()
        *_, last_event, complete, texts, closed = [line async for line in lines]
    # Five connections, and each asked for everything, as graphql-ws does without telling its application.
    cuts = [[{"connected": number}, {"closed": 1006}] for number in range(1, 5)]
    assert connections == [*itertools.chain(*cuts), {"connected": 5}]
    assert last_event == {"next": {"data": {"reply": finished(reply_id)}}}
    assert (complete, closed) == ({"complete": True}, {"closed": 1000})
    assert texts["texts"]["TEXT"] == screen.text == (await ada.message(reply_id))["text"] == TEXT


async def test_graphql_sse_watches_a_reply(chat: Chat, ada: Client) -> None:
    chat.demo.script("demo", Script(chunks=PIECES))
    reply_id = (await ada.send())["reply"]["id"]
    url = f"{chat.origin}/graphql"
    *events, complete = await run_client(
        "graphql_sse.mjs", url=url, token=ada.token, query=WATCH, variables={"id": reply_id}
    )
    screen = Screen()
    for event in events:
        screen.take(event["next"]["data"]["reply"])
    assert (screen.text, complete) == (TEXT, {"complete": True})
    assert events[-1]["next"]["data"]["reply"] == finished(reply_id)


async def test_apollo_client_goes_through_a_first_visit(chat: Chat) -> None:
    chat.demo.script("demo", Script(chunks=PIECES))
    key = {"name": "mine", "secret": "sk-apollos-own-1234", "baseUrl": chat.demo.base_url, "model": "demo"}
    steps = await run_client("apollo_chat.mjs", url=f"{chat.origin}/graphql", name="grace", key=key, text="Hi")
    assert steps == [
        {"register": "grace"},
        {"login": True},
        {"createKey": {"name": "mine", "secretHint": "1234"}},
        {"sendMessage": "STREAMING"},
        {"reply": TEXT},
        {"cachedReply": {"__typename": "Message", "status": "COMPLETED", "text": TEXT}},
        {"firstPage": {"total": 3, "titles": ["third", "second"]}},
        {"allPages": ["third", "second", "Hi"]},
        {"messages": [{"role": "USER", "text": "Hi"}, {"role": "ASSISTANT", "text": TEXT}]},
        {"renamed": ["third", "second", "renamed"]},
    ]
    assert chat.demo.requests[-1].headers["authorization"] == "Bearer sk-apollos-own-1234"


async def test_urql_sends_watches_and_reads(chat: Chat, ada: Client) -> None:
    chat.demo.script("demo", Script(chunks=PIECES))
    assert await run_client("urql.mjs", url=f"{chat.origin}/graphql", token=ada.token, text="Hi") == [
        {"mutation": "STREAMING"},
        {"webSocket": {"shown": TEXT, "stored": TEXT, "status": "COMPLETED"}},
        {"eventStream": {"shown": TEXT, "stored": TEXT, "status": "COMPLETED"}},
        {"query": {"count": 2, "roles": ["USER", "ASSISTANT"]}},
        {"missing": None},
    ]


async def test_pythons_gql_reads_the_schema_checks_operations_by_it_and_sends(chat: Chat, ada: Client) -> None:
    transport = AIOHTTPTransport(f"{chat.origin}/graphql", headers={"Authorization": f"Bearer {ada.token}"})
    async with GqlClient(transport=transport, fetch_schema_from_transport=True) as session:
        assert session.client.schema is not None
        assert "type Subscription" in print_schema(session.client.schema)
        chat.demo.script("demo", Script(chunks=PIECES))
        sent = await session.execute(GraphQLRequest(SEND, variable_values={"text": "Hi"}))
        assert sent["sendMessage"]["reply"]["status"] == "STREAMING"
        with pytest.raises(GraphQLError, match="Cannot query field 'sesions'"):
            await session.execute(gql("{ sesions { totalCount } }"))
        with pytest.raises(TransportQueryError) as refused:
            await session.execute(GraphQLRequest(SEND, variable_values={"text": ""}))
    assert refused.value.errors is not None
    assert refused.value.errors[0]["extensions"] == {"code": "BAD_USER_INPUT", "field": "input.text"}


async def test_pythons_gql_watches_a_reply_by_websocket(chat: Chat, ada: Client) -> None:
    driven = chat.demo.drive("demo")
    reply_id = (await ada.send())["reply"]["id"]
    call, screen = await driven.next_call(), Screen()
    init = {"Authorization": f"Bearer {ada.token}"}
    transport = WebsocketsTransport(ws_url(chat), init_payload=init)
    async with GqlClient(transport=transport, fetch_schema_from_transport=True) as session:
        events = session.subscribe(GraphQLRequest(WATCH, variable_values={"id": reply_id}))
        for number, piece in enumerate(PIECES, start=1):
            await call.send(piece)
            while screen.text != "".join(PIECES[:number]):
                screen.take((await anext(events))["reply"])
        await call.finish()
        assert [event["reply"] async for event in events] == [finished(reply_id)]
    assert screen.text == (await ada.message(reply_id))["text"] == TEXT


def ws_url(chat: Chat) -> str:
    """Return the address for WebSockets."""
    return f"{chat.origin}/graphql".replace("http", "ws", 1)


def finished(reply_id: str) -> dict[str, object]:
    """Return the last event of the reply."""
    return {"__typename": "ReplyFinished", "message": {"id": reply_id, "status": "COMPLETED", "text": TEXT}}

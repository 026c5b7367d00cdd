"""Objects by their ids, and the way from a message to its session."""

import pytest

from gql_chat.infra.ids import new_id
from tests.support.chat import Chat
from tests.support.client import Client, GraphQLErrors

NODES = """query Nodes($ids: [ID!]!) { nodes(ids: $ids) { __typename id
    ... on Session { title } ... on Message { text session { id title } } } }"""


@pytest.fixture
async def own(ada: Client) -> dict[str, str]:
    """Return the ids of objects of every type that Ada has, by their types."""
    sent = await ada.send("echo hi", wait=True)
    made = await ada.run(
        """mutation { createKey(input: {name: "n", secret: "s", model: "m", baseUrl: "https://a.example"}) { id }
                      createAccessToken(input: {name: "t", scopes: [CHAT]}) { accessToken { id } } }"""
    )
    [call] = (await ada.run("{ callLogs { nodes { id } } }"))["callLogs"]["nodes"]
    return {
        "User": ada.user_id,
        "Session": sent["session"]["id"],
        "Message": sent["reply"]["id"],
        "Key": made["createKey"]["id"],
        "AccessToken": made["createAccessToken"]["accessToken"]["id"],
        "File": (await ada.upload(sent["session"]["id"]))["id"],
        "CallLog": call["id"],
    }


async def test_nodes_are_in_the_order_of_the_ids_and_null_where_there_is_none(
    chat: Chat, ada: Client, own: dict[str, str]
) -> None:
    bob = await chat.sign_up("bob")
    foreign = await bob.new_session()
    ids = [own["Message"], "nothing", own["File"], foreign, *own.values(), own["Message"], new_id("ses"), "ses_x"]
    found = (await ada.run(NODES, ids=ids))["nodes"]
    names = {an_id: name for name, an_id in own.items()}
    assert [node and (node["__typename"], node["id"]) for node in found] == [
        (names[an_id], an_id) if an_id in names else None for an_id in ids
    ]
    assert (await bob.run(NODES, ids=list(own.values())))["nodes"] == [None] * 7


async def test_a_node_that_the_token_may_not_read_is_an_error_of_its_own(
    chat: Chat, ada: Client, own: dict[str, str]
) -> None:
    made = await ada.run('mutation { createAccessToken(input: {name: "c", scopes: [CHAT]}) { token } }')
    script = Client(chat.http, chat.origin, made["createAccessToken"]["token"], ada.user_id)
    answer = await script.post(NODES, ids=[own["Session"], own["Key"]])
    assert [node and node["id"] for node in answer["data"]["nodes"]] == [own["Session"], None]
    [error] = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["nodes", 1], "FORBIDDEN")


async def test_more_than_100_ids_are_refused(ada: Client) -> None:
    assert (await ada.run(NODES, ids=["x"] * 100))["nodes"] == [None] * 100
    with pytest.raises(GraphQLErrors) as refused:
        await ada.run(NODES, ids=["x"] * 101)
    assert refused.value.errors[0]["extensions"] == {"code": "BAD_USER_INPUT", "field": "ids"}


async def test_the_cost_of_nodes_follows_the_number_of_ids(ada: Client) -> None:
    costly = (
        "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Session { messages(first: 40) { nodes { id text } } } } }"
    )
    assert (await ada.run(costly, ids=["x"] * 50))["nodes"] == [None] * 50
    with pytest.raises(GraphQLErrors) as refused:
        await ada.run(costly, ids=["x"] * 100)
    assert refused.value.codes == ["OPERATION_TOO_COMPLEX"]
    literal = costly.replace("($ids: [ID!]!)", "").replace("$ids", str(["x"] * 100).replace("'", '"'))
    with pytest.raises(GraphQLErrors) as refused:
        await ada.run(literal)
    assert refused.value.codes == ["OPERATION_TOO_COMPLEX"]


async def test_a_hit_of_the_search_names_its_session(ada: Client) -> None:
    sessions = {}
    for title in ("first", "second"):
        made = await ada.run("mutation ($title: String) { createSession(input: {title: $title}) { id } }", title=title)
        sessions[made["createSession"]["id"]] = title
        await ada.send("echo umbrella", sessionId=made["createSession"]["id"], wait=True)
    query = '{ search(query: "umbrella") { nodes { sessionId session { id title } } } }'
    hits = (await ada.run(query))["search"]["nodes"]
    assert len(hits) == 4
    assert all(hit["session"] == {"id": hit["sessionId"], "title": sessions[hit["sessionId"]]} for hit in hits)


async def test_every_change_is_an_event_with_a_cursor(ada: Client) -> None:
    async with ada.connect() as socket:
        after = (await ada.run("{ changesCursor }"))["changesCursor"]
        await ada.new_session()
        query = "subscription ($after: String) { changes(after: $after) { __typename ... on ChangeEvent { cursor } } }"
        event = await anext(socket.subscribe(query, after=after))
    assert event["changes"]["__typename"] == "SessionChanged"
    assert event["changes"]["cursor"] not in ("", after)


async def test_a_persona_has_its_name_as_id(ada: Client) -> None:
    personas = (await ada.run("{ personas { id name } }"))["personas"]
    assert personas
    assert all(persona["id"] == persona["name"] for persona in personas)

"""An operation never resolves more values than it costs, whatever it selects."""

import pytest
from graphql import parse, validate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gql_chat.api.engine.complexity import Limits
from gql_chat.api.engine.execution import Engine
from gql_chat.api.engine.requests import RequestRejected
from gql_chat.api.engine.turns import is_large
from gql_chat.api.schema import schema
from gql_chat.users.models import UserRole
from tests.support.chat import Chat
from tests.support.client import Client
from tests.support.operations import count_leaves, queries
from tests.support.running.examples import examples

# Documents are drawn before there is anything to look up, so the test puts an id in.
REQUIRED = {"id": '"ID"', "query": '"x"', "by": '{id: "ID"}', "name": '"Writer"'}
ENGINE = Engine(schema, limits=Limits(max_cost=10**9))
CREATE_KEY = "mutation ($input: CreateKeyInput!) { createKey(input: $input) { id } }"
CREATE_TOKEN = "mutation ($input: CreateAccessTokenInput!) { createAccessToken(input: $input) { token } }"


async def sign_up_with_a_little_of_everything(chat: Chat) -> tuple[Client, list[str]]:
    boss = await chat.sign_up("boss", UserRole.ADMIN)
    group = (await boss.run('mutation { createGroup(input: {name: "Team"}) { id activationCode } }'))["createGroup"]
    await boss.run(
        "mutation ($code: String!) { redeemActivationCode(code: $code) { id } }", code=group["activationCode"]
    )
    draft = {"secret": "sk-0123456789abcd", "model": "demo", "baseUrl": chat.demo.base_url}
    key = (await boss.run(CREATE_KEY, input=draft | {"name": "Work", "parameters": {"stop": ["a", "b"]}}))["createKey"]
    await boss.run(CREATE_KEY, input=draft | {"name": "Shared", "groupId": group["id"]})
    await boss.run(CREATE_TOKEN, input={"name": "script", "scopes": ["CHAT", "KEYS"]})
    ids = [boss.user_id, group["id"], key["id"]]
    for _ in range(3):
        sent = await boss.send("x", wait=True)
        file = await boss.upload(sent["session"]["id"])
        sent = await boss.send("x", sessionId=sent["session"]["id"], attachments=[{"fileId": file["id"]}], wait=True)
        ids += [sent["session"]["id"], sent["reply"]["id"], sent["userMessage"]["id"], file["id"]]
    return boss, ids


@settings(examples(60), suppress_health_check=list(HealthCheck))
@given(queries(schema._schema, REQUIRED), st.integers(0, 14))
async def test_no_operation_resolves_more_values_than_it_costs(
    little_of_everything: tuple[Client, list[str]], query: str, number: int
) -> None:
    boss, ids = little_of_everything
    query = query.replace("ID", ids[number % len(ids)])
    assert validate(schema._schema, parse(query)) == []
    try:
        cost = ENGINE.admission.check({"query": query}).cost
    except RequestRejected:  # more aliases, say, than any operation may have: refused by the server too
        cost = 0
    response = await boss.post(query)
    if "data" in response:
        assert count_leaves(response["data"]) <= cost
    else:
        [error] = response["errors"]
        assert error["extensions"]["code"] == "OPERATION_TOO_COMPLEX"


@pytest.fixture
async def little_of_everything(chat: Chat) -> tuple[Client, list[str]]:
    return await sign_up_with_a_little_of_everything(chat)


@pytest.mark.parametrize(
    ("page", "takes_a_turn"),
    [
        ("messages { nodes { id role text createdAt } }", False),
        ("messages(last: 50) { nodes { id order role text status createdAt } totalCount }", False),
        ("messages(first: 200) { nodes { text } }", True),
        ("messages { nodes { id order role text status createdAt siblingIds parts { type } } }", True),
    ],
)
def test_an_honest_page_of_messages_takes_no_turn(page: str, takes_a_turn: bool) -> None:
    assert is_large(ENGINE.admission.check({"query": f'{{ session(id: "s") {{ id title {page} }} }}'})) == takes_a_turn

"""Searching over the API: whose messages, from when on, and what a query may not do."""

import asyncio
from typing import Any

import pytest

from gql_chat.chats.models import SearchText
from gql_chat.chats.search import SearchResult, search_messages
from gql_chat.infra.db.keyset import PageRequest
from tests.support.chat import Chat
from tests.support.client import Client, GraphQLErrors
from tests.support.demo import Script
from tests.support.stored.trees import audit_trees

SEARCH = """query ($query: String!, $first: Int, $after: String) { search(query: $query, first: $first, after: $after) {
    nodes { id text } edges { cursor node { id } } totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
STOP = "mutation ($id: ID!) { stopReply(messageId: $id) { text } }"
CONTINUE = "mutation ($id: ID!) { continueReply(messageId: $id) { reply { id } } }"
EDIT = """mutation ($id: ID!, $text: String!) {
    editMessage(input: {messageId: $id, text: $text, wait: true}) { reply { id } } }"""
DELETE_MESSAGES = "mutation ($id: ID!) { deleteMessages(sessionId: $id) }"
DELETE_SESSIONS = "mutation ($id: ID!) { deleteSessions(ids: [$id]) }"
DELETE_ACCOUNT = "mutation ($password: String!) { deleteAccount(password: $password) }"
TOKEN = 'mutation ($scope: Scope!) { createAccessToken(input: {name: "n", scopes: [$scope]}) { token } }'

HOSTILE = [
    "AND", "OR NOT", "NEAR(a b)", "folded:x", "a*", "^a", "-a", "(", '")', "a\" OR \"b", "'; DROP TABLE users --", "%",
    "_", "\\", "a\\", "\0x", "🏽", "\U000f0000x", "x" * 200, "ﷺ" * 200, "$1 {parts} %s", "{", "mundane\0x",
    "mundane\ud800x",
]  # fmt: skip


async def search(client: Client, query: str, **more: Any) -> dict[str, Any]:
    page: dict[str, Any] = (await client.run(SEARCH, query=query, **more))["search"]
    return page


async def texts(client: Client, query: str) -> list[str]:
    """Return what is found, best first."""
    return [node["text"] for node in (await search(client, query))["nodes"]]


async def refusal(client: Client, query: str, **more: Any) -> tuple[str, str | None]:
    with pytest.raises(GraphQLErrors) as refused:
        await search(client, query, **more)
    [error] = refused.value.errors
    return error["extensions"]["code"], error["extensions"].get("field")


async def test_only_own_messages_are_found(chat_on_each: Chat) -> None:
    ada, bob = await chat_on_each.sign_up("ada"), await chat_on_each.sign_up("bob")
    chat_on_each.demo.script("demo", Script(chunks=("a blue ", "answer")))
    await ada.send("ada's blue secret", wait=True)
    assert await texts(bob, "blue") == []
    await bob.send("bob's blue secret", wait=True)
    assert await texts(ada, "blue secret") == ["ada's blue secret"]
    assert (await search(bob, "blue"))["totalCount"] == 2
    cursor = (await search(ada, "blue"))["pageInfo"]["startCursor"]
    assert [node["text"] for node in (await search(bob, "ada's", after=cursor))["nodes"]] == []


async def test_a_search_waits_for_one_of_another_user_however_many_that_user_starts(
    chat_on_each: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob = await chat_on_each.sign_up("ada"), await chat_on_each.sign_up("bob")
    running: list[str] = []
    order: list[str] = []
    entered, go = asyncio.Event(), asyncio.Event()

    async def search_slowly(user_id: str, query: str, request: PageRequest) -> SearchResult:
        assert user_id not in running
        running.append(user_id)
        order.append(user_id)
        entered.set()
        await go.wait()
        found = await search_messages(user_id, query, request)
        running.remove(user_id)
        return found

    monkeypatch.setattr("gql_chat.api.search.search_messages", search_slowly)
    many = "{ " + " ".join(f'a{n}: search(query: "the {n}") {{ totalCount }}' for n in range(12)) + " }"
    flood = asyncio.create_task(ada.run(many))
    await entered.wait()
    while chat_on_each.services.searches.size < 12:
        await asyncio.sleep(0)
    one = asyncio.create_task(search(bob, "the"))
    while chat_on_each.services.searches.size < 13:
        await asyncio.sleep(0)
    go.set()
    assert (await one)["totalCount"] == 0
    assert len(await flood) == 12
    assert order.index(bob.user_id) <= 2
    assert order.count(ada.user_id) == 12


async def test_a_reply_is_found_once_it_has_settled_and_its_snapshots_touch_no_index(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    driven, runner = chat_on_each.demo.drive("demo"), chat_on_each.services.runner
    sent = await ada.send("a question")
    call = await driven.next_call()
    await call.send("half a zebra")
    async for event in ada.watch(sent["reply"]["id"]):
        if "zebra" in event.get("text", ""):
            break
    await runner.save()
    assert (await ada.message(sent["reply"]["id"]))["text"] == "half a zebra"
    assert await texts(ada, "zebra") == []
    assert await SearchText.all().values_list("message_id", flat=True) == [sent["userMessage"]["id"]]
    await ada.run(STOP, id=sent["reply"]["id"])
    assert await texts(ada, "zebra") == ["half a zebra"]
    await ada.run(CONTINUE, id=sent["reply"]["id"])
    call = await driven.next_call()
    assert await texts(ada, "zebra") == []
    await call.send(" and a giraffe")
    await call.finish()
    await runner.wait(sent["reply"]["id"])
    assert await texts(ada, "giraffe zebra") == ["half a zebra and a giraffe"]
    await audit_trees()


async def test_all_branches_are_searched_and_what_is_deleted_is_not(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada", password="correct horse battery")
    chat_on_each.demo.script("demo", Script(chunks=("nothing",)))
    sent = await ada.send("the first wording", wait=True)
    await ada.run(EDIT, id=sent["userMessage"]["id"], text="the second wording")
    other = await ada.send("another session's wording", wait=True)
    assert sorted(await texts(ada, "wording")) == [
        "another session's wording", "the first wording", "the second wording",
    ]  # fmt: skip
    await ada.run(DELETE_MESSAGES, id=sent["session"]["id"])
    assert await texts(ada, "wording") == ["another session's wording"]
    await ada.run(DELETE_SESSIONS, id=other["session"]["id"])
    assert await texts(ada, "wording") == []
    await ada.send("the last wording", wait=True)
    await ada.run(DELETE_ACCOUNT, password="correct horse battery")
    assert await SearchText.all().count() == 0


async def test_pages_follow_each_other(chat: Chat, ada: Client) -> None:
    chat.demo.script("demo", Script(chunks=("nothing",)))
    for number in range(5):
        await ada.send(f"word {number}", wait=True)
    first = await search(ada, "word", first=2)
    assert [node["text"] for node in first["nodes"]] == ["word 4", "word 3"]
    cursors = [edge["cursor"] for edge in first["edges"]]
    assert first["pageInfo"] == {
        "hasNextPage": True, "hasPreviousPage": False, "startCursor": cursors[0], "endCursor": cursors[1],
    }  # fmt: skip
    rest = await search(ada, "word", after=cursors[1])
    assert [node["text"] for node in rest["nodes"]] == ["word 2", "word 1", "word 0"]
    assert (rest["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasPreviousPage"]) == (False, True)
    assert (first["totalCount"], rest["totalCount"]) == (5, 5)
    nothing = await search(ada, "absent")
    assert (nothing["nodes"], nothing["totalCount"], nothing["pageInfo"]["endCursor"]) == ([], 0, None)


async def test_no_query_breaks_a_search(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    await ada.send("mundane", wait=True)
    for query in HOSTILE:
        assert await texts(ada, query) == [], query


async def test_refusals_name_the_argument(chat: Chat, ada: Client) -> None:
    assert await refusal(ada, "") == ("BAD_USER_INPUT", "query")
    assert await refusal(ada, "x" * 10_000) == ("BAD_USER_INPUT", "query")
    assert await refusal(ada, "x", first=201) == ("BAD_USER_INPUT", "first")
    for cursor in ("junk", "WzFd", "\0", "WzEsMiwzLC00XQ"):
        assert await refusal(ada, "x", after=cursor) == ("BAD_USER_INPUT", "after")


async def test_a_search_needs_a_sign_in_that_may_chat(chat: Chat, ada: Client) -> None:
    await ada.send("word", wait=True)
    assert await refusal(chat.stranger, "word") == ("UNAUTHENTICATED", None)
    for scope, answer in (("KEYS", "FORBIDDEN"), ("CHAT", None)):
        token = (await ada.run(TOKEN, scope=scope))["createAccessToken"]["token"]
        client = Client(ada.http, ada.origin, token)
        if answer:
            assert (await refusal(client, "word"))[0] == answer
        else:
            assert "word" in await texts(client, "word")

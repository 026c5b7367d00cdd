"""Deleting a message: everything that follows it goes, and the chat shows what is nearest to it."""

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from gql_chat.chats.models import ChatSession, Message, SearchText, SendClaim
from gql_chat.files.models import File, PendingDeletion
from gql_chat.infra.ids import new_id
from gql_chat.usage.models import Call, OpenCall
from tests.support.chat import Chat
from tests.support.client import Client, GraphQLErrors
from tests.support.demo import Script
from tests.support.refusals import error_of
from tests.support.stored.trees import audit_trees

DELETE = """mutation ($id: ID!) { deleteMessage(id: $id) {
    id messageCount lastMessageAt messages { nodes { id } } files { id } } }"""
EDIT = """mutation ($id: ID!) { editMessage(input: {messageId: $id, text: "other", wait: true}) {
    userMessage { id } reply { id } } }"""
REGENERATE = "mutation ($id: ID!) { regenerateReply(messageId: $id) { reply { id } } }"
SELECT = "mutation ($id: ID!) { selectBranch(messageId: $id) { id } }"
SEARCH = "query ($q: String!) { search(query: $q) { totalCount } }"
CHANGES = """subscription ($after: String) { changes(after: $after) { __typename
    ... on MessagesDeleted { ids } ... on FilesDeleted { ids } ... on SessionChanged { session { messageCount } } } }"""


async def delete(client: Client, message_id: str) -> dict[str, Any]:
    """Return the session after the deletion; its tree is sound."""
    session: dict[str, Any] = (await client.run(DELETE, id=message_id))["deleteMessage"]
    await audit_trees()
    return session


async def chat_of(client: Client, *texts: str) -> tuple[str, list[str]]:
    """Return the id of a session in which these were said and answered, and the ids of its messages."""
    session_id, ids = await client.new_session(), []
    for text in texts:
        sent = await client.send(text, sessionId=session_id, wait=True)
        ids += [sent["userMessage"]["id"], sent["reply"]["id"]]
    return session_id, ids


async def regenerate(client: Client, reply_id: str) -> str:
    """Return the id of another reply, once it has settled."""
    reply_id = (await client.run(REGENERATE, id=reply_id))["regenerateReply"]["reply"]["id"]
    await client.watch_to_end(reply_id)
    return reply_id


def shown(session: dict[str, Any]) -> list[str]:
    """Return the ids of the selected branch."""
    return [node["id"] for node in session["messages"]["nodes"]]


async def test_a_message_goes_with_all_that_follows_and_its_parent_ends_the_branch(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    session_id, ids = await chat_of(ada, "echo zebra", "echo yak", "echo xerus")
    session = await delete(ada, ids[3])
    assert (session["messageCount"], shown(session)) == (3, ids[:3])
    assert session["lastMessageAt"] == (await Message.get(id=ids[2])).created_at.isoformat()
    assert [(await ada.run(SEARCH, q=word))["search"]["totalCount"] for word in ("zebra", "yak", "xerus")] == [2, 1, 0]
    assert await SearchText.all().count() == 3
    sent = await ada.send("echo wolf", sessionId=session_id, wait=True)  # the chat goes on from there
    assert (sent["userMessage"]["order"], sent["session"]["messageCount"]) == (4, 5)
    prompt = [message["content"] for message in chat_on_each.demo.requests[-1].body["messages"][1:]]
    assert prompt == ["echo zebra", "zebra", "echo yak\n\necho wolf"]
    assert await Call.filter(message_id=None).count() == 2  # the ledger stays
    emptied = await delete(ada, ids[0])
    assert (emptied["messageCount"], emptied["lastMessageAt"], shown(emptied)) == (0, None, [])
    again = await ada.send("echo again", sessionId=session_id, wait=True)
    assert (again["userMessage"]["order"], again["session"]["messageCount"]) == (1, 2)


async def test_the_nearest_branch_beside_it_is_shown_down_to_its_end(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    _, ids = await chat_of(ada, "echo 1", "echo 2")
    second = await regenerate(ada, ids[1])
    third = await regenerate(ada, ids[1])
    assert shown(await delete(ada, third)) == [ids[0], second]
    assert shown(await delete(ada, second)) == ids  # down to its end
    fourth = await regenerate(ada, ids[1])
    await ada.run(SELECT, id=ids[1])
    assert shown(await delete(ada, ids[1])) == [ids[0], fourth]  # there is none before it: the one after it
    edited = (await ada.run(EDIT, id=ids[0]))["editMessage"]
    assert shown(await delete(ada, edited["userMessage"]["id"])) == [ids[0], fourth]
    assert await Message.all().count() == 2


async def test_a_branch_that_is_not_shown_goes_unseen(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    session_id, ids = await chat_of(ada, "echo 1", "echo 2")
    second = await regenerate(ada, ids[1])
    newest = (await ChatSession.get(id=session_id)).last_message_at
    session = await delete(ada, ids[1])
    assert (session["messageCount"], shown(session)) == (2, [ids[0], second])
    assert (await ChatSession.get(id=session_id)).last_message_at == newest


@pytest.mark.parametrize("which", [0, 1, 2, 3])
async def test_a_reply_that_is_being_written_below_is_stopped_and_goes(chat: Chat, ada: Client, which: int) -> None:
    session_id, ids = await chat_of(ada, "echo 1")
    driven = chat.demo.drive("demo")
    sent = await ada.send("2", sessionId=session_id)
    ids += [sent["userMessage"]["id"], sent["reply"]["id"]]
    call = await driven.next_call()
    await call.send("never kept")
    session = await delete(ada, ids[which])
    await call.disconnected()
    assert (session["messageCount"], shown(session)) == (which, ids[:which])
    assert (await OpenCall.all().count(), await Call.all().count()) == (0, 2)


async def test_a_reply_that_is_being_written_elsewhere_goes_on(chat: Chat, ada: Client) -> None:
    _, ids = await chat_of(ada, "echo 1")
    driven = chat.demo.drive("demo")
    reply_id = (await ada.run(REGENERATE, id=ids[1]))["regenerateReply"]["reply"]["id"]
    call = await driven.next_call()
    assert shown(await delete(ada, ids[1])) == [ids[0], reply_id]
    await call.send("still here")
    await call.finish()
    assert (await ada.watch_to_end(reply_id)).text == "still here"


async def test_files_that_no_other_message_names_go_with_it(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    session_id = await ada.new_session()
    only, shared, loose = [(await ada.upload(session_id, name=f"{name}.txt"))["id"] for name in "abc"]
    first = await ada.send("1", sessionId=session_id, attachments=[{"fileId": shared}], wait=True)
    attachments = [{"fileId": only}, {"fileId": shared}, {"imageUrl": "https://example.com/a.png"}]
    second = await ada.send("2", sessionId=session_id, attachments=attachments, wait=True)
    edited = (await ada.run(EDIT, id=second["userMessage"]["id"]))["editMessage"]  # which names them too
    session = await delete(ada, second["userMessage"]["id"])
    assert {file["id"] for file in session["files"]} == {only, shared, loose}
    cursor = (await ada.run("{ changesCursor }"))["changesCursor"]
    session = await delete(ada, edited["userMessage"]["id"])
    assert {file["id"] for file in session["files"]} == {shared, loose}
    assert await PendingDeletion.all().count() == 1
    async with ada.connect() as socket, aclosing(socket.subscribe(CHANGES, after=cursor)) as events:
        assert [(await anext(events))["changes"] for _ in range(3)] == [
            {"__typename": "MessagesDeleted", "ids": [edited["userMessage"]["id"], edited["reply"]["id"]]},
            {"__typename": "FilesDeleted", "ids": [only]},
            {"__typename": "SessionChanged", "session": {"messageCount": 2}},
        ]
    await delete(ada, first["userMessage"]["id"])
    assert await File.all().values_list("id", flat=True) == [loose]


async def test_a_large_deletion_is_told_in_several_events(chat: Chat, ada: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("gql_chat.changes.changelog.IDS_PER_CHANGE", 3)
    _, ids = await chat_of(ada, "echo 1", "echo 2")
    cursor = (await ada.run("{ changesCursor }"))["changesCursor"]
    await delete(ada, ids[0])
    async with ada.connect() as socket, aclosing(socket.subscribe(CHANGES, after=cursor)) as events:
        assert [(await anext(events))["changes"].get("ids") for _ in range(3)] == [ids[:3], ids[3:], None]


async def test_an_idempotency_key_of_a_deleted_message_is_free_again(chat: Chat, ada: Client) -> None:
    first = await ada.send("echo pay", idempotencyKey="k", wait=True)
    await delete(ada, first["userMessage"]["id"])
    assert await SendClaim.all().count() == 0
    again = await ada.send("echo pay", idempotencyKey="k", wait=True)
    assert again["reply"]["id"] != first["reply"]["id"]


async def test_a_message_of_an_ended_session_can_be_deleted(chat: Chat, ada: Client) -> None:
    session_id, ids = await chat_of(ada, "echo 1")
    await ada.run("mutation ($id: ID!) { updateSession(input: {id: $id, status: ENDED}) { id } }", id=session_id)
    assert shown(await delete(ada, ids[1])) == ids[:1]


async def test_somebody_elses_message_stays_and_its_reply_goes_on(chat: Chat, ada: Client, bob: Client) -> None:
    driven = chat.demo.drive("demo")
    sent = await ada.send("hi")
    call = await driven.next_call()
    for message_id in (sent["userMessage"]["id"], sent["reply"]["id"], new_id("msg"), "junk", sent["session"]["id"]):
        assert (await error_of(bob, DELETE, id=message_id))[:2] == ("NOT_FOUND", "There is no such message.")
    await call.send("mine")
    await call.finish()
    assert (await ada.watch_to_end(sent["reply"]["id"])).text == "mine"


async def test_of_many_deletions_at_once_each_message_goes_once(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    chat_on_each.demo.script("demo", Script(chunks=("x",)))
    session_id, ids = await chat_of(ada, "1", "2", "3")
    attempts = [ada.run(DELETE, id=message_id) for message_id in [*ids[1:], *ids[1:]]]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    assert {code for result in results if isinstance(result, GraphQLErrors) for code in result.codes} == {"NOT_FOUND"}
    await audit_trees()
    session = await ChatSession.get(id=session_id)
    assert (session.message_count, session.head_id) == (1, ids[0])


@pytest.mark.parametrize(
    "mutation",
    [
        "($id: ID!) { deleteMessage(id: $id) { id } }",
        "($session: ID!) { deleteMessages(sessionId: $session) }",
        "($session: ID!) { deleteSessions(ids: [$session]) }",
        "{ deleteAllSessions }",
        '{ deleteAccount(password: "correct horse battery") }',
    ],
)
async def test_the_worker_forgets_deleted_texts_at_once(chat: Chat, mutation: str) -> None:
    ada = await chat.sign_up("ada", password="correct horse battery")
    recent = chat.services.starter.recent
    sent = await ada.send("a secret", wait=True)
    assert recent.bytes > 0
    await ada.run(f"mutation {mutation}", id=sent["userMessage"]["id"], session=sent["session"]["id"])
    assert recent.bytes == 0

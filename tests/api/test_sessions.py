"""Sessions through the API: made, changed, emptied and deleted, and what a session answers with."""

import asyncio
import json
from datetime import datetime
from typing import Any

from gql_chat.chats.models import ChatSession, Message
from gql_chat.infra import clock
from gql_chat.infra.ids import new_id
from gql_chat.keys.models import Group, GroupMember, Key
from gql_chat.users.models import User
from tests.support.chat import Chat
from tests.support.client import Client
from tests.support.refusals import error_of
from tests.support.stored.rows import all_rows

FIELDS = """{ id title persona { name } model key { name } status pinned messageCount lastMessageAt createdAt
    updatedAt }"""
CREATE = f"mutation ($input: CreateSessionInput!) {{ createSession(input: $input) {FIELDS} }}"
UPDATE = f"mutation ($input: UpdateSessionInput!) {{ updateSession(input: $input) {FIELDS} }}"
DELETE = "mutation ($ids: [ID!]!) { deleteSessions(ids: $ids) }"
DELETE_MESSAGES = "mutation ($id: ID!) { deleteMessages(sessionId: $id) }"
SESSION = f"query ($id: ID!) {{ session(id: $id) {FIELDS} }}"


async def create(client: Client, **fields: Any) -> dict[str, Any]:
    """Return a stored session."""
    session: dict[str, Any] = (await client.run(CREATE, input=fields))["createSession"]
    return session


async def store_key(user_id: str, name: str, model: str) -> Key:
    """Return a key that is not called."""
    now = clock.now()
    return await Key.create(
        id=new_id("key"), user_id=user_id, name=name, secret_sealed="a.b", secret_hint="", model=model,
        base_url="https://api.example.com", parameters={}, created_at=now, updated_at=now,
    )  # fmt: skip


async def test_a_new_session_is_empty_and_uses_what_there_is(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    before = clock.now()
    created = await create(ada)
    assert created | {"id": "", "createdAt": "", "updatedAt": ""} == {
        "id": "", "title": "", "persona": {"name": "Assistant"}, "model": "demo", "key": None, "status": "ACTIVE",
        "pinned": False, "messageCount": 0, "lastMessageAt": None, "createdAt": "", "updatedAt": "",
    }  # fmt: skip
    assert before <= datetime.fromisoformat(created["createdAt"]) <= clock.now()
    assert created["updatedAt"] == created["createdAt"]
    assert await ada.run(SESSION, id=created["id"]) == {"session": created}
    node = f"query ($id: ID!) {{ node(id: $id) {{ ... on Session {FIELDS} }} }}"
    assert await ada.run(node, id=created["id"]) == {"node": created}


async def test_a_session_is_made_as_it_is_asked_for(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    key = await store_key(ada.user_id, "Work", "gpt-5")
    session_id = new_id("ses")
    created = await create(
        ada, id=session_id, title=" 会议\n notes\t📝 ", persona="Writer", keyId=key.id, model=" gpt-6 "
    )
    assert (created["id"], created["title"]) == (session_id, "会议 notes 📝")
    assert (created["persona"], created["key"], created["model"]) == ({"name": "Writer"}, {"name": "Work"}, "gpt-6")


async def test_the_same_id_again_returns_the_session_unchanged(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    session_id = new_id("ses")
    answers = await asyncio.gather(*[ada.run(CREATE, input={"id": session_id, "title": "A"}) for _ in range(5)])
    [first] = {json.dumps(answer) for answer in answers}
    before = await all_rows()
    for other in ({}, {"title": "B"}, {"persona": "one that has left the file"}, {"keyId": new_id("key")}):
        assert json.dumps(await ada.run(CREATE, input={"id": session_id, **other})) == first
    assert await all_rows() == before


async def test_an_id_that_is_somebody_elses_or_none_is_refused(chat_on_each: Chat) -> None:
    ada, bob = await chat_on_each.sign_up("ada"), await chat_on_each.sign_up("bob")
    session_id = (await create(ada))["id"]
    assert await error_of(bob, CREATE, input={"id": session_id}) == ("NOT_FOUND", "There is no such session.", None)
    for junk in ("", "junk", new_id("msg"), session_id.upper(), session_id + "0", "ses_", "ses_\0", session_id + "\n"):
        assert await error_of(ada, CREATE, input={"id": junk}) == (
            "BAD_USER_INPUT", "A session's id is a TypeID such as ses_01h455vb4pex5vsknk084sn02q.", "input.id",
        )  # fmt: skip


async def test_what_breaks_a_rule_is_named_and_makes_no_session(chat_on_each: Chat) -> None:
    ada, bob = await chat_on_each.sign_up("ada"), await chat_on_each.sign_up("bob")
    foreign_key = (await store_key(bob.user_id, "Work", "gpt-5")).id
    session_id = (await create(ada))["id"]
    model = "A model's name has 1 to 200 printable characters."
    for fields, error in [
        ({"title": "x" * 201}, ("BAD_USER_INPUT", "A title has at most 200 characters.", "input.title")),
        ({"model": " "}, ("BAD_USER_INPUT", model, "input.model")),
        ({"model": "x" * 201}, ("BAD_USER_INPUT", model, "input.model")),
        ({"model": "a\0b"}, ("BAD_USER_INPUT", model, "input.model")),
        ({"persona": "Nobody"}, ("NOT_FOUND", "There is no such persona.", None)),
        ({"persona": ""}, ("NOT_FOUND", "There is no such persona.", None)),
        ({"keyId": foreign_key}, ("NOT_FOUND", "There is no such key.", None)),
        ({"keyId": "key_\0"}, ("NOT_FOUND", "There is no such key.", None)),
    ]:
        assert await error_of(ada, CREATE, input=fields) == error
        if "model" not in fields:
            assert await error_of(ada, UPDATE, input={"id": session_id, **fields}) == error


async def test_texts_of_exactly_the_shortest_and_longest_length_are_stored(ada: Client) -> None:
    for model, title in (("x", ""), ("x" * 200, "x" * 200)):
        created = await create(ada, model=model, title=title)
        session = await ChatSession.get(id=created["id"])
        assert (session.model, session.title) == (model, title)


async def test_an_update_changes_what_it_names_and_null_resets_persona_and_key(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    key = await store_key(ada.user_id, "Work", "gpt-5")
    expected = await create(ada, title="A")
    assert expected["model"] == "gpt-5"  # the only key's
    changes: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({}, {}),
        ({"persona": "Writer"}, {"persona": {"name": "Writer"}}),
        ({"keyId": key.id}, {"key": {"name": "Work"}}),
        ({"title": " B\n"}, {"title": "B"}),
        ({"status": "ENDED", "pinned": True}, {"status": "ENDED", "pinned": True}),
        ({"title": None, "status": None, "pinned": None}, {}),
        ({"persona": None}, {"persona": {"name": "Assistant"}}),
        ({"keyId": None}, {"key": None}),
        ({"status": "ACTIVE", "pinned": False}, {"status": "ACTIVE", "pinned": False}),
        ({"title": ""}, {"title": ""}),
    ]
    for change, effect in changes:
        updated = (await ada.run(UPDATE, input={"id": expected["id"], **change}))["updateSession"]
        assert updated["updatedAt"] > expected["updatedAt"]
        expected |= effect | {"updatedAt": updated["updatedAt"]}
        assert updated == expected, change
        assert await ada.run(SESSION, id=expected["id"]) == {"session": expected}


async def test_updates_of_different_fields_at_once_all_hold(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    session_id = (await create(ada))["id"]
    changes = {"title": "T", "persona": "Writer", "pinned": True, "status": "ENDED"}
    await asyncio.gather(*[ada.run(UPDATE, input={"id": session_id, name: value}) for name, value in changes.items()])
    session = (await ada.run(SESSION, id=session_id))["session"]
    assert (session["title"], session["persona"]["name"], session["pinned"], session["status"]) == (
        "T", "Writer", True, "ENDED",
    )  # fmt: skip


async def test_the_persona_is_the_sessions_else_the_users_else_the_first(chat: Chat, ada: Client) -> None:
    session_id = (await create(ada))["id"]

    async def persona() -> Any:
        return (await ada.run(SESSION, id=session_id))["session"]["persona"]["name"]

    await ChatSession.all().update(persona="Writer")
    await User.all().update(default_persona="Code reviewer")
    assert await persona() == "Writer"
    await ChatSession.all().update(persona="one that has left the file")
    assert await persona() == "Code reviewer"
    await User.all().update(default_persona="one that has left the file")
    assert await persona() == "Assistant"


async def test_the_model_is_the_sessions_else_its_keys_else_the_first_keys_else_the_servers(ada: Client) -> None:
    plain, modelled = await create(ada), await create(ada, model="gpt-6")

    async def models() -> list[str]:
        return [(await ada.run(SESSION, id=session["id"]))["session"]["model"] for session in (plain, modelled)]

    assert await models() == ["demo", "gpt-6"]
    await store_key(ada.user_id, "First", "gpt-5")
    second = await store_key(ada.user_id, "Second", "gpt-6")
    assert await models() == ["gpt-5", "gpt-6"]
    await ada.run(UPDATE, input={"id": plain["id"], "keyId": second.id})
    assert await models() == ["gpt-6", "gpt-6"]


async def test_a_groups_key_that_one_may_no_longer_use_is_not_shown(chat: Chat, ada: Client, bob: Client) -> None:
    key = await store_key(ada.user_id, "Shared", "gpt-5")
    now = clock.now()
    group = await Group.create(id=new_id("grp"), name="Team", created_at=now, updated_at=now)
    await Key.all().update(group_id=group.id)
    member = await GroupMember.create(id=new_id("mem"), group=group, user_id=bob.user_id, created_at=now)
    session_id = (await create(bob, keyId=key.id))["id"]
    assert (await bob.run(SESSION, id=session_id))["session"]["key"] == {"name": "Shared"}
    await member.delete()
    session = (await bob.run(SESSION, id=session_id))["session"]
    assert (session["key"], session["model"]) == (None, "demo")


async def test_one_many_or_all_sessions_are_deleted_with_what_they_hold(chat_on_each: Chat) -> None:
    ada, bob = await chat_on_each.sign_up("ada"), await chat_on_each.sign_up("bob")
    ids = [(await ada.send("echo hi", wait=True))["session"]["id"] for _ in range(5)]
    kept = (await bob.send("echo hi", wait=True))["session"]["id"]
    assert await ada.run(DELETE, ids=[]) == {"deleteSessions": []}
    assert await ada.run(DELETE, ids=[ids[3], ids[0], ids[3]]) == {"deleteSessions": [ids[3], ids[0]]}
    assert {message.session_id for message in await Message.all()} == {ids[1], ids[2], ids[4], kept}
    assert await ada.run("mutation { deleteAllSessions }") == {"deleteAllSessions": 3}
    assert await ada.run("mutation { deleteAllSessions }") == {"deleteAllSessions": 0}
    assert {message.session_id for message in await Message.all()} == {kept}
    listed = await ada.run("{ sessions { nodes { id } totalCount } }")
    assert listed == {"sessions": {"nodes": [], "totalCount": 0}}


async def test_a_batch_is_deleted_as_a_whole_or_not_at_all(chat_on_each: Chat) -> None:
    ada, bob = await chat_on_each.sign_up("ada"), await chat_on_each.sign_up("bob")
    own, foreign = (await create(ada))["id"], (await create(bob))["id"]
    for alien in (foreign, new_id("ses"), new_id("msg"), "junk", "", "ses_\0", own.upper()):
        for ids in ([own, alien], [alien, own]):
            assert (await error_of(ada, DELETE, ids=ids))[0] == "NOT_FOUND"
    assert await error_of(ada, DELETE, ids=[new_id("ses")] * 101) == (
        "BAD_USER_INPUT",
        "Send at most 100 ids at once.",
        "ids",
    )


async def test_a_batch_with_a_stranger_in_it_stops_no_reply(chat: Chat, ada: Client) -> None:
    driven = chat.demo.drive("demo")
    sent = await ada.send("hello")
    call = await driven.next_call()
    assert (await error_of(ada, DELETE, ids=[sent["session"]["id"], new_id("ses")]))[0] == "NOT_FOUND"
    await call.send("still here")
    await call.finish()
    assert (await ada.watch_to_end(sent["reply"]["id"])).text == "still here"


async def test_a_session_whose_reply_is_being_written_can_be_deleted(chat: Chat, ada: Client) -> None:
    driven = chat.demo.drive("demo")
    sent = await ada.send("hello")
    call = await driven.next_call()
    session_id = sent["session"]["id"]
    assert await ada.run(DELETE, ids=[session_id]) == {"deleteSessions": [session_id]}
    await call.disconnected()
    assert await Message.all().count() == 0


async def test_deleting_messages_leaves_the_session_to_begin_anew(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    session_id = (await ada.send("echo hi", wait=True))["session"]["id"]
    kept = (await ada.run(SESSION, id=session_id))["session"]
    other = await ada.send("echo other", wait=True)
    assert await ada.run(DELETE_MESSAGES, id=session_id) == {"deleteMessages": 2}
    assert await ada.run(DELETE_MESSAGES, id=session_id) == {"deleteMessages": 0}
    emptied = (await ada.run(SESSION, id=session_id))["session"]
    assert emptied == kept | {"messageCount": 0, "lastMessageAt": None, "updatedAt": emptied["updatedAt"]}
    branch = await ada.run("query ($id: ID!) { session(id: $id) { messages { nodes { id } } } }", id=session_id)
    assert branch == {"session": {"messages": {"nodes": []}}}
    assert await Message.all().order_by("id").values_list("id", flat=True) == [
        other["userMessage"]["id"], other["reply"]["id"],
    ]  # fmt: skip
    again = await ada.send("echo again", sessionId=session_id, wait=True)
    assert (again["userMessage"]["order"], again["reply"]["order"], again["session"]["messageCount"]) == (1, 2, 2)


async def test_deleting_messages_beside_sends_leaves_a_whole_branch(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    session_id = (await create(ada))["id"]
    for _ in range(8):
        send = ada.post(
            "mutation ($id: ID!) { sendMessage(input: {sessionId: $id, text: \"echo hi\"}) { reply { id } } }",
            id=session_id,
        )  # fmt: skip
        await asyncio.gather(send, ada.run(DELETE_MESSAGES, id=session_id), ada.run(DELETE_MESSAGES, id=session_id))
        session = await ChatSession.get(id=session_id)
        orders = await Message.filter(session_id=session_id).order_by("order").values_list("order", flat=True)
        assert [*orders] == [*range(1, session.message_count + 1)]
        assert bool(session.head_id) == bool(orders)

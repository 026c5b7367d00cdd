"""The subscription `changes`: every device hears of everything, in order, once, also when it comes back later."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta
from typing import Any

import pytest

from gql_chat.changes import changelog, cursors
from gql_chat.changes.models import Change
from gql_chat.chats.leases import LEASE
from gql_chat.chats.models import Message
from gql_chat.generation.reaper import reap_expired
from gql_chat.infra import clock
from gql_chat.infra.db.database import execute
from gql_chat.infra.db.keyset import encode_cursor
from gql_chat.infra.ids import new_id
from gql_chat.keys.models import GroupMember
from gql_chat.users.models import UserRole
from tests.support.chat import Chat
from tests.support.client import Client, GraphQLErrors
from tests.support.demo import Script

CHANGES = """subscription ($after: String) { changes(after: $after) { __typename
    ... on SessionChanged { cursor session { id title messageCount persona { name } key { name } } }
    ... on SessionsDeleted { cursor ids }
    ... on MessageAdded { cursor message { id order role status text siblingIds } }
    ... on ReplySettled { cursor message { id status text } }
    ... on KeysChanged { cursor } } }"""
CREATE_SESSION = "mutation ($id: ID, $title: String) { createSession(input: {id: $id, title: $title}) { id } }"
RENAME = "mutation ($id: ID!, $title: String!) { updateSession(input: {id: $id, title: $title}) { id } }"
DELETE_SESSIONS = "mutation ($ids: [ID!]!) { deleteSessions(ids: $ids) }"
CREATE_KEY = """mutation ($group: ID) { createKey(input: {
    name: "n", secret: "s", model: "m", baseUrl: "https://a.example", groupId: $group}) { id } }"""

Event = dict[str, Any]


async def cursor_of(client: Client) -> str:
    """Return where the client's log stands."""
    return str((await client.run("{ changesCursor }"))["changesCursor"])


async def follow(client: Client, after: str | None) -> AsyncGenerator[Event, None]:
    """Yield events on a socket of its own."""
    async with client.connect() as socket, aclosing(socket.subscribe(CHANGES, after=after)) as events:
        async for data in events:
            yield data["changes"]


async def events_after(client: Client, after: str, count: int) -> list[Event]:
    """Return the next so many events."""
    async with aclosing(follow(client, after)) as events:
        return [await anext(events) for _ in range(count)]


async def kinds_of_all(client: Client, after: str) -> list[str]:
    """Return the types of all events so far; one more is made to see where they end."""
    last = (await client.run(CREATE_SESSION))["createSession"]["id"]
    kinds = []
    async with aclosing(follow(client, after)) as events:
        async for event in events:
            if event.get("session", {}).get("id") == last:
                break
            kinds.append(event["__typename"])
    return kinds


async def refusal(client: Client, after: str) -> tuple[str, str]:
    """Return the code and field of the error that the cursor meets."""
    with pytest.raises(GraphQLErrors) as refused:
        await events_after(client, after, 1)
    [error] = refused.value.errors
    return error["extensions"]["code"], error["extensions"]["field"]


async def test_every_device_hears_of_an_exchange_in_order(chat_on_each: Chat) -> None:
    phone = await chat_on_each.sign_up("ada")
    laptop = await chat_on_each.sign_in(phone.user_id)
    start = await cursor_of(phone)
    hearing = [asyncio.create_task(events_after(device, start, 4)) for device in (phone, laptop)]
    sent = await phone.send("echo hi", wait=True)
    heard, same = await asyncio.gather(*hearing)
    cursors = [event["cursor"] for event in heard]
    for again in (same, await events_after(laptop, start, 4)):
        assert [event["cursor"] for event in again] == cursors
    assert len(set(cursors)) == 4
    assert [event["__typename"] for event in heard] == [
        "SessionChanged",
        "MessageAdded",
        "MessageAdded",
        "ReplySettled",
    ]
    session, said, reply, settled = (event.get("session") or event["message"] for event in heard)
    assert (session["id"], session["messageCount"]) == (sent["session"]["id"], 2)
    assert (said["id"], said["role"], said["text"]) == (sent["userMessage"]["id"], "USER", "echo hi")
    assert (reply["id"], reply["role"], reply["siblingIds"]) == (
        sent["reply"]["id"],
        "ASSISTANT",
        [sent["reply"]["id"]],
    )
    assert settled == {"id": reply["id"], "status": "COMPLETED", "text": sent["reply"]["text"]}


async def test_without_a_cursor_one_hears_of_what_happens_from_then_on(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    await ada.run(CREATE_SESSION, title="before")
    async with aclosing(follow(ada, None)) as events:
        first = asyncio.create_task(anext(events))
        while not chat_on_each.services.change_feed.watched:
            await asyncio.sleep(0)
        await ada.run(CREATE_SESSION, title="one")
        event = await first
    assert event["session"]["title"] == "one"
    await ada.run(CREATE_SESSION, title="two")
    [after] = await events_after(ada, event["cursor"], 1)
    assert after["session"]["title"] == "two"


async def test_who_comes_back_at_any_cursor_hears_the_rest_once(chat: Chat, ada: Client) -> None:
    start = await cursor_of(ada)
    sent = await ada.send("echo hi", wait=True)
    await ada.run(RENAME, id=sent["session"]["id"], title="Named")
    await ada.run("mutation ($id: ID!) { deleteMessages(sessionId: $id) }", id=sent["session"]["id"])
    await ada.run(CREATE_KEY)
    await ada.send("echo again", sessionId=sent["session"]["id"], wait=True)
    everything = await events_after(ada, start, 8)
    # The messages that were deleted are not told any more.
    assert [event["__typename"] for event in everything] == [
        "SessionChanged", "SessionChanged", "SessionChanged", "KeysChanged", "SessionChanged", "MessageAdded",
        "MessageAdded", "ReplySettled",
    ]  # fmt: skip
    for place, event in enumerate(everything[:-1], start=1):
        assert await events_after(ada, event["cursor"], 8 - place) == everything[place:]


async def test_a_slow_device_that_takes_nothing_misses_nothing(chat: Chat, ada: Client) -> None:
    count = 2 * changelog.BATCH + 7
    async with aclosing(follow(ada, await cursor_of(ada))) as events:
        first = asyncio.create_task(anext(events))
        for number in range(count):
            await ada.run(CREATE_SESSION, title=str(number))
        heard = [await first] + [await anext(events) for _ in range(count - 1)]
    assert [event["session"]["title"] for event in heard] == [str(number) for number in range(count)]


async def test_sessions_and_their_end_are_told(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    start = await cursor_of(ada)
    an_id = new_id("ses")
    for _ in range(2):  # the second makes nothing
        await ada.run(CREATE_SESSION, id=an_id, title="a")
    await ada.run(RENAME, id=an_id, title="b")
    [created, renamed] = await events_after(ada, start, 2)
    assert created["session"]["title"] == renamed["session"]["title"] == "b"  # as it is now
    await ada.run(DELETE_SESSIONS, ids=[an_id])
    others = [(await ada.run(CREATE_SESSION))["createSession"]["id"] for _ in range(2)]
    await ada.run("mutation { deleteAllSessions }")
    one, all_others = await events_after(ada, start, 2)  # what is deleted is not told any more, but that it is
    assert (one["ids"], sorted(all_others["ids"])) == ([an_id], sorted(others))
    with pytest.raises(GraphQLErrors):
        await ada.run(DELETE_SESSIONS, ids=[an_id])
    with pytest.raises(GraphQLErrors):
        await ada.run(RENAME, id=an_id, title="c")
    assert await kinds_of_all(ada, all_others["cursor"]) == []  # what failed is no change


async def test_many_deleted_sessions_come_in_several_events(chat: Chat, ada: Client) -> None:
    ids = [(await ada.run(CREATE_SESSION))["createSession"]["id"] for _ in range(150)]
    start = await cursor_of(ada)
    await ada.run("mutation { deleteAllSessions }")
    events = await events_after(ada, start, 2)
    assert [len(event["ids"]) for event in events] == [100, 50]
    assert sorted(events[0]["ids"] + events[1]["ids"]) == sorted(ids)


async def test_a_failed_and_a_stopped_and_a_reaped_reply_are_settled_too(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    driven = chat_on_each.demo.drive("demo")
    stopped = (await ada.send())["reply"]["id"]
    await driven.next_call()
    start = await cursor_of(ada)
    await ada.run("mutation ($id: ID!) { stopReply(messageId: $id) { id } }", id=stopped)
    [event] = await events_after(ada, start, 1)
    assert (event["__typename"], event["message"]["id"], event["message"]["status"]) == (
        "ReplySettled",
        stopped,
        "STOPPED",
    )
    orphan = (await ada.send())["reply"]["id"]
    await driven.next_call()
    start = await cursor_of(ada)
    await Message.filter(id=orphan).update(worker_id="dead")
    assert await reap_expired(now=clock.now() + 2 * LEASE) == 1
    [event] = await events_after(ada, start, 1)
    assert (event["__typename"], event["message"]["id"], event["message"]["status"]) == (
        "ReplySettled", orphan, "INTERRUPTED"
    )  # fmt: skip
    assert await reap_expired(now=clock.now() + 2 * LEASE) == 0
    assert await kinds_of_all(ada, event["cursor"]) == []


async def test_branches_are_told(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    chat_on_each.demo.script("demo", Script(chunks=("so far",), finish_reason="length"))
    sent = await ada.send("hi", wait=True)
    first = sent["reply"]["id"]
    start = await cursor_of(ada)
    again = await ada.run("mutation ($id: ID!) { continueReply(messageId: $id) { reply { id } } }", id=first)
    assert again["continueReply"]["reply"]["id"] == first
    _, gone_on, settled = await events_after(ada, start, 3)
    assert [(event["__typename"], event["message"]["id"]) for event in (gone_on, settled)] == [
        ("MessageAdded", first), ("ReplySettled", first)
    ]  # fmt: skip
    assert settled["message"]["text"] == "so farso far"
    other = await ada.run("mutation ($id: ID!) { regenerateReply(messageId: $id) { reply { id } } }", id=first)
    _, added, settled = await events_after(ada, settled["cursor"], 3)
    assert added["message"]["siblingIds"] == [first, other["regenerateReply"]["reply"]["id"]]
    for _ in range(2):  # the second selects what is selected
        await ada.run("mutation ($id: ID!) { selectBranch(messageId: $id) { id } }", id=first)
    assert await kinds_of_all(ada, settled["cursor"]) == ["SessionChanged"]


async def test_keys_are_told_to_who_may_use_them(chat_on_each: Chat) -> None:
    boss = await chat_on_each.sign_up("boss", UserRole.ADMIN)
    ada, bob = await chat_on_each.sign_up("ada"), await chat_on_each.sign_up("bob")
    starts = {client.user_id: await cursor_of(client) for client in (boss, ada, bob)}
    group = (await boss.run('mutation { createGroup(input: {name: "Team"}) { id activationCode } }'))["createGroup"]
    for _ in range(2):  # the second time changes nothing
        await ada.run(
            "mutation ($code: String!) { redeemActivationCode(code: $code) { id } }", code=group["activationCode"]
        )
    key_id = (await boss.run(CREATE_KEY, group=group["id"]))["createKey"]["id"]
    await boss.run('mutation ($id: ID!) { updateKey(input: {id: $id, model: "x"}) { id } }', id=key_id)
    await boss.run("mutation ($id: ID!) { deleteKeys(ids: [$id]) }", id=key_id)
    await bob.run(CREATE_KEY)
    await boss.run("mutation ($id: ID!) { deleteGroups(ids: [$id]) }", id=group["id"])
    assert await GroupMember.all().count() == 0
    heard = {name: await kinds_of_all(client, starts[client.user_id]) for name, client in [
        ("boss", boss), ("ada", ada), ("bob", bob)
    ]}  # fmt: skip
    assert heard == {"boss": ["KeysChanged"] * 3, "ada": ["KeysChanged"] * 5, "bob": ["KeysChanged"]}


async def test_nobody_hears_of_what_others_own(chat_on_each: Chat) -> None:
    ada, bob = await chat_on_each.sign_up("ada"), await chat_on_each.sign_up("bob")
    start, theirs = await cursor_of(ada), await cursor_of(bob)
    sent = await bob.send("echo secret", wait=True)
    await bob.run(RENAME, id=sent["session"]["id"], title="Secret")
    await bob.run(CREATE_KEY)
    assert await kinds_of_all(ada, start) == []
    assert await refusal(ada, theirs) == ("BAD_USER_INPUT", "after")


@pytest.mark.parametrize("junk", ["", "junk", "\0", "🌍", "WzFd", "W10", "0" * 300])
async def test_what_is_no_cursor_is_refused(ada: Client, junk: str) -> None:
    assert await refusal(ada, junk) == ("BAD_USER_INPUT", "after")


async def test_numbers_that_no_log_has_reached_are_refused(ada: Client) -> None:
    assert await refusal(ada, cursors.cursor_of(ada.user_id, 2**63)) == ("BAD_USER_INPUT", "after")
    assert await refusal(ada, cursors.cursor_of(ada.user_id, -1)) == ("BAD_USER_INPUT", "after")
    assert await refusal(ada, cursors.cursor_of(ada.user_id, 1)) == ("CONFLICT", "after")


async def test_a_cursor_of_what_a_restored_backup_does_not_hold_is_refused(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    await ada.run(CREATE_SESSION, title="before the backup")
    kept = await cursor_of(ada)
    await ada.send("after it", wait=True)  # changes that share a row, and one more
    lost = [event["cursor"] for event in await events_after(ada, kept, 4)] + [await cursor_of(ada)]
    await execute("DELETE FROM changes WHERE user_id = $1 AND number > 1", ada.user_id)
    await execute("UPDATE users SET change_count = 1 WHERE id = $1", ada.user_id)
    for number in range(5):
        async with asyncio.timeout(10):
            assert {await refusal(ada, cursor) for cursor in lost} == {("CONFLICT", "after")}
        await ada.run(CREATE_SESSION, title=f"after the restore: {number}")
    assert (await events_after(ada, kept, 1))[0]["session"]["title"] == "after the restore: 0"


async def test_a_cursor_behind_what_the_log_had_forgotten_is_refused_after_an_older_backup_was_restored(
    chat_on_each: Chat,
) -> None:
    ada = await chat_on_each.sign_up("ada")
    for title in ("before the backup", "after it"):
        await ada.run(CREATE_SESSION, title=title)
    await Change.all().update(created_at=clock.now() - timedelta(hours=25))
    await changelog.delete_old_changes()
    lost = await cursor_of(ada)
    await execute("UPDATE users SET change_count = 1 WHERE id = $1", ada.user_id)
    kept = await cursor_of(ada)
    for number in range(3):
        async with asyncio.timeout(10):
            assert await refusal(ada, lost) == ("CONFLICT", "after")
        await ada.run(CREATE_SESSION, title=f"after the restore: {number}")
    assert (await events_after(ada, kept, 1))[0]["session"]["title"] == "after the restore: 0"


async def test_a_cursor_of_the_version_before_is_resumed(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    for title in ("a", "b"):
        await ada.run(CREATE_SESSION, title=title)
    [event] = await events_after(ada, encode_cursor([ada.user_id, 1]), 1)
    assert event["session"]["title"] == "b"


async def test_who_is_a_day_late_is_told_to_load_anew_but_only_if_something_was_lost(chat_on_each: Chat) -> None:
    ada, bob = await chat_on_each.sign_up("ada"), await chat_on_each.sign_up("bob")
    idle, start = await cursor_of(bob), await cursor_of(ada)
    for title in ("a", "b"):
        await ada.run(CREATE_SESSION, title=title)
    a, b = await events_after(ada, start, 2)
    await Change.filter(number=1).update(created_at=clock.now() - timedelta(hours=25))
    await changelog.delete_old_changes()
    assert await refusal(ada, start) == ("CONFLICT", "after")
    assert await events_after(ada, a["cursor"], 1) == [b]
    await Change.all().update(created_at=clock.now() - timedelta(hours=25))
    await changelog.delete_old_changes()
    assert await Change.all().count() == 0
    assert await refusal(ada, a["cursor"]) == ("CONFLICT", "after")
    last = await cursor_of(ada)
    await ada.run(CREATE_SESSION, title="c")
    for cursor in (b["cursor"], last):
        assert (await events_after(ada, cursor, 1))[0]["session"]["title"] == "c"
    await bob.run(CREATE_SESSION, title="after a quiet week")
    assert (await events_after(bob, idle, 1))[0]["session"]["title"] == "after a quiet week"


async def test_what_another_worker_commits_is_found_by_a_look(
    chat_on_each: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await chat_on_each.sign_up("ada")
    hearing = asyncio.create_task(events_after(ada, await cursor_of(ada), 1))
    while not chat_on_each.services.change_feed.watched:
        await asyncio.sleep(0)
    monkeypatch.setattr(changelog, "_listeners", [])  # as if the commit were another process's
    await ada.run(CREATE_SESSION, title="elsewhere")
    await chat_on_each.services.change_feed.look()
    assert (await hearing)[0]["session"]["title"] == "elsewhere"


async def test_events_are_not_told_from_what_was_loaded_for_an_earlier_one(chat: Chat, ada: Client) -> None:
    async with aclosing(follow(ada, await cursor_of(ada))) as events:
        key_id = (await ada.run(CREATE_KEY))["createKey"]["id"]
        assert (await anext(events))["__typename"] == "KeysChanged"
        await ada.run("mutation ($id: ID!) { createSession(input: {keyId: $id}) { id } }", id=key_id)
        assert (await anext(events))["session"]["key"] == {"name": "n"}
        await ada.run('mutation ($id: ID!) { updateKey(input: {id: $id, name: "renamed"}) { id } }', id=key_id)
        assert (await anext(events))["__typename"] == "KeysChanged"
        await ada.send("echo hi", wait=True)
        session_id = (await anext(events))["session"]["id"]
        await ada.run("mutation ($id: ID!, $key: ID!) { updateSession(input: {id: $id, keyId: $key}) { id } }",
            id=session_id, key=key_id)  # fmt: skip
        while (event := await anext(events))["__typename"] != "SessionChanged":
            pass
        assert event["session"]["key"] == {"name": "renamed"}


async def test_it_ends_with_the_sign_in(chat: Chat, ada: Client) -> None:
    hearing = asyncio.create_task(events_after(ada, await cursor_of(ada), 1))
    while not chat.services.change_feed.watched:
        await asyncio.sleep(0)
    await ada.run("mutation ($t: String!) { logout(refreshToken: $t) }", t=ada.refresh_token)
    with pytest.raises(ConnectionError, match="4401"):
        await hearing
    while chat.services.change_feed.watched:
        await asyncio.sleep(0)


async def test_the_log_goes_with_the_account(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada", password="correct horse battery")
    await ada.send("echo hi", wait=True)
    assert await Change.all().count() == 2  # of the send and of the settlement
    await ada.run('mutation { deleteAccount(password: "correct horse battery") }')
    assert await Change.all().count() == 0

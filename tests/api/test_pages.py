"""Pages of sessions and of messages: walked either way, filtered, while others come and go."""

import base64
import json
import logging
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.chats.models import ChatSession, Message, MessageRole, MessageStatus, SessionStatus
from gql_chat.infra import clock
from gql_chat.infra.ids import new_id
from tests.support.chat import Chat
from tests.support.client import Client
from tests.support.demo import Script
from tests.support.refusals import error_of
from tests.support.running.examples import examples

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
PAGE = "{ nodes { %s } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount }"
SESSIONS = f"""query (
    $first: Int, $after: String, $last: Int, $before: String, $offset: Int, $filter: SessionFilter
) {{
    page: sessions(first: $first, after: $after, last: $last, before: $before, offset: $offset, filter: $filter)
    {PAGE % "title"} }}"""
MESSAGES = f"""query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String, $offset: Int) {{
    session(id: $id) {{
    page: messages(first: $first, after: $after, last: $last, before: $before, offset: $offset)
    {PAGE % "order text"} }} }}"""


async def store_sessions(user_id: str, *active_at: datetime, **fields: Any) -> None:
    """Store sessions with titles from 0 on, active at these times."""
    rows = [
        ChatSession(
            id=new_id("ses"), user_id=user_id, active_at=moment, created_at=moment, updated_at=moment,
            **{"title": str(number), "status": SessionStatus.ACTIVE, "pinned": False, "message_count": 0, **fields},
        )
        for number, moment in enumerate(active_at)
    ]  # fmt: skip
    await ChatSession.bulk_create(rows)


async def store_messages(session_id: str, count: int) -> None:
    """Store a selected branch of so many messages, each with a sibling that is not selected."""
    now, rows, ids = clock.now(), [], [new_id("msg") for _ in range(2 * count)]
    selected, others = ids[::2], ids[1::2]
    for order, parent_id in enumerate([None, *selected[:-1]], start=1):
        for message_id in (selected[order - 1], others[order - 1]):
            is_selected = message_id == selected[order - 1]
            chain_id = selected[0] if is_selected else message_id
            forked_from = (selected[0] if parent_id else session_id) if chain_id == message_id else None
            rows.append(
                Message(
                    id=message_id, session_id=session_id, parent_id=parent_id, order=order, chain_id=chain_id,
                    role=[MessageRole.ASSISTANT, MessageRole.USER][order % 2],
                    text=f"{order}{'' if is_selected else 'b'}", forked_from=forked_from,
                    attachments=[], status=MessageStatus.COMPLETED, created_at=now, finished_at=now,
                )
            )  # fmt: skip
    await Message.bulk_create(rows)
    await ChatSession.filter(id=session_id).update(head_id=selected[-1], message_count=len(rows))


async def new_session(client: Client, title: str = "") -> str:
    """Return the id of a stored session."""
    created = await client.run("mutation ($t: String!) { createSession(input: {title: $t}) { id } }", t=title)
    return str(created["createSession"]["id"])


async def titles(client: Client, **arguments: Any) -> list[str]:
    """Return the titles of one page of sessions."""
    return [node["title"] for node in (await client.run(SESSIONS, **arguments))["page"]["nodes"]]


async def walk(client: Client, query: str, size: int, *, backwards: bool = False, **more: Any) -> list[list[Any]]:
    """Return all pages of a list, in the order of the list; each says rightly where it lies."""
    limit, cursor, edge = ("last", "before", "startCursor") if backwards else ("first", "after", "endCursor")
    more_ahead, more_behind = ("hasPreviousPage", "hasNextPage") if backwards else ("hasNextPage", "hasPreviousPage")
    pages: list[list[Any]] = []
    arguments: dict[str, Any] = {limit: size}
    while True:
        data = await client.run(query, **more, **arguments)
        page = data["page"] if "page" in data else data["session"]["page"]
        info, cursors = page["pageInfo"], [edge["cursor"] for edge in page["edges"]]
        assert (info["startCursor"], info["endCursor"]) == ((cursors[0], cursors[-1]) if cursors else (None, None))
        assert info[more_behind] == bool(pages)
        pages.append(page["nodes"])
        if not info[more_ahead]:
            return pages[::-1] if backwards else pages
        assert len(cursors) == size
        arguments[cursor] = info[edge]


async def test_a_list_asks_the_database_as_often_for_many_as_for_few(
    chat: Chat, ada: Client, caplog: pytest.LogCaptureFixture
) -> None:
    await store_sessions(ada.user_id, *[NOON] * 50)

    async def count_statements(first: int) -> int:
        caplog.clear()
        fields = "nodes { persona { name } model key { name } }"
        await ada.run(f"query ($n: Int!) {{ sessions(first: $n) {{ {fields} totalCount }} }}", n=first)
        return len(caplog.records)

    caplog.set_level(logging.DEBUG, "tortoise.db_client")
    assert 0 < await count_statements(2) == await count_statements(50)


async def test_sessions_are_listed_by_their_newest_activity(chat: Chat, ada: Client) -> None:
    ids = {title: await new_session(ada, title) for title in "abc"}
    assert await titles(ada) == ["c", "b", "a"]
    await ada.send("echo hi", sessionId=ids["a"], wait=True)
    await ada.run("mutation ($id: ID!) { updateSession(input: {id: $id, pinned: true}) { id } }", id=ids["b"])
    assert await titles(ada) == ["a", "c", "b"]


async def test_walking_pages_of_any_size_either_way_meets_every_session_once(chat_on_each: Chat) -> None:
    ada, bob = await chat_on_each.sign_up("ada"), await chat_on_each.sign_up("bob")
    tied = [NOON + timedelta(microseconds=number // 3) for number in range(8)]
    await store_sessions(ada.user_id, *tied)
    await store_sessions(bob.user_id, *tied)
    newest_first = [str(number) for number in range(8)][::-1]
    for size in range(1, 10):
        for backwards in (False, True):
            pages = await walk(ada, SESSIONS, size, backwards=backwards)
            assert [node["title"] for page in pages for node in page] == newest_first


async def test_an_offset_from_utc_in_the_clock_moves_no_page(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    await store_sessions(ada.user_id, *[NOON + timedelta(minutes=number) for number in range(4)])
    cursor = json.dumps([(NOON + timedelta(minutes=2)).isoformat().replace("12:02:00+00:00", "20:02:00+08:00"), "ses_"])
    assert await titles(ada, after=base64.urlsafe_b64encode(cursor.encode()).decode().rstrip("=")) == ["1", "0"]


@examples(25)
@given(st.integers(1, 4), st.lists(st.tuples(st.sampled_from(["add", "bump", "delete"]), st.integers(0, 9))))
async def test_a_walk_meets_what_stays_once_while_others_are_added_bumped_or_deleted(
    chat: Chat, size: int, changes: list[tuple[str, int]]
) -> None:
    reader = await chat.sign_up(new_id("usr"))
    await store_sessions(reader.user_id, *[NOON + timedelta(microseconds=number // 2) for number in range(10)])
    seen: list[str] = []
    touched: set[str] = set()
    after, later = None, NOON + timedelta(hours=1)
    while True:
        page = (await reader.run(SESSIONS, first=size, after=after))["page"]
        seen += [node["title"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
        if changes:
            change, number = changes.pop()
            later += timedelta(seconds=1)
            mine = ChatSession.filter(user_id=reader.user_id, title=str(number))
            if change == "add":
                await store_sessions(reader.user_id, later, title="new")
            elif change == "bump":
                await mine.update(active_at=later)
            else:
                await mine.delete()
            touched.add(str(number) if change != "add" else "new")
    assert len(set(seen)) == len(seen)
    assert [title for title in seen if title not in touched] == [
        str(number) for number in range(9, -1, -1) if str(number) not in touched
    ]


async def test_first_and_last_take_a_stretch_of_what_the_cursors_leave(chat: Chat, ada: Client) -> None:
    await store_sessions(ada.user_id, *[NOON - timedelta(minutes=number) for number in range(6)])
    cursors = [edge["cursor"] for edge in (await ada.run(SESSIONS))["page"]["edges"]]
    for arguments, expected in [
        ({"after": cursors[1]}, "2345"),
        ({"before": cursors[3]}, "012"),
        ({"after": cursors[0], "before": cursors[4]}, "123"),
        ({"after": cursors[0], "before": cursors[4], "first": 2}, "12"),
        ({"after": cursors[0], "before": cursors[4], "last": 2}, "23"),
        ({"after": cursors[3], "before": cursors[1]}, ""),
        ({"after": cursors[0], "last": 2}, "45"),
        ({"before": cursors[5], "first": 2}, "01"),
        ({"first": 0}, ""),
        ({"last": 0}, ""),
        ({"first": 200}, "012345"),
        ({"first": None, "after": None, "last": None, "before": None, "filter": None}, "012345"),
    ]:
        page = (await ada.run(SESSIONS, **arguments))["page"]
        assert "".join(node["title"] for node in page["nodes"]) == expected, arguments
        assert page["totalCount"] == 6


async def test_a_page_has_fifty_unless_told_otherwise(chat: Chat, ada: Client) -> None:
    await store_sessions(ada.user_id, *[NOON - timedelta(minutes=number) for number in range(51)])
    page = (await ada.run(SESSIONS))["page"]
    assert (len(page["nodes"]), page["totalCount"], page["pageInfo"]["hasNextPage"]) == (50, 51, True)


async def test_what_is_no_page_is_refused_by_name(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    session_id = await new_session(ada)
    both = ("BAD_USER_INPUT", "Give first or last, not both.", "last")
    for query in (SESSIONS, MESSAGES):
        assert await error_of(ada, query, id=session_id, first=1, last=1) == both
        for field in ("first", "last"):
            for number in (-1, 201, 1000):
                assert await error_of(ada, query, id=session_id, **{field: number}) == (
                    "BAD_USER_INPUT", f"{field} must be from 0 to 200.", field,
                )  # fmt: skip


async def test_a_cursor_of_another_making_is_refused_by_name(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    session_id = await new_session(ada)
    now = NOON.isoformat()
    keys: list[Any] = [
        None, {}, "text", [], [None], [[]], [True], [1.5], [1, 2], [now], [now, 1], [now, "a", "b"], [now, "a\0"],
        ["yesterday", "a"], ["2026-11-21", "a"], ["2026-11-21T12:00:00", "a"], [2**31], [-(2**63)], [2**64], ["1"],
        ["0001-01-01T00:00:00+23:59", "a"], ["9999-12-31T23:59:59-23:59", "a"], ["+12026-11-21T12:00:00Z", "a"],
    ]  # fmt: skip
    cursors = [base64.urlsafe_b64encode(json.dumps(key).encode()).decode() for key in keys]
    for query in (SESSIONS, MESSAGES):
        for cursor in [*cursors, "", "junk", "A", "é", "\0", "🌍" * 9, "////", base64.b64encode(b"\xff[").decode()]:
            for field in ("after", "before"):
                assert await error_of(ada, query, id=session_id, **{field: cursor}) == (
                    "BAD_USER_INPUT", "This is not a cursor of this list.", field,
                ), cursor  # fmt: skip


async def test_a_cursor_of_a_session_that_is_gone_still_marks_its_place(chat: Chat, ada: Client) -> None:
    await store_sessions(ada.user_id, *[NOON - timedelta(minutes=number) for number in range(3)])
    cursor = (await ada.run(SESSIONS))["page"]["edges"][1]["cursor"]
    await ChatSession.filter(title="1").delete()
    assert (await titles(ada, after=cursor), await titles(ada, before=cursor)) == (["2"], ["0"])


async def test_a_filter_holds_for_the_page_and_the_total(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    await store_sessions(ada.user_id, *[NOON] * 3, title="plain")
    await store_sessions(ada.user_id, *[NOON] * 2, title="pinned", pinned=True)
    await store_sessions(ada.user_id, NOON, title="ended", status=SessionStatus.ENDED)
    await store_sessions(ada.user_id, NOON, title="both", status=SessionStatus.ENDED, pinned=True)
    for wanted, expected in [
        ({}, 7), ({"status": None, "pinned": None, "title": None}, 7), ({"pinned": True}, 3), ({"pinned": False}, 4),
        ({"status": "ENDED"}, 2), ({"status": "ACTIVE"}, 5), ({"status": "ENDED", "pinned": True}, 1),
        ({"title": "p"}, 5), ({"title": "p", "pinned": True}, 2), ({"title": "p", "status": "ENDED"}, 0),
    ]:  # fmt: skip
        pages = await walk(ada, SESSIONS, 2, filter=wanted)
        assert sum(map(len, pages)) == expected, wanted
        assert (await ada.run(SESSIONS, first=0, filter=wanted))["page"]["totalCount"] == expected


async def test_a_title_is_found_by_any_part_whatever_its_case(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    stored = ["100% Äpfel", "Война и мир", "会议记录", "a_b", "a\\b", "It's", "emoji 👩‍🚀"]
    for title in stored:
        await store_sessions(ada.user_id, NOON, title=title)
    for part, expected in [
        ("äPFEL", ["100% Äpfel"]), ("ВОЙНА", ["Война и мир"]), ("议记", ["会议记录"]), ("%", ["100% Äpfel"]),
        ("_", ["a_b"]), ("\\", ["a\\b"]), ("'", ["It's"]), ("👩‍🚀", ["emoji 👩‍🚀"]), ("0%  ä", []), ("", stored[::-1]),
        ("%%", []), ("a" * 200, []),
    ]:  # fmt: skip
        assert await titles(ada, filter={"title": part}) == expected, part
    for part in ("\0", "a\0", "a" * 201):
        assert await error_of(ada, SESSIONS, filter={"title": part}) == (
            "BAD_USER_INPUT", "No title is longer than 200 characters or holds NUL.", "filter.title",
        )  # fmt: skip


async def test_messages_are_paged_along_the_selected_branch(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    session_id = await new_session(ada)
    await store_messages(session_id, 100)
    expected = [{"order": order, "text": str(order)} for order in range(1, 101)]
    for size in (1, 7, 50, 100, 101):
        for backwards in (False, True):
            pages = await walk(ada, MESSAGES, size, backwards=backwards, id=session_id)
            assert [node for page in pages for node in page] == expected
    page = (await ada.run(MESSAGES, id=session_id, last=2))["session"]["page"]
    assert (page["nodes"], page["totalCount"]) == (expected[-2:], 100)


@examples(20)
@given(st.integers(1, 5), st.booleans(), st.lists(st.integers(0, 3), min_size=8, max_size=8))
async def test_a_walk_along_a_chat_meets_each_message_once_while_it_grows(
    chat: Chat, size: int, backwards: bool, growth: list[int]
) -> None:
    chat.demo.script("demo", Script(chunks=("z",)))
    reader = await chat.sign_up(new_id("usr"))
    session_id = (await reader.send("x", wait=True))["session"]["id"]
    await reader.send("x", sessionId=session_id, wait=True)
    limit, cursor, edge = ("last", "before", "startCursor") if backwards else ("first", "after", "endCursor")
    more = "hasPreviousPage" if backwards else "hasNextPage"
    seen: list[int] = []
    arguments: dict[str, Any] = {limit: size}
    while True:
        page = (await reader.run(MESSAGES, id=session_id, **arguments))["session"]["page"]
        orders = [node["order"] for node in page["nodes"]]
        seen = orders + seen if backwards else seen + orders
        if not page["pageInfo"][more]:
            break
        arguments[cursor] = page["pageInfo"][edge]
        for _ in range(growth.pop() if growth else 0):
            await reader.send("x", sessionId=session_id, wait=True)
    assert seen == list(range(1, 5 if backwards else page["totalCount"] + 1))


async def test_pages_by_number_are_those_of_the_cursors(chat_on_each: Chat) -> None:
    ada, bob = await chat_on_each.sign_up("ada"), await chat_on_each.sign_up("bob")
    await store_sessions(ada.user_id, *[NOON + timedelta(microseconds=number // 3) for number in range(8)])
    await store_sessions(bob.user_id, *[NOON] * 3)
    session_id = await new_session(ada)
    await store_messages(session_id, 10)
    for query, total in ((SESSIONS, 9), (MESSAGES, 10)):
        for size in (1, 3, 4, 50):
            pages = await walk(ada, query, size, id=session_id)
            for number, expected in enumerate([*pages, []]):
                data = await ada.run(query, id=session_id, first=size, offset=number * size)
                page = data["page"] if "page" in data else data["session"]["page"]
                assert (page["nodes"], page["totalCount"]) == (expected, total)
                assert page["pageInfo"]["hasNextPage"] == (number < len(pages) - 1)
                assert page["pageInfo"]["hasPreviousPage"] == (number > 0)
    page = (await ada.run(SESSIONS, offset=2, filter={"title": "5"}))["page"]
    assert (page["nodes"], page["totalCount"]) == ([], 1)
    first = await ada.run(SESSIONS, first=4, offset=2)
    after = first["page"]["pageInfo"]["endCursor"]
    assert (await ada.run(SESSIONS, first=1, after=after))["page"]["nodes"] == (
        await ada.run(SESSIONS, first=1, offset=6)
    )["page"]["nodes"]


async def test_an_offset_goes_with_first_alone_and_is_bounded(chat: Chat, ada: Client) -> None:
    session_id = await new_session(ada)
    cursor = (await ada.run(SESSIONS))["page"]["pageInfo"]["startCursor"]
    for query in (SESSIONS, MESSAGES):
        for other in ({"last": 1}, {"after": cursor}, {"before": cursor}, {"after": ""}):
            assert await error_of(ada, query, id=session_id, offset=0, **other) == (
                "BAD_USER_INPUT", "offset goes with first alone, not with last or a cursor.", "offset",
            )  # fmt: skip
        for number in (-1, 10_001, 2**31 - 1):
            assert await error_of(ada, query, id=session_id, offset=number) == (
                "BAD_USER_INPUT", "offset must be from 0 to 10000; beyond that, follow the cursors.", "offset",
            )  # fmt: skip
        await ada.run(query, id=session_id, first=1, offset=10_000)


async def test_siblings_are_named_by_each_message(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    session_id = await new_session(ada)
    await store_messages(session_id, 3)
    stored = await Message.all().order_by("id")
    pairs = [[first.id, second.id] for first, second in list(pairwise(stored))[::2]]
    query = "query ($id: ID!) { session(id: $id) { messages { nodes { id parentId siblingIds } } } }"
    nodes = (await ada.run(query, id=session_id))["session"]["messages"]["nodes"]
    assert nodes == [
        {"id": pair[0], "parentId": parent_id, "siblingIds": pair}
        for pair, parent_id in zip(pairs, [None, pairs[0][0], pairs[1][0]], strict=True)
    ]

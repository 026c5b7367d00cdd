"""Lists that are encoded from rows: they say exactly what the full algorithm says of objects, or leave it to that."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.api.engine import lists
from gql_chat.chats.models import ChatSession, FinishReason, Message, MessageRole, MessageStatus, SessionStatus
from gql_chat.infra.db.database import execute
from gql_chat.infra.ids import new_id
from gql_chat.usage.models import UsageSource
from tests.support.chat import Chat
from tests.support.client import Client
from tests.support.running.examples import examples

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TEXTS = ["", "Grüße, 世界! 👩‍🚀", '"quoted" \\ and </script>', "\t\n\r\b\f\x01\x1f\x7f\u2028", "x" * 5_000]
SESSION_FIELDS = (
    *("id", "title", "status", "pinned", "messageCount", "systemPrompt", "historyMessages", "lastMessageAt"),
    *("createdAt", "updatedAt", "__typename"),
)
MESSAGE_FIELDS = (
    *("id", "sessionId", "parentId", "order", "role", "text", "reasoning", "status", "finishReason", "model"),
    *("historyTruncated", "createdAt", "finishedAt", "__typename"),
)
MORE_OF_SESSIONS = ("key { id }", "persona { name }", "model", "messages(first: 2) { nodes { order } totalCount }")
MORE_OF_MESSAGES = ("error { code message }", "usage { totalTokens source }", "siblingIds", "parts { type }")
DIRECTIVES = st.sampled_from(
    ["", "", "", "@skip(if: $yes)", "@include(if: $yes)", "@skip(if: $no)", "@include(if: $no)"]
)


async def store(user_id: str) -> str:
    """Store sessions with all kinds of values, and messages in one of them. Return the id of that one."""
    sessions = [
        ChatSession(
            id=new_id("ses"), user_id=user_id, title=text[:200], status=list(SessionStatus)[number % 2],
            pinned=bool(number % 2), message_count=number, system_prompt=text or None,
            history_messages=number or None, last_message_at=NOON if number else None,
            active_at=NOON + timedelta(days=number), created_at=NOON, updated_at=NOON + timedelta(microseconds=number),
        )
        for number, text in enumerate(TEXTS)
    ]  # fmt: skip
    messages: list[Message] = []
    for number, text in enumerate(TEXTS * 2):
        is_reply = number % 2 == 1
        message_id = new_id("msg")
        messages.append(
            Message(
                id=message_id, session_id=sessions[0].id, parent_id=messages[-1].id if messages else None,
                order=number + 1, chain_id=messages[0].id if messages else message_id,
                role=MessageRole.ASSISTANT if is_reply else MessageRole.USER,
                text=text, attachments=[], reasoning=text if is_reply else None, created_at=NOON,
                status=list(MessageStatus)[1 + number % 4], finish_reason=FinishReason.STOP if number % 3 else None,
                error_code="TIMEOUT" if number == 3 else None, error_message="late" if number == 3 else None,
                model="m" if is_reply else None, history_truncated=number % 4 == 3,
                prompt_tokens=number, completion_tokens=1, total_tokens=number + 1,
                usage_source=UsageSource.PROVIDER if is_reply else None,
                finished_at=NOON + timedelta(milliseconds=number) if number else None,
            )
        )  # fmt: skip
    sessions[0].head_id = messages[-1].id
    await ChatSession.bulk_create(sessions)
    await Message.bulk_create(messages)
    return sessions[0].id


@contextmanager
def counting_encoded() -> Iterator[list[Any]]:
    """Collect the pages that are encoded from rows while the block runs."""
    encoded: list[Any] = []
    encode = lists._fetch_encoded

    async def note(*args: Any) -> Any:
        encoded.append(args)
        return await encode(*args)

    with patch.object(lists, "_fetch_encoded", note):
        yield encoded


async def post(client: Client, query: str, **variables: Any) -> bytes:
    """Return the bytes of a response."""
    body = orjson.dumps({"query": query, "variables": variables})
    # An unexpected error names the request.
    headers = {"Authorization": f"Bearer {client.token}", "Content-Type": "application/json", "X-Request-ID": "same"}
    async with client.http.post(f"{client.origin}/graphql", data=body, headers=headers) as response:
        return await response.read()


async def post_to_both(client: Client, query: str, **variables: Any) -> tuple[bytes, bytes]:
    """Return the responses with and without lists that are encoded from rows."""
    ours = await post(client, query, **variables)
    with patch.object(lists, "_compile_lists", lambda *_: None):
        return ours, await post(client, query, **variables)


@st.composite
def selections(draw: st.DrawFn, type_name: str, fields: tuple[str, ...], more: tuple[str, ...]) -> str:
    """Return a selection of an object's fields, with aliases, fragments and directives; rarely more than columns."""
    offered = [*fields, *more] if draw(st.integers(0, 5)) == 0 else [*fields]
    parts: list[str] = []
    for field in draw(st.lists(st.sampled_from(offered), min_size=1, max_size=6)):
        number, directive = draw(st.integers(0, 1)), draw(DIRECTIVES)
        name = "".join(filter(str.isalnum, field))
        selected = f"{name}{number}: {field}" if draw(st.booleans()) else field
        if not field[-1].isalnum():  # the directive stands before the selection
            directive = ""
        selected = f"{selected} {directive}"
        around = draw(
            st.sampled_from(["%s", "%s", f"... on {type_name} {{ %s }}", "... { %s }", "... @skip(if: $no) { %s }"])
        )
        parts.append(around.replace("%s", selected))
    return " ".join(parts)


@st.composite
def pages(draw: st.DrawFn, type_name: str, fields: tuple[str, ...], more: tuple[str, ...]) -> str:
    """Return a selection of a connection's fields."""
    items = selections(type_name, fields, more)
    parts: list[str] = []
    for number in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["nodes", "nodes", "edges", "info", "count", "name"]))
        match kind:
            case "nodes":
                parts.append(f"n{number}: nodes {draw(DIRECTIVES)} {{ {draw(items)} }}")
            case "edges":
                inner = draw(
                    st.lists(st.sampled_from(["cursor", "c: cursor", "__typename", "NODE"]), min_size=1, max_size=3)
                )
                edges = " ".join(
                    f"m{at}: node {{ {draw(items)} }}" if one == "NODE" else one for at, one in enumerate(inner)
                )
                parts.append(f"e{number}: edges {{ {edges} }}")
            case "info":
                parts.append("pageInfo { hasNextPage hasPreviousPage startCursor endCursor }")
            case "count":
                parts.append(f"t{number}: totalCount")
            case _:
                parts.append("__typename")
    return " ".join(parts)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Return a query of sessions and of messages."""
    size = draw(st.sampled_from(["first: 2", "first: 50", "last: 3", "first: 0", "first: 2, offset: 1", "first: 999"]))
    sessions = draw(pages("Session", SESSION_FIELDS, MORE_OF_SESSIONS))
    messages = draw(pages("Message", MESSAGE_FIELDS, MORE_OF_MESSAGES))
    return f"""query ($id: ID!, $yes: Boolean!, $no: Boolean! = false) {{
        a: sessions({size}) {{ {sessions} }}
        session(id: $id) {{ id @skip(if: $no) title @skip(if: $yes) messages({size}) {{ {messages} }} }} }}"""


EVERYTHING = f"""query ($id: ID!) {{
    sessions {{ nodes {{ {" ".join(SESSION_FIELDS)} }} edges {{ cursor node {{ id }} }} totalCount }}
    session(id: $id) {{ messages {{ nodes {{ {" ".join(MESSAGE_FIELDS)} }} edges {{ cursor node {{ ...M }} }} }} }} }}
    fragment M on Message {{ ...N text }} fragment N on Node {{ id }}"""


async def test_all_columns_of_sessions_and_messages_are_encoded_from_rows(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    session_id = await store(ada.user_id)
    with counting_encoded() as encoded:
        ours, theirs = await post_to_both(ada, EVERYTHING, id=session_id)
    assert len(encoded) == 2
    assert b'"errors"' not in ours
    assert len(orjson.loads(ours)["data"]["session"]["messages"]["nodes"]) == 10
    assert ours == theirs


@examples(10)
@given(st.lists(st.tuples(documents(), st.booleans()), min_size=10, max_size=10))
async def test_whatever_is_selected_both_ways_answer_alike(chat_on_each: Chat, asked: list[tuple[str, bool]]) -> None:
    ada = await chat_on_each.sign_up(new_id("usr"))
    session_id = await store(ada.user_id)
    for document, is_yes in asked:
        ours, theirs = await post_to_both(ada, document, id=session_id, yes=is_yes)
        assert ours == theirs


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("message_count", 2**31), ("history_messages", -(2**31) - 1), ("message_count", "many"), ("pinned", 2),
        ("created_at", "2026-11-21 14:00:00+02:00"), ("created_at", "2026-11-21 12:00:00"), ("title", b"bytes"),
    ],
)  # fmt: skip
async def test_a_value_that_is_not_plainly_of_its_type_is_left_to_the_full_algorithm(
    chat: Chat, ada: Client, column: str, value: object
) -> None:
    session_id = await store(ada.user_id)
    await execute(f"UPDATE sessions SET {column} = $1 WHERE id = $2", value, session_id)  # noqa: S608
    with counting_encoded() as encoded:
        ours, theirs = await post_to_both(ada, EVERYTHING, id=session_id)
    assert len(encoded) == 2
    assert ours == theirs

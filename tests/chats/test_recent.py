"""The newest messages in memory."""

from typing import Any

import pytest

from gql_chat.chats import recent
from gql_chat.chats.models import ChatSession, Message
from gql_chat.chats.recent import RecentMessages


def session(head_id: str | None, session_id: str = "ses", user_id: str = "usr") -> ChatSession:
    row = ChatSession(id=session_id, head_id=head_id)
    row.user_id = user_id
    return row


def branch(first: int, last: int, text: str = "") -> list[Message]:
    return [Message(id=f"m{order}", order=order, text=text) for order in range(first, last + 1)]


def ids(messages: list[Message] | None) -> list[Any] | None:
    return messages and [message.id for message in messages]


def test_the_last_messages_are_found_while_they_end_with_the_head() -> None:
    kept = RecentMessages()
    kept.keep(session(None, "ses"), branch(3, 6))
    assert ids(kept.find(session("m6"), 2)) == ["m5", "m6"]
    assert ids(kept.find(session("m6"), 4)) == ["m3", "m4", "m5", "m6"]
    assert kept.find(session("m7"), 2) is None
    assert kept.find(session(None), 2) is None
    assert kept.find(session("m6", "other"), 2) is None


def test_more_than_is_known_is_found_only_if_the_branch_begins_there() -> None:
    kept = RecentMessages()
    kept.keep(session(None, "ses"), branch(3, 6))
    assert kept.find(session("m6"), 5) is None
    kept.keep(session(None, "ses"), branch(1, 4))
    assert ids(kept.find(session("m4"), 5)) == ["m1", "m2", "m3", "m4"]


def test_the_branches_that_were_used_last_stay_within_the_bound() -> None:
    kept = RecentMessages(max_bytes=25_000)
    for session_id in ("a", "b", "a", "c"):
        kept.keep(session(None, session_id), branch(1, 1, text="x" * 8_000))
    assert [kept.find(session("m1", one), 1) is not None for one in "abc"] == [True, False, True]
    kept.keep(session(None, "a"), branch(1, 1, text="x" * 30_000))
    assert kept.bytes == 0, "too large by itself"


@pytest.mark.parametrize("most", [3, 6, 50])
def test_a_branch_that_grows_counts_what_it_holds(most: int) -> None:
    kept, counted = RecentMessages(), RecentMessages()
    messages = branch(1, 1, text="first")
    for order in range(2, 20, 2):
        reply = Message(id=messages[-1].id, order=order - 1, text="x" * order)  # with the text that it has by now
        messages = [*messages[:-1], reply, *branch(order, order + 1, text="y" * order)][-most:]
        kept.keep(session(None), messages)
        counted.forget(["usr"])
        counted.keep(session(None), messages)
        assert kept.bytes == counted.bytes


def test_what_was_not_used_for_long_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = RecentMessages()
    kept.keep(session(None, "old"), branch(1, 1))
    monkeypatch.setattr(recent, "UNUSED_SECONDS", 0.0)
    kept.keep(session(None, "new"), branch(1, 1))
    assert kept.find(session("m1", "old"), 1) is None


async def test_what_was_not_used_for_long_is_dropped_though_nobody_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = RecentMessages()
    kept.keep(session(None, "old"), branch(1, 1))
    await kept.sweep()
    assert kept.find(session("m1", "old"), 1) is not None
    monkeypatch.setattr(recent, "UNUSED_SECONDS", 0.0)
    await kept.sweep()
    assert kept.bytes == 0


def test_what_users_deleted_from_is_forgotten() -> None:
    kept = RecentMessages()
    for session_id, user_id in (("a", "ada"), ("b", "bob"), ("c", "ada")):
        kept.keep(session(None, session_id, user_id), branch(1, 1))
    kept.forget(["ada", "eve"])
    assert [kept.find(session("m1", one), 1) is not None for one in "abc"] == [False, True, False]

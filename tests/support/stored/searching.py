"""Messages as rows that a search finds, on either database."""

import pytest

from gql_chat.chats import search_on_postgres, search_sample, search_statement
from gql_chat.chats.models import Message, MessageRole, MessageStatus
from gql_chat.chats.search import search_messages
from gql_chat.chats.search_index import add_search_text
from gql_chat.chats.sessions import SessionDraft, create_session
from gql_chat.infra import clock
from gql_chat.infra.db.database import dialect, execute
from gql_chat.infra.db.keyset import PageRequest
from gql_chat.infra.ids import new_id
from tests.support.stored.owners import Owner, new_user

# FTS5 compares every row of the table with its index, and raises if they differ.
CHECK_INDEX = "INSERT INTO search_index (search_index, rank) VALUES ('integrity-check', 1)"


async def new_owner(name: str) -> Owner:
    user_id = await new_user(name)
    return Owner(user_id, (await create_session(user_id, SessionDraft())).id)


async def say(owner: Owner, *texts: str) -> list[str]:
    """Store messages, as rows. Return their ids."""
    ids = [new_id("msg") for _ in texts]
    for message_id, text in zip(ids, texts, strict=True):
        now = clock.now()
        await Message.create(
            id=message_id, session_id=owner.session_id, order=1, text=text, chain_id=message_id, attachments=[],
            role=MessageRole.USER, status=MessageStatus.COMPLETED, created_at=now, finished_at=now,
        )  # fmt: skip
        await add_search_text(owner.user_id, message_id, text)
    return ids


async def check_index() -> None:
    if dialect() == "sqlite":
        await execute(CHECK_INDEX)


async def found(owner: Owner, query: str) -> list[str]:
    """Return the texts of the first page."""
    return [hit.message.text for hit in (await search_messages(owner.user_id, query, PageRequest())).page.rows]


def ask_the_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let PostgreSQL search the few texts of a test by the index."""
    for name, value in (("SAMPLED_TEXTS", 1), ("SAMPLED_FOR_PAIRS", 1)):
        monkeypatch.setattr(search_on_postgres, name, value)
    monkeypatch.setattr(search_on_postgres, "FREQUENT_PAIRS_SHARE", 2)
    monkeypatch.setattr(search_sample, "FREQUENT_SHARE_MIN", 2)


def search_from_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let PostgreSQL search the few texts of a test by the index, from the newest ones back to the oldest."""
    ask_the_index(monkeypatch)
    monkeypatch.setattr(search_on_postgres, "SAMPLED_TEXTS", 3)
    for name, value in (("WINDOW_FOUND_MIN", 1), ("WINDOW_BEYOND", 1 / search_statement.RANKED_MAX)):
        monkeypatch.setattr(search_sample, name, value)

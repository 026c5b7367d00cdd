"""An audit of sessions: each tree of messages and its searched texts must be consistent, whatever happened."""

from typing import Any

from gql_chat.chats.models import ChatSession, Message, MessageRole, MessageStatus, SearchText
from gql_chat.chats.search_index import searched_form
from gql_chat.infra.db.database import dialect, fetch_all, transaction


async def audit_trees(**which: Any) -> None:
    """Fail if the rows of one of these sessions are no tree, its selected rows no path from a root to its head, or the
    texts that are searched not those of its settled messages.
    """
    async with transaction():  # of one moment: replies may be settling meanwhile
        if dialect() == "postgres":
            await fetch_all("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for session in await ChatSession.filter(**which):
            await _audit(session)


async def _audit(session: ChatSession) -> None:
    rows = {row.id: row for row in await Message.filter(session_id=session.id)}
    assert session.message_count == len(rows)
    for row in rows.values():
        parent = rows[row.parent_id] if row.parent_id else None  # a KeyError is an orphan
        assert row.order == (parent.order + 1 if parent else 1)
        assert row.role == MessageRole.USER or (parent and parent.role == MessageRole.USER)
        assert (row.status == MessageStatus.STREAMING) == (row.worker_id is not None) == (row.finished_at is None)
    path = sorted((row for row in rows.values() if row.is_selected), key=lambda row: row.order)
    assert [row.order for row in path] == list(range(1, len(path) + 1))
    assert [row.parent_id for row in path] == [None, *(row.id for row in path)][: len(path)]
    assert session.head_id == (path[-1].id if path else None)
    assert bool(path) == bool(rows)
    streaming = [row.id for row in rows.values() if row.status == MessageStatus.STREAMING]
    assert streaming in ([], [session.head_id])
    searched = {row.message_id: row.folded for row in await SearchText.filter(message_id__in=list(rows))}
    settled = [row for row in rows.values() if row.id not in streaming]
    assert searched == {row.id: searched_form(session.user_id, row.text) for row in settled}

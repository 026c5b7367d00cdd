"""An audit of sessions: each tree of messages and its searched texts must be consistent, whatever happened."""

from collections.abc import Mapping
from typing import Any

from gql_chat.chats.models import ChatSession, Message, MessageRole, MessageStatus, SearchText
from gql_chat.chats.paths import find_newest_end, is_on_branch, list_children, list_path, load_siblings
from gql_chat.chats.search_index import searched_form
from gql_chat.infra.db.database import dialect, fetch_all, transaction
from gql_chat.usage.models import OpenCall


async def audit_trees(**which: Any) -> None:
    """Fail if the rows of one of these sessions are no tree, its chains not runs of its messages, its head no leaf, its
    selected branch not the path to its head, the texts that are searched not those of its settled messages, or a reply
    that is being written without a call under way, by which reapers find it.
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
    await audit_chains(session)
    assert bool(session.head_id) == bool(rows)
    streaming = [row.id for row in rows.values() if row.status == MessageStatus.STREAMING]
    assert streaming in ([], [session.head_id])
    assert await OpenCall.filter(message_id__in=streaming).count() == len(streaming)
    searched = {row.message_id: row.folded for row in await SearchText.filter(message_id__in=list(rows))}
    settled = [row for row in rows.values() if row.id not in streaming]
    assert searched == {row.id: searched_form(session.user_id, row.text) for row in settled}


async def audit_chains(session: ChatSession) -> None:
    """Fail if a chain is not a run of the session's messages, or the selected branch is not the path to the head."""
    rows = {row.id: row for row in await Message.filter(session_id=session.id)}
    for row in rows.values():
        parent = rows[row.parent_id] if row.parent_id else None
        continues = parent is not None and row.chain_id == parent.chain_id
        above = parent.chain_id if parent else session.id
        assert (row.chain_id == row.id, row.forked_from) == (not continues, None if continues else above)
    assert len({(row.chain_id, row.order) for row in rows.values()}) == len(rows)
    path = [rows[session.head_id]] if session.head_id else []
    while path and path[-1].parent_id:
        path.append(rows[path[-1].parent_id])
    assert not path or path[0].id not in {row.parent_id for row in rows.values()}
    assert await list_path(session.head_id, len(rows) + 1) == path[::-1]
    for row in rows.values():
        assert await is_on_branch(row, session.head_id) == (row in path)
    await _audit_neighbours(session, rows)


async def _audit_neighbours(session: ChatSession, rows: Mapping[str, Message]) -> None:
    """Fail if chains say anything else of siblings, children and ends than the messages' parents do."""
    children: dict[str | None, list[str]] = {}
    for message_id in sorted(rows):
        children.setdefault(rows[message_id].parent_id, []).append(message_id)
    places = [(session.id, row.above_id, row.order) for row in rows.values()]
    assert await load_siblings(places) == [children[row.parent_id] for row in rows.values()]
    newest: dict[str, str] = {}
    for row in sorted(rows.values(), key=lambda row: -row.order):
        below = children.get(row.id, [])
        assert await list_children(row) == below
        newest[row.id] = max((newest[child] for child in below), default=row.id)
        assert await find_newest_end(row.id) == newest[row.id]

"""Pieces: the text by which a streaming reply has grown since its row was stored, or since the piece before.

A row's text cannot be appended to: both databases would write all of it anew. So each heartbeat adds pieces, and the
settlement stores the whole text in the row. A piece that lies within the row's text says nothing new, so pieces may be
deleted later than that, and a reply may be continued before they are: then they stay until it settles again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import Any

from gql_chat.chats.models import Message, MessageStatus
from gql_chat.infra import clock
from gql_chat.infra.db.combining import padded, padded_length, places
from gql_chat.infra.db.database import delete_in_batches, dialect, execute, fetch_all
from gql_chat.infra.db.packed_text import packed, unpack

TEXTS = frozenset({"text", "reasoning"})
"""The columns of a message that its pieces continue."""

UNIT_BYTES = 2  # of UTF-16, in whose code units places in a text are counted

STORE = """
INSERT INTO reply_pieces (message_id, text_at, reasoning_at, text, reasoning) {selected}
ON CONFLICT (message_id, text_at, reasoning_at) DO UPDATE SET text = excluded.text, reasoning = excluded.reasoning
RETURNING message_id
"""
# NO KEY UPDATE, because foreign keys of other rows to this one are no reason to skip it.
FROM_ARRAYS = """
SELECT piece.* FROM unnest($2::text[], $3::int[], $4::int[], $5::text[], $6::text[])
    AS piece (message_id, text_at, reasoning_at, text, reasoning)
JOIN (
    SELECT id FROM messages WHERE id = ANY($2::text[]) AND worker_id = $1 AND status = 'STREAMING'
    FOR NO KEY UPDATE SKIP LOCKED
) AS held ON held.id = piece.message_id
"""
FROM_VALUES = """
SELECT column1, column2, column3, column4, column5 FROM (VALUES {values}) AS piece
JOIN messages ON messages.id = column1 WHERE messages.worker_id = $1 AND messages.status = 'STREAMING'
"""
SELECT = "SELECT message_id, text_at, reasoning_at, text, reasoning FROM reply_pieces WHERE message_id IN {ids}"
# A reply that streams has been continued, or another worker has taken it over: its pieces are the new writer's as well.
DELETE = """
DELETE FROM reply_pieces WHERE message_id IN {ids}
    AND NOT EXISTS (SELECT 1 FROM messages WHERE messages.id = reply_pieces.message_id AND status = 'STREAMING')
"""
SETTLED_BEFORE = """
EXISTS (SELECT 1 FROM messages WHERE messages.id = reply_pieces.message_id AND finished_at < $1)
"""
KEPT = timedelta(minutes=1)  # after the settlement, for those who are about to read them


@dataclass(frozen=True, slots=True)
class Piece:
    """New text and reasoning of a reply, and the places at which they begin."""

    message_id: str
    text_at: int
    reasoning_at: int
    text: str
    reasoning: str


async def save_pieces(worker_id: str, pieces: Sequence[Piece]) -> set[str]:
    """Store pieces of several replies by one statement, and return the ids of the replies whose pieces are stored.

    Left out are replies whose row is locked, and those that are not this worker's any more. A piece that is stored
    again, because nobody knows whether it was, may be longer than before.
    """
    rows = [
        (one.message_id, one.text_at, one.reasoning_at, await packed(one.text), await packed(one.reasoning))
        for one in pieces
    ]
    if dialect() == "sqlite":
        count = padded_length(len(rows))
        values = ", ".join(places(row * 5 + 2, 5) for row in range(count))
        nulls = [None] * 5 * (count - len(rows))  # which are no reply's
        sql = STORE.format(selected=FROM_VALUES.format(values=values))
        stored = await fetch_all(sql, worker_id, *chain.from_iterable(rows), *nulls)
    else:
        columns = (list(column) for column in zip(*rows, strict=True))
        stored = await fetch_all(STORE.format(selected=FROM_ARRAYS), worker_id, *columns)
    return {row["message_id"] for row in stored}


async def complete(messages: Sequence[Message]) -> None:
    """Add to the streaming replies among these rows the text of their pieces."""
    streaming = [message for message in messages if message.status == MessageStatus.STREAMING]
    found = await _load_pieces([message.id for message in streaming])
    for message in streaming:
        whole = _whole(message.text, message.reasoning, found.get(message.id, ()))
        message.text, message.reasoning = whole[0], whole[1]  # type: ignore[assignment]  # the ORM's stub knows no null


async def complete_columns(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    """Return these columns of messages, the id and the status among them, as `complete` completes their rows."""
    id_at, status_at, text_at, reasoning_at = (
        columns.index(name) if name in columns else None for name in ("id", "status", "text", "reasoning")
    )
    assert id_at is not None
    assert status_at is not None
    completed = list(rows)
    streaming = [place for place, row in enumerate(rows) if row[status_at] == MessageStatus.STREAMING]
    found = await _load_pieces([rows[place][id_at] for place in streaming])
    for place in streaming:
        row = [*rows[place]]
        texts = (row[text_at] if text_at is not None else "", row[reasoning_at] if reasoning_at is not None else None)
        for at, text in zip((text_at, reasoning_at), _whole(*texts, found.get(row[id_at], ())), strict=True):
            if at is not None:
                row[at] = text
        completed[place] = row
    return completed


def recovered_text(stored: str, pieces: Sequence[tuple[int, str]]) -> str:
    """Return a text of a dead worker as these pieces continue it, if that begins with what is stored, or as stored."""
    if not pieces:
        return stored
    begun = stored.encode("utf-16-le")[: pieces[0][0] * UNIT_BYTES].decode("utf-16-le", "replace")
    continued = _continued(begun, pieces)
    # What is stored may end with U+FFFD in place of half a character whose other half came later.
    is_longer = len(continued) >= len(stored) and continued.startswith(stored.removesuffix("\ufffd"))
    return continued if is_longer else stored


async def delete_pieces(message_ids: Sequence[str]) -> None:
    """Delete the pieces of these replies, which had settled. One that streams again keeps all until it settles."""
    ids = padded(message_ids)
    await execute(DELETE.format(ids=places(1, len(ids))), *ids)


async def delete_old_pieces() -> int:
    """Delete the pieces of settled replies that their workers, which have died, have left."""
    return await delete_in_batches("reply_pieces", SETTLED_BEFORE, clock.now() - KEPT)


async def _load_pieces(message_ids: Sequence[str]) -> Mapping[str, list[dict[str, Any]]]:
    """Return the rows of the pieces of each reply, in order."""
    if not message_ids:
        return {}
    found: dict[str, list[dict[str, Any]]] = {}
    ids = padded(message_ids)
    for row in await fetch_all(SELECT.format(ids=places(1, len(ids))), *ids):
        row["text"], row["reasoning"] = unpack(row["text"]), unpack(row["reasoning"])
        found.setdefault(row["message_id"], []).append(row)
    for rows in found.values():
        rows.sort(key=lambda row: (row["text_at"], row["reasoning_at"]))
    return found


def _whole(text: str, reasoning: str | None, pieces: Sequence[Mapping[str, Any]]) -> tuple[str, str | None]:
    """Return both texts of a reply, continued by what its pieces add to them."""
    if not pieces:
        return text, reasoning
    whole = _continued(text, ((piece["text_at"], piece["text"]) for piece in pieces))
    return whole, _continued(reasoning or "", ((piece["reasoning_at"], piece["reasoning"]) for piece in pieces)) or None


def _continued(text: str, pieces: Iterable[tuple[int, str]]) -> str:
    units = bytearray(text.encode("utf-16-le"))
    for at, piece in pieces:
        known = len(units) - at * UNIT_BYTES
        if known >= 0:
            units += piece.encode("utf-16-le")[known:]
    return units.decode("utf-16-le", "replace")  # a piece of a stranger may begin inside a pair

"""The log of what happens to what users own: written by the transaction that does it, kept for a day.

A user's changes are numbered from 1 without a gap, in the order in which their transactions commit: the number is taken
from the user's row, which stays locked until the commit. So who has read up to a number has missed nothing before it.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import TypeAlias

import msgspec

from gql_chat.changes.models import Change, ChangeKind
from gql_chat.errors import BadUserInput, Conflict
from gql_chat.infra import clock
from gql_chat.infra.db.database import after_commit, delete_in_batches, dialect, execute, fetch_all, fetch_models
from gql_chat.infra.db.keyset import decode_cursor, encode_cursor
from gql_chat.users.models import User

LIFETIME = timedelta(hours=24)
CHANGED = "changed"  # the topic on which other workers hear whose log has gone on
BATCH = 100  # changes that are read at once

Happening: TypeAlias = tuple[ChangeKind, Sequence[str]]
"""What happened, and the ids of what it happened to."""

Announce: TypeAlias = Callable[[Sequence[str]], None]

_listeners: list[Announce] = []

# A statement of its own: an UPDATE that looks for what the same statement has locked follows the row from the version
# that it began with, and on that way two of them wait for each other (seen with 200 uploads at once).
LOCK_ON_POSTGRES = """
SELECT id FROM users WHERE id IN (SELECT jsonb_array_elements_text($1::jsonb)) ORDER BY id FOR NO KEY UPDATE
"""
RECORD_ON_POSTGRES = """
WITH counted AS (
    UPDATE users SET change_count = change_count + $2::bigint
    WHERE id IN (SELECT jsonb_array_elements_text($1::jsonb)) RETURNING id, change_count
)
INSERT INTO changes (user_id, number, kind, ids, created_at)
SELECT counted.id, counted.change_count - $2::bigint + happened.place, happened.pair ->> 0, happened.pair -> 1, $4
FROM counted, jsonb_array_elements($3::jsonb) WITH ORDINALITY AS happened(pair, place)
"""
# SQLite has no WITH for this, but one writer at a time.
COUNT_ON_SQLITE = """
UPDATE users SET change_count = change_count + $2 WHERE id IN (SELECT value FROM json_each($1))
"""
RECORD_ON_SQLITE = """
INSERT INTO changes (user_id, number, kind, ids, created_at)
SELECT users.id, users.change_count - $2 + happened.key + 1, happened.value ->> 0, happened.value -> 1, $4
FROM users, json_each($3) AS happened WHERE users.id IN (SELECT value FROM json_each($1))
"""
SELECT_AFTER = f"SELECT * FROM changes WHERE user_id = $1 AND number > $2 ORDER BY number LIMIT {BATCH}"  # noqa: S608


async def record(user_id: str, *happened: Happening) -> None:
    """Write down what happened to what the user owns, and announce it after the commit.

    To be called last in the transaction that does it, because others of the same user wait for it from here on.
    """
    await record_for([user_id], *happened)


async def record_for(user_ids: Collection[str], *happened: Happening) -> None:
    """The same for each of these users."""
    if not user_ids or not happened:
        return
    arguments = (_json(sorted(user_ids)), len(happened), _json(happened), clock.now())
    if dialect() == "postgres":
        if len(user_ids) > 1:  # in the order of their ids, so that no two transactions wait for each other
            await fetch_all(LOCK_ON_POSTGRES, arguments[0])
        await execute(RECORD_ON_POSTGRES, *arguments)
    else:
        await execute(COUNT_ON_SQLITE, *arguments[:2])
        await execute(RECORD_ON_SQLITE, *arguments)
    after_commit(partial(_announce, sorted(user_ids)))


@contextmanager
def listening(announce: Announce) -> Iterator[None]:
    """Call this with the ids of the users of each transaction of this process that has recorded something."""
    _listeners.append(announce)
    try:
        yield
    finally:
        _listeners.remove(announce)


async def find_position(user_id: str) -> int:
    """The number of the user's last change, 0 before the first."""
    return (await load_positions([user_id])).get(user_id, 0)


async def load_positions(user_ids: Collection[str]) -> dict[str, int]:
    """The same of several users; who is gone is left out."""
    counts = await User.filter(id__in=set(user_ids)).values_list("id", "change_count")
    return {str(user_id): int(count) for user_id, count in counts}


async def list_after(user_id: str, position: int) -> list[Change]:
    """The user's next changes after this number, oldest first. Raises Conflict if some of them are gone already."""
    changes = await fetch_models(Change, SELECT_AFTER, user_id, position)
    if [change.number for change in changes] != list(range(position + 1, position + 1 + len(changes))):
        raise _too_late()
    return changes


async def require_resumable(user_id: str, position: int) -> None:
    """Raise Conflict unless all that happened after this number can still be told."""
    last = await find_position(user_id)  # first, so that what happens meanwhile is not taken for lost
    if not await list_after(user_id, position) and last != position:
        raise _too_late()  # all of it is gone, or the cursor is of a future that a restored backup knows nothing of


def cursor_of(user_id: str, position: int) -> str:
    """The opaque place in the user's log after the change of this number."""
    return encode_cursor([user_id, position])


def position_of(user_id: str, cursor: str) -> int:
    """The number at a cursor. Raises BadUserInput for one that is none of this user's."""
    try:
        owner, position = decode_cursor(cursor, tuple[str, int])
    except ValueError as exc:
        raise _no_cursor() from exc
    if owner != user_id or not 0 <= position < 2**63:
        raise _no_cursor()
    return position


async def delete_old_changes() -> None:
    """Forget what happened more than a day ago."""
    await delete_in_batches("changes", "created_at <= $1", clock.now() - LIFETIME)


def _announce(user_ids: Sequence[str]) -> None:
    for announce in _listeners:
        announce(user_ids)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _too_late() -> Conflict:
    return Conflict("More has happened since than the server remembers: load everything anew.", field="after")


def _no_cursor() -> BadUserInput:
    return BadUserInput("This is not a cursor of your changes.", field="after")

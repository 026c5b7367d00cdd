"""The log of changes to what users own: written in the transaction of the change, kept for a day.

A user's changes are numbered from 1 without a gap, in the order in which their transactions commit: the number is taken
from the user's row, which stays locked until the commit. So a reader of all changes up to a number has missed none.
The changes of one transaction share a row: docs/decisions/0084-changes-of-a-transaction-in-one-row.md.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import accumulate
from typing import Any, TypeAlias

import msgspec

from gql_chat.changes.models import Change, ChangeKind
from gql_chat.errors import Conflict, ConflictReason
from gql_chat.infra import clock
from gql_chat.infra.db.combining import padded
from gql_chat.infra.db.database import (
    after_commit,
    delete_oldest_in_batches,
    dialect,
    execute,
    execute_last,
    fetch_all,
    fetch_models,
    require_last,
)
from gql_chat.infra.db.quick import Quick
from gql_chat.users.models import User

LIFETIME = timedelta(hours=24)
CHANGED = "changed"  # the topic of the signals to other workers
BATCH = 100  # rows that one query reads
IDS_PER_CHANGE = 100  # of deleted objects
MAX_IDS_PER_ROW = 100
MAX_CHANGES_PER_ROW = 10

Happening: TypeAlias = tuple[ChangeKind, Sequence[str]]
"""A change, and the ids of what it happened to."""

_Row: TypeAlias = tuple[int, ChangeKind, Sequence[str]] | tuple[int, ChangeKind, Sequence[str], Sequence[Happening]]
"""A row: the place of its last change among those that are recorded, from 1; its first change; the others, if any."""

Announce: TypeAlias = Callable[[Sequence[str]], None]

_listeners: list[Announce] = []

# A separate statement: an UPDATE of rows that the same statement has locked follows each row from the version that it
# began with, and two of these then deadlock (seen with 200 parallel uploads).
LOCK_ON_POSTGRES = """
SELECT id FROM users WHERE id IN (SELECT jsonb_array_elements_text($1::jsonb)) ORDER BY id FOR NO KEY UPDATE
"""
RECORD_ON_POSTGRES = (
    (
        "counted",
        """
UPDATE users SET change_count = change_count + $2::bigint
WHERE id IN (SELECT jsonb_array_elements_text($1::jsonb)) AND ($5::text IS NULL OR xmin::text = $5)
RETURNING id, change_count
""",
    ),
    (
        "recorded",
        """
INSERT INTO changes (user_id, number, kind, ids, more, created_at)
SELECT counted.id, counted.change_count - $2::bigint + (added ->> 0)::bigint, added ->> 1, added -> 2, added -> 3, $4
FROM counted, jsonb_array_elements($3::jsonb) AS added
""",
    ),
)
# SQLite has no UPDATE within WITH, but only one writer at a time.
RECORD_ON_SQLITE = (
    ("counted", "UPDATE users SET change_count = change_count + $2 WHERE id IN (SELECT value FROM json_each($1))"),
    (
        "recorded",
        """
INSERT INTO changes (user_id, number, kind, ids, more, created_at)
SELECT users.id, users.change_count - $2 + (added.value ->> 0),
    added.value ->> 1, added.value -> 2, added.value -> 3, $4
FROM users, json_each($3) AS added WHERE users.id IN (SELECT value FROM json_each($1))
""",
    ),
)
# What almost all are: changes for one user that share a row. SQLite makes no table of JSON for them.
RECORD_ROW_ON_SQLITE = (
    ("counted", Quick("UPDATE users SET change_count = change_count + $2 WHERE id = $1")),
    (
        "recorded",
        Quick("""
INSERT INTO changes (user_id, number, kind, ids, more, created_at)
SELECT id, change_count, $3, $4, $5, $6 FROM users WHERE id = $1
"""),
    ),
)
SELECT_HOLDING = "SELECT * FROM changes WHERE user_id = $1 AND number >= $2 ORDER BY number LIMIT 1"
SELECT_AFTER = f"SELECT * FROM changes WHERE user_id = $1 AND number > $2 ORDER BY number LIMIT {BATCH}"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Event:
    """A change in the log of its owner."""

    user_id: str
    number: int
    kind: ChangeKind
    ids: Sequence[str]
    recorded_at: datetime


async def record(user_id: str, *happened: Happening, user_version: str | None = None) -> None:
    """Record changes to what the user owns, and announce them after the commit.

    They are numbered at the end of the transaction. From then until its commit, other transactions of the user wait.
    With `user_version`, the `xmin` of the user's row on PostgreSQL, it is a unit of work that requires that row.
    """
    await record_for([user_id], *happened, user_version=user_version)


async def record_for(user_ids: Collection[str], *happened: Happening, user_version: str | None = None) -> None:
    """Record the same changes for each of these users."""
    if not user_ids or not happened:
        return
    rows, count, now = _rows_of(happened), len(happened), clock.now()
    if dialect() == "postgres":
        await _record_on_postgres((_json(sorted(user_ids)), count, _json(rows), now), len(user_ids), user_version)
    elif len(user_ids) == len(rows) == 1:
        [(_, kind, ids, *others)] = rows
        more = _json(others[0]) if others else None
        await execute_last(RECORD_ROW_ON_SQLITE, *user_ids, count, kind.value, _json(ids), more, now)
    else:
        await execute_last(RECORD_ON_SQLITE, _json(sorted(user_ids)), count, _json(rows), now)
    after_commit(partial(_announce, sorted(user_ids)))


def in_chunks(kind: ChangeKind, ids: Sequence[str]) -> list[Happening]:
    """Return the changes that say what happened to these objects, each for at most IDS_PER_CHANGE of them."""
    return [(kind, ids[start : start + IDS_PER_CHANGE]) for start in range(0, len(ids), IDS_PER_CHANGE)]


@contextmanager
def announcing_to(announce: Announce) -> Iterator[None]:
    """Call `announce`, until the block ends, with the users of each local transaction that recorded changes."""
    _listeners.append(announce)
    try:
        yield
    finally:
        _listeners.remove(announce)


async def find_position(user_id: str) -> int:
    """Return the number of the user's last change, 0 before the first."""
    return (await load_positions([user_id])).get(user_id, 0)


async def load_positions(user_ids: Collection[str]) -> dict[str, int]:
    """Return the number of each user's last change. Users who no longer exist are left out."""
    counts = await User.filter(id__in=padded(set(user_ids))).values_list("id", "change_count")
    return {str(user_id): int(count) for user_id, count in counts}


async def list_after(user_id: str, position: int) -> list[Event]:
    """Return the user's next changes after this number, oldest first. Raises Conflict if some were deleted already.

    If they are fewer than BATCH, they are all.
    """
    rows = await fetch_models(Change, SELECT_AFTER, user_id, position)
    events = [event for row in rows for event in _events_of(row) if event.number > position]
    if [event.number for event in events] != list(range(position + 1, position + 1 + len(events))):
        raise cursor_expired()
    return events


async def find_time(user_id: str, number: int) -> datetime | None:
    """Return when the user's change with this number was recorded. Return None if it is not in the log."""
    rows = await fetch_models(Change, SELECT_HOLDING, user_id, number)
    return next((event.recorded_at for row in rows for event in _events_of(row) if event.number == number), None)


def cursor_expired() -> Conflict:
    """Return the error for a cursor from which the log cannot be followed without a gap."""
    message = "Changes after this cursor were deleted already. Load everything again."
    return Conflict(message, reason=ConflictReason.CURSOR_EXPIRED, field="after")


async def delete_old_changes() -> None:
    """Delete the changes that are older than a day."""
    oldest = clock.now() - LIFETIME
    if dialect() == "postgres":  # nobody waits for these rows, and it has no index by which to find a batch of them
        await execute("DELETE FROM changes WHERE created_at <= $1", oldest)
    else:
        await delete_oldest_in_batches("changes", "created_at <= $1", oldest)


async def _record_on_postgres(arguments: tuple[Any, ...], users: int, user_version: str | None) -> None:
    if users > 1:  # locked in the order of their ids, so that no two transactions deadlock
        await fetch_all(LOCK_ON_POSTGRES, arguments[0])
    store = require_last if user_version is not None else execute_last
    await store(RECORD_ON_POSTGRES, *arguments, user_version)


def _rows_of(happened: Sequence[Happening]) -> list[_Row]:
    """Return the rows that store these changes, as few as their bounds allow."""
    groups: list[list[Happening]] = []
    ids_left = 0
    for one in happened:
        if not groups or len(one[1]) > ids_left or len(groups[-1]) == MAX_CHANGES_PER_ROW:
            groups.append([])
            ids_left = MAX_IDS_PER_ROW
        groups[-1].append(one)
        ids_left -= len(one[1])
    ends = accumulate(map(len, groups))
    return [
        (end, *first, others) if others else (end, *first) for end, (first, *others) in zip(ends, groups, strict=True)
    ]


def _events_of(row: Change) -> list[Event]:
    happened = [(row.kind, row.ids), *((ChangeKind(kind), ids) for kind, ids in row.more or ())]
    first = row.number - len(happened) + 1
    return [
        Event(row.user_id, number, kind, ids, row.created_at)
        for number, (kind, ids) in enumerate(happened, start=first)
    ]


def _announce(user_ids: Sequence[str]) -> None:
    for announce in _listeners:
        announce(user_ids)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()

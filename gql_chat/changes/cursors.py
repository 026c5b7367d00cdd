"""Cursors of the log of changes: a user's places in it.

A cursor has the number of a change and its time. A log that was restored from a backup gives the numbers of the changes
that it has lost to others. An id of the log would not tell, because the backup has it too.
"""

from datetime import datetime

import msgspec

from gql_chat.changes.changelog import cursor_expired, find_position, find_time, list_after
from gql_chat.errors import BadUserInput
from gql_chat.infra.db.keyset import decode_cursor, encode_cursor


class Cursor(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A place in a user's log: behind the change with this number, which was recorded at this time.

    The time is None in front of the first change, and behind one that the log had forgotten when the cursor was made:
    if it has that number again, it was restored. Cursors of an earlier version have no time.
    """

    user_id: str
    position: int
    recorded_at: datetime | msgspec.UnsetType | None = msgspec.UNSET


async def find_cursor(user_id: str) -> str:
    """Return the cursor after the user's last change."""
    position = await find_position(user_id)
    return cursor_of(user_id, position, await find_time(user_id, position))


def cursor_of(user_id: str, position: int, recorded_at: datetime | None = None) -> str:
    """Return the opaque cursor of a place: see Cursor."""
    return encode_cursor([user_id, position, recorded_at])


def read_cursor(user_id: str, cursor: str) -> Cursor:
    """Return the place that a cursor names. Raises BadUserInput unless it is a cursor of this user."""
    try:
        read = decode_cursor(cursor, Cursor)
    except ValueError as exc:
        raise _no_cursor() from exc
    if read.user_id != user_id or not 0 <= read.position < 2**63:
        raise _no_cursor()
    return read


async def require_resumable(cursor: Cursor) -> None:
    """Raise Conflict if a change after the cursor was deleted already, or if the cursor's own is not in this log."""
    # Read first, so that a change that happens meanwhile is not taken for a deleted one.
    last = await find_position(cursor.user_id)
    if not await list_after(cursor.user_id, cursor.position) and last != cursor.position:
        raise cursor_expired()  # all were deleted, or the log has not reached the cursor again since it was restored
    if cursor.recorded_at is not msgspec.UNSET:
        recorded_at = await find_time(cursor.user_id, cursor.position)
        if recorded_at is not None and recorded_at != cursor.recorded_at:
            raise cursor_expired()


def _no_cursor() -> BadUserInput:
    return BadUserInput("This is not a cursor of your changes.", field="after")

"""Chat sessions: created, listed, changed and deleted by their owner."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from tortoise.exceptions import IntegrityError

from gql_chat.changes import changelog
from gql_chat.changes.changelog import IDS_PER_CHANGE
from gql_chat.changes.models import ChangeKind
from gql_chat.chats.models import ChatSession, SessionStatus
from gql_chat.chats.session_fields import TITLE_MAX_LENGTH, checked_model, checked_system_prompt, checked_title
from gql_chat.errors import BadUserInput, NotFound, found
from gql_chat.infra import clock
from gql_chat.infra.db.combining import padded
from gql_chat.infra.db.database import dialect, fetch_all, fetch_models, in_turn, transaction
from gql_chat.infra.db.keyset import Moment, Ordering, Text
from gql_chat.infra.db.listing import Conditions, Listing, TableListing
from gql_chat.infra.db.quick import Quick
from gql_chat.infra.db.repeating import repeated_on_conflict
from gql_chat.infra.db.rows import insert, new_row
from gql_chat.infra.db.substring_index import like_pattern
from gql_chat.infra.ids import is_id, new_id
from gql_chat.usage.models import Call

# Rows of a deletion's transaction. SQLite takes 0.1 ms for each, and all others wait who write.
ROWS_PER_BATCH = {"sqlite": 200, "postgres": 5_000}
NEWEST_ACTIVITY_FIRST = Ordering({"active_at": Moment, "id": Text}, descending=True)
CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "title": checked_title,
    "model": checked_model,
    "system_prompt": checked_system_prompt,
}
SELECT_OWN = Quick("SELECT * FROM sessions WHERE id = $1 AND user_id = $2")  # for each message, so not by the ORM
SELECT_BATCH = f"""
SELECT id, message_count FROM sessions WHERE user_id = $1 AND created_at <= $2
ORDER BY active_at, id LIMIT {IDS_PER_CHANGE}
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class SessionDraft:
    """A session to create. An empty title is made from the first message."""

    id: str | None = None
    title: str = ""
    persona: str | None = None
    system_prompt: str | None = None
    history_messages: int | None = None
    key_id: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """The sessions to list; `title` is any part of the title, in any case."""

    status: SessionStatus | None = None
    pinned: bool | None = None
    title: str | None = None


@repeated_on_conflict
async def create_session(user_id: str, draft: SessionDraft) -> ChatSession:
    """Create a session, or return the user's session with this id as it is."""
    try:
        async with in_turn(user_id), transaction():
            session = await insert_session(user_id, draft)
            await changelog.record(user_id, (ChangeKind.SESSION_CHANGED, [session.id]))
    except IntegrityError:
        return await get_session(user_id, str(draft.id))
    return session


async def insert_session(user_id: str, draft: SessionDraft) -> ChatSession:
    """Create a session, in a transaction that records it. Raises as `new_session`, and IntegrityError for a used id."""
    session = new_session(user_id, draft)
    await insert(session)
    return session


def new_session(user_id: str, draft: SessionDraft) -> ChatSession:
    """Return the row of a session that is not stored yet. Raises BadUserInput."""
    if draft.id is not None and not is_id(draft.id, "ses"):
        raise BadUserInput("A session's id is a TypeID such as ses_01h455vb4pex5vsknk084sn02q.", field="id")
    now = clock.now()
    return new_row(
        ChatSession,
        id=draft.id or new_id("ses"),
        user_id=user_id,
        title=checked_title(draft.title),
        persona=draft.persona,
        system_prompt=checked_system_prompt(draft.system_prompt),
        history_messages=draft.history_messages,
        key_id=draft.key_id,
        model=checked_model(draft.model),
        status=SessionStatus.ACTIVE,
        pinned=False,
        message_count=0,
        active_at=now,
        created_at=now,
        updated_at=now,
    )


async def find_session(user_id: str, session_id: str) -> ChatSession | None:
    """Return the user's session with this id, None if there is none."""
    return await _find(user_id, session_id, SELECT_OWN)


async def load_sessions(user_id: str, session_ids: Sequence[str]) -> dict[str, ChatSession]:
    """Load the user's sessions with these ids, as far as there are any."""
    well_formed = [session_id for session_id in session_ids if is_id(session_id, "ses")]
    rows = await ChatSession.filter(id__in=padded(well_formed), user_id=user_id) if well_formed else []
    return {row.id: row for row in rows}


async def get_session(user_id: str, session_id: str) -> ChatSession:
    """Return the user's session with this id. Raises NotFound."""
    return found(await find_session(user_id, session_id), "session")


async def lock_session(user_id: str, session_id: str) -> ChatSession:
    """Return the session, locked until this transaction ends (SQLite runs one at a time anyway). Raises NotFound."""
    select = SELECT_OWN if dialect() == "sqlite" else f"{SELECT_OWN} FOR UPDATE"
    return found(await _find(user_id, session_id, select), "session")


def list_sessions(user_id: str, wanted: SessionFilter) -> Listing[ChatSession]:
    """Return the listing of the user's sessions, newest activity first."""
    conditions = Conditions().add("user_id = {}", user_id)
    if wanted.status is not None:
        conditions.add("status = {}", wanted.status.value)
    if wanted.pinned is not None:
        conditions.add("pinned = {}", wanted.pinned)
    if wanted.title:
        if len(wanted.title) > TITLE_MAX_LENGTH or "\0" in wanted.title:
            raise BadUserInput(f"A title has at most {TITLE_MAX_LENGTH} characters, none of them NUL.", field="title")
        conditions.add("upper(title) LIKE upper({}) ESCAPE '\\'", like_pattern(wanted.title))
    return TableListing(ChatSession, conditions, NEWEST_ACTIVITY_FIRST)


@repeated_on_conflict
async def update_session(user_id: str, session_id: str, fields: Mapping[str, Any]) -> ChatSession:
    """Change these columns, which must be ones that the owner sets. Raises NotFound, BadUserInput.

    Another key ends the use of a model that was chosen for the key before.
    """
    columns = {**fields, "updated_at": clock.now()}
    for name, checked in CHECKS.items():
        if name in fields:
            columns[name] = checked(fields[name])
    async with transaction():
        session = await get_session(user_id, session_id)
        if columns.get("key_id", session.key_id) != session.key_id:
            columns.setdefault("model", None)
        session.update_from_dict(columns)
        await session.save(update_fields=list(columns))
        await changelog.record(user_id, (ChangeKind.SESSION_CHANGED, [session.id]))
    return session


@repeated_on_conflict
async def delete_sessions(user_id: str, session_ids: Sequence[str]) -> list[str]:
    """Delete sessions with all their messages, all or none. Raises NotFound."""
    wanted = list(dict.fromkeys(session_ids))
    async with transaction():
        well_formed = [session_id for session_id in wanted if is_id(session_id, "ses")]
        if await _delete_found(user_id, well_formed) != len(wanted):
            raise NotFound("There is no such session among these; none was deleted.")
        await changelog.record(user_id, *changelog.in_chunks(ChangeKind.SESSIONS_DELETED, wanted))
    return wanted


async def delete_all_sessions(user_id: str) -> int:
    """Delete all sessions that the user has now, in batches, and return their number.

    If it ends early, some are deleted and the others complete. A repeat deletes the rest.
    """
    began_at, count = clock.now(), 0
    while rows := await fetch_all(SELECT_BATCH, user_id, began_at):
        sums = accumulate(row["message_count"] + 1 for row in rows)
        within = [row["id"] for row, total in zip(rows, sums, strict=True) if total <= ROWS_PER_BATCH[dialect()]]
        count += await _delete_batch(user_id, within or [rows[0]["id"]])
    return count


@repeated_on_conflict
async def _delete_batch(user_id: str, session_ids: Sequence[str]) -> int:
    async with transaction():
        count = await _delete_found(user_id, session_ids)
        await changelog.record(user_id, (ChangeKind.SESSIONS_DELETED, session_ids))
    return count


async def _find(user_id: str, session_id: str, select: str) -> ChatSession | None:
    if not is_id(session_id, "ses"):
        return None
    return next(iter(await fetch_models(ChatSession, select, session_id, user_id)), None)


async def _delete_found(user_id: str, session_ids: Sequence[str]) -> int:
    sessions = ChatSession.filter(id__in=padded(session_ids), user_id=user_id)
    # The sessions before their messages, the order in which every writer of both locks them: another could deadlock.
    own = await sessions.order_by("id").select_for_update().only("id")
    own_ids = [session.id for session in own]
    if dialect() == "postgres":  # at once: the foreign keys would write each call of a reply twice
        await Call.filter(session_id__in=padded(own_ids)).update(session_id=None, message_id=None)
    return await sessions.delete()

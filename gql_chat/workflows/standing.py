"""The place that a message is appended to: a session, the message that ends it and its user, found by one read."""

from functools import cache

import msgspec

from gql_chat.chats.models import ChatSession, Message, MessageStatus, SessionStatus
from gql_chat.infra.db.database import dialect, fetch_rows
from gql_chat.infra.db.quick import Quick
from gql_chat.infra.db.rows import partial_row, stored_row
from gql_chat.infra.ids import is_id

HEAD_COLUMNS = ("id", "order", "chain_id", "role", "text", "reasoning", "attachments", "status")


class Standing(msgspec.Struct, frozen=True):
    """A session and its user as they were read, without a lock.

    A new session is not stored yet. `head` has only the columns that a prompt and the place of the next message need.
    `user_version` changes with the user's row. It is None on SQLite, whose units of work run one after the other.
    """

    session: ChatSession
    head: Message | None
    default_persona: str | None
    monthly_token_quota: int | None
    user_version: str | None

    @property
    def takes_message(self) -> bool:
        """Whether the session is active, and is empty or ends with a message that has settled."""
        is_settled = self.head.status != MessageStatus.STREAMING if self.head else self.session.head_id is None
        return is_settled and self.session.status == SessionStatus.ACTIVE


async def find_standing(user_id: str, session_id: str) -> Standing | None:
    """Return the user's session with this id, its end and its user. None if there is no such session."""
    rows = await fetch_rows(_select(dialect()), session_id, user_id) if is_id(session_id, "ses") else []
    for row in rows:
        *columns, default_persona, quota, version = row
        of_session, of_head = columns[: -len(HEAD_COLUMNS)], columns[-len(HEAD_COLUMNS) :]
        session = stored_row(ChatSession, of_session)
        head = partial_row(Message, HEAD_COLUMNS, of_head) if of_head[0] is not None else None
        return Standing(session, head, default_persona, quota, version)
    return None


async def find_standing_of_new(session: ChatSession) -> Standing | None:
    """Return the standing of a new session. None if its user no longer exists."""
    for row in await fetch_rows(_select_user(dialect()), session.user_id):
        return Standing(session, None, *row)
    return None


@cache
def _select(of_dialect: str) -> Quick:
    columns = [
        *(f'sessions."{column}"' for column in ChatSession._meta.fields_db_projection.values()),
        *(f'messages."{column}"' for column in HEAD_COLUMNS),
    ]
    return Quick(f"""
SELECT {", ".join([*columns, *_columns_of_user(of_dialect)])}
FROM sessions JOIN users ON users.id = sessions.user_id LEFT JOIN messages ON messages.id = sessions.head_id
WHERE sessions.id = $1 AND sessions.user_id = $2
""")  # noqa: S608


@cache
def _select_user(of_dialect: str) -> Quick:
    return Quick(f"SELECT {', '.join(_columns_of_user(of_dialect))} FROM users WHERE id = $1")  # noqa: S608


def _columns_of_user(of_dialect: str) -> tuple[str, ...]:
    version = "users.xmin::text" if of_dialect == "postgres" else "NULL"
    return "users.default_persona", "users.monthly_token_quota", version

"""What is searched of messages: put in when a message has settled, gone with the message by its foreign key."""

import hashlib

import structlog

from gql_chat.chats.normalization import fold_whole
from gql_chat.infra.db.database import dialect, execute, fetch_all

# Of a longer text its beginning is searched: folding keeps everybody waiting, for 50 ms at this length.
SEARCHED_MAX_LENGTH = 50_000

_OWNER_MARK_LENGTH = 3  # one entry of the index
_IDEOGRAPHS, _IDEOGRAPHS_SIZE = 0x20000, 0xA6D0  # letters to every database, and rare

INSERT = """
INSERT INTO search_texts (user_id, message_id, folded) VALUES ($1, $2, $3)
ON CONFLICT (message_id) DO UPDATE SET folded = excluded.folded
"""
DELETE = "DELETE FROM search_texts WHERE message_id = $1"
FIND_INDEX = "SELECT to_regclass('search_index') AS name"

log = structlog.get_logger(__name__)


async def add_search_text(user_id: str, message_id: str, text: str) -> None:
    """The message can be found from now on; in the transaction that settles it."""
    await execute(INSERT, user_id, message_id, searched_form(user_id, text))


async def remove_search_text(message_id: str) -> None:
    """The message cannot be found until it has settled again."""
    await execute(DELETE, message_id)


def searched_form(user_id: str, text: str) -> str:
    """The owner's mark, so that an index shared by all leads to one user's texts, then the form of the text."""
    return owner_mark(user_id) + fold_whole(text[:SEARCHED_MAX_LENGTH])


def owner_mark(user_id: str) -> str:
    """Ideographs without spaces between, which no form of a text holds.

    Two users may share one, so it does not replace the user's id.
    """
    digest = hashlib.sha256(user_id.encode()).digest()
    numbers = (int.from_bytes(digest[2 * place : 2 * place + 2]) for place in range(_OWNER_MARK_LENGTH))
    return "".join(chr(_IDEOGRAPHS + number % _IDEOGRAPHS_SIZE) for number in numbers)


async def report_missing_index() -> None:
    """Warn in the log if the migration could not make PostgreSQL's index: searches are right, but read every text."""
    if dialect() == "postgres" and await fetch_all(FIND_INDEX) == [{"name": None}]:
        log.warning("search_has_no_index", see="docs/administration.md")

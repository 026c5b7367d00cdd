"""The texts that are searched: added when a message has settled, deleted with the message by its foreign key."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import structlog
from tortoise.exceptions import IntegrityError

from gql_chat.chats.models import OWNER_MARK_LENGTH, MessageStatus
from gql_chat.chats.normalization import normalize_whole
from gql_chat.infra.db.database import dialect, execute, execute_last, fetch_all, transaction
from gql_chat.infra.db.quick import Joined
from gql_chat.infra.db.substring_index import as_one_word
from gql_chat.infra.signals import SignalPayload, Signals

# Of a longer text, the beginning is searched: normalization blocks the event loop, for 50 ms at this length.
SEARCHED_MAX_LENGTH = 50_000
QUICK_MAX_LENGTH = 2_000  # of a text that the event loop indexes itself on SQLite
CHUNK_ROWS = 500
KEPT_MARKS = 10_000  # of the users that wrote or searched last
# Of texts that PostgreSQL's index takes in together. The more there are, the less each takes of the write-ahead log.
# But they wait in a list of up to 20 MB, and every search reads all of it, in 3 ms.
MERGED_CHARACTERS = 1_000_000
# Of an earlier version's texts that one statement brings into the form of this one, in half a second: a statement has
# 30, and 500 long texts take 150. The list holds these texts beside new ones, so they are merged sooner.
JOINED_CHARACTERS, MERGED_JOINED_CHARACTERS = 200_000, 400_000

MERGE = "search-merge"  # the topic of the signals between workers

_IDEOGRAPHS, _IDEOGRAPHS_SIZE = 0x20000, 0xA6D0  # letters to every database, and rare

INSERT = "INSERT INTO search_texts (user_id, message_id, folded) VALUES ($1, $2, $3)"
INSERT_OR_REPLACE = f"{INSERT} ON CONFLICT (message_id) DO UPDATE SET folded = excluded.folded"
DELETE = "DELETE FROM search_texts WHERE message_id = $1"
# No index has the numbers of texts.
SELECT_LAST_NUMBER = "SELECT last_value AS number FROM search_texts_id_seq"
# Nobody but the index's owner may.
MERGE_NEW = """
SELECT gin_clean_pending_list(oid) FROM pg_class
WHERE oid = to_regclass('search_index') AND pg_has_role(relowner, 'USAGE')
"""
FIND_INDEX = "SELECT to_regclass('search_index') AS name"
SELECT_CHUNK_END = f"""
SELECT max(id) AS id FROM (SELECT id FROM messages WHERE id > $1 ORDER BY id LIMIT {CHUNK_ROWS}) AS chunk
"""  # noqa: S608
# PostgreSQL's texts of a version that had spaces in them.
WITH_SPACES = f"message_id > $1 AND message_id <= $2 AND substr(folded, {OWNER_MARK_LENGTH + 1}, 1) = ' '"
SELECT_WITH_SPACES = f"""
SELECT message_id, length(folded) AS characters FROM search_texts WHERE {WITH_SPACES} ORDER BY message_id
"""  # noqa: S608
# In one order, because several servers do it at the same time.
LOCK_WITH_SPACES = f"""
SELECT message_id, folded FROM search_texts WHERE {WITH_SPACES} ORDER BY message_id FOR UPDATE
"""  # noqa: S608
JOIN_WORDS = """
UPDATE search_texts SET folded = joined.folded FROM unnest($1::text[], $2::text[]) AS joined (message_id, folded)
WHERE search_texts.message_id = joined.message_id
"""
SELECT_MISSING = """
SELECT messages.id, messages.status, messages.text, sessions.user_id
FROM messages JOIN sessions ON sessions.id = messages.session_id
LEFT JOIN search_texts ON search_texts.message_id = messages.id
WHERE messages.id > $1 AND messages.id <= $2 AND search_texts.id IS NULL ORDER BY messages.id
"""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Added:
    """How many texts this process has added, their characters, and the number of the last text that anybody had."""

    texts: int = 0
    characters: int = 0
    last_number: int = 0


texts_added = Added()


class NewTexts:
    """Lets PostgreSQL's index take in the texts that all servers add, once there is much of them.

    They wait in a list of the index's own, until somebody merges it. If nobody does, the transaction that makes the
    list too long has to, and its user waits. How many there are is known by their numbers, and how long they are by
    those of this process. A server that merges signals the others to count from nothing.
    """

    def __init__(self, signals: Signals) -> None:
        self._signals = signals
        self._counted: Added | None = None
        """What was added before the index took texts in last, or before the first look."""

    def receive(self, payload: SignalPayload) -> None:
        """Count only what comes after the text with this number: another server merges what came before."""
        [number] = payload
        self._counted = replace(texts_added, last_number=int(number))

    async def look(self) -> None:
        """Let the index take in what waits if there is much of it."""
        if dialect() != "postgres":
            return
        [row] = await fetch_all(SELECT_LAST_NUMBER)
        now = replace(texts_added, last_number=row["number"])
        if self._counted is None:
            self._counted = now
        elif _estimate_characters(self._counted, now) >= MERGED_CHARACTERS:
            self._signals.send(MERGE, [str(now.last_number)])
            await fetch_all(MERGE_NEW)
            self._counted = now


def _estimate_characters(before: Added, now: Added) -> float:
    """Return about how many characters the texts have that all servers have added."""
    texts, characters = now.texts - before.texts, now.characters - before.characters
    return characters * max(1, (now.last_number - before.last_number) / texts) if texts else 0


async def add_search_text(user_id: str, message_id: str, text: str, *, is_first: bool = False) -> None:
    """Let searches find the message, from the end of the transaction that settles it.

    If it is said to be the message's first text, another one violates a key at that end. On PostgreSQL, a row that may
    replace another one takes a record more of the write-ahead log.
    """
    statement = INSERT if is_first else INSERT_OR_REPLACE
    # The index takes 30 ms for the longest.
    insert = Joined(statement) if len(text) <= QUICK_MAX_LENGTH else statement
    form = searched_form(user_id, text)
    texts_added.texts += 1
    texts_added.characters += len(form)
    await execute_last(insert, user_id, message_id, form)


async def remove_search_text(message_id: str) -> None:
    """Hide the message from searches until it has settled again."""
    await execute(DELETE, message_id)


def searched_form(user_id: str, text: str) -> str:
    """Return the owner's mark, which leads an index of all users' texts to one user's, and the normalized text.

    On PostgreSQL it is one word.
    """
    form = owner_mark(user_id) + normalize_whole(text[:SEARCHED_MAX_LENGTH])
    return form if dialect() == "sqlite" else as_one_word(form)


@lru_cache(KEPT_MARKS)
def owner_mark(user_id: str) -> str:
    """Return ideographs without spaces between them, which no normalized text holds.

    Two users may share a mark, so it does not replace the user's id.
    """
    digest = hashlib.sha256(user_id.encode()).digest()
    numbers = (int.from_bytes(digest[2 * place : 2 * place + 2]) for place in range(OWNER_MARK_LENGTH))
    return "".join(chr(_IDEOGRAPHS + number % _IDEOGRAPHS_SIZE) for number in numbers)


async def report_missing_index() -> None:
    """Log a warning if the migration could not create PostgreSQL's index: searches are right, but read every text."""
    if dialect() == "postgres" and await fetch_all(FIND_INDEX) == [{"name": None}]:
        log.warning("search_has_no_index", see="docs/administration.md")


class SearchBackfill:
    """Adds missing texts: of messages older than the search, and of servers of a version without it.

    The first run goes through all messages, oldest first, and each later run through the new ones. `on_streaming` is
    told the replies among them that have not settled.
    """

    def __init__(self, on_streaming: Callable[[Sequence[str]], Awaitable[None]] | None = None) -> None:
        self._on_streaming = on_streaming
        self._after = ""
        self._joined_characters = 0

    async def run(self) -> int:
        """Add the missing texts one by one, so that no writer waits for long, and return their number."""
        added, after, unsettled_after, streaming = 0, self._after, None, list[str]()
        while (end := (await fetch_all(SELECT_CHUNK_END, after))[0]["id"]) is not None:
            if dialect() == "postgres":
                await self._join_words(after, end)
            for row in await fetch_all(SELECT_MISSING, after, end):
                if row["status"] == MessageStatus.STREAMING:
                    unsettled_after = unsettled_after if unsettled_after is not None else after
                    streaming.append(row["id"])
                else:
                    added += await _add(row["user_id"], row["id"], row["text"])
            after = end
        # A server without the search may settle a message that is streaming now: the next run looks at it again.
        self._after = unsettled_after if unsettled_after is not None else after
        if self._on_streaming is not None:
            for start in range(0, len(streaming), CHUNK_ROWS):
                await self._on_streaming(streaming[start : start + CHUNK_ROWS])
        return added

    async def _join_words(self, after: str, end: str) -> None:
        """Bring an earlier version's texts of these messages into the form of this one, some in each statement."""
        characters = 0
        rows = await fetch_all(SELECT_WITH_SPACES, after, end)
        for row in rows:
            characters += row["characters"]
            if characters >= JOINED_CHARACTERS or row is rows[-1]:
                await _join_words_between(after, row["message_id"])
                await self._merge_joined(characters)
                after, characters = row["message_id"], 0

    async def _merge_joined(self, characters: int) -> None:
        """Let the index take in what waits once there is much, so that no user's transaction has to."""
        self._joined_characters += characters
        if self._joined_characters >= MERGED_JOINED_CHARACTERS:
            await fetch_all(MERGE_NEW)
            self._joined_characters = 0


async def _join_words_between(after: str, end: str) -> None:
    async with transaction():
        rows = await fetch_all(LOCK_WITH_SPACES, after, end)
        await execute(JOIN_WORDS, [row["message_id"] for row in rows], [as_one_word(row["folded"]) for row in rows])


async def _add(user_id: str, message_id: str, text: str) -> bool:
    try:
        await add_search_text(user_id, message_id, text)
    except IntegrityError:  # deleted since
        return False
    return True

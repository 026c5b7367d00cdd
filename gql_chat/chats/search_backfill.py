"""Puts into the search what is not there: messages of before there was one, or of servers that know of none."""

from tortoise.exceptions import IntegrityError

from gql_chat.chats.models import MessageStatus
from gql_chat.chats.search_texts import add_search_text
from gql_chat.infra.db.database import fetch_all

CHUNK_ROWS = 500

SELECT_CHUNK_END = f"""
SELECT max(id) AS id FROM (SELECT id FROM messages WHERE id > $1 ORDER BY id LIMIT {CHUNK_ROWS}) AS chunk
"""  # noqa: S608
SELECT_MISSING = """
SELECT messages.id, messages.status, messages.text, sessions.user_id
FROM messages JOIN sessions ON sessions.id = messages.session_id
LEFT JOIN search_texts ON search_texts.message_id = messages.id
WHERE messages.id > $1 AND messages.id <= $2 AND search_texts.id IS NULL ORDER BY messages.id
"""


class SearchBackfill:
    """Goes through all messages once, oldest first, and then through those that are new."""

    def __init__(self) -> None:
        self._after = ""

    async def run(self) -> int:
        """Add what is missing, a message at a time, so that nobody waits for long; how many there were."""
        added, after, unsettled_after = 0, self._after, None
        while (end := (await fetch_all(SELECT_CHUNK_END, after))[0]["id"]) is not None:
            for row in await fetch_all(SELECT_MISSING, after, end):
                if row["status"] == MessageStatus.STREAMING:
                    unsettled_after = unsettled_after if unsettled_after is not None else after
                else:
                    added += await _add(row["user_id"], row["id"], row["text"])
            after = end
        # Who settles what streams now may not know of the search: it is looked at again.
        self._after = unsettled_after if unsettled_after is not None else after
        return added


async def _add(user_id: str, message_id: str, text: str) -> bool:
    try:
        await add_search_text(user_id, message_id, text)
    except IntegrityError:  # deleted since
        return False
    return True

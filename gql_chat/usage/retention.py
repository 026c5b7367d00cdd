"""How long the call log keeps what: the texts of calls, and calls at all. What they add up to is kept for ever."""

from dataclasses import dataclass
from datetime import timedelta

from gql_chat.infra import clock
from gql_chat.infra.db.database import BATCH_ROWS, delete_in_batches, execute

# `= true` for SQLite, which would not look for a bare column in an index.
DROP_CONTENTS = f"""
UPDATE calls SET keeps_contents = false, request_messages = '[]', response_text = NULL
WHERE id IN (SELECT id FROM calls WHERE keeps_contents = true AND created_at <= $1 LIMIT {BATCH_ROWS})
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Retention:
    """Days; contents of 0 days are not kept to begin with, and calls of None days stay for ever."""

    contents_days: int
    calls_days: int | None

    async def enforce(self) -> None:
        """Let go of what is older, a batch at a time."""
        now = clock.now()
        while await execute(DROP_CONTENTS, now - timedelta(days=self.contents_days)):
            pass
        if self.calls_days is not None:
            await delete_in_batches("calls", "created_at <= $1", now - timedelta(days=self.calls_days))

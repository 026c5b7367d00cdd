"""How long the call log keeps calls and their texts. The sums of calls are kept for ever."""

from dataclasses import dataclass
from datetime import timedelta

from gql_chat.infra import clock
from gql_chat.infra.db.database import BATCH_ROWS, delete_in_batches, execute

# `= true` for SQLite, which uses no index for a bare column.
DROP_CONTENTS = f"""
UPDATE calls SET keeps_contents = false, request_messages = '[]', response_text = NULL
WHERE id IN (SELECT id FROM calls WHERE keeps_contents = true AND created_at <= $1 LIMIT {BATCH_ROWS})
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Retention:
    """Days to keep texts (0: they are not even stored) and calls (None: for ever)."""

    contents_days: int
    calls_days: int | None

    async def enforce(self) -> None:
        """Delete whatever is older, a batch at a time."""
        now = clock.now()
        while await execute(DROP_CONTENTS, now - timedelta(days=self.contents_days)):
            pass
        if self.calls_days is not None:
            await delete_in_batches("calls", "created_at <= $1", now - timedelta(days=self.calls_days))

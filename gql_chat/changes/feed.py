"""The change feed: each watcher has a position in the log of changes, and wakes up when the log has grown."""

import asyncio
from collections.abc import AsyncGenerator, Collection
from dataclasses import dataclass
from functools import partial

from gql_chat.changes import changelog
from gql_chat.changes.changelog import Event
from gql_chat.changes.cursors import read_cursor, require_resumable
from gql_chat.infra.db.database import retry_until_available

RETRY_SECONDS = 0.5  # between attempts to read from a database that is unavailable


@dataclass(slots=True, eq=False)
class _Watcher:
    user_id: str
    position: int
    growth: asyncio.Future[None]
    """Done once the log may have grown. An `asyncio.Event` would take 700 bytes more."""

    def wake(self) -> None:
        if not self.growth.done():
            self.growth.set_result(None)


class ChangeFeed:
    """The watchers of one process, woken by its commits, by other workers' signals, and by a query of counters."""

    def __init__(self) -> None:
        self._watchers: set[_Watcher] = set()

    @property
    def watched(self) -> int:
        """The number of watchers."""
        return len(self._watchers)

    async def watch(self, user_id: str, after: str | None) -> AsyncGenerator[Event, None]:
        """Yield the user's changes after the cursor, or from now on, oldest first, each once, without end.

        Raises BadUserInput if it is not a cursor of the user, and Conflict if it is too old to resume from.
        """
        if after is None:
            position = await changelog.find_position(user_id)
        else:
            cursor = read_cursor(user_id, after)
            await require_resumable(cursor)
            position = cursor.position
        new_future = asyncio.get_running_loop().create_future
        watcher = _Watcher(user_id, position, new_future())
        self._watchers.add(watcher)
        try:
            while True:
                # Before the query, so that a change during it is not missed.
                watcher.growth = new_future()
                found = await retry_until_available(
                    partial(changelog.list_after, user_id, watcher.position), retry_seconds=RETRY_SECONDS
                )
                for change in found:
                    yield change
                    watcher.position = change.number
                if len(found) < changelog.BATCH:
                    await watcher.growth
        finally:
            self._watchers.discard(watcher)

    def announce(self, user_ids: Collection[str]) -> None:
        """Wake the watchers of these users' changes."""
        for watcher in self._watchers:
            if watcher.user_id in user_ids:
                watcher.wake()

    async def look(self) -> None:
        """Wake the watchers whose log has grown, by one query for all of them."""
        if not self._watchers:
            return
        positions = await changelog.load_positions({watcher.user_id for watcher in self._watchers})
        for watcher in self._watchers:
            if positions.get(watcher.user_id) != watcher.position:
                watcher.wake()

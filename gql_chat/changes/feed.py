"""The change feed: who watches is a position in the log of changes, and is woken when the log has gone on."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from gql_chat.changes import changelog
from gql_chat.changes.models import Change
from gql_chat.infra.db.database import retry_until_available

RETRY_SECONDS = 0.5  # between attempts to read from a database that is gone


@dataclass(slots=True, eq=False)
class _Watcher:
    user_id: str
    position: int
    wake: asyncio.Event = field(default_factory=asyncio.Event)


class ChangeFeed:
    """Of one process: told by what commits here, and by a look at the counters for what other processes committed."""

    def __init__(self) -> None:
        self._watchers: set[_Watcher] = set()

    @property
    def watched(self) -> int:
        """How many watch."""
        return len(self._watchers)

    async def watch(self, user_id: str, after: str | None) -> AsyncGenerator[Change, None]:
        """The user's changes after the cursor, None for those from now on, oldest first, each once, without end.

        Raises BadUserInput for a cursor that is none of the user's, and Conflict if it is too old to go on from.
        """
        if after is None:
            position = await changelog.find_position(user_id)
        else:
            position = changelog.position_of(user_id, after)
            await changelog.require_resumable(user_id, position)
        with self._watching(user_id, position) as watcher:
            while True:
                watcher.wake.clear()  # before the look, so that nothing that comes during it is missed
                found = await retry_until_available(
                    partial(changelog.list_after, user_id, watcher.position), retry_seconds=RETRY_SECONDS
                )
                for change in found:
                    yield change
                    watcher.position = change.number
                if len(found) < changelog.BATCH:
                    await watcher.wake.wait()

    def announce(self, user_ids: Collection[str]) -> None:
        """Wake those who watch these users' changes."""
        for watcher in self._watchers:
            if watcher.user_id in user_ids:
                watcher.wake.set()

    async def look(self) -> None:
        """Wake those whose log has gone on, by one query for all of them."""
        if not self._watchers:
            return
        positions = await changelog.load_positions({watcher.user_id for watcher in self._watchers})
        for watcher in self._watchers:
            if positions.get(watcher.user_id) != watcher.position:
                watcher.wake.set()

    @contextmanager
    def _watching(self, user_id: str, position: int) -> Iterator[_Watcher]:
        watcher = _Watcher(user_id, position)
        self._watchers.add(watcher)
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)

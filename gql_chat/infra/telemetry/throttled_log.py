"""Warnings that a client can cause at will: one line per minute, event and source, so that none floods the log."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from structlog.typing import FilteringBoundLogger

INTERVAL_SECONDS = 60.0
MAX_SOURCES = 1000  # of events together, and so the maximum of lines per minute; about 200 kB
OTHERS = "others"


class ThrottledLog:
    """Logs the first warning of an event and source, then the number of those left out with the next line.

    If more than `max_sources` cause warnings within a minute, all further ones share the source `others`.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, *, max_sources: int = MAX_SOURCES) -> None:
        self._monotonic = monotonic
        self._max_sources = max_sources
        self._entries: dict[tuple[str, str], _Entry] = {}

    def warn(self, log: FilteringBoundLogger, event: str, source: str, **fields: Any) -> None:
        """Log a warning at most once per minute, event and source: the user's id or the client's network.

        The next line has `suppressed`, the number of warnings that were left out since the last one.
        """
        now = self._monotonic()
        if (event, source) not in self._entries:
            self._drop_old_entries(now)
            source = source if len(self._entries) < self._max_sources else OTHERS
        entry = self._entries.get((event, source))
        if entry is not None and now < entry.logged_at + INTERVAL_SECONDS:
            entry.suppressed += 1
            return
        counts = {"suppressed": entry.suppressed} if entry is not None and entry.suppressed else {}
        self._entries.pop((event, source), None)  # so that the newest entry stands last
        self._entries[event, source] = _Entry(now)
        log.warning(event, source=source, **counts, **fields)

    def _drop_old_entries(self, now: float) -> None:
        """Make room by dropping entries of more than a minute ago, and with them the numbers of left-out lines."""
        while len(self._entries) >= self._max_sources:
            oldest, entry = next(iter(self._entries.items()))
            if now < entry.logged_at + INTERVAL_SECONDS:
                return
            del self._entries[oldest]


@dataclass(slots=True)
class _Entry:
    logged_at: float
    suppressed: int = 0


warn_throttled: Final = ThrottledLog().warn

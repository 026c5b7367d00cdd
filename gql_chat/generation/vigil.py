"""Who may take other writers for dead: a worker that has itself been awake, with the database, for a whole lease.

When the database comes back after an outage, or the machine from its sleep, or the clock has jumped, every lease has
run out, also those of writers who are well and about to renew them. They are given the time to.
"""

from datetime import datetime, timedelta

from gql_chat.infra import clock


class Vigil:
    """Heartbeats without a gap."""

    def __init__(self, lease: timedelta) -> None:
        self._lease = lease
        self._began_at: datetime | None = None
        self._kept_at: datetime | None = None

    def keep(self) -> bool:
        """To be called by each heartbeat that has reached the database; whether they have come for a whole lease."""
        now = clock.now()
        if self._kept_at is None or not timedelta() <= now - self._kept_at <= self._lease / 2:
            self._began_at = now
        self._kept_at = now
        return self._began_at is not None and now - self._began_at >= self._lease

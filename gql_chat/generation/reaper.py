"""The reaper, which finds the replies and calls of dead workers and has them settled with all text that was shown."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from gql_chat.chats import leases
from gql_chat.chats.leases import LEASE
from gql_chat.generation.dead_replies import Successor, close_dead_calls, settle_dead_reply
from gql_chat.generation.delivery.broker import Broker
from gql_chat.generation.settling import report_reaped
from gql_chat.infra.db.database import database_now

TAKEN_OVER_AT_ONCE = 4  # whose prompts are made, by this worker


class ReapingGuard:
    """Decides when a worker may reap: after a whole lease of heartbeats that reached the database, without a gap.

    After an outage of the database, a sleep of the machine or a jump of the clock every lease has run out, also those
    of writers that are alive and about to renew them. This gives them the time. The last heartbeat must be recent as
    well, because a database that stores nothing still lists leases that have run out.
    """

    def __init__(self, lease: timedelta) -> None:
        self._lease = lease
        self._began_at: datetime | None = None
        self._last_beat_at: datetime | None = None

    @property
    def began_at(self) -> datetime | None:
        """When the unbroken heartbeats began, by the database's clock."""
        return self._began_at

    def beat(self, now: datetime) -> None:
        """Note a heartbeat that has reached the database, at this time of the database's clock."""
        if not self._is_unbroken(now):
            self._began_at = now
        self._last_beat_at = now

    def may_reap(self, now: datetime) -> bool:
        """Return whether the worker may reap at this time of the database's clock."""
        if self._began_at is None or self._last_beat_at is None:
            return False
        return self._is_unbroken(now) and self._last_beat_at - self._began_at >= self._lease

    def _is_unbroken(self, now: datetime) -> bool:
        return self._last_beat_at is not None and timedelta() <= now - self._last_beat_at <= self._lease / 2


class Reaper:
    """Settles what dead workers left, once `guard` allows it. Several workers may do so at once."""

    def __init__(self, broker: Broker, lease: timedelta) -> None:
        self.guard = ReapingGuard(lease)
        self.successor: Successor | None = None
        """Takes over the replies that it can, instead of their settlement."""
        self._broker = broker
        self._lease = lease
        self._last_id = ""
        self._checked_since: datetime | None = None

    async def reap(self) -> None:
        """Settle at most MAX_LISTED replies of dead workers. The next round goes on after these.

        Replies that another transaction has locked therefore do not hold up the others.
        """
        now = await database_now()
        if not self._may_reap(now):
            return
        await self._end_future_leases(now)
        listed = await leases.list_dead(now, after=self._last_id)
        self._last_id = max(listed) if len(listed) == leases.MAX_LISTED else ""
        await reap_dead(listed, self._broker, now=now, lease=self._lease, successor=self.successor)
        await close_dead_calls(now)

    async def reap_among(self, message_ids: Sequence[str]) -> None:
        """Settle those of these replies whose workers are dead: it finds one without an open call, too."""
        now = await database_now()
        if self._may_reap(now):
            dead = await leases.list_dead_among(message_ids, now)
            await reap_dead(dead, self._broker, now=now, lease=self._lease, successor=self.successor)

    async def _end_future_leases(self, now: datetime) -> None:
        """End the leases of workers that died before the clock was set back. They would last until it is there again.

        Living workers have renewed theirs since, during the heartbeats that the guard has counted. If the clock is set
        back, these begin anew.
        """
        if self._checked_since != self.guard.began_at:
            await leases.end_future_leases(now, self._lease)
            self._checked_since = self.guard.began_at

    def _may_reap(self, now: datetime) -> bool:
        is_leaving = self.successor is not None and self.successor.is_leaving
        return self.guard.may_reap(now) and not is_leaving


async def reap_dead(
    dead: Mapping[str, str],
    broker: Broker,
    *,
    now: datetime | None = None,
    lease: timedelta = LEASE,
    successor: Successor | None = None,
) -> None:
    """Settle these replies, each with the id of its worker, if these are dead. Several workers may do so at once.

    Those that the successor takes over are not settled. Their watches look for the new writer.
    """
    if not dead:
        return
    # Seal the logs in Redis first: from then on a writer that is alive after all can publish nothing more.
    published = {message_id: worker_id for message_id, worker_id in dead.items() if worker_id}
    recovered = await broker.recover(set(published.values())) if published else {}
    now = now or await database_now()
    turns = asyncio.Semaphore(TAKEN_OVER_AT_ONCE if successor else 1)

    async def reap(message_id: str) -> bool:
        async with turns:
            return await settle_dead_reply(
                message_id, recovered.get(message_id, ()), now=now, lease=lease, successor=successor
            )

    results = await asyncio.gather(*map(reap, dead), return_exceptions=True)
    broker.end(published)
    report_reaped(results.count(True))
    for failure in results:
        if isinstance(failure, BaseException):
            raise failure


async def reap_expired(*, now: datetime | None = None) -> int:
    """Settle all replies of workers that are dead by now, with their last snapshots, and return how many."""
    reaped, last_id, lease_end = 0, "", now or await database_now()
    while listed := await leases.list_dead(lease_end, after=last_id):
        reaped += sum([await settle_dead_reply(message_id, now=lease_end) for message_id in listed])
        last_id = max(listed)
    await close_dead_calls(lease_end)
    report_reaped(reaped)
    return reaped

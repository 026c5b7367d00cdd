"""Settlement of replies and calls whose workers have died, with everything that any watcher may have been shown."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, TypeAlias

from gql_chat.chats import leases, messages
from gql_chat.chats.leases import LEASE, Snapshot
from gql_chat.chats.models import Message
from gql_chat.generation.delivery.broker import Broker
from gql_chat.generation.prompting.tokens import estimate_tokens
from gql_chat.generation.settling import report_reaped
from gql_chat.infra import clock
from gql_chat.infra.db.database import transaction
from gql_chat.infra.db.failures import TransactionConflict
from gql_chat.usage import ledger
from gql_chat.usage.ledger import CallOutcome, milliseconds_since
from gql_chat.usage.models import CallStatus, OpenCall, UsageSource
from gql_chat.usage.tokens import Usage

TAKEN_OVER_AT_ONCE = 4  # whose prompts are made, by this worker

CloseCall: TypeAlias = Callable[[], Awaitable[Usage | None]]
"""Closes the call of a dead worker, and returns the usage of its reply."""


class ReapingGuard:
    """Decides when a worker may reap: after a whole lease of heartbeats that reached the database, without a gap.

    After an outage of the database, a sleep of the machine or a jump of the clock every lease has run out, also those
    of writers that are alive and about to renew them. This gives them the time.
    """

    def __init__(self, lease: timedelta) -> None:
        self._lease = lease
        self._began_at: datetime | None = None
        self._last_beat_at: datetime | None = None

    def beat(self, now: datetime) -> None:
        """Note a heartbeat that has reached the database, at this time of the database's clock."""
        if self._last_beat_at is None or not timedelta() <= now - self._last_beat_at <= self._lease / 2:
            self._began_at = now
        self._last_beat_at = now

    @property
    def may_reap(self) -> bool:
        """Whether the worker may reap now."""
        if self._began_at is None or self._last_beat_at is None:
            return False
        return self._last_beat_at - self._began_at >= self._lease


class Successor(Protocol):
    """Goes on with replies of dead workers."""

    @property
    def is_leaving(self) -> bool:
        """Whether this worker ends soon, so that another one should go on with them."""
        ...

    async def take_over(self, reply: Message, close_call: CloseCall) -> bool:
        """Go on with the reply from its text; return False if it should be settled.

        `close_call` is to be called first in the transaction that gives it to this worker; what it raises must pass.
        """
        ...


class Reaper:
    """Settles what dead workers left, once `guard` allows it. Several workers may do so at once."""

    def __init__(self, broker: Broker, lease: timedelta) -> None:
        self.guard = ReapingGuard(lease)
        self.successor: Successor | None = None
        """Takes over the replies that it can, instead of their settlement."""
        self._broker = broker
        self._lease = lease
        self._last_id = ""

    async def reap(self) -> None:
        """Settle at most MAX_LISTED replies of dead workers. The next round goes on after these.

        So replies that cannot be settled now, because another transaction has locked them, are in nobody's way.
        """
        if not self.guard.may_reap or (self.successor is not None and self.successor.is_leaving):
            return
        now = await leases.database_now()
        listed = await leases.list_dead(now, after=self._last_id)
        self._last_id = listed[-1] if len(listed) == leases.MAX_LISTED else ""
        await reap_dead(listed, self._broker, now=now, lease=self._lease, successor=self.successor)
        await close_dead_calls()


async def reap_dead(
    message_ids: Sequence[str],
    broker: Broker,
    *,
    now: datetime | None = None,
    lease: timedelta = LEASE,
    successor: Successor | None = None,
) -> None:
    """Settle these replies if their workers are dead, and end their watches. Several workers may do so at once.

    Those that the successor takes over are not settled, and their watches go on.
    """
    if not message_ids:
        return
    # Seal the copies in Redis first: from then on a writer that is alive after all can publish nothing more.
    recovered = {snapshot.message_id: snapshot for snapshot in await broker.recover(message_ids)}
    now = now or await leases.database_now()
    turns = asyncio.Semaphore(TAKEN_OVER_AT_ONCE if successor else 1)

    async def reap(message_id: str) -> bool:
        async with turns:
            return await _reap(message_id, recovered.get(message_id), now=now, lease=lease, successor=successor)

    results = await asyncio.gather(*map(reap, message_ids), return_exceptions=True)
    reaped = [message_id for message_id, result in zip(message_ids, results, strict=True) if result is True]
    broker.end(reaped)
    report_reaped(len(reaped))
    for failure in results:
        if isinstance(failure, BaseException):
            raise failure


async def reap_expired(*, now: datetime | None = None) -> int:
    """Settle all replies of workers that are dead by now, with their last snapshots, and return how many."""
    reaped, last_id, lease_end = 0, "", now or await leases.database_now()
    while listed := await leases.list_dead(lease_end, after=last_id):
        reaped += sum([await _reap(message_id, None, now=lease_end) for message_id in listed])
        last_id = listed[-1]
    await close_dead_calls(now=now)
    report_reaped(reaped)
    return reaped


async def close_dead_calls(*, now: datetime | None = None) -> None:
    """Close the calls that no worker can still make: side calls, and those whose replies were deleted."""
    for call in await ledger.list_dead(now or clock.now()):
        async with transaction():
            await ledger.close_call(call, CallOutcome(CallStatus.ERROR, duration_ms=0))


class SettledMeanwhile(Exception):
    """Another reaper was first."""


async def _reap(
    message_id: str,
    recovered: Snapshot | None,
    *,
    now: datetime,
    lease: timedelta = LEASE,
    successor: Successor | None = None,
) -> bool:
    """Settle one reply in a transaction of its own; return False if it is not, or not any more, a dead worker's."""
    message = await leases.find_dead(message_id, now, recovered)
    if message is None:
        return False
    close_call = partial(_close_call_of_dead, message, now, lease)
    try:
        if successor is not None and await successor.take_over(message, close_call):
            return False
        async with transaction():
            if not await messages.settle_dead(message, await close_call()):
                raise SettledMeanwhile
    except (SettledMeanwhile, leases.LeaseRenewed, TransactionConflict):  # the last is for the next round
        return False
    return True


async def _close_call_of_dead(message: Message, now: datetime, lease: timedelta) -> Usage | None:
    """Close the call of a dead worker that wrote this reply, and return the usage of the reply so far."""
    last_seen_at = await leases.lock_dead(message, now, lease)
    call = await ledger.find_open(message.id)
    usage = _usage_of_dead(call, message) if call else None
    if call is not None:
        await ledger.close_call(call, _outcome_of_dead(call, message, usage, last_seen_at))
    earlier = Usage.of(message)
    return earlier + usage if earlier and usage else usage or earlier


def _outcome_of_dead(call: OpenCall, message: Message, usage: Usage | None, last_seen_at: datetime) -> CallOutcome:
    duration_ms = milliseconds_since(call.created_at, last_seen_at)
    text = message.text[call.text_before :] if call.keeps_contents else None
    return CallOutcome(CallStatus.ERROR, duration_ms, response_text=text, usage=usage)


def _usage_of_dead(call: OpenCall, message: Message) -> Usage | None:
    output = message.text[call.text_before :] + (message.reasoning or "")[call.reasoning_before :]
    if not output:  # nobody knows whether the provider ever took the call
        return None
    return Usage(call.prompt_tokens, estimate_tokens(output), UsageSource.ESTIMATED)

"""Settlement of replies and calls whose workers have died, with everything that any watcher may have been shown."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from gql_chat.chats import messages
from gql_chat.chats.messages import LEASE, Snapshot
from gql_chat.chats.models import Message
from gql_chat.generation.delivery.broker import Broker
from gql_chat.generation.prompting.tokens import estimate_tokens
from gql_chat.generation.settling import report_reaped
from gql_chat.infra import clock
from gql_chat.infra.db.database import transaction
from gql_chat.usage import ledger
from gql_chat.usage.ledger import CallOutcome, milliseconds_since
from gql_chat.usage.models import CallStatus, OpenCall, UsageSource
from gql_chat.usage.tokens import Usage


class ReapingGuard:
    """Decides when a worker may reap: after a whole lease of heartbeats that reached the database, without a gap.

    After an outage of the database, a sleep of the machine or a jump of the clock every lease has run out, also those
    of writers that are alive and about to renew them. This gives them the time.
    """

    def __init__(self, lease: timedelta) -> None:
        self._lease = lease
        self._began_at: datetime | None = None
        self._last_beat_at: datetime | None = None

    def beat(self) -> bool:
        """Note a heartbeat that has reached the database, and return whether the worker may reap now."""
        now = clock.now()
        if self._last_beat_at is None or not timedelta() <= now - self._last_beat_at <= self._lease / 2:
            self._began_at = now
        self._last_beat_at = now
        return self._began_at is not None and now - self._began_at >= self._lease


class _LeaseRenewed(Exception):
    """The writer has renewed its lease or settled the reply, or another reaper was first."""


async def reap_dead(message_ids: Sequence[str], broker: Broker, *, lease: timedelta = LEASE) -> None:
    """Settle these replies if their leases have run out, and end their watches. Several workers may do so at once."""
    if not message_ids:
        return
    # Seal the copies in Redis first: from then on a writer that is alive after all can publish nothing more.
    recovered = {snapshot.message_id: snapshot for snapshot in await broker.recover(message_ids)}
    reaped = [one for one in message_ids if await _reap(one, recovered.get(one), lease=lease)]
    broker.end(reaped)
    report_reaped(len(reaped))


async def reap_expired(*, now: datetime | None = None) -> int:
    """Settle all replies whose leases have run out with the text of their last snapshots, and return how many."""
    reaped = sum([await _reap(message_id, None, now=now) for message_id in await messages.list_expired(now=now)])
    await close_dead_calls(now=now)
    report_reaped(reaped)
    return reaped


async def close_dead_calls(*, now: datetime | None = None) -> None:
    """Close the calls that no worker can still make: side calls, and those whose replies were deleted."""
    for call in await ledger.list_dead(now or clock.now()):
        async with transaction():
            await ledger.close_call(call, CallOutcome(CallStatus.ERROR, duration_ms=0))


async def _reap(
    message_id: str, recovered: Snapshot | None, *, now: datetime | None = None, lease: timedelta = LEASE
) -> bool:
    """Settle one reply in a transaction of its own, so that no two reapers wait for each other."""
    message = await messages.find_expired(message_id, recovered, now=now)
    if message is None:
        return False
    try:
        async with transaction():
            call = await ledger.find_open(message.id)
            usage = _usage_of_dead(call, message) if call else None
            if call is not None:
                await ledger.close_call(call, _outcome_of_dead(call, message, usage, lease))
            earlier = Usage.of(message)
            total = earlier + usage if earlier and usage else usage or earlier
            if not await messages.settle_expired(message, total, now=now):
                raise _LeaseRenewed
    except _LeaseRenewed:
        return False
    return True


def _outcome_of_dead(call: OpenCall, message: Message, usage: Usage | None, lease: timedelta) -> CallOutcome:
    assert message.lease_until is not None
    # The last heartbeat is the last known sign of life.
    duration_ms = milliseconds_since(call.created_at, message.lease_until - lease)
    text = message.text[call.text_before :] if call.keeps_contents else None
    return CallOutcome(CallStatus.ERROR, duration_ms, response_text=text, usage=usage)


def _usage_of_dead(call: OpenCall, message: Message) -> Usage | None:
    output = message.text[call.text_before :] + (message.reasoning or "")[call.reasoning_before :]
    if not output:  # nobody knows whether the provider ever took the call
        return None
    return Usage(call.prompt_tokens, estimate_tokens(output), UsageSource.ESTIMATED)

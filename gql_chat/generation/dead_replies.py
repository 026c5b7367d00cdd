"""The settlement of one reply or call whose worker has died, or its hand-over to a successor."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, TypeAlias

import structlog

from gql_chat.chats import leases, messages
from gql_chat.chats.leases import LEASE, LOCK_SECONDS
from gql_chat.chats.models import Message
from gql_chat.chats.pieces import Piece
from gql_chat.errors import Unavailable
from gql_chat.generation.prompting.tokens import estimate_tokens
from gql_chat.infra.db.database import limit_lock_waits, transaction
from gql_chat.infra.db.failures import TransactionConflict
from gql_chat.infra.telemetry.throttled_log import warn_throttled
from gql_chat.usage import ledger
from gql_chat.usage.ledger import CallOutcome, milliseconds_since
from gql_chat.usage.models import CallStatus, OpenCall, UsageSource
from gql_chat.usage.tokens import Usage

CloseCall: TypeAlias = Callable[[], Awaitable[Usage | None]]
"""Closes the call of a dead worker, and returns the usage of its reply."""

_Rows: TypeAlias = tuple[str, str | None, str | None]
"""The user, session and key whose rows the end of a call locks."""

LOCKED_LONG = timedelta(minutes=1)  # after which a lock that keeps a dead worker's row from being settled is reported

log = structlog.get_logger(__name__)


class Successor(Protocol):
    """Goes on with replies of dead workers."""

    @property
    def is_leaving(self) -> bool:
        """Whether this worker ends soon, so that another one should go on with them."""
        ...

    async def take_over(self, reply: Message, close_call: CloseCall) -> bool:
        """Go on with the reply from its text; return False if it should be settled.

        Call `close_call` first in the transaction that gives the reply to this worker, and let its errors pass.
        """
        ...


class SettledMeanwhile(Exception):
    """Another reaper was first."""


async def settle_dead_reply(
    message_id: str,
    recovered: Sequence[Piece] = (),
    *,
    now: datetime,
    lease: timedelta = LEASE,
    successor: Successor | None = None,
) -> bool:
    """Settle one reply in a transaction of its own, and return whether it did.

    It does not if the worker is alive, if the reply is settled already, or if it cannot be settled. Raises Unavailable.
    """
    settling = _settle(message_id, recovered, now, lease, successor)
    return await _attempt(settling, "dead_reply_not_settled", message_id)


async def close_dead_calls(now: datetime) -> None:
    """Close the calls that no worker can still make: side calls, and those whose replies were deleted.

    Raises Unavailable.
    """
    locked = set[_Rows]()
    for call in await ledger.list_dead(now):
        rows = call.user_id, call.session_id, call.key_id
        if rows not in locked:  # one more would wait as long for whoever has locked them
            await _attempt(_close(call, rows, now, locked), "dead_call_not_closed", call.id)


async def _attempt(settling: Awaitable[bool], failure: str, row_id: str) -> bool:
    """Await the settlement of one row, and return whether it was settled. Log what else keeps it from that.

    So the others are settled, and the next round tries this one again. Raises Unavailable, which the others would meet.
    """
    try:
        return await settling
    except (SettledMeanwhile, leases.LeaseRenewed, TransactionConflict):
        return False
    except Unavailable:
        raise
    except Exception as exc:  # noqa: BLE001 - whatever keeps one from being settled, the others must be
        warn_throttled(log, failure, row_id, exc_info=exc)
        return False


async def _settle(
    message_id: str, recovered: Sequence[Piece], now: datetime, lease: timedelta, successor: Successor | None
) -> bool:
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
    except TransactionConflict:
        await _report_locked("dead_reply_locked", message_id, message.worker_id, now)
        raise
    return True


async def _close(call: OpenCall, rows: _Rows, now: datetime, locked: set[_Rows]) -> bool:
    try:
        async with transaction():
            await limit_lock_waits(LOCK_SECONDS)
            return await ledger.close_call(call, CallOutcome(CallStatus.ERROR, duration_ms=0))
    except TransactionConflict:
        locked.add(rows)
        await _report_locked("dead_call_locked", call.id, call.worker_id, now)
        raise


async def _report_locked(event: str, row_id: str, worker_id: str | None, now: datetime) -> None:
    """Warn of a lock that keeps a dead worker's row from being settled for longer than our transactions take."""
    if await leases.was_dead(worker_id, now - LOCKED_LONG):
        warn_throttled(log, event, row_id)


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

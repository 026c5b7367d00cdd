"""A reply's end, as its writer knows it: its message and its call in the ledger are written together."""

from dataclasses import dataclass

import structlog

from gql_chat.chats import messages
from gql_chat.chats.messages import Settlement
from gql_chat.chats.models import MessageStatus
from gql_chat.errors import ProviderFailed
from gql_chat.generation.accounting import usage_of
from gql_chat.generation.job import Writing
from gql_chat.infra.db.database import transaction
from gql_chat.usage import ledger
from gql_chat.usage.contents import without_secret
from gql_chat.usage.ledger import CallOutcome
from gql_chat.usage.models import CallStatus

log = structlog.get_logger(__name__)

# Who stops a reply has had what was asked for until then; what we broke off ourselves is an error without a code.
CALL_STATUSES = {
    MessageStatus.COMPLETED: CallStatus.SUCCESS,
    MessageStatus.STOPPED: CallStatus.SUCCESS,
    MessageStatus.FAILED: CallStatus.ERROR,
    MessageStatus.INTERRUPTED: CallStatus.ERROR,
}


@dataclass(frozen=True, slots=True)
class Ending:
    """How a reply ended, as its message and as its call tell it."""

    settlement: Settlement
    outcome: CallOutcome


async def settle(writing: Writing, worker_id: str, ending: Ending) -> bool:
    """Write a reply's end and close its call, once; False if the reply is no longer this worker's to write."""
    message_id = writing.job.message_id
    async with transaction():
        # Of a reply that was deleted too. If somebody took it over, the call is closed already.
        await ledger.close_call(writing.job.opened, ending.outcome)
        return await messages.settle_reply(message_id, worker_id, ending.settlement)


def ending_of(writing: Writing) -> Ending:
    """How it ended, now that `generating` has."""
    error = None if writing.generating.cancelled() else writing.generating.exception()
    status, failure = _status(writing, error), error if isinstance(error, ProviderFailed) else None
    job, call, reply = writing.job, writing.call, writing.snapshot()
    said = reply.text.removeprefix(job.text)
    output = said + reply.reasoning.removeprefix(job.reasoning)
    usage = usage_of(call, job.opened, output) if call else None  # else the provider never took the call
    code, message = (failure.provider_code, failure.message) if failure else (None, None)
    settlement = Settlement(
        status,
        reply.text,
        reply.reasoning,
        finish_reason=call.finish_reason if call and status == MessageStatus.COMPLETED else None,
        error_code=code,
        error_message=message,
        usage=job.usage + usage if job.usage and usage else usage or job.usage,
    )
    outcome = CallOutcome(
        CALL_STATUSES[status],
        duration_ms=round((writing.ended_at - writing.started_at) * 1000),
        status_code=call.status_code if call else failure.status_code if failure else None,
        error_code=code,
        error_message=message,
        response_text=without_secret(said, job.endpoint.secret) if job.opened.keeps_contents else None,
        usage=usage,
        first_token_ms=call.first_token_ms if call else None,
    )
    return Ending(settlement, outcome)


def _status(writing: Writing, error: BaseException | None) -> MessageStatus:
    if writing.generating.cancelled():
        return writing.cancelled_as
    if isinstance(error, ProviderFailed):
        return MessageStatus.FAILED
    if error is not None:
        log.error("reply_broke", message_id=writing.job.message_id, exc_info=error)
        return MessageStatus.INTERRUPTED
    return MessageStatus.COMPLETED

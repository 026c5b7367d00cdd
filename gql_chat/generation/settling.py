"""The end of a reply as its writer knows it: message and ledger in one transaction, then the log and the metrics."""

from functools import cache

import msgspec
import structlog
from tortoise.exceptions import IntegrityError

from gql_chat.chats import messages
from gql_chat.chats.messages import Settlement
from gql_chat.chats.models import Attachment, ContentType, FileAttachment, FinishReason, MessageStatus, SourceAttachment
from gql_chat.errors import ProviderFailed
from gql_chat.generation.accounting import outcome_of
from gql_chat.generation.job import RunningJob
from gql_chat.infra.db.database import transaction, unit_of_work
from gql_chat.infra.db.failures import TransactionConflict
from gql_chat.infra.telemetry.metrics import Counter, Histogram
from gql_chat.usage import ledger
from gql_chat.usage.corrections import close_own_call
from gql_chat.usage.ledger import CallOutcome
from gql_chat.usage.models import CallStatus

# A user who stops a reply has got what was asked for until then; a reply that we interrupt is an error without a code.
CALL_STATUSES = {
    MessageStatus.COMPLETED: CallStatus.SUCCESS,
    MessageStatus.STOPPED: CallStatus.SUCCESS,
    MessageStatus.FAILED: CallStatus.ERROR,
    MessageStatus.INTERRUPTED: CallStatus.ERROR,
}
WORKER_DIED = "(worker died)"

REPLIES = Counter(
    "gql_chat_replies_total", "Replies that settled, by status and the provider's error.", ("status", "error")
)
FIRST_TOKEN = Histogram(
    "gql_chat_reply_first_token_seconds",
    "From a reply's start to its first text or reasoning.",
    buckets=(0.05, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20, 30, 60),
)
SECONDS = Histogram(
    "gql_chat_reply_seconds",
    "From a reply's start to its end.",
    buckets=(0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600),
)
SPEED = Histogram(
    "gql_chat_reply_tokens_per_second",
    "A completed reply's tokens over the time from its first to its end.",
    buckets=(1, 2.5, 5, 10, 20, 30, 40, 60, 80, 100, 150, 200, 400),
)
TOKENS = Counter("gql_chat_reply_tokens_total", "Tokens of replies, by kind and whose count it is.", ("kind", "source"))

# Each with its labels, found at a tenth of the cost. There are few: statuses, errors, kinds and sources are ours.
_replies = cache(REPLIES.labels)
_tokens = cache(TOKENS.labels)

log = structlog.get_logger(__name__)


class Ending(msgspec.Struct, frozen=True):
    """How a reply ended, for its message and for its call in the ledger."""

    settlement: Settlement
    outcome: CallOutcome


async def settle(running: RunningJob, worker_id: str, ending: Ending) -> bool:
    """Store a reply's end and close its call, once; return False if the reply no longer belongs to this worker."""
    opened, message_id = running.job.opened, running.job.message_id
    try:
        async with unit_of_work():
            await ledger.close_open_call(opened, ending.outcome)
            await messages.settle_own_reply(opened.user_id, message_id, worker_id, ending.settlement)
    except (TransactionConflict, IntegrityError):  # deleted, taken over, or settled by an attempt without an answer
        async with transaction():
            # Also for a reply that was deleted. If another worker took it over, the call is closed already.
            await close_own_call(opened, ending.outcome)
            return await messages.settle_reply(message_id, worker_id, ending.settlement)
    running.settled_row = messages.settled_row(running.job.row, ending.settlement)
    return True


def ending_of(running: RunningJob) -> Ending:
    """Return how the reply ended, once `generating` is done."""
    error = None if running.generating.cancelled() else running.generating.exception()
    status, failure = _status(running, error), error if isinstance(error, ProviderFailed) else None
    job, text, reasoning = running.job, running.reply.text.end(), running.reply.reasoning.end()
    outcome = outcome_of(
        job.opened,
        CALL_STATUSES[status],
        running,
        failure,
        text=text.removeprefix(job.text).removesuffix(running.remark),
        reasoning=reasoning.removeprefix(job.reasoning),
        seconds=running.ended_at - running.started_at,
        secrets=job.endpoint.secrets,
    )
    settlement = Settlement(
        status,
        text,
        reasoning,
        finish_reason=_finish_reason(running) if status == MessageStatus.COMPLETED else None,
        error_code=outcome.error_code,
        error_message=outcome.error_message,
        error_retry_after_seconds=outcome.error_retry_after_seconds,
        history_truncated=running.history_truncated,
        attachments=_attachments(running),
        usage=job.usage + outcome.usage if job.usage and outcome.usage else outcome.usage or job.usage,
    )
    return Ending(settlement, outcome)


def report_settled(running: RunningJob, ending: Ending) -> None:
    """Log a reply that has settled here, and count it in the metrics."""
    settlement, outcome = ending.settlement, ending.outcome
    usage, first_token_ms = outcome.usage, outcome.first_token_ms
    error = outcome.error_code.value if outcome.error_code else ""
    _replies(settlement.status.value, error).inc()
    SECONDS.observe(outcome.duration_ms / 1000)
    if first_token_ms is not None:
        FIRST_TOKEN.observe(first_token_ms / 1000)
    if usage:
        _tokens("prompt", usage.source.value).inc(usage.prompt_tokens)
        _tokens("completion", usage.source.value).inc(usage.completion_tokens)
        if not error and first_token_ms is not None and outcome.duration_ms > first_token_ms:
            SPEED.observe(usage.completion_tokens * 1000 / (outcome.duration_ms - first_token_ms))
    log.info(
        "reply",
        message_id=running.job.message_id,
        status=settlement.status.value,
        error=error or None,
        model=running.job.endpoint.model,
        duration_ms=outcome.duration_ms,
        first_token_ms=first_token_ms,
        prompt_tokens=usage.prompt_tokens if usage else None,
        completion_tokens=usage.completion_tokens if usage else None,
    )


def report_reaped(count: int) -> None:
    """Log the replies of dead workers that were settled, and count them in the metrics."""
    if count:
        REPLIES.labels("INTERRUPTED", WORKER_DIED).inc(count)
        log.warning("replies_reaped", count=count)


def _finish_reason(running: RunningJob) -> FinishReason | None:
    if running.is_cut:
        return FinishReason.LENGTH
    return running.call.finish_reason if running.call else None


def _attachments(running: RunningJob) -> list[Attachment]:
    """Return the reply's images and sources, those of the continued reply first."""
    sources = running.call.sources if running.call else ()
    found = [*running.images, *(SourceAttachment(ContentType.SOURCE, *source) for source in sources)]
    earlier = list(running.job.row.attachments)
    known = {part.url for part in earlier if not isinstance(part, FileAttachment)}
    return earlier + [part for part in found if isinstance(part, FileAttachment) or part.url not in known]


def _status(running: RunningJob, error: BaseException | None) -> MessageStatus:
    if running.generating.cancelled():
        return running.cancelled_as
    if isinstance(error, ProviderFailed):
        return MessageStatus.FAILED
    if error is not None:
        log.error("reply_broke", message_id=running.job.message_id, exc_info=error)
        return MessageStatus.INTERRUPTED
    return MessageStatus.COMPLETED

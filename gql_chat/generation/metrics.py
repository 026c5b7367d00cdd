"""What is told of each reply that has settled: a line in the log, and how it went in figures."""

import structlog

from gql_chat.generation.job import Writing
from gql_chat.generation.settling import Ending
from gql_chat.infra.telemetry.metrics import Counter, Histogram

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

log = structlog.get_logger(__name__)


def tell_of(writing: Writing, ending: Ending) -> None:
    """Once the reply has settled here."""
    settlement, outcome = ending.settlement, ending.outcome
    error = outcome.error_code.value if outcome.error_code else ""
    REPLIES.labels(settlement.status.value, error).inc()
    SECONDS.observe(outcome.duration_ms / 1000)
    if outcome.first_token_ms is not None:
        FIRST_TOKEN.observe(outcome.first_token_ms / 1000)
    if outcome.usage:
        TOKENS.labels("prompt", outcome.usage.source.value).inc(outcome.usage.prompt_tokens)
        TOKENS.labels("completion", outcome.usage.source.value).inc(outcome.usage.completion_tokens)
        if not error and outcome.first_token_ms is not None and outcome.duration_ms > outcome.first_token_ms:
            SPEED.observe(outcome.usage.completion_tokens * 1000 / (outcome.duration_ms - outcome.first_token_ms))
    log.info(
        "reply",
        message_id=writing.job.message_id,
        status=settlement.status.value,
        error=error or None,
        model=writing.job.endpoint.model,
        duration_ms=outcome.duration_ms,
        first_token_ms=outcome.first_token_ms,
        prompt_tokens=outcome.usage.prompt_tokens if outcome.usage else None,
        completion_tokens=outcome.usage.completion_tokens if outcome.usage else None,
    )


def tell_of_reaped(count: int) -> None:
    """Once replies have settled that a dead worker left behind."""
    REPLIES.labels("INTERRUPTED", WORKER_DIED).inc(count)
    log.warning("replies_reaped", count=count)

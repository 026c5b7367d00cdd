"""The ledger: a call is opened before it is made, and closed once, with its outcome and its cost."""

from datetime import datetime
from typing import Any

import msgspec

from gql_chat.errors import ProviderErrorCode
from gql_chat.infra.db.database import dialect, execute, execute_last, fetch_all, fetch_models, require_last
from gql_chat.infra.db.packed_text import packed
from gql_chat.infra.db.quick import Quick
from gql_chat.infra.db.rows import assign, insert_last
from gql_chat.infra.telemetry.request_context import current_request
from gql_chat.usage.models import CallStatus, OpenCall
from gql_chat.usage.periods import bucket_of, month_of
from gql_chat.usage.tokens import Usage

USER_AGENT_MAX_LENGTH = 300

# Rows that the open call names may be gone by now; the ledger names those that are left.
CLOSE = Quick("""
INSERT INTO calls (
    id, user_id, session_id, message_id, key_id, group_id, purpose, model, endpoint, is_server_key,
    keeps_contents, request_messages, request_parameters, client_ip, user_agent, request_id, created_at,
    status, status_code, error_code, error_message, response_text, prompt_tokens, completion_tokens, usage_source,
    duration_ms, first_token_ms, response_data, cached_tokens, reasoning_tokens, error_retry_after_seconds,
    earlier_call_id
)
SELECT o.id, o.user_id, sessions.id, messages.id, keys.id, "groups".id, o.purpose, o.model, o.endpoint, o.is_server_key,
    o.keeps_contents, o.request_messages, COALESCE($16, o.request_parameters), o.client_ip, o.user_agent,
    o.request_id, o.created_at,
    $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, o.earlier_call_id
FROM open_calls AS o
LEFT JOIN sessions ON sessions.id = o.session_id
LEFT JOIN messages ON messages.id = o.message_id
LEFT JOIN keys ON keys.id = o.key_id
LEFT JOIN "groups" ON "groups".id = o.group_id
WHERE o.id = $1
""")
CLOSE_ONCE = Quick(f"{CLOSE} ON CONFLICT (id) DO NOTHING")
LOCK_SESSION = "SELECT id FROM sessions WHERE id = $1 FOR KEY SHARE"
DELETE_OPEN = Quick("DELETE FROM open_calls WHERE id = $1")
COUNT = Quick("""
INSERT INTO usage_buckets (
    user_id, bucket_at, key_id, model, calls, errors, prompt_tokens, completion_tokens, duration_ms
) VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $8)
ON CONFLICT (user_id, bucket_at, key_id, model) DO UPDATE SET
    calls = usage_buckets.calls + 1,
    errors = usage_buckets.errors + excluded.errors,
    prompt_tokens = usage_buckets.prompt_tokens + excluded.prompt_tokens,
    completion_tokens = usage_buckets.completion_tokens + excluded.completion_tokens,
    duration_ms = usage_buckets.duration_ms + excluded.duration_ms
""")
# Only the first call of a bucket by the statement above, which logs a lock of the row before it updates it.
COUNT_ON_POSTGRES = (
    (
        "bucket",
        """
UPDATE usage_buckets SET calls = calls + 1, errors = errors + $5, prompt_tokens = prompt_tokens + $6,
    completion_tokens = completion_tokens + $7, duration_ms = duration_ms + $8
WHERE user_id = $1 AND bucket_at = $2 AND key_id = $3 AND model = $4 RETURNING 1
""",
    ),
    (
        "new_bucket",
        COUNT.replace(
            "VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $8)",
            "SELECT $1, $2, $3, $4, 1, $5, $6, $7, $8 WHERE NOT EXISTS (SELECT 1 FROM bucket)",
        ),
    ),
)
COUNT_FOR_GROUP = Quick("""
INSERT INTO group_months (group_id, month, tokens) SELECT id, $2, $3 FROM "groups" WHERE id = $1
ON CONFLICT (group_id, month) DO UPDATE SET tokens = group_months.tokens + excluded.tokens
""")
SELECT_SIDE_CALLS = "SELECT id FROM open_calls WHERE worker_id = $1 AND purpose <> 'REPLY'"
SELECT_OPEN = """
SELECT open_calls.* FROM messages JOIN sessions ON sessions.id = messages.session_id
JOIN open_calls ON open_calls.user_id = sessions.user_id AND open_calls.message_id = messages.id
WHERE messages.id = $1
"""
# CASE looks at the messages of dead calls only. Each is a subquery of one value, which PostgreSQL looks up by its key:
# for a NOT EXISTS it would read the whole table, as long as it remembers some thousands of calls that began earlier.
SELECT_DEAD = """
SELECT open_calls.* FROM open_calls LEFT JOIN workers ON workers.id = open_calls.worker_id
WHERE CASE WHEN open_calls.dead_after < $1
    OR open_calls.worker_id IS NOT NULL AND (workers.lease_until IS NULL OR workers.lease_until < $1)
    THEN coalesce((SELECT status FROM messages WHERE messages.id = open_calls.message_id), '') <> 'STREAMING'
    ELSE FALSE END
"""
# An error without a code is one of this server: see CallOutcome.
SELECT_BROKEN_OFF = "SELECT 1 FROM calls WHERE message_id = $1 AND status = 'ERROR' AND error_code IS NULL LIMIT 1"


class CallOutcome(msgspec.Struct, frozen=True):
    """How a call ended. An error of this server, such as the death of a worker, has no code.

    `request_parameters` are those that were sent in the end, if they differ from those of the open call.
    """

    status: CallStatus
    duration_ms: int
    status_code: int | None = None
    error_code: ProviderErrorCode | None = None
    error_message: str | None = None
    error_retry_after_seconds: int | None = None
    response_text: str | None = None
    usage: Usage | None = None
    first_token_ms: int | None = None
    response_data: str | None = None
    request_parameters: str | None = None


async def open_call(call: OpenCall) -> None:
    """Store a call that is about to be made, and the request that caused it.

    If a transaction decides on the call, store it in that transaction.
    """
    request = current_request()
    if request is not None:
        user_agent = _printable(request.user_agent)
        assign(call, client_ip=request.client_ip, request_id=request.request_id, user_agent=user_agent)
    await insert_last(call)


async def close_call(call: OpenCall, outcome: CallOutcome) -> bool:
    """Move a call to the ledger and count it, once; return False if that has happened, or its user is gone.

    Call this in a transaction, before it writes anything else. The foreign keys lock the rows that the call names, and
    the deletion of a session or a key locks these before its messages.
    """
    if dialect() == "postgres":
        # The session first, as everywhere; the foreign keys would lock the message before it.
        await fetch_all(LOCK_SESSION, call.session_id)
    if not await execute(CLOSE_ONCE, call.id, *await columns_of(outcome)):
        return False
    if await execute(DELETE_OPEN, call.id):
        await _count(call, outcome)
    return True


async def close_open_call(call: OpenCall, outcome: CallOutcome) -> None:
    """Move a call to the ledger and count it, in a unit of work. It must be open, and its session must exist.

    On PostgreSQL, CLOSE_ONCE would take a record more of the write-ahead log.
    """
    if call.session_id is not None and dialect() == "postgres":
        await require_last(LOCK_SESSION, call.session_id)  # see close_call
    await require_last(CLOSE, call.id, *await columns_of(outcome))
    await require_last(DELETE_OPEN, call.id)
    await _count(call, outcome)


async def forget_call(call_id: str) -> None:
    """Delete a call that was never made, if it has been opened."""
    await execute(DELETE_OPEN, call_id)


async def list_side_calls(worker_id: str) -> list[str]:
    """Return the ids of the open calls that this worker makes beside replies."""
    return [row["id"] for row in await fetch_all(SELECT_SIDE_CALLS, worker_id)]


async def find_open(message_id: str) -> OpenCall | None:
    """Return the call that writes this message, if it is under way or its worker has died."""
    return next(iter(await fetch_models(OpenCall, SELECT_OPEN, message_id)), None)


async def was_broken_off(message_id: str) -> bool:
    """Return whether a call that wrote this message has ended with its worker, or by it, before it was complete."""
    return bool(await fetch_all(SELECT_BROKEN_OFF, message_id))


async def list_dead(now: datetime) -> list[OpenCall]:
    """Return the calls that no worker can be busy with any more at this time of the database's clock.

    The call of a reply that is STREAMING is left out: it ends with the reply, which is found by it.
    """
    return await fetch_models(OpenCall, SELECT_DEAD, now)


def milliseconds_since(moment: datetime, until: datetime) -> int:
    """Return the milliseconds between two moments, 0 if the clocks of two workers make them negative."""
    return max(0, round((until - moment).total_seconds() * 1000))


async def columns_of(outcome: CallOutcome) -> tuple[Any, ...]:
    """Return an outcome as the values $2 to $16 of CLOSE."""
    usage, answer = outcome.usage, outcome.response_text
    return (
        outcome.status.value,
        outcome.status_code,
        outcome.error_code.value if outcome.error_code else None,
        outcome.error_message,
        await packed(answer) if answer is not None else None,
        usage.prompt_tokens if usage else None,
        usage.completion_tokens if usage else None,
        usage.source.value if usage else None,
        outcome.duration_ms,
        outcome.first_token_ms,
        outcome.response_data,
        usage.cached_tokens if usage else None,
        usage.reasoning_tokens if usage else None,
        outcome.error_retry_after_seconds,
        outcome.request_parameters,
    )


async def _count(call: OpenCall, outcome: CallOutcome) -> None:
    usage = outcome.usage
    await execute_last(
        COUNT if dialect() == "sqlite" else COUNT_ON_POSTGRES,
        call.user_id,
        bucket_of(call.created_at),
        call.key_id or "",
        call.model,
        int(outcome.status == CallStatus.ERROR),
        usage.prompt_tokens if usage else 0,
        usage.completion_tokens if usage else 0,
        outcome.duration_ms,
    )
    if usage and call.group_id:
        await execute_last(COUNT_FOR_GROUP, call.group_id, month_of(call.created_at), usage.total_tokens)


def _printable(user_agent: str | None) -> str | None:
    if user_agent is None:
        return None
    return "".join(sign for sign in user_agent if sign.isprintable())[:USER_AGENT_MAX_LENGTH]

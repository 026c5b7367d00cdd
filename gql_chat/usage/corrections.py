"""Corrections of the ledger: the outcome of a call that was closed too early, because its worker was taken for dead.

A worker whose lease ran out may be alive and go on: its process or its way to the database was held up. A call that
lasts longer than any should, because its client reads slowly, is taken for dead too.
"""

from gql_chat.infra.db.database import dialect, execute, execute_last, fetch_all
from gql_chat.infra.db.quick import Quick
from gql_chat.usage.ledger import COUNT_FOR_GROUP, CallOutcome, close_call, columns_of
from gql_chat.usage.models import CallStatus, OpenCall
from gql_chat.usage.periods import bucket_of, month_of

# What the reaper leaves of a call of which it knows nothing. A call that was corrected has a count.
SELECT_UNCOUNTED = """
SELECT duration_ms FROM calls WHERE id = $1 AND status = 'ERROR' AND error_code IS NULL AND usage_source IS NULL
"""
FOR_THIS_TRANSACTION = {"postgres": " FOR NO KEY UPDATE", "sqlite": ""}  # SQLite runs one writing transaction at a time
CORRECT = Quick("""
UPDATE calls SET status = $2, status_code = $3, error_code = $4, error_message = $5, response_text = $6,
    prompt_tokens = $7, completion_tokens = $8, usage_source = $9, duration_ms = $10, first_token_ms = $11,
    response_data = $12, cached_tokens = $13, reasoning_tokens = $14, error_retry_after_seconds = $15,
    request_parameters = COALESCE($16, request_parameters)
WHERE id = $1
""")
CORRECT_BUCKET = Quick("""
UPDATE usage_buckets SET errors = errors - $5, prompt_tokens = prompt_tokens + $6,
    completion_tokens = completion_tokens + $7, duration_ms = duration_ms + $8
WHERE user_id = $1 AND bucket_at = $2 AND key_id = $3 AND model = $4
""")


async def close_own_call(call: OpenCall, outcome: CallOutcome) -> None:
    """Close a call that this worker has made, as `close_call` does. Correct it if another has closed it uncounted."""
    if not await close_call(call, outcome) and outcome.usage is not None:
        await _correct(call, outcome)


async def _correct(call: OpenCall, outcome: CallOutcome) -> None:
    rows, usage = await fetch_all(SELECT_UNCOUNTED + FOR_THIS_TRANSACTION[dialect()], call.id), outcome.usage
    if not rows or usage is None:
        return
    await execute(CORRECT, call.id, *await columns_of(outcome))
    await execute_last(
        CORRECT_BUCKET,
        call.user_id,
        bucket_of(call.created_at),
        call.key_id or "",
        call.model,
        int(outcome.status != CallStatus.ERROR),
        usage.prompt_tokens,
        usage.completion_tokens,
        outcome.duration_ms - rows[0]["duration_ms"],
    )
    if call.group_id:
        await execute_last(COUNT_FOR_GROUP, call.group_id, month_of(call.created_at), usage.total_tokens)

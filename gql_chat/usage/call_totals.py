"""The number of everyone's calls in the log, from each user's totals of past weeks: exact at every moment.

The totals go with their user, as the calls do. Calls that the log loses because of their age began before
`call_log_start`: totals of later periods alone are added up. All other calls are counted themselves.
"""

from datetime import datetime

from tortoise.exceptions import IntegrityError

from gql_chat.infra import clock
from gql_chat.infra.db.database import dialect, execute, fetch_all, transaction
from gql_chat.usage.call_counts import FIRST, LAST, LEAST_AND_GREATEST, MARGIN, clamped
from gql_chat.usage.models import CallStatus
from gql_chat.usage.periods import WEEK, week_of

# A period ends with the first week in which its users have made so many calls each, on average. So adding totals up
# takes no longer than counting the calls by an index, also with many users who make few calls.
CALLS_PER_TOTAL = 4

SELECT_LAST = "SELECT ends_at AS moment FROM call_totals ORDER BY ends_at DESC LIMIT 1"
SELECT_FIRST_BUCKET = "SELECT bucket_at AS moment FROM usage_buckets ORDER BY bucket_at LIMIT 1"
# Servers add up one after the other: each sees what the one before has added, and leaves that.
LOCK = f"SELECT pg_advisory_xact_lock({int.from_bytes(b'totals')})"  # any number that no other lock has
# A call that is still open will be added to the period in which it began.
ADD_UP = f"""
INSERT INTO call_totals (user_id, ends_at, calls)
SELECT user_id, $2, calls FROM (
    SELECT user_id, sum(calls) AS calls, sum(sum(calls)) OVER () AS all_calls, count(*) OVER () AS users
    FROM usage_buckets WHERE bucket_at >= $1 AND bucket_at < $2 GROUP BY user_id
) AS sums
WHERE all_calls >= {CALLS_PER_TOTAL} * users AND NOT EXISTS (SELECT 1 FROM open_calls WHERE created_at < $2)
    AND NOT EXISTS (SELECT 1 FROM call_totals WHERE ends_at > $1)
ORDER BY user_id
"""  # noqa: S608
# One statement, so that all parts see the same moment. The number of all calls needs no comparison of times.
COUNT = """
SELECT (SELECT count(*) FROM calls WHERE created_at >= $1 AND created_at < added.first)
    + (SELECT coalesce(sum(calls), 0) FROM call_totals WHERE ends_at > added.first AND ends_at <= added.last)
    + CASE WHEN added.last <= $3 AND $2 >= $4 THEN (SELECT count(*) FROM calls)
        ELSE (SELECT count(*) FROM calls WHERE created_at >= added.last AND created_at < $2) END
    - {failed} AS count
FROM (
    SELECT first, {greatest}(coalesce((SELECT max(ends_at) FROM call_totals WHERE ends_at <= $2), first), first) AS last
    FROM (
        SELECT {least}(coalesce(
            CASE WHEN complete <= $3 THEN $3 ELSE (SELECT min(ends_at) FROM call_totals WHERE ends_at >= complete) END,
            $2
        ), $2) AS first
        FROM (SELECT {greatest}($1, coalesce(max(complete_from), $3)) AS complete FROM call_log_start) AS log
    ) AS begun
) AS added
"""
FAILED = "(SELECT count(*) FROM calls WHERE created_at >= $1 AND created_at < $2 AND status = 'ERROR')"


async def count_everyones(status: CallStatus | None, since: datetime | None, until: datetime | None) -> int:
    """Return the number of everyone's calls that began in the time range, or of those of them that succeeded.

    Those that failed are few, and have an index.
    """
    least, greatest = LEAST_AND_GREATEST[dialect()]
    sql = COUNT.format(failed="0" if status is None else FAILED, least=least, greatest=greatest)
    [row] = await fetch_all(sql, clamped(since or FIRST), clamped(until or LAST), FIRST, LAST)
    return int(row["count"])


async def add_up_calls() -> None:
    """Store the totals of the weeks that are over, once no call of theirs is under way."""
    latest = week_of(clock.now() - MARGIN)
    stored = await fetch_all(SELECT_LAST)
    since = stored[0]["moment"] if stored else FIRST
    for row in stored or await fetch_all(SELECT_FIRST_BUCKET):
        end = week_of(row["moment"]) + WEEK
        while end <= latest:
            if await _add_up(since, end):
                since, end = end, end + WEEK
            elif end < latest:
                end = latest  # one period, when the calls of one week are too few
            else:
                return


async def _add_up(since: datetime, end: datetime) -> bool:
    try:
        async with transaction():
            if dialect() == "postgres":
                await fetch_all(LOCK)
            return bool(await execute(ADD_UP, since, end))
    except IntegrityError:
        return False  # a user was deleted meanwhile; the next time will do

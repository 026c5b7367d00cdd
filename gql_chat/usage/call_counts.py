"""The number of a user's calls in the log, from the buckets of usage: in milliseconds, and exact at every moment.

A bucket counts a call in the transaction that adds it to the log. The log loses calls when they become too old, and
with their user, whose buckets go too. So the buckets from `complete_from` on have as many calls as the log. Calls
before it are counted themselves, and so are those in buckets of which the requested time range holds a part.
"""

from datetime import UTC, datetime, timedelta

from gql_chat.infra.db.database import dialect, execute, fetch_all
from gql_chat.infra.db.listing import Conditions
from gql_chat.usage.models import CallStatus
from gql_chat.usage.periods import BUCKET, bucket_of

# Before and after all buckets. With them, each request has the same statement.
FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)

# Servers of the version before delete calls without recording it, up to the next midnight of their clocks.
MARGIN = timedelta(days=2)

COUNTED = {None: "calls", CallStatus.SUCCESS: "calls - errors", CallStatus.ERROR: "errors"}
LEAST_AND_GREATEST = {"sqlite": ("min", "max"), "postgres": ("least", "greatest")}

# One statement, so that all parts see the same moment. Each has one bound on either side: SQLite seeks by one alone.
COUNT = """
SELECT (SELECT count(*) FROM calls WHERE {of_calls} AND created_at >= {since} AND created_at < log.start)
    + (
        SELECT coalesce(sum({counted}), 0) FROM usage_buckets
        WHERE {of_buckets} AND bucket_at >= log.start AND bucket_at < {last}
    )
    + (SELECT count(*) FROM calls WHERE {of_calls} AND created_at >= {rest} AND created_at < {until}) AS count
FROM (
    SELECT {least}({greatest}(coalesce(max(complete_from), {first}), {first}), {last}) AS start FROM call_log_start
) AS log
"""
RECORD = """
INSERT INTO call_log_start (id, complete_from) VALUES ('log', $1)
ON CONFLICT (id) DO UPDATE SET complete_from = excluded.complete_from
WHERE excluded.complete_from > call_log_start.complete_from
"""


async def count_calls(
    of_calls: Conditions,
    of_buckets: Conditions,
    status: CallStatus | None,
    since: datetime | None,
    until: datetime | None,
) -> int:
    """Return the number of calls that meet the conditions, which include the status, and began in the time range.

    The conditions of the buckets are the first ones of the calls, in columns that both have.
    """
    since, until = clamped(since or FIRST), clamped(until or LAST)
    first, last = bucket_of(since + BUCKET - timedelta.resolution), bucket_of(until)
    values = of_calls.copy()
    bounds = {"since": since, "first": first, "last": last, "rest": max(since, last), "until": until}
    places = {name: values.place(moment) for name, moment in bounds.items()}
    least, greatest = LEAST_AND_GREATEST[dialect()]
    sql = COUNT.format(
        of_calls=of_calls, of_buckets=of_buckets, counted=COUNTED[status], least=least, greatest=greatest, **places
    )
    [row] = await fetch_all(sql, *values.values)
    return int(row["count"])


async def record_start(deleted_before: datetime) -> None:
    """Record that calls which began before this time, the start of a day, are going to be deleted."""
    await execute(RECORD, deleted_before + MARGIN)


def clamped(moment: datetime) -> datetime:
    """Return the moment in UTC, or the nearest one that both databases know."""
    return min(max(moment, FIRST), LAST).astimezone(UTC)  # buckets begin at its quarters of an hour

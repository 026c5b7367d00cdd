"""Quotas: a call reserves tokens when it is opened, and counts those that it has used when it is closed.

Reservations are not stored: they are the sum over the calls under way, so the reservation of a dead worker ends with
its call. Checks for one user, or for one group, run one after the other, because each locks that row until its commit.
A unit of work requires instead that no call was opened since it read the user's row. A call that ends meanwhile moves
from one sum to the other in one transaction, and one statement reads both.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gql_chat.errors import QuotaExceeded, QuotaKind
from gql_chat.infra import clock
from gql_chat.infra.db.database import dialect, fetch_all, fetch_rows, require_last
from gql_chat.infra.db.quick import Quick
from gql_chat.usage.models import CallPurpose, OpenCall
from gql_chat.usage.periods import month_of, next_month

REPLY_RETRY_SECONDS = 5  # by then one of the user's replies may have ended

SELECT_GROUP_QUOTA = Quick('SELECT name, monthly_token_quota AS quota FROM "groups" WHERE id = $1')
SELECT_USER_QUOTA = "SELECT monthly_token_quota AS quota FROM users WHERE id = $1"
FOR_THIS_TRANSACTION = {"postgres": " FOR NO KEY UPDATE", "sqlite": ""}  # SQLite runs one writing transaction at a time
SUM_FOR_GROUP = """
SELECT (SELECT coalesce(sum(reserved_tokens), 0) FROM open_calls WHERE group_id = $1 AND created_at >= $2) AS reserved,
    (SELECT coalesce(sum(tokens), 0) FROM group_months WHERE group_id = $1 AND month = $2) AS used
"""
SUM_FOR_USER = """
SELECT (SELECT coalesce(sum(reserved_tokens), 0) FROM open_calls WHERE user_id = $1 AND created_at >= $2) AS reserved,
    (
        SELECT coalesce(sum(prompt_tokens + completion_tokens), 0) FROM usage_buckets
        WHERE user_id = $1 AND bucket_at >= $2
    ) AS used
"""
# Of a call beside replies, whose opening changes nothing else of the user: units of work notice another version.
TOUCH_USER = "UPDATE users SET change_count = change_count WHERE id = $1 RETURNING monthly_token_quota AS quota"
COUNT_CALLS = Quick("SELECT count(*) AS calls FROM open_calls WHERE user_id = $1")  # for titles and tests of keys too
REQUIRE_NO_QUOTA = Quick("""SELECT 1 FROM users WHERE id = $1 AND monthly_token_quota IS NULL
AND $2 > (SELECT count(*) FROM open_calls WHERE user_id = $1)""")
SELECT_FREE = {
    "postgres": Quick("SELECT monthly_token_quota, xmin::text FROM users WHERE id = $1"),
    "sqlite": Quick("SELECT monthly_token_quota, NULL FROM users WHERE id = $1"),
}
TOUCH_FREE = Quick("""UPDATE users SET change_count = change_count WHERE id = $1 AND monthly_token_quota IS NULL
AND $2 > (SELECT count(*) FROM open_calls WHERE user_id = $1) AND xmin::text = $3""")
NO_LIMIT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class QuotaPolicy:
    """Limits of each user, None for no limit; an admin may set another token quota for a user.

    Titles and tests of keys count among the replies at once, because each holds a connection and memory as they do.
    """

    monthly_tokens_per_user: int | None = None
    replies_per_user: int | None = None
    reply_max_tokens: int = 16_384
    """Under a token quota, the most tokens of a reply for which no limit was asked."""

    @property
    def most_calls(self) -> int:
        """The number of calls at once of a user, for statements, which know no other word for no limit."""
        return NO_LIMIT if self.replies_per_user is None else self.replies_per_user


@dataclass(frozen=True, slots=True)
class FreeUser:
    """A user who had no quota of tokens when the row was read, without a lock.

    `version` changes with the row. It is None on SQLite, whose units of work run one after the other.
    """

    id: str
    version: str | None


async def require_group_quota(call: OpenCall) -> int | None:
    """Raise QuotaExceeded unless the group that shares the key may make this call too.

    Return the tokens that are left for it, None if there is no quota.

    Call this in the transaction that opens the call, before it locks the key and the user: the deletion of a group
    locks them in this order.
    """
    if call.group_id is None or call.purpose == CallPurpose.TEST:
        return None
    for group in await fetch_all(SELECT_GROUP_QUOTA, call.group_id):
        if group["quota"] is None:
            return None  # without a lock that would make the group's members wait for each other
    for group in await _locked(SELECT_GROUP_QUOTA, call.group_id):
        if group["quota"] is not None:
            return await _require_tokens(
                call,
                SUM_FOR_GROUP,
                call.group_id,
                group["quota"],
                QuotaKind.GROUP_TOKENS_PER_MONTH,
                f"The group “{group['name']}” has",
            )
    return None


async def require_user_quotas(call: OpenCall, policy: QuotaPolicy) -> int | None:
    """Raise QuotaExceeded unless the user may make this call too. Call this in the transaction that opens the call.

    Return the tokens that are left for it, None if there is no quota.
    """
    touches = call.purpose != CallPurpose.REPLY and dialect() == "postgres"
    locked = fetch_all(TOUCH_USER, call.user_id) if touches else _locked(SELECT_USER_QUOTA, call.user_id)
    for user in await locked:
        if policy.replies_per_user is not None:
            await _require_replies(call.user_id, policy.replies_per_user)
        if call.purpose == CallPurpose.TEST:
            return None  # only counts: a user who has no tokens left may test a key
        quota = policy.monthly_tokens_per_user if user["quota"] is None else user["quota"]
        if quota is not None:
            kind = QuotaKind.TOKENS_PER_MONTH
            return await _require_tokens(call, SUM_FOR_USER, call.user_id, quota, kind, "You have")
    return None


async def require_no_quota(user_id: str, policy: QuotaPolicy) -> None:
    """Require in a unit of work that the user has no quota of tokens, and may write one more reply.

    On PostgreSQL this holds only if the unit also requires the user's row to be as it was read before.
    """
    await require_last(REQUIRE_NO_QUOTA, user_id, policy.most_calls)


async def find_free_user(user_id: str, policy: QuotaPolicy) -> FreeUser | None:
    """Return the user for `require_free_user`, None if there is a quota of tokens or no such user."""
    if policy.monthly_tokens_per_user is not None:
        return None
    rows = await fetch_rows(SELECT_FREE[dialect()], user_id)
    return next((FreeUser(user_id, version) for quota, version in rows if quota is None), None)


async def require_free_user(user: FreeUser, policy: QuotaPolicy) -> None:
    """Require in a unit of work that the user still has no quota of tokens, and may make one more call beside replies.

    Other units of work notice the call, as they do after `require_user_quotas`.
    """
    if user.version is None:
        await require_no_quota(user.id, policy)
        return
    await require_last(TOUCH_FREE, user.id, policy.most_calls, user.version)


async def _require_tokens(call: OpenCall, sums: str, owner_id: str, quota: int, kind: QuotaKind, who_has: str) -> int:
    month = month_of(call.created_at)
    [row] = await fetch_all(sums, owner_id, month)
    left = quota - int(row["used"]) - int(row["reserved"])
    if call.reserved_tokens > left:
        renewal = next_month(month)
        raise QuotaExceeded(
            f"{who_has} a quota of {quota:,} tokens a month. {max(left, 0):,} are left, and this call may take "
            f"{call.reserved_tokens:,}. The quota renews on {renewal:%Y-%m-%d} (UTC).",
            quota=kind,
            limit=quota,
            remaining=max(left, 0),
            retry_after_seconds=_seconds_until(renewal),
        )
    return left


async def _require_replies(user_id: str, most: int) -> None:
    [row] = await fetch_all(COUNT_CALLS, user_id)
    if row["calls"] >= most:
        raise QuotaExceeded(
            f"{most} of your replies are being written, which is the limit. Wait for one of them to end, or stop it.",
            quota=QuotaKind.REPLIES_AT_ONCE,
            limit=most,
            retry_after_seconds=REPLY_RETRY_SECONDS,
        )


async def _locked(select: str, row_id: str) -> list[dict[str, Any]]:
    return await fetch_all(Quick(select + FOR_THIS_TRANSACTION[dialect()]), row_id)


def _seconds_until(moment: datetime) -> int:
    return max(1, math.ceil((moment - clock.now()).total_seconds()))

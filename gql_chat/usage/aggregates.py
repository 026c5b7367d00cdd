"""Sums of usage by day, model, key and user; days are those of any time zone.

The buckets of 15 minutes are added up. Single calls are added only where the requested time range begins or ends within
a bucket. (A call whose key has been deleted no longer has the key's id; its bucket does.)
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from gql_chat.errors import BadUserInput
from gql_chat.infra.db.database import dialect, fetch_all
from gql_chat.infra.ids import is_id
from gql_chat.usage.models import UsageBucket
from gql_chat.usage.periods import BUCKET, bucket_of, clock_changes, find_zone, offset_seconds, require_in_order
from gql_chat.users.viewer import Viewer

MAX_SUMS = 10_000
DAY_SECONDS = 86_400
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - its zone is that of the request

SECONDS_OF_UTC = {"sqlite": "unixepoch(started_at)", "postgres": "floor(extract(epoch FROM started_at))::bigint"}
COLUMNS = {"MODEL": "model", "KEY": "key_id", "USER": "user_id"}
BUCKETS = """
    SELECT bucket_at AS started_at, model, key_id, user_id,
        calls, errors, prompt_tokens, completion_tokens, duration_ms
    FROM usage_buckets
"""
CALLS = """
    SELECT created_at AS started_at, model, coalesce(key_id, '') AS key_id, user_id, 1 AS calls,
        CASE status WHEN 'ERROR' THEN 1 ELSE 0 END AS errors, coalesce(prompt_tokens, 0) AS prompt_tokens,
        coalesce(completion_tokens, 0) AS completion_tokens, duration_ms
    FROM calls
"""
SUMS = """
    CAST(sum(calls) AS BIGINT) AS calls, CAST(sum(errors) AS BIGINT) AS errors,
    CAST(sum(prompt_tokens) AS BIGINT) AS prompt_tokens, CAST(sum(completion_tokens) AS BIGINT) AS completion_tokens,
    CAST(sum(duration_ms) AS BIGINT) AS duration_ms
"""


class UsageDimension(StrEnum):
    """A column that usage can be grouped by."""

    DAY = "DAY"
    MODEL = "MODEL"
    KEY = "KEY"
    USER = "USER"


@dataclass(frozen=True, slots=True)
class UsageRequest:
    """A request for sums: whose usage, of which time (`from_` inclusive, `to` exclusive), grouped by what.

    Without `user_id` it is the viewer's own usage, or that of all users if `everyone` is set.
    """

    user_id: str | None = None
    everyone: bool = False
    from_: datetime | None = None
    to: datetime | None = None
    group_by: Collection[UsageDimension] = (UsageDimension.DAY,)
    time_zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageSum:
    """The sums of one group of calls.

    `day` is the day's first moment. A column that is not grouped by is None; `key_id` is None also for calls without
    a key.
    """

    day: datetime | None = None
    model: str | None = None
    key_id: str | None = None
    user_id: str | None = None
    calls: int
    errors: int
    prompt_tokens: int
    completion_tokens: int
    duration_ms: int


@dataclass(frozen=True, slots=True)
class _TimeRange:
    """A time range in UTC, and whether there is usage before its start and after its end."""

    start: datetime
    end: datetime
    usage_before: bool
    usage_after: bool


async def sum_usage(viewer: Viewer, request: UsageRequest) -> list[UsageSum]:
    """Return the sums that are not empty, ordered by day, model, key and user.

    Raise BadUserInput for an unknown time zone, a time range that ends before it begins or too many sums, and Forbidden
    for the usage of others unless the viewer is an admin.
    """
    zone = find_zone(request.time_zone)
    require_in_order(request.from_, request.to)
    user_id = _requested_user(viewer, request)
    if user_id is not None and not is_id(user_id, "usr"):
        return []
    time_range = await _find_used_range(user_id, request)
    if time_range is None:
        return []
    source = _Source(user_id)
    source.add_range(time_range)
    rows = await fetch_all(_select(source.sql(), request.group_by, zone, time_range), *source.arguments)
    if len(rows) > MAX_SUMS:
        message = f"This would return more than {MAX_SUMS:,} sums. Ask for a shorter time or group by fewer dimensions."
        raise BadUserInput(message, field="group_by")
    return [_to_sum(row, zone) for row in rows if row["calls"]]  # without groups SQL sums up even nothing


def _requested_user(viewer: Viewer, request: UsageRequest) -> str | None:
    viewer.require_access_to(request.user_id, everyone=request.everyone, what="usage")
    if request.user_id is not None:
        return request.user_id
    # An admin who groups by user can mean no single user.
    is_everyones = request.everyone or (viewer.is_admin and UsageDimension.USER in request.group_by)
    return None if is_everyones else viewer.user_id


async def _find_used_range(user_id: str | None, request: UsageRequest) -> _TimeRange | None:
    """Return the part of the requested time range in which there is usage, None if there is none."""
    buckets = UsageBucket.all() if user_id is None else UsageBucket.filter(user_id=user_id)
    first, last = await buckets.order_by("bucket_at").first(), await buckets.order_by("-bucket_at").first()
    if first is None or last is None:
        return None
    earliest, latest = first.bucket_at, last.bucket_at + BUCKET
    start, end = max(earliest, request.from_ or earliest), min(latest, request.to or latest)
    if start >= end:
        return None
    # In UTC, because Python compares two times of one zone by what its clocks show.
    return _TimeRange(start.astimezone(UTC), end.astimezone(UTC), start > earliest, end < latest)


class _Source:
    """The rows to add up: whole buckets, and the calls of buckets that the time range holds only in part."""

    def __init__(self, user_id: str | None) -> None:
        self.arguments: list[Any] = []
        self._user_condition = [f"user_id = {self._place(user_id)}"] if user_id is not None else []
        self._selects: list[str] = []

    def add_range(self, wanted: _TimeRange) -> None:
        """Add the rows of a time range."""
        start, end = wanted.start, wanted.end
        whole_start = start if start == bucket_of(start) else bucket_of(start) + BUCKET
        whole_end = bucket_of(end)
        if whole_start > whole_end:  # it lies within one bucket
            self._add(CALLS, "created_at", start, end)
            return
        # A condition that leaves nothing out would only make the database use an index where a scan is faster.
        limits = (whole_start if wanted.usage_before else None, whole_end if wanted.usage_after else None)
        self._add(BUCKETS, "bucket_at", *limits)
        if start < whole_start:
            self._add(CALLS, "created_at", start, whole_start)
        if whole_end < end:
            self._add(CALLS, "created_at", whole_end, end)

    def sql(self) -> str:
        """Return one SELECT of all rows."""
        return " UNION ALL ".join(self._selects)

    def _add(self, select: str, column: str, start: datetime | None, end: datetime | None) -> None:
        limits = ((">=", start), ("<", end))
        bounds = [f"{column} {sign} {self._place(limit)}" for sign, limit in limits if limit is not None]
        conditions = " AND ".join([*self._user_condition, *bounds])
        self._selects.append(f"{select}WHERE {conditions}" if conditions else select)

    def _place(self, value: Any) -> str:
        self.arguments.append(value)
        return f"${len(self.arguments)}"


def _select(source: str, group_by: Collection[UsageDimension], zone: tzinfo, time_range: _TimeRange) -> str:
    selected = [f"{column} AS {column}" for name, column in COLUMNS.items() if name in group_by]
    if UsageDimension.DAY in group_by:
        local_seconds = f"{SECONDS_OF_UTC[dialect()]} + {_offset_sql(zone, time_range)}"
        selected.insert(0, f"({local_seconds}) / {DAY_SECONDS} AS day_number")
    places = ", ".join(str(place) for place in range(1, len(selected) + 1))
    grouped = f" GROUP BY {places} ORDER BY {places} LIMIT {MAX_SUMS + 1}" if places else ""
    # Every part is a constant of this module or a number.
    return f"SELECT {', '.join([*selected, SUMS])} FROM ({source}) AS source{grouped}"  # noqa: S608


def _offset_sql(zone: tzinfo, time_range: _TimeRange) -> str:
    """Return the seconds to add to UTC as SQL: a number, or a CASE with one number for each offset of the zone."""
    last = offset_seconds(zone, time_range.end)
    cases = [
        f"WHEN started_at < '{datetime.fromtimestamp(until, UTC).isoformat(' ')}' THEN {seconds}"
        for until, seconds in clock_changes(zone, time_range.start, time_range.end)
    ]
    return f"CASE {' '.join(cases)} ELSE {last} END" if cases else str(last)


def _to_sum(row: dict[str, Any], zone: tzinfo) -> UsageSum:
    columns = {**row, "key_id": row.get("key_id") or None}
    number = columns.pop("day_number", None)
    return UsageSum(
        day=(EPOCH + timedelta(days=number)).replace(tzinfo=zone) if number is not None else None, **columns
    )

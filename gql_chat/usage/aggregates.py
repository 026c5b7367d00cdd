"""What calls add up to, by day, model, key and user; days are those of any time zone.

The sums of quarters of an hour are added up, and the calls themselves only where the time asked for begins or ends
within a quarter. (A call whose key has been deleted tells it no more; its quarter does.)
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from gql_chat.errors import BadUserInput, Forbidden
from gql_chat.infra.db.database import dialect, fetch_all
from gql_chat.infra.ids import is_id
from gql_chat.usage.models import UsageBucket
from gql_chat.usage.periods import BUCKET, bucket_of
from gql_chat.usage.time_zones import clock_changes, find_zone, offset_seconds
from gql_chat.users.viewer import Viewer

MAX_SUMS = 10_000
DAY_SECONDS = 86_400
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - of whichever zone it is put in

SECONDS_OF_UTC = {"sqlite": "unixepoch(started_at)", "postgres": "floor(extract(epoch FROM started_at))::bigint"}
COLUMNS = {"MODEL": "model", "KEY": "key_id", "USER": "user_id"}
QUARTERS = """
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
    """By what usage is told apart."""

    DAY = "DAY"
    MODEL = "MODEL"
    KEY = "KEY"
    USER = "USER"


@dataclass(frozen=True, slots=True)
class UsageQuestion:
    """Whose usage of which time: `from_` is inclusive, `to` is not. Without a user one's own, or everyone's."""

    user_id: str | None = None
    everyone: bool = False
    from_: datetime | None = None
    to: datetime | None = None
    group_by: Collection[UsageDimension] = (UsageDimension.DAY,)
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A time in which something was used; whether it `begins` after the first use, and `ends` before the last."""

    start: datetime
    end: datetime
    begins: bool
    ends: bool


@dataclass(frozen=True, slots=True)
class UsageSum:
    """A sum. `day` is its first moment; what it is not told apart by is None, and a `key_id` also without a key."""

    day: datetime | None
    model: str | None
    key_id: str | None
    user_id: str | None
    calls: int
    errors: int
    prompt_tokens: int
    completion_tokens: int
    duration_ms: int


async def sum_usage(viewer: Viewer, question: UsageQuestion) -> list[UsageSum]:
    """The sums that are not empty, by day, model, key and user.

    Raises BadUserInput for an unknown time zone or too many sums, and Forbidden for others' unless an admin asks.
    """
    zone = find_zone(question.time_zone)
    user_id = _whose(viewer, question)
    if user_id is not None and not is_id(user_id, "usr"):
        return []
    stretch = await _stretch(user_id, question)
    if stretch is None:
        return []
    parts = _Parts(user_id)
    parts.add_stretch(stretch)
    rows = await fetch_all(_select(parts.sql(), question.group_by, zone, stretch), *parts.arguments)
    if len(rows) > MAX_SUMS:
        message = f"This gives more than {MAX_SUMS:,} sums: ask for a shorter time or fewer dimensions."
        raise BadUserInput(message, field="group_by")
    return [_bucket(row, zone) for row in rows if row["calls"]]  # one sum is there even of nothing


def _whose(viewer: Viewer, question: UsageQuestion) -> str | None:
    if (question.everyone or question.user_id not in (None, viewer.user_id)) and not viewer.is_admin:
        raise Forbidden("Only an admin sees the usage of others.")
    if question.user_id is not None:
        return question.user_id
    # An admin who tells users apart can mean no single one.
    is_everyones = question.everyone or (viewer.is_admin and UsageDimension.USER in question.group_by)
    return None if is_everyones else viewer.user_id


async def _stretch(user_id: str | None, question: UsageQuestion) -> _Stretch | None:
    """Of the time asked for the part in which anything was used; None if there is none."""
    quarters = UsageBucket.all() if user_id is None else UsageBucket.filter(user_id=user_id)
    first, last = await quarters.order_by("bucket_at").first(), await quarters.order_by("-bucket_at").first()
    if first is None or last is None:
        return None
    earliest, latest = first.bucket_at, last.bucket_at + BUCKET
    start, end = max(earliest, question.from_ or earliest), min(latest, question.to or latest)
    if start >= end:
        return None
    # In UTC, because times of one zone are compared by what its clocks show.
    return _Stretch(start.astimezone(UTC), end.astimezone(UTC), start > earliest, end < latest)


class _Parts:
    """What is added up: whole quarters, and calls of those that the stretch does not hold wholly."""

    def __init__(self, user_id: str | None) -> None:
        self.arguments: list[Any] = []
        self._whose = [f"user_id = {self._place(user_id)}"] if user_id is not None else []
        self._selects: list[str] = []

    def add_stretch(self, stretch: _Stretch) -> None:
        """All of it."""
        start, end = stretch.start, stretch.end
        whole_start = start if start == bucket_of(start) else bucket_of(start) + BUCKET
        whole_end = bucket_of(end)
        if whole_start > whole_end:  # it lies within one quarter
            self._add(CALLS, "created_at", start, end)
            return
        # Who wants everything is better off without an index.
        limits = (whole_start if stretch.begins else None, whole_end if stretch.ends else None)
        self._add(QUARTERS, "bucket_at", *limits)
        if start < whole_start:
            self._add(CALLS, "created_at", start, whole_start)
        if whole_end < end:
            self._add(CALLS, "created_at", whole_end, end)

    def sql(self) -> str:
        """A SELECT of all parts."""
        return " UNION ALL ".join(self._selects)

    def _add(self, select: str, column: str, start: datetime | None, end: datetime | None) -> None:
        conditions = [*self._whose]
        if start is not None:
            conditions.append(f"{column} >= {self._place(start)}")
        if end is not None:
            conditions.append(f"{column} < {self._place(end)}")
        self._selects.append(select + (f"WHERE {' AND '.join(conditions)}" if conditions else ""))

    def _place(self, value: Any) -> str:
        self.arguments.append(value)
        return f"${len(self.arguments)}"


def _select(parts: str, group_by: Collection[UsageDimension], zone: tzinfo, stretch: _Stretch) -> str:
    selected = [f"{column} AS {column}" for name, column in COLUMNS.items() if name in group_by]
    if UsageDimension.DAY in group_by:
        local_seconds = f"{SECONDS_OF_UTC[dialect()]} + {_offset(zone, stretch)}"
        selected.insert(0, f"({local_seconds}) / {DAY_SECONDS} AS day_number")
    places = ", ".join(str(place) for place in range(1, len(selected) + 1))
    grouped = f" GROUP BY {places} ORDER BY {places} LIMIT {MAX_SUMS + 1}" if places else ""
    # All of it are words of ours and numbers.
    return f"SELECT {', '.join([*selected, SUMS])} FROM ({parts}) AS parts{grouped}"  # noqa: S608


def _offset(zone: tzinfo, stretch: _Stretch) -> str:
    """The seconds to add to UTC, as SQL: a number, or one for each time between two changes of the clocks."""
    last = offset_seconds(zone, stretch.end)
    cases = [
        f"WHEN started_at < '{datetime.fromtimestamp(until, UTC).isoformat(' ')}' THEN {seconds}"
        for until, seconds in clock_changes(zone, stretch.start, stretch.end)
    ]
    return f"CASE {' '.join(cases)} ELSE {last} END" if cases else str(last)


def _bucket(row: dict[str, Any], zone: tzinfo) -> UsageSum:
    number = row.get("day_number")
    return UsageSum(
        day=(EPOCH + timedelta(days=number)).replace(tzinfo=zone) if number is not None else None,
        model=row.get("model"),
        key_id=row.get("key_id") or None,
        user_id=row.get("user_id"),
        calls=row["calls"],
        errors=row["errors"],
        prompt_tokens=row["prompt_tokens"],
        completion_tokens=row["completion_tokens"],
        duration_ms=row["duration_ms"],
    )

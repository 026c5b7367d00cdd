"""What calls add up to, by day, model, key and user; days are those of any time zone.

The sums of quarters of an hour are added up, and the calls themselves only where the time asked for begins or ends
within a quarter. (A call whose key has been deleted tells it no more; its quarter does.)
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gql_chat.errors import BadUserInput, Forbidden
from gql_chat.infra.db import dialect, fetch_all, fetch_models
from gql_chat.infra.ids import is_id
from gql_chat.usage.models import UsageQuarter
from gql_chat.usage.periods import QUARTER, quarter_of
from gql_chat.users.viewer import Viewer

MAX_BUCKETS = 10_000
DAY_SECONDS = 86_400
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - of whichever zone it is put in

EPOCH_OF = {"sqlite": "unixepoch(started_at)", "postgres": "floor(extract(epoch FROM started_at))::bigint"}
COLUMNS = {"MODEL": "model", "KEY": "key_id", "USER": "user_id"}
PARTS = """
    SELECT quarter_at AS started_at, model, key_id, user_id,
        calls, errors, prompt_tokens, completion_tokens, duration_ms
    FROM usage_quarters WHERE {whose} AND quarter_at >= $2 AND quarter_at < $3
    UNION ALL
    SELECT created_at, model, coalesce(key_id, ''), user_id, 1, CASE status WHEN 'ERROR' THEN 1 ELSE 0 END,
        coalesce(prompt_tokens, 0), coalesce(completion_tokens, 0), duration_ms
    FROM calls WHERE {whose} AND (created_at >= $4 AND created_at < $5 OR created_at >= $6 AND created_at < $7)
"""
SUMS = """
    CAST(sum(calls) AS BIGINT) AS calls, CAST(sum(errors) AS BIGINT) AS errors,
    CAST(sum(prompt_tokens) AS BIGINT) AS prompt_tokens, CAST(sum(completion_tokens) AS BIGINT) AS completion_tokens,
    CAST(sum(duration_ms) AS BIGINT) AS duration_ms
"""
# `$1` is null for everyone's.
FIRST_QUARTER = "SELECT * FROM usage_quarters WHERE {whose} ORDER BY quarter_at LIMIT 1"
LAST_QUARTER = "SELECT * FROM usage_quarters WHERE {whose} ORDER BY quarter_at DESC LIMIT 1"
OF_USER, OF_EVERYONE = "user_id = $1", "CAST($1 AS VARCHAR) IS NULL"


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
class Bucket:
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


async def sum_usage(viewer: Viewer, question: UsageQuestion) -> list[Bucket]:
    """The sums that are not empty, by day, model, key and user.

    Raises BadUserInput for an unknown time zone or too many sums, and Forbidden for others' unless an admin asks.
    """
    zone = find_zone(question.time_zone)
    user_id = _whose(viewer, question)
    if user_id is not None and not is_id(user_id, "usr"):
        return []
    whose = OF_EVERYONE if user_id is None else OF_USER
    stretch = await _stretch(whose, user_id, question)
    if stretch is None:
        return []
    start, end = stretch
    sql = _select(whose, question.group_by, zone, start, end)
    rows = await fetch_all(sql, user_id, *_parts(start, end))
    if len(rows) > MAX_BUCKETS:
        message = f"This gives more than {MAX_BUCKETS:,} sums: ask for a shorter time or fewer dimensions."
        raise BadUserInput(message, field="groupBy")
    return [_bucket(row, zone) for row in rows if row["calls"]]  # one sum is there even of nothing


def find_zone(name: str | None) -> tzinfo:
    """The time zone of this name, UTC for None. Raises BadUserInput."""
    try:
        return ZoneInfo("UTC" if name is None else name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        message = "There is no such time zone; one is called, for example, Europe/Berlin or Asia/Shanghai."
        raise BadUserInput(message, field="timeZone") from exc


def _whose(viewer: Viewer, question: UsageQuestion) -> str | None:
    if (question.everyone or question.user_id not in (None, viewer.user_id)) and not viewer.is_admin:
        raise Forbidden("Only an admin sees the usage of others.")
    if question.user_id is not None:
        return question.user_id
    # An admin who tells users apart can mean no single one.
    is_everyones = question.everyone or (viewer.is_admin and UsageDimension.USER in question.group_by)
    return None if is_everyones else viewer.user_id


async def _stretch(whose: str, user_id: str | None, question: UsageQuestion) -> tuple[datetime, datetime] | None:
    """Of the time asked for the part in which anything was used; None if there is none."""
    first = await fetch_models(UsageQuarter, FIRST_QUARTER.format(whose=whose), user_id)
    last = await fetch_models(UsageQuarter, LAST_QUARTER.format(whose=whose), user_id)
    if not first or not last:
        return None
    start, end = first[0].quarter_at, last[0].quarter_at + QUARTER
    start = max(start, question.from_) if question.from_ else start
    end = min(end, question.to) if question.to else end
    return (start, end) if start < end else None


def _parts(start: datetime, end: datetime) -> tuple[datetime, ...]:
    """The whole quarters' start and end, and those of what is left before and after them."""
    whole_start = start if start == quarter_of(start) else quarter_of(start) + QUARTER
    whole_end = quarter_of(end)
    if whole_start > whole_end:  # all within one quarter
        return start, start, start, end, end, end
    return whole_start, whole_end, start, whole_start, whole_end, end


def _select(whose: str, group_by: Collection[UsageDimension], zone: tzinfo, start: datetime, end: datetime) -> str:
    keys = {name: column for name, column in COLUMNS.items() if name in group_by}
    selected = [f"{column} AS {column}" for column in keys.values()]
    if UsageDimension.DAY in group_by:
        selected.insert(0, f"({EPOCH_OF[dialect()]} + {_offset(zone, start, end)}) / {DAY_SECONDS} AS day_number")
    places = ", ".join(str(place) for place in range(1, len(selected) + 1))
    ordered = f" GROUP BY {places} ORDER BY {places} LIMIT {MAX_BUCKETS + 1}" if places else ""
    columns = ", ".join([*selected, SUMS])
    # All of it are words of ours and numbers.
    return f"SELECT {columns} FROM ({PARTS.format(whose=whose)}) AS parts{ordered}"  # noqa: S608


def _offset(zone: tzinfo, start: datetime, end: datetime) -> str:
    """The seconds to add to UTC, as SQL: a number, or one for each stretch between two changes of the clocks."""
    changes = [*_changes(zone, start, end)]
    last = _offset_seconds(zone, end)
    if not changes:
        return str(last)
    cases = " ".join(f"WHEN {EPOCH_OF[dialect()]} < {until} THEN {seconds}" for until, seconds in changes)
    return f"CASE {cases} ELSE {last} END"


def _changes(zone: tzinfo, start: datetime, end: datetime) -> Iterator[tuple[int, int]]:
    """When the zone's offset changes, in seconds of UTC, and what it was until then."""
    day, moment = timedelta(days=1), start
    while moment < end:
        later = min(moment + day, end)
        if _offset_seconds(zone, moment) != _offset_seconds(zone, later):
            yield _change_between(zone, moment, later), _offset_seconds(zone, moment)
        moment = later


def _change_between(zone: tzinfo, before: datetime, after: datetime) -> int:
    low, high, offset = int(before.timestamp()), int(after.timestamp()), _offset_seconds(zone, before)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset_seconds(zone, datetime.fromtimestamp(middle, before.tzinfo)) == offset:
            low = middle
        else:
            high = middle
    return high


def _offset_seconds(zone: tzinfo, moment: datetime) -> int:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def _bucket(row: dict[str, Any], zone: tzinfo) -> Bucket:
    number = row.get("day_number")
    return Bucket(
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

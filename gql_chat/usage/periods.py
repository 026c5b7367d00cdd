"""Periods that usage is counted in: buckets of 15 minutes, weeks, months, and the days of any time zone."""

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gql_chat.errors import BadUserInput

BUCKET = timedelta(minutes=15)
WEEK = timedelta(weeks=1)


def bucket_of(moment: datetime) -> datetime:
    """Return the start of the bucket that the moment lies in."""
    return moment.replace(minute=moment.minute - moment.minute % 15, second=0, microsecond=0)


def week_of(moment: datetime) -> datetime:
    """Return the start of the week that the moment lies in, a Monday."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=moment.weekday())


def month_of(moment: datetime) -> datetime:
    """Return the start of the month that the moment lies in."""
    return moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(moment: datetime) -> datetime:
    """Return the start of the following month, when quotas renew."""
    return month_of(month_of(moment) + timedelta(days=31))


def find_zone(name: str | None) -> tzinfo:
    """Return the time zone of this name, UTC for None. Raise BadUserInput if there is none."""
    try:
        return ZoneInfo("UTC" if name is None else name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        message = "This time zone is unknown. Use a name such as Europe/Berlin or Asia/Shanghai."
        raise BadUserInput(message, field="time_zone") from exc


def require_in_order(from_: datetime | None, to: datetime | None) -> None:
    """Raise BadUserInput if a time range ends before it begins. An empty one is no mistake."""
    if from_ is not None and to is not None and to < from_:
        raise BadUserInput("`to` must not be earlier than `from`.", field="to")


def clock_changes(zone: tzinfo, start: datetime, end: datetime) -> Iterator[tuple[int, int]]:
    """Yield each change of the zone's offset: its time in seconds since 1970, and the offset before it in seconds."""
    moment = start
    while moment < end:
        later = min(moment + timedelta(days=1), end)
        if offset_seconds(zone, moment) != offset_seconds(zone, later):
            yield _change_between(zone, moment, later), offset_seconds(zone, moment)
        moment = later


def offset_seconds(zone: tzinfo, moment: datetime) -> int:
    """Return the seconds to add to UTC at that moment."""
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def _change_between(zone: tzinfo, before: datetime, after: datetime) -> int:
    low, high, offset = int(before.timestamp()), int(after.timestamp()), offset_seconds(zone, before)
    while high - low > 1:
        middle = (low + high) // 2
        if offset_seconds(zone, datetime.fromtimestamp(middle, before.tzinfo)) == offset:
            low = middle
        else:
            high = middle
    return high

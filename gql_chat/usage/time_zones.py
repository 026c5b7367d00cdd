"""Time zones: found by name, and when their clocks change."""

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gql_chat.errors import BadUserInput


def find_zone(name: str | None) -> tzinfo:
    """The time zone of this name, UTC for None. Raises BadUserInput."""
    try:
        return ZoneInfo("UTC" if name is None else name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        message = "There is no such time zone; one is called, for example, Europe/Berlin or Asia/Shanghai."
        raise BadUserInput(message, field="time_zone") from exc


def clock_changes(zone: tzinfo, start: datetime, end: datetime) -> Iterator[tuple[int, int]]:
    """When the zone's offset changes, in seconds of UTC, and what it was until then."""
    day, moment = timedelta(days=1), start
    while moment < end:
        later = min(moment + day, end)
        if offset_seconds(zone, moment) != offset_seconds(zone, later):
            yield _change_between(zone, moment, later), offset_seconds(zone, moment)
        moment = later


def _change_between(zone: tzinfo, before: datetime, after: datetime) -> int:
    low, high, offset = int(before.timestamp()), int(after.timestamp()), offset_seconds(zone, before)
    while high - low > 1:
        middle = (low + high) // 2
        if offset_seconds(zone, datetime.fromtimestamp(middle, before.tzinfo)) == offset:
            low = middle
        else:
            high = middle
    return high


def offset_seconds(zone: tzinfo, moment: datetime) -> int:
    """What to add to UTC at that moment."""
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())

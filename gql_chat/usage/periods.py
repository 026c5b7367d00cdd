"""The periods that usage is counted in."""

from datetime import datetime, timedelta

BUCKET = timedelta(minutes=15)


def bucket_of(moment: datetime) -> datetime:
    """The start of its quarter of an hour."""
    return moment.replace(minute=moment.minute - moment.minute % 15, second=0, microsecond=0)


def month_of(moment: datetime) -> datetime:
    """The start of its month."""
    return moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(moment: datetime) -> datetime:
    """The start of the month after it, when quotas renew."""
    return month_of(month_of(moment) + timedelta(days=31))

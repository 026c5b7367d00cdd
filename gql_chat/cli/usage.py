"""`gql-chat usage …`."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import click

from gql_chat.cli.command import in_one_line, opened_database, read_settings
from gql_chat.cli.rows import FORMS, Row
from gql_chat.infra import clock
from gql_chat.keys.models import Key
from gql_chat.settings import Settings
from gql_chat.usage.aggregates import UsageDimension, UsageRequest, UsageSum, sum_usage
from gql_chat.usage.periods import find_zone, month_of, next_month
from gql_chat.users.models import User, UserRole
from gql_chat.users.names import get_by_login
from gql_chat.users.viewer import Viewer

# Whoever runs the server sees everybody's.
OPERATOR = Viewer(user_id="", role=UserRole.ADMIN, credential_id="", expires_at=None)
IDS_PER_QUERY = 500

# What a report is split by, and the columns that tell the parts apart.
SPLITS = {
    "month": ("month",),
    "day": ("day",),
    "user": ("username", "user_id"),
    "model": ("model",),
    "key": ("key", "key_id"),
}
FIGURES = ("calls", "errors", "prompt_tokens", "completion_tokens", "total_tokens", "duration_ms")
DAY = click.DateTime(["%Y-%m-%d"])


@click.group("usage")
def usage_group() -> None:
    """What was asked of models, and what it cost."""


@usage_group.command("report")
@click.option(
    "--by", "splits", type=click.Choice([*SPLITS]), multiple=True, default=("user", "model"), show_default=True
)
@click.option("--from", "first", type=DAY, help="The first day; default: the first of this month.")
@click.option("--to", "last", type=DAY, help="The last day; default: today.")
@click.option("--user", "login", help="This user's alone, by username or e-mail.")
@click.option("--time-zone", help="Whose days they are, such as Asia/Shanghai; default: UTC.")
@click.option("--csv", "form", flag_value="csv", help="Comma-separated, with a line of names.")
@click.option("--json", "form", flag_value="json", help="A list of objects.")
@in_one_line
def report_command(
    splits: Sequence[str],
    first: datetime | None,
    last: datetime | None,
    login: str | None,
    time_zone: str | None,
    form: str | None,
) -> None:
    """Add calls and tokens up. `--by` may be given several times; times are those at which calls began."""
    zone = find_zone(time_zone)
    today = clock.now().astimezone(zone)
    start = first.replace(tzinfo=zone) if first else month_of(today)
    end = (last or today).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=zone) + timedelta(days=1)
    rows = asyncio.run(_report(read_settings(log_level="WARNING"), splits, login, start, end, time_zone))
    columns = [column for name, columns in SPLITS.items() if name in splits for column in columns]
    rows.sort(key=lambda row: [row[column] or "" for column in columns])
    if form is None:  # ids only where there is no name any more
        columns = [column for column in columns if not column.endswith("_id")]
        rows = [row | {"key": row["key"] or row["key_id"]} for row in rows]
    click.echo(FORMS[form](rows, columns, FIGURES), nl=False)


async def _report(
    settings: Settings, splits: Sequence[str], login: str | None, start: datetime, end: datetime, time_zone: str | None
) -> list[Row]:
    dimensions = frozenset(UsageDimension(name.upper()) for name in splits if name != "month")
    stretches = [*_months(start, end)] if "month" in splits else [(start, end)]
    async with opened_database(settings):
        user_id = (await get_by_login(login)).id if login else None
        rows: list[Row] = []
        for from_, to in stretches:
            question = UsageRequest(user_id, user_id is None, from_, to, dimensions, time_zone)
            rows += [_row(bucket, from_) for bucket in await sum_usage(OPERATOR, question)]
        await _name(rows)
    return rows


def _months(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    while start < end:
        until = min(next_month(start), end)
        yield start, until
        start = until


def _row(bucket: UsageSum, from_: datetime) -> Row:
    return {
        "month": f"{from_:%Y-%m}",
        "day": f"{bucket.day:%Y-%m-%d}" if bucket.day else None,
        "user_id": bucket.user_id,
        "model": bucket.model,
        "key_id": bucket.key_id,
        "calls": bucket.calls,
        "errors": bucket.errors,
        "prompt_tokens": bucket.prompt_tokens,
        "completion_tokens": bucket.completion_tokens,
        "total_tokens": bucket.prompt_tokens + bucket.completion_tokens,
        "duration_ms": bucket.duration_ms,
    }


async def _name(rows: list[Row]) -> None:
    """Give users and keys their names, where they are still there."""
    for model, id_column, name_column, source in (
        (User, "user_id", "username", "username"),
        (Key, "key_id", "key", "name"),
    ):
        ids = sorted({row[id_column] for row in rows if row[id_column]})
        names: dict[str, str] = {}
        for start in range(0, len(ids), IDS_PER_QUERY):
            names.update(await model.filter(id__in=ids[start : start + IDS_PER_QUERY]).values_list("id", source))
        for row in rows:
            row[name_column] = names.get(row[id_column])

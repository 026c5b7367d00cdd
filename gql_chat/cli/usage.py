"""`gql-chat usage …`."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import click

from gql_chat.cli.command import CommandFailed, opened_database, printable, read_settings, report_errors
from gql_chat.infra import clock
from gql_chat.keys.models import Key
from gql_chat.settings import Settings
from gql_chat.usage.aggregates import UsageDimension, UsageRequest, UsageSum, sum_usage
from gql_chat.usage.periods import find_zone, month_of, next_month
from gql_chat.users.models import User, UserRole
from gql_chat.users.names import get_by_login
from gql_chat.users.viewer import Viewer

Row = dict[str, Any]

# The operator of the server sees everybody's usage.
OPERATOR = Viewer(user_id="", role=UserRole.ADMIN, credential_id="", expires_at=None)
IDS_PER_QUERY = 500

# What a report can be split by, and the columns that name the parts.
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
def command() -> None:
    """Report calls to models and tokens."""


@command.command()
@click.option(
    "--by",
    "splits",
    type=click.Choice([*SPLITS]),
    multiple=True,
    default=("user", "model"),
    show_default=True,
    help="What to split the sums by.",
)
@click.option("--from", "first", type=DAY, help="The first day. Default: the first day of this month.")
@click.option("--to", "last", type=DAY, help="The last day. Default: today.")
@click.option("--user", "login", help="Only this user's calls; a username or email address.")
@click.option("--time-zone", help="The time zone of days, such as Asia/Shanghai. Default: UTC.")
@click.option("--csv", "form", flag_value="csv", help="Print CSV with a header.")
@click.option("--json", "form", flag_value="json", help="Print a JSON list of objects.")
@report_errors
async def report(
    splits: Sequence[str],
    first: datetime | None,
    last: datetime | None,
    login: str | None,
    time_zone: str | None,
    form: str | None,
) -> None:
    """Sum up calls and tokens.

    By default those of this month, by user and model.
    Give `--by` several times to split by several columns. A call counts at the time at which it began.
    """
    zone = find_zone(time_zone)
    today = clock.now().astimezone(zone)
    start = first.replace(tzinfo=zone) if first else month_of(today)
    end = (last or today).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=zone) + timedelta(days=1)
    if start >= end:
        raise CommandFailed("--to must not be earlier than --from.")
    rows = await _report(read_settings(default_log_level="WARNING"), splits, login, start, end, time_zone)
    columns = [column for name, columns in SPLITS.items() if name in splits for column in columns]
    rows.sort(key=lambda row: [row[column] or "" for column in columns])
    if form is None:  # an id is shown only where its name is gone
        columns = [column for column in columns if not column.endswith("_id")]
        rows = [row | {"key": row["key"] or row["key_id"]} for row in rows]
    write = {"csv": _as_csv, "json": _as_json, None: _as_table}[form]
    click.echo(write(rows, columns), nl=False)


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
    return asdict(bucket) | {
        "month": f"{from_:%Y-%m}",
        "day": f"{bucket.day:%Y-%m-%d}" if bucket.day else None,
        "total_tokens": bucket.prompt_tokens + bucket.completion_tokens,
    }


async def _name(rows: list[Row]) -> None:
    """Add the names of users and keys that still exist."""
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


def _as_table(rows: Sequence[Row], names: Sequence[str]) -> str:
    """Align names left and figures right, with a line of sums at the end."""
    total = {figure: sum(row[figure] for row in rows) for figure in FIGURES}
    sums = ["total", *[""] * (len(names) - 1)] if names else []
    lines = [
        [*names, *FIGURES],
        *([*(_shown(row[name]) for name in names), *(f"{row[figure]:,}" for figure in FIGURES)] for row in rows),
        *([[*sums, *(f"{total[figure]:,}" for figure in FIGURES)]] if names else []),
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "".join(_aligned(line, widths, len(names)) for line in lines)


def _as_csv(rows: Sequence[Row], names: Sequence[str]) -> str:
    """Write CSV with a header; a missing value is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [*names, *FIGURES], extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _as_json(rows: Sequence[Row], names: Sequence[str]) -> str:
    """Write a JSON list of objects; a missing value is null."""
    chosen = [{name: row[name] for name in (*names, *FIGURES)} for row in rows]
    return json.dumps(chosen, ensure_ascii=False, indent=2) + "\n"


def _shown(value: object) -> str:
    return "-" if value is None else printable(str(value))


def _aligned(cells: Sequence[str], widths: Sequence[int], names: int) -> str:
    padded = [
        cell.ljust(width) if place < names else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(padded).rstrip() + "\n"

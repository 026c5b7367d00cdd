"""`gql-chat usage report`."""

import asyncio
import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from gql_chat.infra.ids import new_id
from gql_chat.usage.models import UsageBucket
from tests.support.chat import SECRET_KEY, run_chat
from tests.support.client import Client
from tests.support.command_line import invoke

OCTOBER = ("--from", "2026-10-01", "--to", "2026-10-31")


class Report:
    """The command, with the settings of a server."""

    def __init__(self, database_url: str, data_dir: Path) -> None:
        self.settings = {"DATABASE_URL": database_url, "DATA_DIR": data_dir, "SECRET_KEY": SECRET_KEY}

    async def __call__(self, *arguments: str) -> Result:
        return await asyncio.to_thread(invoke, "usage", "report", *arguments, **self.settings)

    async def rows(self, *arguments: str) -> list[dict[str, Any]]:
        """Return the rows as JSON, and check that they are the same as CSV."""
        result = await self(*arguments, "--json")
        assert (result.exit_code, result.stderr) == (0, "")
        rows: list[dict[str, Any]] = json.loads(result.stdout)
        table = list(csv.DictReader(io.StringIO((await self(*arguments, "--csv")).stdout)))
        assert table == [{name: "" if value is None else str(value) for name, value in row.items()} for row in rows]
        return rows


@pytest.fixture
async def report(database_url: str, tmp_path: Path) -> Report:
    """Report on a year in which Ada and Bob have used two models and a key that is gone by now."""
    async with run_chat(database_url, tmp_path) as chat:
        ada, bob = await chat.sign_up("ada"), await chat.sign_up("bob")
        key_id = await new_key(ada, chat.demo.base_url)
        for day, client, model, key, calls, tokens in [
            (datetime(2026, 9, 30, 22, 0, tzinfo=UTC), ada, "small", key_id, 1, 7),
            (datetime(2026, 10, 1, 3, 15, tzinfo=UTC), ada, "small", key_id, 1000, 1_000_000),
            (datetime(2026, 10, 2, 23, 45, tzinfo=UTC), ada, "large", "", 2, 30),
            (datetime(2026, 10, 31, 23, 45, tzinfo=UTC), bob, "small", new_id("key"), 4, 50),
        ]:
            await UsageBucket.create(
                user_id=client.user_id, bucket_at=day, key_id=key, model=model, calls=calls, errors=1,
                prompt_tokens=tokens, completion_tokens=tokens * 2, duration_ms=calls * 100,
            )  # fmt: skip
    return Report(database_url, tmp_path)


async def new_key(client: Client, base_url: str) -> str:
    create = "mutation ($input: CreateKeyInput!) { createKey(input: $input) { id } }"
    key = {"name": "mine", "secret": "sk-0123456789", "model": "m", "baseUrl": base_url}
    key_id: str = (await client.run(create, input=key))["createKey"]["id"]
    return key_id


def told(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


async def test_a_table_has_names_figures_and_their_sum(report: Report) -> None:
    result = await report(*OCTOBER)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "username  model  calls  errors  prompt_tokens  completion_tokens  total_tokens  duration_ms",
        "ada       large      2       1             30                 60            90          200",
        "ada       small  1,000       1      1,000,000          2,000,000     3,000,000      100,000",
        "bob       small      4       1             50                100           150          400",
        "total            1,006       3      1,000,080          2,000,160     3,000,240      100,600",
    ]


async def test_it_is_split_by_what_is_asked_for(report: Report) -> None:
    year = ("--from", "2026-01-01", "--to", "2026-12-31")
    rows = await report.rows(*year, "--by", "month", "--by", "user")
    assert told(rows, "month", "username", "calls") == [
        ("2026-09", "ada", 1), ("2026-10", "ada", 1002), ("2026-10", "bob", 4),
    ]  # fmt: skip
    assert told(await report.rows(*OCTOBER, "--by", "day"), "day", "total_tokens") == [
        ("2026-10-01", 3_000_000), ("2026-10-02", 90), ("2026-10-31", 150),
    ]  # fmt: skip
    rows = await report.rows(*OCTOBER, "--by", "key")
    assert told(rows, "key", "calls") == [(None, 2), (None, 4), ("mine", 1000)]
    assert [bool(row["key_id"]) for row in rows] == [False, True, True]  # without a key, with one that is gone
    shown = (await report(*OCTOBER, "--by", "key")).stdout.splitlines()
    assert [line.split()[0] for line in shown] == ["key", "-", rows[1]["key_id"], "mine", "total"]
    assert told(await report.rows(*OCTOBER, "--by", "model"), "model", "calls") == [("large", 2), ("small", 1004)]
    assert told(await report.rows(*OCTOBER, "--by", "model", "--user", "bob@example.com"), "model", "calls") == [
        ("small", 4)
    ]


async def test_days_and_months_are_those_of_the_time_zone(report: Report) -> None:
    rows = await report.rows(*OCTOBER, "--by", "month", "--by", "day", "--time-zone", "Asia/Shanghai")
    assert told(rows, "month", "day", "calls") == [("2026-10", "2026-10-01", 1001), ("2026-10", "2026-10-03", 2)]


async def test_without_dates_it_is_this_month(report: Report) -> None:
    assert await report.rows("--by", "user") == []
    assert (await report("--by", "user")).stdout.splitlines()[-1].split() == ["total", *["0"] * 6]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--user", "nobody"), "No user has the username or email address nobody."),
        (("--time-zone", "Mars/Base"), "This time zone is unknown. Use a name such as Europe/Berlin"),
        (("--from", "2026-10-01", "--to", "2026-09-30"), "--to must not be earlier than --from."),
        (("--from", "2026-10-02", "--to", "2026-09-30", "--by", "month"), "--to must not be earlier than --from."),
        (("--from", "1 May"), "Invalid value for '--from'"),
        (("--by", "week"), "Invalid value for '--by'"),
    ],
)
async def test_what_is_wrong_is_told(report: Report, arguments: tuple[str, ...], complaint: str) -> None:
    result = await report(*arguments)
    assert (result.exit_code != 0, result.stdout, complaint in result.stderr) == (True, "", True)

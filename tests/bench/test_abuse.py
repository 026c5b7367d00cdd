"""The attacks still attack, and the campaign measures and writes what it should."""

import os
from pathlib import Path

import pytest
from graphql import parse, validate

from bench.abuse import attacks
from bench.abuse.measurement import Row, measure
from bench.abuse.message_cost import cpu_ns
from bench.abuse.message_cost import render as render_message_cost
from bench.abuse.table import BEGIN, DOCUMENT, END, render, write
from gql_chat.api.schema import schema

pytestmark = pytest.mark.skipif("sys.platform != 'linux'", reason="the campaign reads /proc")


OPERATIONS = {
    name: value
    for name, value in vars(attacks).items()
    if isinstance(value, str) and value.startswith(("{", "mutation")) and name != "WIDE_SELECTION"
} | {"LARGE_ANSWER": f"query ($id: ID!) {attacks.LARGE_ANSWER}"}


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_attacks_send_operations_that_the_schema_has(name: str) -> None:
    assert validate(schema._schema, parse(OPERATIONS[name])) == []


async def test_an_attack_is_run_and_what_an_honest_user_feels_is_measured() -> None:
    row = await measure("validation", seconds=2.0)
    assert row.outcomes["OPERATION_TOO_COMPLEX"] > 0
    assert row.failures == 0
    assert min(map(len, (row.me_ms, row.health_ms, row.token_ms))) > 1
    assert row.peak_mb > 10


def test_the_cost_of_a_message_is_compared_round_by_round() -> None:
    text = render_message_cost([(10.2, 10.0), (20.4, 20.0), (10.3, 10.0)])
    assert "10.30 ms of CPU with the bounds and 10.00 ms without: a ratio of 1.020 ± 0.004 (median of 3" in text
    assert cpu_ns(os.getpid()) > 0


def test_the_table_has_a_line_for_each_server_and_replaces_the_last_one(tmp_path: Path) -> None:
    before = Row("sends", {"answered": 1200}, [1.0, 2.0], [1.0, 1.0], [3.0, 3.0], 1, 100.4, 7)
    now = Row("sends", {"answered": 30, "RATE_LIMITED": 1170}, [1.0, 1.0], peak_mb=90.0)
    text = render({"before": [before], "now": [now]}, "Quiet.")
    assert text.splitlines()[2:4] == [
        "| sends | before | 1,200 answered | 2.9 | 1.0 | 3.0 | 1 | 100 | 7 |",
        "|  | now | 1,170 RATE_LIMITED, 30 answered | 1.0 | – | – | 0 | 90 | 0 |",
    ]
    document = tmp_path / "security.md"
    document.write_text(f"first\n{BEGIN}\nold\n{END}\nlast\n")
    write(text, document)
    assert document.read_text() == f"first\n{BEGIN}\n{text}\n{END}\nlast\n"


def test_the_document_has_the_marks_between_which_the_table_is_written() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert (text.count(BEGIN), text.count(END)) == (1, 1)
    assert text.index(BEGIN) < text.index(END)

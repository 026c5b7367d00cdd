"""The benchmark of the ledger runs, and its report compares."""

import pytest

from bench.parts.ledger import Results, measure, render


@pytest.mark.parametrize("database", ["SQLite", "PostgreSQL"])
async def test_messages_sums_and_pages_are_compared(database: str) -> None:
    results = await measure(database, calls=2500, turns=2, runs=2)
    assert {kind: len(times) for kind, times in results.messages.items()} == {
        "without": 2, "short prompt": 2, "long prompt": 2,
    }  # fmt: skip
    assert results.sums.keys() == results.sums_of_calls.keys()
    assert [len(times) for times in (*results.sums.values(), *results.pages.values())] == [2] * 19 + [1]
    assert 0 < results.buckets < 2500
    text, whole, new = results.prompt_bytes.values()
    assert text < new < 2 * text < 10 * text < whole


def test_the_report_compares_medians() -> None:
    results = Results(1000, buckets=10)
    results.messages = {"without": [0.001] * 3, "short prompt": [0.001, 0.002, 9]}
    results.sums, results.sums_of_calls, results.pages = {"x": [0.001] * 2}, {"x": [0.1] * 2}, {"y": [0.003] * 2}
    results.prompt_bytes = {"whole prompts": 14_000.4, "what is new in them": 500}
    report = render({"SQLite": results})
    assert "| short prompt | 2.00 | 2.00 |" in report
    assert "| usage of x | 1.0 | 0.010 |" in report
    assert "| y | 3.0 | |" in report
    assert "The calls add up to 10 buckets of 15 minutes." in report
    assert "a history of 50: whole prompts 14,000, what is new in them 500." in report
    assert "Medians of 3 messages and 2 readings." in report

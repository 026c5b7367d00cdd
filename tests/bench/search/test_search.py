import pytest

from bench.parts.search import Results, measure, render

QUERIES = 11


@pytest.mark.parametrize("database", ["SQLite", "PostgreSQL"])
async def test_messages_and_searches_are_compared(database: str) -> None:
    results = await measure(database, messages=60, turns=2, runs=2)
    assert (len(results.without), len(results.with_search)) == (2, 2)
    assert [len(times) for times in (*results.searches.values(), *results.readings.values())] == [2] * 2 * QUERIES
    assert results.found["a common word"] > 0
    assert results.found["a word without a match"] == 0
    assert results.bytes_after > results.bytes_before > 0


def test_the_report_compares_medians() -> None:
    results = Results(10, backfill_seconds=2, bytes_before=10_000, bytes_after=30_000, delete_seconds=0.5)
    results.without, results.with_search = [0.001] * 3, [0.003] * 3
    results.found, results.searches, results.readings = {"x": 1000}, {"x": [0.001, 0.002, 9]}, {"x": [0.004] * 3}
    report = render({"SQLite": results})
    assert "| ms to store it, p50 | 1.00 | 3.00 | 3.00 |" in report
    assert "| KB stored | 1.00 | 3.00 | 3.00 |" in report
    assert "| x | 1,000 | 2.0 | 8100.2 | 0.50 |" in report
    assert "10 messages, 2 of the one who searches; the backfill put in 5 a second" in report
    assert "a session of 6 was deleted in 500 ms" in report

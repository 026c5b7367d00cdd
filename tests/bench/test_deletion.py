"""The benchmark of deletions runs on both databases, and its report has a row for each figure."""

from bench.parts.deletion import measure, render


async def test_a_deletion_and_the_waits_of_others_are_measured() -> None:
    figures = await measure(30, 2)
    assert [*figures] == ["SQLite", "PostgreSQL"]
    assert all(value > 0 for one in figures.values() for value in one.values())
    report = render(figures)
    assert "| another's write waits, ms p50 | " in report
    assert len([line for line in report.splitlines() if line.startswith("|")]) == 6

"""The benchmark of branches runs, and its report has a row for each step."""

from bench.parts.branches import measure, render


async def test_each_step_is_measured_on_both_databases() -> None:
    figures = await measure(40, rounds=1)
    assert [*figures] == ["SQLite", "PostgreSQL"]
    assert [[*kinds] for kinds in figures.values()] == [["replies once", "replies twice"]] * 2
    report = render(figures)
    assert "| an edit at the root | " in report
    assert len([line for line in report.splitlines() if line.startswith("|")]) == 7

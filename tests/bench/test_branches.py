"""The benchmark of branches runs, and its report has a row for each step."""

from bench.parts.branches import measure, render


async def test_each_step_is_measured_on_both_databases() -> None:
    figures = await measure(40, rounds=1)
    assert {name: [*kinds] for name, kinds in figures.items()} == dict.fromkeys(
        ("SQLite", "PostgreSQL"), ["replies once", "replies twice"]
    )
    report = render(figures)
    assert "| an edit at the root | " in report
    assert len([line for line in report.splitlines() if line.startswith("|")]) == 7

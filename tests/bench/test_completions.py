"""The benchmark of completions: the table names both servers' costs and their ratio."""

from bench.campaign import Results
from bench.parts.completions import FIGURE, SCENARIOS, render


def test_the_table_shows_the_median_of_the_ratios() -> None:
    results = Results()
    for scenario in SCENARIOS:
        for door, raw in ((30.0, 20.0), (60.0, 20.0), (40.0, 20.0)):
            results.add(scenario, "gql-chat /v1", {FIGURE: door})
            results.add(scenario, "raw", {FIGURE: raw})
    assert "| paced | 40.0 | 20.0 | 2.00 |" in render(results)

"""The results as a Markdown table: medians, and ratios within each run."""

import statistics
from collections.abc import Sequence

from bench.campaign import Results
from bench.machine import describe

MEASURED, COMPARED = "gql-chat", ("yoga", "naive", "raw")

_LETTERS = {"idle": "C", "paced": "A50", "burst": "B", "short": "S", "lists": "D"}  # as docs/performance.md names them


def render(results: Results, *, runs: int) -> str:
    """Return the whole report."""
    head = ["scenario", "figure", MEASURED, *COMPARED, *(f"÷ {peer}" for peer in COMPARED)]
    rows = [head, ["---", "---", *["---:"] * (len(head) - 2)]]
    rows += [_row(scenario, name, by_peer) for (scenario, name), by_peer in results.figures.items()]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    note = f"Medians of {runs} run(s); ratios are medians of the runs' ratios. {describe()}."
    return f"{table}\n\n{note}\n{_noise(results)}\n"


def _row(scenario: str, name: str, by_peer: dict[str, list[float]]) -> list[str]:
    medians = [_shown(by_peer.get(peer, [])) for peer in (MEASURED, *COMPARED)]
    label = f"{scenario} ({_LETTERS[scenario]})" if scenario in _LETTERS else scenario
    return [label, name, *medians, *(_ratio(by_peer.get(MEASURED, []), by_peer.get(peer, [])) for peer in COMPARED)]


def _shown(values: Sequence[float]) -> str:
    if not values:
        return "–"
    median = statistics.median(values)
    return f"{median:,.0f}" if abs(median) >= 100 else f"{median:.3g}"


def _ratio(values: Sequence[float], others: Sequence[float]) -> str:
    return _shown([value / other for value, other in zip(values, others, strict=False) if other > 0])


def _noise(results: Results) -> str:
    median, worst = statistics.median(results.other_cores), max(results.other_cores)
    return f"Meanwhile other processes kept {median:.2f} cores busy (median of the scenarios; at worst {worst:.2f})."

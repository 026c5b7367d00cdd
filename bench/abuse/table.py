"""The table of a campaign, and the part of docs/security.md that holds it."""

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.abuse.measurement import Row
from bench.machine import describe

DOCUMENT = Path(__file__).parents[2] / "docs" / "security.md"
BEGIN, END = "<!-- scripts/abuse --before CHECKOUT --write -->", "<!-- end of the table -->"
FIGURES = ("me p95 ms", "/healthz p95 ms", "token late p95 ms", "refused or failed", "peak MB", "log lines")


def render(campaigns: Mapping[str, Sequence[Row]], load: str) -> str:
    """Return the Markdown table: a row for each attack on each server. `load` says what else kept the machine busy."""
    lines = [_line("attack", "server", "what became of it", *FIGURES), _line(*["---"] * 3, *["---:"] * len(FIGURES))]
    for rows in zip(*campaigns.values(), strict=True):
        for number, (server, row) in enumerate(zip(campaigns, rows, strict=True)):
            lines.append(_line("" if number else row.attack, server, *_cells(row)))
    return "\n".join([*lines, "", f"{describe()}. {load}"])


def write(text: str, document: Path = DOCUMENT) -> None:
    """Replace what the document has between the two marks."""
    before, _, rest = document.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    document.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def p95(values: Sequence[float]) -> str:
    """Return the 95th percentile."""
    return f"{statistics.quantiles(values, n=20)[18]:,.1f}" if len(values) > 1 else "–"


def _cells(row: Row) -> list[object]:
    ranked = sorted(row.outcomes.items(), key=lambda item: -item[1])
    outcomes = ", ".join(f"{count:,} {name}" for name, count in ranked) or "–"
    felt = (p95(row.me_ms), p95(row.health_ms), p95(row.token_ms), row.failures)
    return [outcomes, *felt, f"{row.peak_mb:.0f}", row.log_lines]


def _line(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"

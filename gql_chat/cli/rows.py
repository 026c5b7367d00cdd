"""Rows as people read them, or as programs do: a table, CSV or JSON."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from gql_chat.cli.command import printable

Row = dict[str, Any]


def as_table(rows: Sequence[Row], names: Sequence[str], figures: Sequence[str]) -> str:
    """Names to the left, figures to the right, and below the figures' sums."""
    total = {figure: sum(row[figure] for row in rows) for figure in figures}
    sums = ["total", *[""] * (len(names) - 1)] if names else []
    lines = [
        [*names, *figures],
        *([*(_shown(row[name]) for name in names), *(f"{row[figure]:,}" for figure in figures)] for row in rows),
        *([[*sums, *(f"{total[figure]:,}" for figure in figures)]] if names else []),
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "".join(_aligned(line, widths, len(names)) for line in lines)


def as_csv(rows: Sequence[Row], names: Sequence[str], figures: Sequence[str]) -> str:
    """With a line of names; what is not there is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [*names, *figures], extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def as_json(rows: Sequence[Row], names: Sequence[str], figures: Sequence[str]) -> str:
    """A list of objects; what is not there is null."""
    chosen = [{name: row[name] for name in (*names, *figures)} for row in rows]
    return json.dumps(chosen, ensure_ascii=False, indent=2) + "\n"


FORMS = {"csv": as_csv, "json": as_json, None: as_table}


def _shown(value: object) -> str:
    return "-" if value is None else printable(str(value))


def _aligned(cells: Sequence[str], widths: Sequence[int], names: int) -> str:
    padded = [
        cell.ljust(width) if place < names else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(padded).rstrip() + "\n"

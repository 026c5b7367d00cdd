"""Texts of statements: several as one for PostgreSQL, which takes one round trip, and lists of few lengths.

A connection keeps the last 100 or 128 statements that it has prepared, and on SQLite one takes memory for each value:
half a kilobyte for an id, 2 KB for a row to insert. If lists had any length, that would grow for hours.
"""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import TypeVar

PLACEHOLDER = re.compile(r"\$(\d+)")
KINDS = 200  # of combinations that are kept; the program has a few dozen
LENGTH_STEP = 256  # of the lengths of lists above it; below, they are the powers of two

Value = TypeVar("Value")


@lru_cache(KINDS)
def combine(statements: Sequence[tuple[str | tuple[tuple[str, str], ...], int, bool]]) -> str:
    """Return one statement that runs all of these, each given with the number of its arguments, which follow in order.

    A statement is a text, or several texts with names that share their arguments. It may be required to find a row:
    if the first of its texts does not, a division by zero undoes all: see failures. Those that are required run first.
    """
    parts: list[str] = []
    required: list[str] = []
    offset = 0
    for number, (sql, count, is_required) in enumerate(statements, start=1):
        named = ((f"part{number}", sql),) if isinstance(sql, str) else sql
        if is_required:
            required.append(f"1 / (SELECT count(*) FROM {named[0][0]})")  # noqa: S608
            named = ((named[0][0], _returning(named[0][1])), *named[1:])
        parts += (f"{name} AS ({_shifted(text, offset)})" for name, text in named)
        offset += count
    return f"WITH {', '.join(parts)} SELECT {', '.join(required or '1')}"


def padded(values: Collection[Value]) -> list[Value]:
    """Return the values for an IN, the last one repeated up to one of few lengths."""
    listed = list(values)
    return listed + listed[-1:] * (padded_length(len(listed)) - len(listed))


def padded_length(count: int) -> int:
    """Return the least of the few lengths that has room for so many values."""
    return 1 << (count - 1).bit_length() if 0 < count <= LENGTH_STEP else -(-count // LENGTH_STEP) * LENGTH_STEP


def places(first: int, count: int) -> str:
    """Return the placeholders of a list in parentheses."""
    return f"({', '.join(f'${number}' for number in range(first, first + count))})"


def _returning(sql: str) -> str:
    return sql if "RETURNING" in sql or sql.lstrip().startswith("SELECT") else f"{sql} RETURNING 1"


def _shifted(sql: str, offset: int) -> str:
    return PLACEHOLDER.sub(lambda place: f"${int(place[1]) + offset}", sql)

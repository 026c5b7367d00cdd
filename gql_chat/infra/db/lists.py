"""Lists of values in statements, in few lengths, because each length is another statement.

A connection keeps the last 100 or 128 statements that it has prepared, and on SQLite one takes memory for each value:
half a kilobyte for an id, 2 KB for a row to insert. If lists had any length, that would grow for hours.
"""

from collections.abc import Collection
from typing import TypeVar

STEP = 256  # of lengths above it; below, they are the powers of two

Value = TypeVar("Value")


def padded(values: Collection[Value]) -> list[Value]:
    """Return the values for an IN, the last one repeated up to one of few lengths."""
    listed = list(values)
    return listed + listed[-1:] * (padded_length(len(listed)) - len(listed))


def padded_length(count: int) -> int:
    """Return the least of the few lengths that has room for so many values."""
    return 1 << (count - 1).bit_length() if 0 < count <= STEP else -(-count // STEP) * STEP


def places(first: int, count: int) -> str:
    """Return the placeholders of a list in parentheses."""
    return f"({', '.join(f'${number}' for number in range(first, first + count))})"

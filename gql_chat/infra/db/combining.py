"""Several statements as one for PostgreSQL, which then takes them in one round trip."""

import re
from collections.abc import Sequence
from functools import lru_cache

PLACEHOLDER = re.compile(r"\$(\d+)")
KINDS = 200  # of combinations that are kept; the program has a few dozen


@lru_cache(KINDS)
def combine(statements: Sequence[tuple[str | tuple[tuple[str, str], ...], int]]) -> str:
    """Return one statement that runs all of these, each given with the number of its arguments, which follow in order.

    A statement is a text, or several texts with names that share their arguments.
    """
    parts: list[str] = []
    offset = 0
    for number, (sql, count) in enumerate(statements, start=1):
        named = ((f"part{number}", sql),) if isinstance(sql, str) else sql
        parts += (f"{name} AS ({_shifted(text, offset)})" for name, text in named)
        offset += count
    return f"WITH {', '.join(parts)} SELECT 1"


def _shifted(sql: str, offset: int) -> str:
    return PLACEHOLDER.sub(lambda place: f"${int(place[1]) + offset}", sql)

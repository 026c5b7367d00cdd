"""Keyset pages: a page is what follows a key, so it stays right while rows come and go, and is fast at any depth.

The arguments and their meaning are Relay's: https://relay.dev/graphql/connections.htm
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec
from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.queryset import QuerySet

from gql_chat.errors import BadUserInput

DEFAULT_LIMIT = 50
MAX_LIMIT = 200

Row = TypeVar("Row", bound=Model)
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which stretch is wanted: `limit` rows from its start, or from its end if `from_end`; the keys are exclusive."""

    limit: int = DEFAULT_LIMIT
    after: str | None = None
    before: str | None = None
    from_end: bool = False

    @classmethod
    def of(cls, first: int | None, after: str | None, last: int | None, before: str | None) -> "PageRequest":
        """From Relay's four arguments. Raises BadUserInput."""
        if first is not None and last is not None:
            raise BadUserInput("Give first or last, not both.", field="last")
        for field, limit in (("first", first), ("last", last)):
            if limit is not None and not 0 <= limit <= MAX_LIMIT:
                raise BadUserInput(f"{field} must be from 0 to {MAX_LIMIT}.", field=field)
        given = last if last is not None else first
        return cls(DEFAULT_LIMIT if given is None else given, after, before, from_end=last is not None)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows in the order asked for, and whether there are more on either side."""

    rows: list[Row]
    has_next: bool
    has_previous: bool


@dataclass(frozen=True, slots=True)
class Ordering:
    """The columns that order the rows, unique together, and whether the largest comes first."""

    columns: tuple[str, ...]
    descending: bool = False

    def cursor(self, row: Model) -> str:
        """The opaque place of this row."""
        return encode_cursor(tuple(getattr(row, column) for column in self.columns))


async def fetch_page(query: QuerySet[Row], ordering: Ordering, request: PageRequest) -> Page[Row]:
    """The rows of the query that the request asks for. Raises BadUserInput for a cursor that is none of ours."""
    if request.after is not None:
        query = query.filter(_beyond(ordering, decode_cursor(request.after, "after"), ordering.descending))
    if request.before is not None:
        query = query.filter(_beyond(ordering, decode_cursor(request.before, "before"), not ordering.descending))
    descending = ordering.descending != request.from_end
    order = [f"-{column}" if descending else column for column in ordering.columns]
    rows: list[Row] = await query.order_by(*order).limit(request.limit + 1)
    more = len(rows) > request.limit
    rows = rows[: request.limit]
    if request.from_end:
        return Page(rows[::-1], has_next=request.before is not None, has_previous=more)
    return Page(rows, has_next=more, has_previous=request.after is not None)


def encode_cursor(key: Key) -> str:
    """An opaque text for a key of times, texts and numbers."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def decode_cursor(cursor: str, field: str) -> Key:
    """Back from `encode_cursor`. Raises BadUserInput."""
    try:
        key = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=list[str | int])
    except (binascii.Error, ValueError, msgspec.MsgspecError) as exc:
        raise BadUserInput("This is not a cursor of this list.", field=field) from exc
    return tuple(key)


def _beyond(ordering: Ordering, key: Key, descending: bool) -> Q:
    # (a, b) > (x, y) spelt as a >= x AND (a > x OR b > y), which both databases answer from an index on (a, b).
    if len(key) != len(ordering.columns):
        raise BadUserInput("This is not a cursor of this list.")
    operator = "lt" if descending else "gt"
    (column, *rest), (value, *others) = ordering.columns, key
    value = _typed(column, value)
    beyond = Q(**{f"{column}__{operator}": value})
    if not rest:
        return beyond
    tail = _beyond(Ordering(tuple(rest)), tuple(others), descending)
    return Q(**{f"{column}__{operator}e": value}) & (beyond | tail)


def _typed(column: str, value: str | int) -> Any:
    if not column.endswith("_at"):
        return value
    try:
        return datetime.fromisoformat(str(value))
    except ValueError as exc:
        raise BadUserInput("This is not a cursor of this list.") from exc

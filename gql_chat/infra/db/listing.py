"""Listings: the rows of a table that meet conditions, in an order, fetched by the page in SQL for both databases.

They are on the path of every chat that is opened, where the ORM's own queries cost more than all the rest.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Generic, Self, TypeVar

from tortoise.models import Model

from gql_chat.infra.db.database import dialect, fetch_all, fetch_models, fetch_rows
from gql_chat.infra.db.keyset import Ordering, Page, PageRequest

KEPT_COLUMNS = 1_000  # more than all tables have

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")


class Conditions:
    """Conditions that all hold at once, and their values. The conditions are constants of the program."""

    def __init__(self, parts: Sequence[str] = (), values: Sequence[Any] = ()) -> None:
        self._parts = [*parts]
        self.values = [*values]

    def add(self, condition: str, *values: Any) -> Self:
        """Add a condition, in which each `{}` stands for a value."""
        numbers = range(len(self.values) + 1, len(self.values) + len(values) + 1)
        self._parts.append(condition.format(*(f"${number}" for number in numbers)))
        self.values += values
        return self

    def place(self, value: Any) -> str:
        """Add a value that the statement needs beside the conditions, and return its placeholder."""
        self.values.append(value)
        return f"${len(self.values)}"

    def copy(self) -> "Conditions":
        """Return conditions to which more can be added without changing these."""
        return Conditions(self._parts, self.values)

    def __str__(self) -> str:
        """Return them as SQL."""
        return " AND ".join(self._parts) or "true"


class Listing(ABC, Generic[Row]):
    """Rows of a model, in an order."""

    __slots__ = ()
    model: type[Row]
    ordering: Ordering

    @abstractmethod
    def select(self, columns: str, request: PageRequest) -> tuple[str, list[Any]]:
        """Return the SELECT of a page and one more row, and its values; the last row comes first if `from_end`."""

    @abstractmethod
    async def count(self) -> int:
        """Return the number of rows on all pages."""

    async def fetch(self, request: PageRequest) -> Page[Row]:
        """Return a page of rows as models. Raises BadUserInput for a cursor that is not of this list."""
        sql, values = self.select(f'"{self.model._meta.db_table}".*', request)
        return _page(await fetch_models(self.model, sql, *values), request)

    async def fetch_columns(self, columns: Sequence[str], request: PageRequest) -> Page[Sequence[Any]]:
        """Return a page of these columns' values, as the database's driver has them. Raises as `fetch` does.

        SQLite's times are the texts that it stores, of which the caller makes objects at half of the driver's cost.
        """
        selected = _stored if dialect() == "sqlite" else _named
        sql, values = self.select(", ".join([selected(self.model, column) for column in columns]), request)
        return _page(await fetch_rows(sql, *values), request)


@dataclass(frozen=True, slots=True)
class TableListing(Listing[Row]):
    """The rows of a model's table that meet conditions, in an order."""

    model: type[Row]
    conditions: Conditions
    ordering: Ordering

    async def count(self) -> int:
        """Return the number of rows on all pages."""
        counted = f"SELECT count(*) AS count FROM {self._table} WHERE {self.conditions}"  # noqa: S608
        [row] = await fetch_all(counted, *self.conditions.values)
        return int(row["count"])

    @property
    def _table(self) -> str:
        return self.model._meta.db_table

    def select(self, columns: str, request: PageRequest) -> tuple[str, list[Any]]:
        """Return the SELECT of a page and one more row, and its values."""
        conditions, ordering, offset = self.conditions.copy(), self.ordering, request.offset
        if request.after is not None:
            after = ordering.key_of(request.after, "after")
            conditions.add(*_beyond([*ordering.columns], after, descending=ordering.descending))
        if request.before is not None:
            before = ordering.key_of(request.before, "before")
            conditions.add(*_beyond([*ordering.columns], before, descending=not ordering.descending))
        direction = "DESC" if ordering.descending != request.from_end else "ASC"
        order = ", ".join([f'"{column}" {direction}' for column in ordering.columns])
        values = [*conditions.values, request.limit + 1, *([offset] if offset else [])]
        bounds = f"LIMIT ${len(conditions.values) + 1}" + (f" OFFSET ${len(values)}" if offset else "")
        return f"SELECT {columns} FROM {self._table} WHERE {conditions} ORDER BY {order} {bounds}", values  # noqa: S608


def _named(_model: type[Model], column: str) -> str:
    return f'"{column}"'


@lru_cache(KEPT_COLUMNS)
def _stored(model: type[Model], column: str) -> str:
    """Return a column as an expression that has no declared type, so that the driver does not convert its values."""
    field = model._meta.fields_map[model._meta.fields_db_projection_reverse[column]]
    return f'CAST("{column}" AS TEXT)' if field.field_type is datetime else f'"{column}"'


def _page(rows: Sequence[Item], request: PageRequest) -> Page[Item]:
    more = len(rows) > request.limit
    rows = list(rows[: request.limit])
    if request.from_end:
        return Page(rows[::-1], has_next=request.before is not None, has_previous=more)
    return Page(rows, has_next=more, has_previous=request.after is not None or request.offset > 0)


def _beyond(columns: Sequence[str], key: Sequence[Any], *, descending: bool) -> tuple[Any, ...]:
    """Return the condition of the rows beyond a key, and its values.

    (a, b) > (x, y) is written as a >= x AND (a > x OR b > y), which both databases resolve by an index on (a, b).
    """
    operator = "<" if descending else ">"
    (column, *rest), (value, *others) = columns, key
    if not rest:
        return f'"{column}" {operator} {{}}', value
    beyond, *values = _beyond(rest, others, descending=descending)
    return f'"{column}" {operator}= {{}} AND ("{column}" {operator} {{}} OR {beyond})', value, value, *values

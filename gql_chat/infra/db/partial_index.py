"""Indexes that contain only some rows of a table, or exist on only one of the databases."""

from collections.abc import Sequence
from typing import Any

from tortoise.backends.base.schema_generator import BaseSchemaGenerator
from tortoise.fields.data import BigIntField
from tortoise.indexes import Index
from tortoise.models import Model


class DescribedIndex(Index):
    """An index that equals whatever is described as it is: also the plain Index that aerich reads back from it."""

    def __eq__(self, other: Any) -> bool:
        """Compare by description."""
        return isinstance(other, Index) and self.describe() == other.describe()

    __hash__ = Index.__hash__


class PartialIndex(DescribedIndex):
    """An index that costs nothing for the rows that do not meet its condition.

    SQLite uses it only for statements that state the condition in their text, not by an argument.
    """

    def __init__(self, *, fields: Sequence[str], name: str, condition: str) -> None:
        super().__init__(fields=list(fields), name=name)
        self.extra = f" WHERE {condition}"


class SparseIndex(PartialIndex):
    """An index that costs nothing for the rows in which its first column is null.

    A comparison with that column states the condition.
    """

    def __init__(self, *, fields: Sequence[str], name: str) -> None:
        super().__init__(fields=fields, name=name, condition=f'"{fields[0]}" IS NOT NULL')


class PostgresIndex(DescribedIndex):
    """An index that SQLite does not need: there it would only cost a page of the write-ahead log for each row."""

    def get_sql(self, schema_generator: BaseSchemaGenerator, model: type[Model], safe: bool) -> str:
        """Return the statement that creates the index, none for SQLite."""
        return "" if schema_generator.DIALECT == "sqlite" else super().get_sql(schema_generator, model, safe)


class RowNumber(BigIntField):
    """The number of a row that is found by other columns: SQLite's primary key, and on PostgreSQL without an index."""

    class _db_postgres:  # noqa: N801 - Tortoise's name
        GENERATED_SQL = "BIGSERIAL NOT NULL"

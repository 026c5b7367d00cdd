"""Columns of rows as values of GraphQL: those that a field copies as they are, converted a column at a time."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLString,
    get_nullable_type,
)
from graphql.type import GRAPHQL_MAX_INT, GRAPHQL_MIN_INT
from tortoise.models import Model

from gql_chat.api.engine.fields.leaves import UnusualValue
from gql_chat.api.engine.fields.resolvers import attribute_of

KEPT_FIELDS = 1_000  # more than the schema's objects have

# The types of columns whose values are in JSON as GraphQL wants them, once checked.
KINDS: Mapping[str, type] = {
    GraphQLString.name: str,
    GraphQLID.name: str,
    GraphQLInt.name: int,
    GraphQLBoolean.name: bool,
    "DateTime": datetime,
}

Values = Sequence[Any]
"""A value for each row."""
Convert = Callable[[Values], Values]
"""Returns a column's values as JSON has them. Raises UnusualValue when the full algorithm must look at them."""


@lru_cache(KEPT_FIELDS)
def column_of(object_type: GraphQLObjectType, field_name: str, model: type[Model]) -> tuple[str, Convert] | None:
    """Return the column that a field copies and the conversion of its values, or None if it is no plain copy."""
    field = object_type.fields[field_name]
    if (attribute := attribute_of(field)) is None:
        return None
    column = model._meta.fields_db_projection.get(attribute)
    if column is None:
        return None
    is_nullable = not isinstance(field.type, GraphQLNonNull)
    leaf_type = get_nullable_type(field.type)
    convert = _converter(leaf_type, model._meta.fields_map[attribute], is_nullable=is_nullable)
    return (column, convert) if convert is not None else None


def _converter(leaf_type: GraphQLOutputType, column: Any, *, is_nullable: bool) -> Convert | None:
    """Return the conversion of a model's column to a GraphQL type, or None if they are not the same on both sides."""
    null: dict[Any, Any] = {None: None} if is_nullable else {}
    if isinstance(leaf_type, GraphQLEnumType):
        members = getattr(column, "enum_type", None)
        wrapped: Any = getattr(leaf_type, "wrapped_cls", None)
        if members is None or wrapped is not members:
            return None
        return _translator({member.value: leaf_type.coerce_output_value(member) for member in members} | null)
    kind = KINDS.get(getattr(leaf_type, "name", ""))
    if kind is None or column.field_type is not kind or hasattr(column, "enum_type"):
        return None
    if kind is bool:
        return _translator({False: False, True: True} | null)  # SQLite has 0 and 1, which are equal to these
    check = _checker({kind, *map(type, null)}, _CHECKS.get(kind))
    return (lambda values: check(moments(values))) if kind is datetime else check


def _translator(names: Mapping[Any, Any]) -> Convert:
    def translate(values: Values) -> Values:
        try:
            return [names[value] for value in values]
        except (KeyError, TypeError) as exc:
            raise UnusualValue from exc

    return translate


def _checker(kinds: set[type], is_allowed: Callable[[Values], bool] | None) -> Convert:
    def check(values: Values) -> Values:
        if not kinds.issuperset(map(type, values)) or (is_allowed and not is_allowed(values)):
            raise UnusualValue
        return values

    return check


def moments(values: Values) -> Values:
    """Return times as objects. SQLite's are texts."""
    if str not in set(map(type, values)):
        return values
    try:
        return [datetime.fromisoformat(value) if type(value) is str else value for value in values]
    except ValueError as exc:
        raise UnusualValue from exc


def _are_32_bits(values: Values) -> bool:
    numbers = [value for value in values if value is not None]
    return not numbers or (min(numbers) >= GRAPHQL_MIN_INT and max(numbers) <= GRAPHQL_MAX_INT)


def _are_in_utc(values: Values) -> bool:
    return {value.tzinfo for value in values if value is not None} <= {UTC}


_CHECKS: dict[type, Callable[[Values], bool]] = {int: _are_32_bits, datetime: _are_in_utc}

"""Leaves as JSON has them: a conversion for each type, which leaves unusual values to the full algorithm of GraphQL."""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
)
from graphql.type import GRAPHQL_MAX_INT, GRAPHQL_MIN_INT

KEPT_TYPES = 256  # more leaf types than the schema has

Convert = Callable[[Any], Any]
"""Returns a field's value as JSON has it. Raises UnusualValue when the full algorithm must look at it."""


class UnusualValue(Exception):
    """A value that needs the full algorithm: to be converted, or to be reported as an error."""


# The converters of one type are one object, so that equal selections are equal.


@lru_cache(KEPT_TYPES)
def constant(value: str) -> Convert:
    """Return a conversion of anything to this value."""
    return lambda _: value


@lru_cache(KEPT_TYPES)
def nullable(convert: Convert) -> Convert:
    """Return the conversion for a field that may be null."""
    return lambda value: None if value is None else convert(value)


@lru_cache(KEPT_TYPES)
def leaf_converter(leaf_type: GraphQLLeafType) -> Convert:
    """Return the conversion of a scalar's or an enum's values that are not null."""
    if isinstance(leaf_type, GraphQLEnumType):
        return _enum_converter(leaf_type)
    return _BUILT_IN.get(leaf_type.name) or _scalar_converter(leaf_type)


def _enum_converter(enum_type: GraphQLEnumType) -> Convert:
    wrapped: Any = getattr(enum_type, "wrapped_cls", ())
    names = {member: enum_type.coerce_output_value(member) for member in wrapped}

    def convert(value: Any) -> Any:
        if type(value) is not wrapped:
            raise UnusualValue
        return names[value]

    return convert


def _scalar_converter(scalar_type: GraphQLLeafType) -> Convert:
    coerce = scalar_type.coerce_output_value

    def convert(value: Any) -> Any:
        if value is None:
            raise UnusualValue
        try:
            return coerce(value)
        except Exception as exc:  # whatever is wrong with the value, the full algorithm reports it as it should
            raise UnusualValue from exc

    return convert


def _exactly(expected: type, is_allowed: Callable[[Any], bool] | None = None) -> Convert:
    def convert(value: Any) -> Any:
        if type(value) is not expected or (is_allowed and not is_allowed(value)):
            raise UnusualValue
        return value

    return convert


_BUILT_IN: dict[str, Convert] = {
    GraphQLString.name: _exactly(str),
    GraphQLID.name: _exactly(str),
    GraphQLInt.name: _exactly(int, lambda value: GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT),
    GraphQLFloat.name: _exactly(float, math.isfinite),
    GraphQLBoolean.name: _exactly(bool),
}

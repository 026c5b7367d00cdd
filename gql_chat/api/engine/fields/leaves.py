"""Leaves as JSON texts: an encoder for each type, which leaves unusual values to the full algorithm of GraphQL."""

import json
import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import orjson
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

LONG_CHARACTERS = 65_536  # of a text for which orjson would allocate twelve times as much
KEPT_ENCODERS = 256  # more than there are leaf types, objects and selections in use

Encode = Callable[[Any], bytes]
"""Returns the JSON text of a field's value. Raises UnusualValue when the full algorithm must look at it."""


_encode_long_text = json.JSONEncoder(ensure_ascii=False).encode


class UnusualValue(Exception):
    """A value that needs the full algorithm: to be converted, or to be reported as an error."""


# The encoders of one type are one object, so that equal selections are equal.


@lru_cache(KEPT_ENCODERS)
def nullable(encode: Encode) -> Encode:
    """Return the encoder for a field that may be null."""
    return lambda value: b"null" if value is None else encode(value)


@lru_cache(KEPT_ENCODERS)
def leaf_encoder(leaf_type: GraphQLLeafType) -> Encode:
    """Return the encoder of a scalar's or an enum's values that are not null."""
    if isinstance(leaf_type, GraphQLEnumType):
        return _enum_encoder(leaf_type)
    return _BUILT_IN.get(leaf_type.name) or _scalar_encoder(leaf_type)


def lasting_json(value: Any) -> bytes:
    """Return the JSON text of a value, to be kept. What orjson returns occupies its buffer, of 4 KB at least."""
    return bytes(bytearray(orjson.dumps(value)))


def _enum_encoder(enum_type: GraphQLEnumType) -> Encode:
    wrapped: Any = getattr(enum_type, "wrapped_cls", ())
    names = {member: lasting_json(enum_type.coerce_output_value(member)) for member in wrapped}

    def encode(value: Any) -> bytes:
        if type(value) is not wrapped:
            raise UnusualValue
        return names[value]

    return encode


def _scalar_encoder(scalar_type: GraphQLLeafType) -> Encode:
    coerce = scalar_type.coerce_output_value

    def encode(value: Any) -> bytes:
        if value is None:
            raise UnusualValue
        try:
            coerced = coerce(value)
        except Exception as exc:  # whatever is wrong with the value, the full algorithm reports it as it should
            raise UnusualValue from exc
        return orjson.dumps(coerced)

    return encode


def _exactly(expected: type, is_allowed: Callable[[Any], bool] | None = None) -> Encode:
    def encode(value: Any) -> bytes:
        if type(value) is not expected or (is_allowed and not is_allowed(value)):
            raise UnusualValue
        return orjson.dumps(value)

    return encode


def _encode_int(value: Any) -> bytes:
    if type(value) is not int or not GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT:
        raise UnusualValue
    return b"%d" % value


def _encode_text(value: Any) -> bytes:
    if type(value) is not str:
        raise UnusualValue
    if len(value) < LONG_CHARACTERS:
        return orjson.dumps(value)
    try:
        return _encode_long_text(value).encode()
    except UnicodeEncodeError as exc:  # half of a surrogate pair
        raise UnusualValue from exc


_BUILT_IN: dict[str, Encode] = {
    GraphQLString.name: _encode_text,
    GraphQLID.name: _exactly(str),
    GraphQLInt.name: _encode_int,
    GraphQLFloat.name: _exactly(float, math.isfinite),
    GraphQLBoolean.name: _exactly(bool),
}

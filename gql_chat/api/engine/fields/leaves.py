"""Leaves as JSON texts: an encoder for each type, which leaves unusual values to the full algorithm of GraphQL."""

import json
import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
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

LONG_CHARACTERS = 65_536  # of a text whose encoding by msgspec would take more memory than it has to
KEPT_ENCODERS = 256  # more than there are leaf types, objects and selections in use

Encode = Callable[[Any], bytes]
"""Returns the JSON text of a field's value. Raises UnusualValue when the full algorithm must look at it."""


class UnusualValue(Exception):
    """A value that needs the full algorithm: to be converted, or to be reported as an error."""


class Leaf(NamedTuple):
    """The encoder of a field's values. Only values of exactly the `expected` class may be given to it, if there is one.

    Its caller checks the class, so that the encoder can be a function of C: a token has a text and an enum's member. A
    text of LONG_CHARACTERS or more is for `encode_long_text`.
    """

    expected: type | None
    encode: Encode

    def __call__(self, value: Any) -> bytes:
        """Return the JSON text of any value. Raise UnusualValue."""
        if self.expected is not None and value.__class__ is not self.expected:
            raise UnusualValue
        if self.expected is str and len(value) >= LONG_CHARACTERS:
            return encode_long_text(value)
        return self.encode(value)


# The encoders of one type are one object, so that equal selections are equal.


@lru_cache(KEPT_ENCODERS)
def nullable(leaf: Leaf) -> Leaf:
    """Return the encoder for a field that may be null."""
    return Leaf(None, lambda value: b"null" if value is None else leaf(value))


@lru_cache(KEPT_ENCODERS)
def leaf_encoder(leaf_type: GraphQLLeafType) -> Leaf:
    """Return the encoder of a scalar's or an enum's values that are not null."""
    if isinstance(leaf_type, GraphQLEnumType):
        return _enum_encoder(leaf_type)
    return _BUILT_IN.get(leaf_type.name) or Leaf(None, _scalar_encoder(leaf_type))


def lasting_json(value: Any) -> bytes:
    """Return the JSON text of a value, to be kept. What orjson returns occupies its buffer, of 4 KB at least."""
    return bytes(bytearray(orjson.dumps(value)))


def _enum_encoder(enum_type: GraphQLEnumType) -> Leaf:
    wrapped: Any = getattr(enum_type, "wrapped_cls", ())
    names = {member: lasting_json(enum_type.coerce_output_value(member)) for member in wrapped}
    return Leaf(wrapped, names.__getitem__)


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


def _encode_int(value: int) -> bytes:
    if not GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT:
        raise UnusualValue
    return b"%d" % value


def _encode_float(value: float) -> bytes:
    if not math.isfinite(value):
        raise UnusualValue
    return orjson.dumps(value)


def encode_long_text(value: str) -> bytes:
    """Return the JSON text of a text, with no more memory than that takes. Raise UnicodeEncodeError as `_TEXT` does."""
    return _encode_long_text(value).encode()


_encode_long_text = json.JSONEncoder(ensure_ascii=False).encode

# orjson allocates 4 KB for a short text. This one raises UnicodeEncodeError for half of a surrogate pair.
_TEXT = Leaf(str, msgspec.json.Encoder().encode)

_BUILT_IN: dict[str, Leaf] = {
    GraphQLString.name: _TEXT,
    GraphQLID.name: _TEXT,
    GraphQLInt.name: Leaf(int, _encode_int),
    GraphQLFloat.name: Leaf(float, _encode_float),
    GraphQLBoolean.name: Leaf(bool, {False: b"false", True: b"true"}.__getitem__),
}

"""Scalars that GraphQL lacks, and inputs in which 'absent' differs from 'null'."""

from dataclasses import fields
from typing import Any, NewType

import strawberry

MAX_SAFE_INTEGER = 2**53  # the largest that a JSON number carries through JavaScript unharmed

BigInt = NewType("BigInt", int)


def _parse_big_int(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > MAX_SAFE_INTEGER:
        raise ValueError(f"BigInt takes whole numbers up to {MAX_SAFE_INTEGER}.")
    return value


BIG_INT = strawberry.scalar(
    name="BigInt",
    description="An integer beyond 32 bits, as a JSON number up to 2^53.",
    serialize=int,
    parse_value=_parse_big_int,
)


def given(value: Any) -> dict[str, Any]:
    """The fields of an input object that the client has given, null included."""
    named = ((field.name, getattr(value, field.name)) for field in fields(value))
    return {name: content for name, content in named if content is not strawberry.UNSET}


def stated(value: Any) -> dict[str, Any]:
    """The fields of an input object that have a value: null counts as absent."""
    return {name: content for name, content in given(value).items() if content is not None}

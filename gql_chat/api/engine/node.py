"""The interface of everything that has an id, and how its objects are made from rows."""

import dataclasses
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import strawberry

T = TypeVar("T")


@strawberry.interface(description="Something that has an id and can be read again by it.")
class Node:
    id: strawberry.ID = strawberry.field(description="A TypeID: a type's prefix and a UUIDv7, sorted by time.")


def from_row(cls: Callable[..., T], row: object, /, **computed: Any) -> T:
    """Build an object whose fields are attributes of the row with the same names, but for those that are computed."""
    copied = {name: getattr(row, name) for name in _field_names(cls) if name not in computed}
    return cls(**copied, **computed)


@cache
def _field_names(cls: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(cls) if field.init)

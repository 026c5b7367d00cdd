"""The interface of all objects that have an id, and the way they are built from rows."""

import dataclasses
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

import strawberry

T = TypeVar("T")


@strawberry.interface(description="An object with an id, by which `node` returns it.")
class Node:
    id: strawberry.ID = strawberry.field(
        description="The object's id: a TypeID, that is a prefix for the type and a UUIDv7, sorted by creation time."
    )


def from_row(cls: Callable[..., T], row: object, /, **computed: Any) -> T:
    """Build an object from the row's attributes of the same names, and from the fields that are computed."""
    names, read = _copied(cls, tuple(computed))
    return cls(**dict(zip(names, read(row), strict=True)), **computed)


@cache
def _copied(cls: Any, computed: tuple[str, ...]) -> tuple[tuple[str, ...], Callable[[object], tuple[Any, ...]]]:
    """Return the names of the fields that are copied from rows, of which there are several, and what reads them."""
    names = tuple(field.name for field in dataclasses.fields(cls) if field.init and field.name not in computed)
    return names, attrgetter(*names)

"""Introspection of `@oneOf`: `isOneOf` as GraphQL specifies it, for every schema of the process.

Strawberry's resolver raises for lists and for types that are not null, and every schema that it builds sets it on the
one `__Type` that all share.
"""

from typing import Any, cast

import strawberry
from graphql import GraphQLInputObjectType, GraphQLObjectType, introspection_types
from strawberry.types.base import StrawberryObjectDefinition


def _is_one_of(described: object, info: Any) -> bool | None:
    """Return whether an input object is one; None for all other types."""
    if not isinstance(described, GraphQLInputObjectType):
        return None
    definition = described.extensions.get("strawberry-definition")
    return isinstance(definition, StrawberryObjectDefinition) and definition.is_one_of


def _leave_introspection(self: strawberry.Schema) -> None:
    """Take the place of the method that sets Strawberry's resolver."""


cast(GraphQLObjectType, introspection_types["__Type"]).fields["isOneOf"].resolve = _is_one_of
strawberry.Schema._extend_introspection = _leave_introspection  # type: ignore[method-assign]

"""Replacements of names in Strawberry and graphql-core, for every schema of the process, from the first import on.

- `isOneOf` in introspection, as GraphQL specifies it. Strawberry's resolver raises for lists and for types that are not
  null, and every schema that it builds sets it on the one `__Type` that all share.
- graphql-core's messages about a client's values, in JSON instead of Python: `null`, not `None`.
"""

import math
from importlib import import_module
from typing import Any, cast

import orjson
import strawberry
from graphql import GraphQLInputObjectType, GraphQLObjectType, introspection_types
from strawberry.types.base import StrawberryObjectDefinition

MAX_VALUE_CHARACTERS = 120

# Each has a name `inspect` of its own, and the last is hidden behind a function of the same name.
_MODULES = ("graphql.type.scalars", "graphql.type.definition", "graphql.utilities.validate_input_value")


def in_client_words(message: str) -> str:
    """Return one of graphql-core's messages as a client understands it."""
    return message.replace(" not to be None.", " not to be null.")


def _as_json(value: object) -> str:
    """Return the value as the client sent it, cut where it is long."""
    if isinstance(value, float) and not math.isfinite(value):
        return "a number beyond those of JSON"
    text = orjson.dumps(value, default=_describe, option=orjson.OPT_NON_STR_KEYS).decode()
    return text if len(text) <= MAX_VALUE_CHARACTERS else f"{text[:MAX_VALUE_CHARACTERS]}…"


def _describe(value: Any) -> str:
    return "(a file)"  # of a multipart request: all else is JSON


def _is_one_of(described: object, info: Any) -> bool | None:
    """Return whether an input object is one; None for all other types."""
    if not isinstance(described, GraphQLInputObjectType):
        return None
    definition = described.extensions.get("strawberry-definition")
    return isinstance(definition, StrawberryObjectDefinition) and definition.is_one_of


def _leave_introspection(self: strawberry.Schema) -> None:
    """Take the place of the method that sets Strawberry's resolver."""


for _name in _MODULES:
    import_module(_name).inspect = _as_json  # type: ignore[attr-defined]
cast(GraphQLObjectType, introspection_types["__Type"]).fields["isOneOf"].resolve = _is_one_of
strawberry.Schema._extend_introspection = _leave_introspection  # type: ignore[method-assign]

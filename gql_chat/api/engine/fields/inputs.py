"""Optional input fields, of which absent differs from null, and lists of ids."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache
from typing import Annotated, Any, TypeVar

import strawberry
from graphql import GraphQLInputObjectType
from strawberry.types.base import StrawberryObjectDefinition

from gql_chat.errors import BadUserInput

T = TypeVar("T")

MAX_IDS = 100  # of one field

Input = Annotated[T, strawberry.argument(description="Parameters of the mutation.")]
Ids = Annotated[list[strawberry.ID], strawberry.argument(description=f"The ids of the objects, at most {MAX_IDS}.")]


def optional(description: str, *, name: str | None = None, metadata: Mapping[Any, Any] | None = None) -> Any:
    """Return an input field that the client may omit."""
    return strawberry.field(name=name, default=strawberry.UNSET, description=description, metadata=metadata)


def provided_fields(value: Any) -> dict[str, Any]:
    """Return the fields of an input object that the client sent, null included."""
    contents = vars(value)
    return {name: contents[name] for name in _field_names(value.__class__) if contents[name] is not strawberry.UNSET}


def non_null_fields(value: Any) -> dict[str, Any]:
    """Return the fields of an input object that have a value; null counts as absent."""
    return {name: content for name, content in provided_fields(value).items() if content is not None}


@cache
def _field_names(input_type: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(input_type))


def build_inputs_plainly(schema: strawberry.Schema) -> None:
    """Let graphql-core build the schema's input objects, of the fields that it has coerced.

    Strawberry would convert each argument of each call, and ask for each of its fields what its type is.
    """
    names = schema.config.name_converter
    for concrete in schema.schema_converter.type_map.values():
        definition, built = concrete.definition, concrete.implementation
        if isinstance(definition, StrawberryObjectDefinition) and isinstance(built, GraphQLInputObjectType):
            built.out_type = _builder(definition.origin, built.out_type)  # type: ignore[assignment, method-assign]
            for field in definition.fields:
                built.fields[names.from_field(field)].out_name = field.python_name


def _builder(input_type: type, check: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[dict[str, Any]], Any]:
    return lambda contents: input_type(**check(contents))


def checked_ids(ids: list[strawberry.ID], *, field: str = "ids") -> list[str]:
    """Return the ids. Raise BadUserInput if there are more than one field takes."""
    if len(ids) > MAX_IDS:
        raise BadUserInput(f"Send at most {MAX_IDS} ids at once.", field=field)
    return [str(an_id) for an_id in ids]

"""Optional input fields, of which absent differs from null, and lists of ids."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import cache
from typing import Annotated, Any, TypeVar

import strawberry
from strawberry.schema.name_converter import NameConverter
from strawberry.types.arguments import InputContext
from strawberry.types.base import StrawberryObjectDefinition, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition

from gql_chat.errors import BadUserInput

T = TypeVar("T")

_SCALARS = frozenset({str, int, float, bool, strawberry.ID})
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
    """Let the schema's input objects take scalars and enums as graphql-core has coerced them.

    Strawberry asks for each field of each call what its type is. It still converts all other values.
    """
    for graphql_type in schema.schema_converter.type_map.values():
        definition = graphql_type.definition
        if isinstance(definition, StrawberryObjectDefinition) and definition.is_input:
            definition.from_input = build_input


def is_built_plainly(type_: Any) -> bool:
    """Return whether values of Strawberry's type are input objects that may not be null, which `build_input` builds."""
    definition = getattr(type_, "__strawberry_definition__", None)
    return isinstance(definition, StrawberryObjectDefinition) and definition.from_input is build_input


def build_input(input_type: Any, value: Mapping[str, Any], context: InputContext) -> Any:
    """Build an input object from the values that graphql-core has coerced."""
    built = dict.fromkeys(_required(input_type))
    fields_by_name = _fields_by_name(input_type, context.config.name_converter)
    for name, content in value.items():
        python_name, type_, is_leaf = fields_by_name[name]
        built[python_name] = content if is_leaf or content is None else context.convert(content, type_, name)
    return input_type(**built)


@cache
def _required(input_type: Any) -> tuple[str, ...]:
    """Return the fields without a default, which are null where the client leaves them out."""
    defined = input_type.__strawberry_definition__.fields
    return tuple(
        field.python_name for field in defined if field.default is MISSING and field.default_factory is MISSING
    )


@cache
def _fields_by_name(input_type: Any, names: NameConverter) -> dict[str, tuple[str, Any, bool]]:
    """Return a field's name in Python, its type, and whether it is a scalar or an enum, by its name in GraphQL."""
    definition = input_type.__strawberry_definition__
    types = {field: field.resolve_type(type_definition=definition) for field in definition.fields}
    return {names.from_field(field): (field.python_name, type_, is_leaf(type_)) for field, type_ in types.items()}


def is_leaf(type_: Any) -> bool:
    """Return whether values of Strawberry's type need no conversion once graphql-core has coerced them."""
    if isinstance(type_, StrawberryOptional):
        type_ = type_.of_type
    return isinstance(type_, StrawberryEnumDefinition) or type_ in _SCALARS


def checked_ids(ids: list[strawberry.ID], *, field: str = "ids") -> list[str]:
    """Return the ids. Raise BadUserInput if there are more than one field takes."""
    if len(ids) > MAX_IDS:
        raise BadUserInput(f"Send at most {MAX_IDS} ids at once.", field=field)
    return [str(an_id) for an_id in ids]

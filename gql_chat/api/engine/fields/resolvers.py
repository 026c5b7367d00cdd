"""Root fields resolved in one call: arguments, permission, resolver.

For each call, Strawberry finds out what a resolver takes and which type each argument has, and chains field extensions
by partials: 110 calls of functions for a message and its subscription. Here that is done once for each field.
Figures: docs/decisions/0048-plain-arguments.md.
"""

from collections.abc import Callable
from types import CoroutineType
from typing import Any

import strawberry
from graphql import GraphQLField, GraphQLObjectType
from strawberry.schema.name_converter import NameConverter
from strawberry.types.field import StrawberryField

from gql_chat.api.engine.fields.permissions import Access


def resolve_root_fields_plainly(schema: strawberry.Schema) -> None:
    """Resolve the schema's root fields without Strawberry's chain. Raise TypeError if one has more than an `Access`.

    graphql-core must build the input objects: see `build_inputs_plainly`.
    """
    core, names = schema._schema, schema.config.name_converter
    for root_type in (core.query_type, core.mutation_type):
        for field in _fields_of(root_type):
            field.resolve = _plain_resolver(field, names)
    for field in _fields_of(core.subscription_type):
        field.subscribe = _plain_resolver(field, names)


def attribute_of(field: GraphQLField) -> str | None:
    """Return the name of the attribute that a field copies, or None if it has a resolver."""
    definition = field.extensions.get("strawberry-definition")
    if not isinstance(definition, StrawberryField) or not definition.is_basic_field:
        return None
    return definition.python_name if definition.default_resolver is getattr else None


def _fields_of(root_type: GraphQLObjectType | None) -> list[GraphQLField]:
    return list(root_type.fields.values()) if root_type is not None else []


def _plain_resolver(graphql_field: GraphQLField, names: NameConverter) -> Callable[..., Any]:
    field = graphql_field.extensions["strawberry-definition"]
    assert isinstance(field, StrawberryField)
    assert field.base_resolver is not None
    resolver, extensions = field.base_resolver, field.extensions
    if len(extensions) != 1 or not isinstance(access := extensions[0], Access):
        raise TypeError(f"The root field {field.python_name} must have one extension, its Access.")
    function: Any = resolver.wrapped_func
    takes_info = resolver.info_parameter is not None
    for argument in field.arguments:
        graphql_field.args[names.from_argument(argument)].out_name = argument.python_name

    def resolve(source: Any, raw_info: Any, **arguments: Any) -> Any:
        info = strawberry.Info(_raw_info=raw_info, _field=field)
        access.require(info)
        return function(source, info=info, **arguments) if takes_info else function(source, **arguments)

    async def resolve_async(source: Any, raw_info: Any, **arguments: Any) -> Any:
        result = resolve(source, raw_info, **arguments)
        # A subscription's resolver returns its generator, which cannot be awaited.
        return await result if isinstance(result, CoroutineType) else result

    return resolve_async if field.is_async else resolve

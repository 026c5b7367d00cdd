"""Root fields resolved in one call: arguments, permission, resolver.

For each call, Strawberry finds out what a resolver takes and which type each argument has, and chains field extensions
by partials: 110 calls of functions for a message and its subscription. Here that is done once for each field.
Figures: docs/decisions/0048-plain-arguments.md.
"""

from collections.abc import Callable
from functools import partial
from types import CoroutineType
from typing import Any

import strawberry
from graphql import GraphQLField, GraphQLObjectType
from strawberry.types.arguments import InputContext, convert_argument
from strawberry.types.field import StrawberryField

from gql_chat.api.engine.fields.inputs import build_input, is_built_plainly, is_leaf
from gql_chat.api.engine.fields.permissions import Access

Arguments = dict[str, Any]
Convert = Callable[..., Any]
"""Converts an argument as Strawberry does. Takes the value and the call's `info`."""


def resolve_root_fields_plainly(schema: strawberry.Schema) -> None:
    """Resolve the schema's root fields without Strawberry's chain, where that contains nothing but an `Access`."""
    core = schema._schema
    for root_type in (core.query_type, core.mutation_type):
        for field in _fields_of(root_type):
            field.resolve = _plain_resolver(schema, field) or field.resolve
    for field in _fields_of(core.subscription_type):
        field.subscribe = _plain_resolver(schema, field) or field.subscribe


def _fields_of(root_type: GraphQLObjectType | None) -> list[GraphQLField]:
    return list(root_type.fields.values()) if root_type is not None else []


def _plain_resolver(schema: strawberry.Schema, graphql_field: GraphQLField) -> Callable[..., Any] | None:
    """Return the field's resolver, None if Strawberry's does more than this one would."""
    field = graphql_field.extensions.get("strawberry-definition")
    if not isinstance(field, StrawberryField) or field.base_resolver is None or len(field.extensions) != 1:
        return None
    resolver, [access] = field.base_resolver, field.extensions
    takes_others = resolver.parent_parameter or resolver.root_parameter or not resolver.self_parameter
    if takes_others or not isinstance(access, Access) or schema.schema_converter.exception_handlers:
        return None
    function: Any = resolver.wrapped_func
    convert, takes_info = _argument_converter(schema, field), resolver.info_parameter is not None

    def call(source: Any, raw_info: Any, given: Arguments) -> Any:
        info = strawberry.Info(_raw_info=raw_info, _field=field)
        arguments = convert(given, info)
        access.require(info)
        return function(source, info=info, **arguments) if takes_info else function(source, **arguments)

    def resolve(source: Any, raw_info: Any, **given: Any) -> Any:
        return call(source, raw_info, given)

    async def resolve_async(source: Any, raw_info: Any, **given: Any) -> Any:
        result = call(source, raw_info, given)
        # A subscription's resolver returns its generator, which cannot be awaited.
        return await result if isinstance(result, CoroutineType) else result

    return resolve_async if field.is_async else resolve


def _argument_converter(schema: strawberry.Schema, field: StrawberryField) -> Callable[[Arguments, Any], Arguments]:
    names = schema.config.name_converter
    converters = {names.from_argument(one): (one.python_name, _converter(schema, one)) for one in field.arguments}

    def convert_arguments(given: Arguments, info: Any) -> Arguments:
        arguments: Arguments = {}
        for name, value in given.items():
            python_name, convert = converters[name]
            arguments[python_name] = value if convert is None else convert(value, info=info)
        return arguments

    return convert_arguments


def _converter(schema: strawberry.Schema, argument: Any) -> Convert | None:
    """Return what converts an argument, None if it is a scalar or an enum, which graphql-core has coerced."""
    if is_leaf(argument.type):
        return None
    path = (schema.config.name_converter.from_argument(argument),)
    registry = schema.schema_converter.scalar_registry
    if is_built_plainly(argument.type):
        context = InputContext(None, schema.config, registry, path)  # of no call, so it is made once
        return lambda value, info: build_input(argument.type, value, context)
    return partial(convert_argument, type_=argument.type, scalar_registry=registry, config=schema.config, path=path)

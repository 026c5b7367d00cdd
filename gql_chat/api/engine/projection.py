"""Subscription events encoded without executing GraphQL, where a selection holds nothing but plain leaves.

A reply is thousands of small events under one selection. graphql-core collects, resolves and completes the fields anew
for each; here that is done once per subscription and type, and an event costs a few attribute reads and one `%`.
"""

import math
from collections.abc import Callable
from typing import Any

import orjson
from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList, collect_fields
from graphql.type import GRAPHQL_MAX_INT, GRAPHQL_MIN_INT
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

EncodeValue = Callable[[Any], str]
Projection = Callable[[Any], str]
"""Encodes an event as the JSON text of `{"data": …}`. Raises UnusualValue when the full algorithm must look at it."""


class UnusualValue(Exception):
    """A value that needs the full algorithm: to be converted, or to be reported as an error."""


class Projections:
    """The compiled selections of one subscription, one per type of its events."""

    def __init__(self, executor: Executor[Any]) -> None:
        self._executor = executor
        self._root = _find_root_field(executor)
        self._by_type: dict[type, Projection | None] = {}

    def encode(self, event: object) -> str | None:
        """The JSON text of an event's response, None when it has to be executed in full."""
        event_type = type(event)
        try:
            projection = self._by_type[event_type]
        except KeyError:
            projection = self._by_type[event_type] = self._compile(event_type)
        if projection is None:
            return None
        try:
            return projection(event)
        except (UnusualValue, AttributeError):
            return None

    def _compile(self, event_type: type) -> Projection | None:
        if self._root is None:
            return None
        response_name, field_details, object_types = self._root
        for object_type in object_types:
            definition = object_type.extensions.get("strawberry-definition")
            if _is_exactly(event_type, definition):
                return _compile_object(self._executor, response_name, field_details, object_type)
        return None


def _find_root_field(executor: Executor[Any]) -> tuple[str, FieldDetailsList, tuple[GraphQLObjectType, ...]] | None:
    """The response name, the nodes and the possible types of the subscription's one field."""
    schema = executor.schema
    root_type = schema.subscription_type
    if root_type is None or executor.middleware_manager is not None:
        return None
    fields = collect_fields(schema, executor.fragments, executor.variable_values, root_type, executor.operation)
    ((response_name, field_details),) = fields.grouped_field_set.items()
    field_type = root_type.fields[field_details[0].node.name.value].type
    if isinstance(field_type, GraphQLNonNull):
        field_type = field_type.of_type
    if is_object_type(field_type):
        return response_name, field_details, (field_type,)
    if is_abstract_type(field_type):
        return response_name, field_details, tuple(schema.get_possible_types(field_type))
    return None


def _is_exactly(event_type: type, definition: object) -> bool:
    """Whether events of this Python type are of this GraphQL type, without any rule of the type's own being asked."""
    return (
        isinstance(definition, StrawberryObjectDefinition)
        and definition.origin is event_type
        and definition.is_type_of is None
        and definition.concrete_of is None
    )


def _compile_object(
    executor: Executor[Any], response_name: str, field_details: FieldDetailsList, object_type: GraphQLObjectType
) -> Projection | None:
    selected = executor.collect_subfields(object_type, field_details).grouped_field_set
    pieces: list[str] = []
    steps: list[tuple[EncodeValue, str]] = []
    for name, details in selected.items():
        field_name = details[0].node.name.value
        if field_name == "__typename":
            pieces.append(f'"{name}":"{object_type.name}"')
            continue
        step = _compile_field(object_type, field_name)
        if step is None:
            return None
        pieces.append(f'"{name}":%s')
        steps.append(step)
    template = f'{{"data":{{"{response_name}":{{{",".join(pieces)}}}}}}}'

    def project(event: Any) -> str:
        return template % tuple([encode(getattr(event, attribute)) for encode, attribute in steps])

    return project


def _compile_field(object_type: GraphQLObjectType, field_name: str) -> tuple[EncodeValue, str] | None:
    """The encoder and the attribute of a field that is a plain attribute and a leaf, None for any other."""
    field = object_type.fields[field_name]
    definition = field.extensions.get("strawberry-definition")
    if not isinstance(definition, StrawberryField) or not definition.is_basic_field:
        return None
    if definition.default_resolver is not getattr:
        return None
    is_required = isinstance(field.type, GraphQLNonNull)
    field_type = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
    if not is_leaf_type(field_type):
        return None
    encode = _leaf_encoder(field_type)
    return (encode if is_required else _nullable(encode)), definition.python_name


def _nullable(encode: EncodeValue) -> EncodeValue:
    return lambda value: "null" if value is None else encode(value)


def _leaf_encoder(leaf_type: GraphQLLeafType) -> EncodeValue:
    if isinstance(leaf_type, GraphQLEnumType):
        return _enum_encoder(leaf_type)
    return _BUILT_IN.get(leaf_type.name) or _scalar_encoder(leaf_type)


def _enum_encoder(enum_type: GraphQLEnumType) -> EncodeValue:
    wrapped = getattr(enum_type, "wrapped_cls", None)
    if wrapped is None:
        return _unusual
    names = {member: f'"{enum_type.coerce_output_value(member)}"' for member in wrapped}

    def encode(value: Any) -> str:
        if type(value) is not wrapped:
            raise UnusualValue
        return names[value]

    return encode


def _scalar_encoder(scalar_type: GraphQLLeafType) -> EncodeValue:
    coerce = scalar_type.coerce_output_value

    def encode(value: Any) -> str:
        if value is None:
            raise UnusualValue
        try:
            return orjson.dumps(coerce(value)).decode()
        except Exception as exc:  # whatever is wrong with the value, the full algorithm reports it as it should
            raise UnusualValue from exc

    return encode


def _unusual(_value: Any) -> str:
    raise UnusualValue


def _string(value: Any) -> str:
    if type(value) is not str:
        raise UnusualValue
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError as exc:  # half of a surrogate pair
        raise UnusualValue from exc


def _integer(value: Any) -> str:
    if type(value) is not int or not GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT:
        raise UnusualValue
    return str(value)


def _float(value: Any) -> str:
    if type(value) is not float or not math.isfinite(value):
        raise UnusualValue
    return orjson.dumps(value).decode()


def _boolean(value: Any) -> str:
    if type(value) is not bool:
        raise UnusualValue
    return "true" if value else "false"


_BUILT_IN: dict[str, EncodeValue] = {
    GraphQLString.name: _string,
    GraphQLID.name: _string,
    GraphQLInt.name: _integer,
    GraphQLFloat.name: _float,
    GraphQLBoolean.name: _boolean,
}

"""Subscription events encoded without executing GraphQL, where a selection holds only plain leaves.

A reply is thousands of small events under one selection. graphql-core collects, resolves and completes the fields anew
for each; here that is done once per subscription and type, and an event costs a few attribute reads and one `dumps`.
Figures: docs/decisions/0022-graphql-execution-and-projection.md.
"""

import json
import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

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

Encode = Callable[[Any], bytes]
"""Returns the JSON text of a field's value. Raises UnusualValue when the full algorithm must look at it."""

MAX_COMPILED = 256  # selections and types of values that are remembered for the process; clients choose selections
LONG_CHARACTERS = 65_536  # of a text for which orjson would allocate twelve times as much
REMEMBERED_BYTES = 16_384  # of an event's text that is kept for the next subscription

_encode_long_text = json.JSONEncoder(ensure_ascii=False).encode


class UnusualValue(Exception):
    """A value that needs the full algorithm: to be converted, or to be reported as an error."""


class Step(NamedTuple):
    """A selected field: its response name, the event's attribute, and how that is encoded; bytes are its JSON text."""

    response_name: str
    attribute: str
    encode: Encode | bytes


class Projection:
    """Encodes events as JSON texts of `{"data": …}`. Raises UnusualValue as `Encode` does.

    All subscriptions with one selection share it. It remembers the last event, because one event is offered to all
    watchers of a reply in turn: it is encoded once.
    """

    __slots__ = ("_event", "_parts", "_steps", "_text")

    def __init__(self, response_name: str, steps: tuple[Step, ...]) -> None:
        parts = [b'{"data":{"%b":{' % response_name.encode()]
        for number, step in enumerate(steps):
            parts[-1] += b'%b"%b":' % (b"," if number else b"", step.response_name.encode())
            if isinstance(step.encode, bytes):
                parts[-1] += step.encode
            else:
                parts += b"", b""
        parts[-1] += b"}}}"
        self._parts = parts  # each second one stands for a value
        self._steps = [(encode, attribute) for _, attribute, encode in steps if not isinstance(encode, bytes)]
        self._event: Any = None
        self._text = b""

    def __call__(self, event: Any) -> bytes:
        """Return the event's JSON text."""
        if event is self._event:
            return self._text
        parts = self._parts.copy()
        parts[1::2] = [encode(getattr(event, attribute)) for encode, attribute in self._steps]
        text = b"".join(parts)
        if len(text) <= REMEMBERED_BYTES:
            self._event, self._text = event, text
        return text


class Projections:
    """The compiled selections of one subscription, one per type of its events."""

    def __init__(self, executor: Executor[Any]) -> None:
        self._executor = executor
        self._root = _find_root_field(executor)
        self._by_type: dict[type, Projection | None] = {}

    def encode(self, event: object) -> bytes | None:
        """Return the JSON text of an event's response, None if it has to be executed in full."""
        event_type = type(event)
        try:
            projection = self._by_type[event_type]
        except KeyError:
            projection = self._by_type[event_type] = self._compile(event_type)
        if projection is None:
            return None
        try:
            return projection(event)
        except (UnusualValue, AttributeError, orjson.JSONEncodeError):  # the last for half of a surrogate pair
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
    """Return the response name, the nodes and the possible types of the subscription's one field."""
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
    """Return whether events of this Python type are of this GraphQL type, without asking a rule of the type's own."""
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
    compiled = [_compile_field(object_type, name, details[0].node.name.value) for name, details in selected.items()]
    steps = tuple(step for step in compiled if step is not None)
    return _projection(response_name, steps) if len(steps) == len(compiled) else None


@lru_cache(MAX_COMPILED)
def _projection(response_name: str, steps: tuple[Step, ...]) -> Projection:
    return Projection(response_name, steps)


def _compile_field(object_type: GraphQLObjectType, response_name: str, field_name: str) -> Step | None:
    """Return the step of a field that is a plain attribute and a leaf, None for any other."""
    if field_name == "__typename":
        return Step(response_name, "__class__", orjson.dumps(object_type.name))
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
    return Step(response_name, definition.python_name, encode if is_required else _nullable(encode))


# The encoders of one type are one object, so that equal selections are equal.


@lru_cache(MAX_COMPILED)
def _nullable(encode: Encode) -> Encode:
    return lambda value: b"null" if value is None else encode(value)


@lru_cache(MAX_COMPILED)
def _leaf_encoder(leaf_type: GraphQLLeafType) -> Encode:
    if isinstance(leaf_type, GraphQLEnumType):
        return _enum_encoder(leaf_type)
    return _BUILT_IN.get(leaf_type.name) or _scalar_encoder(leaf_type)


def _enum_encoder(enum_type: GraphQLEnumType) -> Encode:
    wrapped: Any = getattr(enum_type, "wrapped_cls", ())
    names = {member: orjson.dumps(enum_type.coerce_output_value(member)) for member in wrapped}

    def encode(value: Any) -> bytes:
        if type(value) is not wrapped:
            raise UnusualValue
        return names[value]

    return encode


def _scalar_encoder(scalar_type: GraphQLLeafType) -> Encode:
    coerce = scalar_type.coerce_output_value

    def encode(value: Any) -> bytes:
        if value is None:
            raise UnusualValue
        try:
            coerced = coerce(value)
        except Exception as exc:  # whatever is wrong with the value, the full algorithm reports it as it should
            raise UnusualValue from exc
        return orjson.dumps(coerced)

    return encode


def _exactly(expected: type, is_allowed: Callable[[Any], bool] | None = None) -> Encode:
    def encode(value: Any) -> bytes:
        if type(value) is not expected or (is_allowed and not is_allowed(value)):
            raise UnusualValue
        return orjson.dumps(value)

    return encode


def _encode_text(value: Any) -> bytes:
    if type(value) is not str:
        raise UnusualValue
    if len(value) < LONG_CHARACTERS:
        return orjson.dumps(value)
    try:
        return _encode_long_text(value).encode()
    except UnicodeEncodeError as exc:  # half of a surrogate pair
        raise UnusualValue from exc


_BUILT_IN: dict[str, Encode] = {
    GraphQLString.name: _encode_text,
    GraphQLID.name: _exactly(str),
    GraphQLInt.name: _exactly(int, lambda value: GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT),
    GraphQLFloat.name: _exactly(float, math.isfinite),
    GraphQLBoolean.name: _exactly(bool),
}

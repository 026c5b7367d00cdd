"""Answers encoded without executing GraphQL, where a selection holds only plain leaves, and objects of these.

A reply is thousands of small events under one selection. graphql-core collects, resolves and completes the fields anew
for each; here that is done once per document and type, and an event costs a few attribute reads and one `dumps`. The
payload of a mutation is encoded in the same way.
Figures: docs/decisions/0022-graphql-execution-and-projection.md, 0073-payloads-in-one-pass.md.
"""

from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import orjson
from graphql import (
    GraphQLID,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList, collect_fields
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from gql_chat.api.engine.fields.leaves import Convert, UnusualValue, constant, leaf_converter, nullable

MAX_COMPILED = 256  # selections and types of values that are remembered for the process; clients choose selections
TEXTS = frozenset({GraphQLID, GraphQLString})
REMEMBERED_BYTES = 16_384  # of an event's text that is kept for the next subscription


Compiled: TypeAlias = dict[Any, Any]
"""What was compiled of an operation without directives, the same for all variables. Its document keeps it."""


class Step(NamedTuple):
    """A selected field: its response name, the object's attribute, and the conversion of that.

    A value of the type `as_it_is` needs no conversion.
    """

    response_name: str
    attribute: str
    as_it_is: type | None
    convert: Convert


class Projection:
    """Encodes events as JSON texts of `{"data": …}`. Raises UnusualValue as `Convert` does.

    All subscriptions with one selection share it. It remembers the last event, because one event is offered to all
    watchers of a reply in turn: it is encoded once.
    """

    __slots__ = ("_convert", "_event", "_response_name", "_text")

    def __init__(self, response_name: str, convert: Convert) -> None:
        self._response_name = response_name
        self._convert = convert
        self._event: Any = None
        self._text = b""

    def __call__(self, event: Any) -> bytes:
        """Return the event's JSON text."""
        if event is self._event:
            return self._text
        text = orjson.dumps({"data": {self._response_name: self._convert(event)}})
        if len(text) <= REMEMBERED_BYTES:
            self._event, self._text = event, text
        return text


class Projections:
    """The compiled selections of one subscription, one per type of its events.

    An event of more than `max_bytes` is left to the full algorithm, which refuses it.
    """

    def __init__(
        self, executor: Executor[Any], compiled: Compiled | None = None, *, max_bytes: int | None = None
    ) -> None:
        self._executor = executor
        self._by_type: dict[type, Projection | None] = {} if compiled is None else compiled
        self._max_bytes = max_bytes

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
            text = projection(event)
        except (UnusualValue, AttributeError, orjson.JSONEncodeError):  # the last for half of a surrogate pair
            return None
        return text if self._max_bytes is None or len(text) <= self._max_bytes else None

    def _compile(self, event_type: type) -> Projection | None:
        root = _find_root_field(self._executor)
        if root is None:
            return None
        response_name, field_details, object_types = root
        for object_type in object_types:
            if _origin_of(object_type) is event_type:
                convert = compile_object(self._executor, object_type, field_details)
                return _projection(response_name, convert) if convert is not None else None
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


def compile_object(
    executor: Executor[Any], object_type: GraphQLObjectType, field_details: FieldDetailsList
) -> Convert | None:
    """Return the conversion of an object to what is selected of it. Return None if more than plain fields is."""
    origin = _origin_of(object_type)
    if origin is None:
        return None
    steps = []
    for response_name, details in executor.collect_subfields(object_type, field_details).grouped_field_set.items():
        step = _compile_field(executor, object_type, response_name, details)
        if step is None:
            return None
        steps.append(step)
    return _object_converter(origin, tuple(steps))


def _origin_of(object_type: GraphQLObjectType) -> type | None:
    """Return the Python type whose instances are of this GraphQL type, unless a rule of its own tells them."""
    definition = object_type.extensions.get("strawberry-definition")
    if not isinstance(definition, StrawberryObjectDefinition) or definition.is_type_of or definition.concrete_of:
        return None
    return definition.origin


@lru_cache(MAX_COMPILED)
def _projection(response_name: str, convert: Convert) -> Projection:
    return Projection(response_name, convert)


@lru_cache(MAX_COMPILED)
def _object_converter(origin: type, steps: tuple[Step, ...]) -> Convert:
    def convert(value: Any) -> Any:
        if value.__class__ is not origin:
            raise UnusualValue
        fields = {}
        for response_name, attribute, as_it_is, convert_field in steps:
            content = getattr(value, attribute)
            fields[response_name] = content if content.__class__ is as_it_is else convert_field(content)
        return fields

    return convert


def _compile_field(
    executor: Executor[Any], object_type: GraphQLObjectType, response_name: str, details: FieldDetailsList
) -> Step | None:
    """Return the step of a field that is a plain attribute, and a leaf or an object of leaves. None for any other."""
    field_name = details[0].node.name.value
    if field_name == "__typename":
        return Step(response_name, "__class__", None, constant(object_type.name))
    field = object_type.fields[field_name]
    definition = field.extensions.get("strawberry-definition")
    if not isinstance(definition, StrawberryField) or not definition.is_basic_field:
        return None
    if definition.default_resolver is not getattr:
        return None
    is_required = isinstance(field.type, GraphQLNonNull)
    field_type = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
    convert: Convert | None = None
    if is_leaf_type(field_type):
        convert = leaf_converter(field_type)
    elif is_object_type(field_type):
        convert = compile_object(executor, field_type, details)
    if convert is None:
        return None
    as_it_is = str if field_type in TEXTS else None
    return Step(response_name, definition.python_name, as_it_is, convert if is_required else nullable(convert))

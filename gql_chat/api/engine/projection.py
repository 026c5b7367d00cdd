"""Subscription events encoded without executing GraphQL, where a selection holds only plain leaves.

A reply is thousands of small events under one selection. graphql-core collects, resolves and completes the fields anew
for each; here that is done once per subscription and type, and an event costs a few attribute reads and one `dumps`.
Figures: docs/decisions/0022-graphql-execution-and-projection.md.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from graphql import (
    GraphQLNonNull,
    GraphQLObjectType,
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
REMEMBERED_BYTES = 16_384  # of an event's text that is kept for the next subscription


class Step(NamedTuple):
    """A selected field: its response name, the event's attribute, and the conversion of that."""

    response_name: str
    attribute: str
    convert: Convert


class Projection:
    """Encodes events as JSON texts of `{"data": …}`. Raises UnusualValue as `Convert` does.

    All subscriptions with one selection share it. It remembers the last event, because one event is offered to all
    watchers of a reply in turn: it is encoded once.
    """

    __slots__ = ("_event", "_response_name", "_steps", "_text")

    def __init__(self, response_name: str, steps: tuple[Step, ...]) -> None:
        self._response_name = response_name
        self._steps = steps
        self._event: Any = None
        self._text = b""

    def __call__(self, event: Any) -> bytes:
        """Return the event's JSON text."""
        if event is self._event:
            return self._text
        fields = {name: convert(getattr(event, attribute)) for name, attribute, convert in self._steps}
        text = orjson.dumps({"data": {self._response_name: fields}})
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
        return Step(response_name, "__class__", constant(object_type.name))
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
    convert = leaf_converter(field_type)
    return Step(response_name, definition.python_name, convert if is_required else nullable(convert))

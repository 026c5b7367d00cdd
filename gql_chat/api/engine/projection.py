"""Answers encoded without executing GraphQL, where a selection holds only plain leaves, and objects of these.

A reply is thousands of small events under one selection. graphql-core collects, resolves and completes the fields anew
for each; here that is done once per document and type, and an event is its selection's template with the values' JSON.
What a root field of a query or mutation returns is encoded in the same way.
Figures: docs/decisions/0022-graphql-execution-and-projection.md, 0073-payloads-in-one-pass.md.
"""

import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import orjson
from graphql import GraphQLNonNull, GraphQLObjectType, is_abstract_type, is_leaf_type, is_object_type
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList, collect_fields
from strawberry.types.base import StrawberryObjectDefinition

from gql_chat.api.engine.fields.leaves import (
    LONG_CHARACTERS,
    Encode,
    Leaf,
    UnusualValue,
    encode_long_text,
    lasting_json,
    leaf_encoder,
    nullable,
)
from gql_chat.api.engine.fields.resolvers import attribute_of

MAX_COMPILED = 256  # selections and types of values that are remembered for the process; clients choose selections
REMEMBERED_BYTES = 16_384  # of an event's text that is kept for the next subscription

Compiled: TypeAlias = dict[Any, Any]
"""What was compiled of an operation without directives, the same for all variables. Its document keeps it."""


class Step(NamedTuple):
    """A selected field: its response name, the object's attribute, and how that is encoded; bytes are its JSON text."""

    response_name: str
    attribute: str
    encode: Leaf | bytes


NOT_ENCODED = (UnusualValue, AttributeError, orjson.JSONEncodeError, UnicodeEncodeError)
"""The errors by which an object has to be completed in full; the last two for half of a surrogate pair."""


class Projection:
    """Encodes events as JSON texts of `{"data": …}`.

    All subscriptions with one selection share it. It remembers the last event, because one event is offered to all
    watchers of a reply in turn: it is encoded once.
    """

    __slots__ = ("_parts", "_steps", "last_event", "last_text")

    def __init__(self, response_name: str, steps: tuple[Step, ...]) -> None:
        template, encoded = _template_of(steps)
        around = (b'{"data":{"%b":' % response_name.encode() + template + b"}}").split(b"%b")
        self._parts = [b""] * (2 * len(around) - 1)  # each second one is the place of a value
        self._parts[::2] = around
        self._steps = [(2 * number + 1, attribute, *leaf) for number, (attribute, leaf) in enumerate(encoded)]
        self.last_event: Any = None
        self.last_text = b""

    def encode(self, event: Any) -> bytes | None:
        """Return the event's JSON text, None if it has to be executed in full."""
        parts = self._parts.copy()
        try:
            for place, attribute, expected, encode in self._steps:
                value = getattr(event, attribute)
                if expected is not None and value.__class__ is not expected:
                    return None
                is_long = expected is str and len(value) >= LONG_CHARACTERS
                parts[place] = encode_long_text(value) if is_long else encode(value)
        except NOT_ENCODED:
            return None
        text = b"".join(parts)
        if len(text) <= REMEMBERED_BYTES:
            self.last_event, self.last_text = event, text
        return text


class Projections:
    """The compiled selections of one subscription, one per type of its events.

    `build_executor` is called for a type that is to be compiled. An event of more than `max_bytes` is left to the full
    algorithm, which refuses it. `send` sends a text at once, or returns False if it cannot.
    """

    __slots__ = ("_build_executor", "_by_type", "_max_bytes", "_send")

    def __init__(
        self,
        build_executor: Callable[[], Executor[Any]],
        compiled: Compiled | None = None,
        *,
        max_bytes: int = sys.maxsize,
        send: Callable[[bytes], bool] | None = None,
    ) -> None:
        self._build_executor = build_executor
        self._by_type: dict[type, Projection | None] = {} if compiled is None else compiled
        self._max_bytes = max_bytes
        self._send = send

    def try_send(self, event: object) -> bool:
        """Send the event's response. Return False if that cannot be done at once, or if the event has to be executed.

        One event is offered to all watchers in turn, so the usual one has just been encoded.
        """
        projection = self._by_type.get(event.__class__)
        if projection is None:
            text = self.encode(event)
        else:
            text = projection.last_text if event is projection.last_event else projection.encode(event)
        return text is not None and len(text) <= self._max_bytes and self._send is not None and self._send(text)

    def encode(self, event: object) -> bytes | None:
        """Return the JSON text of an event's response, None if it has to be executed in full."""
        event_type = type(event)
        try:
            projection = self._by_type[event_type]
        except KeyError:
            projection = self._by_type[event_type] = self._compile(event_type)
        if projection is None:
            return None
        text = projection.last_text if event is projection.last_event else projection.encode(event)
        return text if text is not None and len(text) <= self._max_bytes else None

    def _compile(self, event_type: type) -> Projection | None:
        executor = self._build_executor()
        root = _find_root_field(executor)
        if root is None:
            return None
        response_name, field_details, object_types = root
        for object_type in object_types:
            if event_type in _encoded_types(object_type):
                steps = _compile_steps(executor, object_type, field_details)
                return _projection(response_name, steps) if steps is not None else None
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
) -> Encode | None:
    """Return the encoder of what is selected of an object. Return None if that is more than plain fields."""
    origin = _origin_of(object_type)
    steps = _compile_steps(executor, object_type, field_details) if origin is not None else None
    return _object_encoder(origin, steps) if origin is not None and steps is not None else None


def _origin_of(object_type: GraphQLObjectType) -> type | None:
    """Return the Python type whose instances are of this GraphQL type, unless a rule of its own tells them."""
    definition = object_type.extensions.get("strawberry-definition")
    if not isinstance(definition, StrawberryObjectDefinition) or definition.is_type_of or definition.concrete_of:
        return None
    return definition.origin


def _encoded_types(object_type: GraphQLObjectType) -> tuple[type | None, ...]:
    """Return the types whose instances are encoded as the object: its own, and that in the class's `encodes`, if any.

    The latter has the attributes that the fields read, so that an event of it need not be copied into an object.
    """
    origin = _origin_of(object_type)
    return origin, getattr(origin, "encodes", None)


def _compile_steps(
    executor: Executor[Any], object_type: GraphQLObjectType, field_details: FieldDetailsList
) -> tuple[Step, ...] | None:
    steps = []
    for response_name, details in executor.collect_subfields(object_type, field_details).grouped_field_set.items():
        step = _compile_field(executor, object_type, response_name, details)
        if step is None:
            return None
        steps.append(step)
    return tuple(steps)


@lru_cache(MAX_COMPILED)
def _projection(response_name: str, steps: tuple[Step, ...]) -> Projection:
    return Projection(response_name, steps)


@lru_cache(MAX_COMPILED)
def _object_encoder(origin: type, steps: tuple[Step, ...]) -> Encode:
    template, encoded = _template_of(steps)

    def encode(value: Any) -> bytes:
        if value.__class__ is not origin:
            raise UnusualValue
        texts = []
        for attribute, (expected, encode_field) in encoded:
            field = getattr(value, attribute)
            if expected is not None and field.__class__ is not expected:
                raise UnusualValue
            is_long = expected is str and len(field) >= LONG_CHARACTERS
            texts.append(encode_long_text(field) if is_long else encode_field(field))
        return template % tuple(texts)

    return encode


def _template_of(steps: tuple[Step, ...]) -> tuple[bytes, list[tuple[str, Leaf]]]:
    """Return an object's JSON text with places for its values, and the attribute and the encoder of each of these."""
    fields = [b'"%b":%b' % (step.response_name.encode(), _placeholder(step.encode)) for step in steps]
    encoded = [(attribute, encode) for _, attribute, encode in steps if not isinstance(encode, bytes)]
    return b"{%b}" % b",".join(fields), encoded


def _placeholder(encode: Leaf | bytes) -> bytes:
    return encode.replace(b"%", b"%%") if isinstance(encode, bytes) else b"%b"


def _compile_field(
    executor: Executor[Any], object_type: GraphQLObjectType, response_name: str, details: FieldDetailsList
) -> Step | None:
    """Return the step of a field that is a plain attribute, and a leaf or an object of leaves. None for any other."""
    field_name = details[0].node.name.value
    if field_name == "__typename":
        return Step(response_name, "__class__", lasting_json(object_type.name))
    field = object_type.fields[field_name]
    if (attribute := attribute_of(field)) is None:
        return None
    is_required = isinstance(field.type, GraphQLNonNull)
    field_type = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
    leaf: Leaf | None = None
    if is_leaf_type(field_type):
        leaf = leaf_encoder(field_type)
    elif is_object_type(field_type) and (encode := compile_object(executor, field_type, details)) is not None:
        leaf = Leaf(None, encode)
    if leaf is None:
        return None
    return Step(response_name, attribute, leaf if is_required else nullable(leaf))

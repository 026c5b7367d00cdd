"""Variables of operations, coerced by functions that are made once for each document.

For each value of each request, graphql-core looks at its type and at each field of an input. Here that is done once. A
value that is not plainly right is left to graphql-core, which also finds the errors.
Figures: docs/decisions/0048-plain-arguments.md.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from graphql import (
    GraphQLError,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    Undefined,
    VariableDefinitionNode,
    get_nullable_type,
    is_leaf_type,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values
from graphql.utilities.coerce_input_value import coerce_default_value

MAX_ERRORS = 50  # as in graphql-core
KEPT_TYPES = 1_000  # more than the schema has
TEXTS = (GraphQLString, GraphQLID)  # which take a text as it is

Coerce = Callable[[Any], Any]
"""Returns a value other than null as graphql-core coerces it, or raises an exception if it may not be right."""


class NotPlain(Exception):
    """The value may be wrong, or its type has no coercion here."""


class Variables:
    """The variables that an operation declares."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._nodes = operation.variable_definitions or ()
        try:
            self._declared: list[_Variable] | None = [_declare(schema, node) for node in self._nodes]
        except NotPlain:
            self._declared = None

    def coerce(self, inputs: Mapping[str, Any], *, hide_suggestions: bool) -> VariableValues | list[GraphQLError]:
        """Return the values of the variables, or the errors for which the operation cannot run."""
        if self._declared is not None:
            try:
                return _coerce_plainly(self._declared, inputs)
            except Exception:  # noqa: BLE001, S110 - what a scalar raises, graphql-core reports
                pass
        return get_variable_values(self._schema, self._nodes, dict(inputs), MAX_ERRORS, hide_suggestions)


class _Variable(NamedTuple):
    name: str
    signature: GraphQLVariableSignature
    absent: VariableValueSource
    is_required: bool
    coerce: Coerce


class _Field(NamedTuple):
    name: str
    out_name: str
    default: Any
    is_required: bool
    """Whether null is refused. Without a default, so is its absence."""
    is_text: bool
    coerce: Coerce


def _declare(schema: GraphQLSchema, node: VariableDefinitionNode) -> _Variable:
    signature = get_variable_signature(schema, node)
    if isinstance(signature, GraphQLError):
        raise NotPlain
    if signature.default is not None and not is_leaf_type(get_nullable_type(signature.type)):
        raise NotPlain  # a list or an object, which a resolver could change for all requests
    is_required, coerce = _compile(signature.type)
    return _Variable(signature.name, signature, VariableValueSource(signature), is_required, coerce)


def _coerce_plainly(declared: list[_Variable], inputs: Mapping[str, Any]) -> VariableValues:
    sources: dict[str, VariableValueSource] = {}
    coerced: dict[str, Any] = {}
    for name, signature, absent, is_required, coerce in declared:
        if name in inputs:
            value = inputs[name]
            sources[name] = VariableValueSource(signature, value)
            if value is not None:
                coerced[name] = coerce(value)
            elif is_required:
                raise NotPlain
            else:
                coerced[name] = None
        elif signature.default is not None:
            sources[name] = absent
            coerced[name] = coerce_default_value(signature)
        elif is_required:
            raise NotPlain
        else:
            sources[name] = absent
    return VariableValues(sources, coerced)


def _compile(input_type: GraphQLInputType) -> tuple[bool, Coerce]:
    """Return whether the type refuses null, and the coercion of its values. Raise NotPlain if there is none here."""
    is_required = isinstance(input_type, GraphQLNonNull)
    coerce = _coercion(input_type.of_type if isinstance(input_type, GraphQLNonNull) else input_type)
    if coerce is None:
        raise NotPlain
    return is_required, coerce


@lru_cache(KEPT_TYPES)
def _coercion(input_type: Any) -> Coerce | None:
    """Return the coercion of a nullable type, None if the type contains itself: its values may have any depth."""
    try:
        if isinstance(input_type, GraphQLInputObjectType):
            return _object_coercion(input_type)
        if isinstance(input_type, GraphQLList):
            return _list_coercion(*_compile(input_type.of_type))
    except (NotPlain, RecursionError):
        return None
    return _leaf_coercion(input_type.coerce_input_value)


def _leaf_coercion(coerce_input_value: Coerce) -> Coerce:
    def coerce(value: Any) -> Any:
        coerced = coerce_input_value(value)
        if coerced is Undefined:
            raise NotPlain
        return coerced

    return coerce


def _list_coercion(is_required: bool, coerce_item: Coerce) -> Coerce:
    def coerce(value: Any) -> Any:
        if value.__class__ is not list or (is_required and None in value):
            raise NotPlain
        return [None if item is None else coerce_item(item) for item in value]

    return coerce


def _object_coercion(input_type: GraphQLInputObjectType) -> Coerce:
    fields = [_compile_field(name, field) for name, field in input_type.fields.items()]
    convert = None if input_type.out_type is GraphQLInputObjectType.out_type else input_type.out_type
    is_one_of = input_type.is_one_of

    def coerce(value: Any) -> Any:
        if value.__class__ is not dict:
            raise NotPlain
        coerced, count = _coerce_fields(fields, value)
        if count != len(value) or (is_one_of and (len(coerced) != 1 or None in coerced.values())):
            raise NotPlain
        return coerced if convert is None else convert(coerced)

    return coerce


def _coerce_fields(fields: list[_Field], value: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Return the values of the fields, and how many of them the client sent."""
    coerced: dict[str, Any] = {}
    count = 0
    for name, out_name, default, is_required, is_text, coerce in fields:
        if name in value:
            count += 1
            content = value[name]
            if content is None and is_required:
                raise NotPlain
            is_ready = content is None or (is_text and content.__class__ is str)
            coerced[out_name] = content if is_ready else coerce(content)
        elif default is not Undefined:
            coerced[out_name] = default
        elif is_required:
            raise NotPlain
    return coerced, count


def _compile_field(name: str, field: GraphQLInputField) -> _Field:
    is_required, coerce = _compile(field.type)
    named = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
    return _Field(name, field.out_name or name, coerce_default_value(field), is_required, named in TEXTS, coerce)

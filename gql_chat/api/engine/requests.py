"""Requests: from a decoded payload to an operation that is parsed, valid and within the limits."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from gql_chat.api.engine.complexity import Limits, Size, find_excess, measure
from gql_chat.api.engine.errors import ErrorCode, code_of, format_error, request_error
from gql_chat.api.engine.instrumentation import SEVERAL, root_field

RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
MAX_VALIDATION_ERRORS = 20
CACHED_DOCUMENTS = 500  # each at most Limits.max_source_length of text and Limits.max_tokens of nodes


class RequestRejected(Exception):
    """A request that cannot be executed at all: GraphQL's *request errors*, which come without `data`."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self._errors = errors

    @property
    def code(self) -> str:
        """The first error's code."""
        return code_of(self._errors[0])

    def format(self, request_id: str) -> list[dict[str, Any]]:
        """Return the response's `errors`."""
        return [format_error(error, request_id) for error in self._errors]


class MalformedRequest(RequestRejected):
    """A payload without the shape of a GraphQL request."""

    def __init__(self, message: str) -> None:
        super().__init__([request_error(ErrorCode.BAD_USER_INPUT, message)])


@dataclass(frozen=True, slots=True)
class Operation:
    """A checked operation, ready to run."""

    document: DocumentNode
    definition: OperationDefinitionNode
    variables: dict[str, Any]
    extensions: dict[str, Any]
    root_field: str = SEVERAL

    @property
    def type(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.definition.operation

    @property
    def name(self) -> str | None:
        """The operation's name in its document."""
        return self.definition.name.value if self.definition.name else None


class RequestChecker:
    """Parses, measures and validates requests, and keeps the newest documents that passed."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, *, introspection: bool) -> None:
        self._schema = schema
        self._limits = limits
        self._rules = RULES if introspection else (*RULES, NoSchemaIntrospectionCustomRule)
        self._hide_suggestions = not introspection
        self._check_document = lru_cache(CACHED_DOCUMENTS)(self._parse_and_validate)

    def check(self, payload: object) -> Operation:
        """Check a decoded request. Raise MalformedRequest or RequestRejected."""
        if not isinstance(payload, dict):
            raise MalformedRequest("Send a JSON object with a `query`; batches are not supported.")
        query, name = payload.get("query"), payload.get("operationName")
        if not isinstance(query, str):
            raise MalformedRequest("`query` must be a string.")
        if name is not None and not isinstance(name, str):
            raise MalformedRequest("`operationName` must be a string or null.")
        variables, extensions = _get_mapping(payload, "variables"), _get_mapping(payload, "extensions")
        document, operations = self._check_document(query)
        checked = _select_operation(operations, name)
        if checked.size.varies:
            self._require_within_limits(measure(document, checked.definition, variables))
        return Operation(document, checked.definition, variables, extensions, checked.root_field)

    def _parse_and_validate(self, query: str) -> tuple[DocumentNode, "_Operations"]:
        document = self._parse(query)
        sized: list[tuple[OperationDefinitionNode, Size]] = []
        for definition in document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                size = measure(document, definition, None)
                self._require_within_limits(size)
                sized.append((definition, size))
        errors = validate(self._schema, document, self._rules, MAX_VALIDATION_ERRORS, self._hide_suggestions)
        if errors:
            raise RequestRejected([request_error(ErrorCode.GRAPHQL_VALIDATION_FAILED, error) for error in errors])
        return document, {
            definition.name.value if definition.name else None: _Checked(
                definition, size, root_field(document, definition)
            )
            for definition, size in sized
        }

    def _parse(self, query: str) -> DocumentNode:
        limits = self._limits
        try:
            return parse(
                query,
                max_lexical_tokens=limits.max_tokens,
                max_comments=limits.max_comments,
                max_source_length=limits.max_source_length,
            )
        except GraphQLSyntaxError as exc:
            is_limit = exc.message.endswith("Parsing aborted.")
            code = ErrorCode.OPERATION_TOO_COMPLEX if is_limit else ErrorCode.GRAPHQL_PARSE_FAILED
            raise RequestRejected([request_error(code, exc)]) from exc

    def _require_within_limits(self, size: Size) -> None:
        excess = find_excess(self._limits, size)
        if excess:
            raise RequestRejected([request_error(ErrorCode.OPERATION_TOO_COMPLEX, excess)])


class _Checked(NamedTuple):
    definition: OperationDefinitionNode
    size: Size
    root_field: str


_Operations = dict[str | None, _Checked]


def _get_mapping(payload: dict[str, Any], key: str) -> dict[str, Any]:
    value = payload.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise MalformedRequest(f"`{key}` must be an object or null.")
    return value


def _select_operation(operations: _Operations, name: str | None) -> _Checked:
    if not operations:
        raise RequestRejected([request_error(ErrorCode.BAD_USER_INPUT, "The document holds no operation.")])
    if name is None and len(operations) == 1:
        return next(iter(operations.values()))
    if name is None:
        message = "The document holds more than one operation: `operationName` must say which one to run."
        raise RequestRejected([request_error(ErrorCode.BAD_USER_INPUT, message)])
    if name not in operations:
        message = f"The document holds no operation named '{name}'."
        raise RequestRejected([request_error(ErrorCode.BAD_USER_INPUT, message)])
    return operations[name]

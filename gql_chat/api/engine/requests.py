"""Requests: from a decoded payload to an operation that is parsed, valid and within the limits."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from graphql import GraphQLError, GraphQLSchema, OperationType

from gql_chat.api.engine.complexity import Limits, find_excess
from gql_chat.api.engine.documents import CheckedOperation, Document, Documents
from gql_chat.api.engine.errors import ErrorCode, code_of, format_error, request_error


class RequestRejected(Exception):
    """A request that cannot be executed at all: GraphQL's *request errors*, which come without `data`."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = errors

    @property
    def code(self) -> str:
        """The first error's code."""
        return code_of(self.errors[0])


class MalformedRequest(RequestRejected):
    """A payload without the shape of a GraphQL request."""

    def __init__(self, message: str) -> None:
        super().__init__([request_error(ErrorCode.BAD_USER_INPUT, message)])


def format_errors(error: Exception, request_id: str) -> list[dict[str, Any]]:
    """Return the `errors` of the response to a request that failed."""
    errors = error.errors if isinstance(error, RequestRejected) else [error]
    return [format_error(one, request_id) for one in errors]


class Operation(NamedTuple):
    """A checked operation, ready to run."""

    checked: CheckedOperation
    type: OperationType
    name: str | None
    """Its name in its document."""
    root_field: str
    variables: dict[str, Any]
    extensions: dict[str, Any]
    cost: int
    """The most that it may spend, by the costs that its fields state."""


class RequestChecker:
    """Checks that payloads are requests for operations within the limits."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, *, introspection: bool) -> None:
        self._limits = limits
        self._documents = Documents(schema, limits, introspection=introspection)

    def knows(self, payload: object) -> bool:
        """Return whether `check` takes no time, because the document was checked before or there is none."""
        query = payload.get("query") if isinstance(payload, dict) else None
        return not isinstance(query, str) or self._documents.knows(query)

    def examine(self, payload: dict[str, Any]) -> Document | list[GraphQLError] | None:
        """Examine an unknown document, in any thread. Return None if it has become known meanwhile."""
        return None if self.knows(payload) else self._documents.examine(payload["query"])

    def keep(self, payload: dict[str, Any], examined: Document | list[GraphQLError] | None) -> None:
        """Keep the result of `examine`, so that `check` takes no time."""
        if examined is not None:
            self._documents.keep(payload["query"], examined)

    def check(self, payload: object) -> Operation:
        """Check a decoded request. Raise MalformedRequest or RequestRejected."""
        if not isinstance(payload, dict):
            raise MalformedRequest("Send a JSON object with a `query`; batches are not supported.")
        query, name = payload.get("query"), payload.get("operationName")
        variables, extensions = _get_mapping(payload, "variables"), _get_mapping(payload, "extensions")
        if not isinstance(query, str):
            raise MalformedRequest("`query` must be a string.")
        if name is not None and not isinstance(name, str):
            raise MalformedRequest("`operationName` must be a string or null.")
        document = self._documents.check(query)
        if not isinstance(document, Document):
            raise RequestRejected(document)
        checked = _select_operation(document.operations, name or None)  # forms send an empty one
        size = checked.size(variables)
        if excess := find_excess(self._limits, size):
            raise RequestRejected([request_error(ErrorCode.OPERATION_TOO_COMPLEX, excess)])
        return Operation(checked, checked.type, checked.name, checked.root_field, variables, extensions, size.cost)


def _get_mapping(payload: dict[str, Any], key: str) -> dict[str, Any]:
    value = payload.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise MalformedRequest(f"`{key}` must be an object or null.")
    return value


def _select_operation(operations: Mapping[str | None, CheckedOperation], name: str | None) -> CheckedOperation:
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

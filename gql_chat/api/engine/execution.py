"""The GraphQL engine under every transport: a request's payload in, checked; responses out, errors translated."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple, cast

import orjson
import strawberry
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)
from graphql.execution import create_source_event_stream
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from gql_chat.api.engine.complexity import Limits, Size, find_excess, measure
from gql_chat.api.engine.context import Context
from gql_chat.api.engine.errors import ErrorCode, as_graphql_error, code_of, format_error, request_error
from gql_chat.api.engine.instrumentation import SEVERAL, Observation, observe_rejection, root_field
from gql_chat.api.engine.projection import Projections

RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
MAX_VALIDATION_ERRORS = 20
CACHED_DOCUMENTS = 500  # each at most Limits.max_source_length of text and Limits.max_tokens of nodes
EVENTS_BETWEEN_PAUSES = 64  # a source that never waits would otherwise keep the loop from everybody else

TrySend = Callable[[str], bool]
"""Sends a response at once, or says that it cannot: the client reads too slowly, or has gone."""


class RequestRejected(Exception):
    """The request cannot be executed at all: GraphQL's *request errors*, which come without `data`."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self._errors = errors

    @property
    def code(self) -> str:
        """The first error's."""
        return code_of(self._errors[0])

    def format(self, request_id: str) -> list[dict[str, Any]]:
        """The response's `errors`."""
        return [format_error(error, request_id) for error in self._errors]


class MalformedRequest(RequestRejected):
    """The payload does not have the shape of a GraphQL request."""

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


class Engine:
    """Parses, validates and runs operations. One for the process, used by any number of tasks."""

    def __init__(self, schema: strawberry.Schema, *, limits: Limits | None = None, introspection: bool = True) -> None:
        """Without introspection, errors do not suggest names of fields either."""
        self._schema = schema._schema
        self._limits = limits or Limits()
        self._rules = RULES if introspection else (*RULES, NoSchemaIntrospectionCustomRule)
        self._hide_suggestions = not introspection
        self._check = lru_cache(CACHED_DOCUMENTS)(self._parse_and_validate)
        self._mutations: set[asyncio.Task[dict[str, Any]]] = set()

    def prepare(self, payload: object) -> Operation:
        """Check a decoded request. Raises MalformedRequest or RequestRejected."""
        try:
            return self._prepare(payload)
        except RequestRejected as rejected:
            observe_rejection(rejected.code)
            raise

    def _prepare(self, payload: object) -> Operation:
        if not isinstance(payload, dict):
            raise MalformedRequest("A GraphQL request is a JSON object with a `query`; batches are not supported.")
        query, name = payload.get("query"), payload.get("operationName")
        if not isinstance(query, str):
            raise MalformedRequest("`query` must be a string.")
        if name is not None and not isinstance(name, str):
            raise MalformedRequest("`operationName` must be a string or null.")
        variables, extensions = _get_mapping(payload, "variables"), _get_mapping(payload, "extensions")
        document, operations = self._check(query)
        checked = _select_operation(operations, name)
        if checked.size.varies:
            self._require_within_limits(measure(document, checked.definition, variables))
        return Operation(document, checked.definition, variables, extensions, checked.root_field)

    async def execute(self, operation: Operation, context: Context) -> dict[str, Any]:
        """The response to a query or mutation. Raises RequestRejected when the variables do not fit.

        A mutation runs to its end even if the caller is cancelled: its effects are never half done.
        """
        executing = self._execute(operation, context)
        if operation.type is not OperationType.MUTATION:
            return await executing
        task = asyncio.create_task(executing)
        self._mutations.add(task)
        task.add_done_callback(self._mutations.discard)
        return await asyncio.shield(task)

    async def stream(
        self, operation: Operation, context: Context, try_send: TrySend | None = None
    ) -> AsyncGenerator[str, None]:
        """The JSON texts of the responses: one to a query or mutation, any number to a subscription.

        `try_send` is offered some of a subscription's while this generator waits for its source; what it takes is not
        given again. Raises RequestRejected before the first response; what fails later is told by a last response.
        Closing the stream closes the subscription's source.
        """
        if operation.type is not OperationType.SUBSCRIPTION:
            yield encode(await self.execute(operation, context))
            return
        with _observed(operation, context) as observation:
            executor = self._build_executor(operation, context)
            projections = Projections(executor)
            if try_send is not None:
                context.try_send = partial(_try_send_event, projections, try_send)
            source = await _open_source(executor)
            count = 0
            async with aclosing(source):
                try:
                    async for event in source:
                        yield projections.encode(event) or encode(await _run(executor.for_event(event), context))
                        count += 1
                        if count % EVENTS_BETWEEN_PAUSES == 0:
                            await asyncio.sleep(0)
                except Exception as exc:
                    if count == 0:
                        raise RequestRejected([as_graphql_error(exc)]) from exc
                    observation.failed(code_of(exc))
                    yield encode({"data": None, "errors": [format_error(exc, context.request.request_id)]})

    async def finish_mutations(self) -> None:
        """Wait for the mutations whose callers have gone: call it before what they work with is closed."""
        await asyncio.gather(*self._mutations, return_exceptions=True)

    async def _execute(self, operation: Operation, context: Context) -> dict[str, Any]:
        with _observed(operation, context) as observation:
            response = await _run(self._build_executor(operation, context), context)
            observation.answered(response)
            return response

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

    def _build_executor(self, operation: Operation, context: Context) -> "_Executor":
        name = operation.definition.name
        executor = _Executor.build(
            self._schema,
            operation.document,
            context_value=context,
            raw_variable_values=operation.variables,
            operation_name=name.value if name else None,
            is_awaitable=cast(Any, optimized_is_awaitable),  # it is a TypeGuard in all but its annotation
            hide_suggestions=self._hide_suggestions,
            operation_extensions=operation.extensions,
        )
        if isinstance(executor, list):
            raise RequestRejected([request_error(ErrorCode.BAD_USER_INPUT, error) for error in executor])
        return cast(_Executor, executor)


def encode(response: dict[str, Any]) -> str:
    """The JSON text of a response."""
    return orjson.dumps(response).decode()


class _Checked(NamedTuple):
    definition: OperationDefinitionNode
    size: Size
    root_field: str


_Operations = dict[str | None, _Checked]


class _Executor(StrawberryGraphQLCoreExecutionContext):
    """Strawberry's executor without graphql-core's growth of about 2 KB per event of a subscription."""

    def for_event(self, event: object) -> "_Executor":
        executor = self.build_per_event_executor(event)
        # graphql-core 3.3.2 shares this memo among all events of a subscription. It is keyed by the identity of lists
        # that are made anew for each event, so it never hits and only grows.
        executor._relevant_sub_fields = {}
        return cast(_Executor, executor)


def _observed(operation: Operation, context: Context) -> Observation:
    name = operation.definition.name
    return Observation(
        operation.type,
        operation.root_field,
        name=name.value if name else None,
        user_id=context.viewer.user_id if context.viewer else None,
    )


def _try_send_event(projections: Projections, try_send: TrySend, event: object) -> bool:
    response = projections.encode(event)
    return response is not None and try_send(response)


async def _run(executor: _Executor, context: Context) -> dict[str, Any]:
    executed = executor.execute_operation()
    # The wider type is for @defer and @stream, which our schema does not have.
    result = cast(ExecutionResult, await executed if executor.is_awaitable(executed) else executed)
    response: dict[str, Any] = {"data": result.data}
    if result.errors:
        root_type = executor.schema.get_root_type(executor.operation.operation)
        response["errors"] = [format_error(error, context.request.request_id, root_type) for error in result.errors]
    return response


async def _open_source(executor: _Executor) -> AsyncGenerator[Any, None]:
    source = create_source_event_stream(executor)
    if executor.is_awaitable(source):
        source = await source
    if isinstance(source, ExecutionResult):
        raise RequestRejected(source.errors or [])
    return cast("AsyncGenerator[Any, None]", source)


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

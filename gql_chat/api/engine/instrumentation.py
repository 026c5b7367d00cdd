"""What is told of each operation: a line in the log, and how many there were, how they ended and how long they took.

Clients choose the names of operations, so what counts is the root field, of which there are as many as the schema has.
"""

import time
from types import TracebackType
from typing import Any, Self

import structlog
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
)

from gql_chat.api.engine.errors import ErrorCode
from gql_chat.infra.telemetry.logging import ACCESS_LOGGER
from gql_chat.infra.telemetry.metrics import Counter, Histogram, gauge
from gql_chat.infra.telemetry.tracing import span

access = structlog.get_logger(ACCESS_LOGGER)

SEVERAL = "(several)"  # root fields in one operation
REJECTED = "(rejected)"  # what is no operation of the schema, or whose it is could not be found out
OK = "OK"
FAULTS = frozenset({ErrorCode.INTERNAL, ErrorCode.UNAVAILABLE})  # the others are the client's doing
CANCELLED = "CANCELLED"  # who asked has gone
MAX_NAME_LENGTH = 64

OPERATIONS = Counter(
    "gql_chat_operations_total", "Operations that ended, by their first error's code or OK.", ("type", "field", "code")
)
SECONDS = Histogram(
    "gql_chat_operation_seconds",
    "From a query's or mutation's start to its response.",
    ("type", "field"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
SUBSCRIPTIONS = gauge("gql_chat_subscriptions", "Subscriptions that run now.", ("field",))


class Observation:
    """One operation from its start to its end: use it as a context; what escapes from that counts as its error."""

    def __init__(self, kind: OperationType, field: str, *, name: str | None, user_id: str | None) -> None:
        self._kind = kind
        self._field = field
        self._name = name and name[:MAX_NAME_LENGTH]
        self._user_id = user_id
        self._code = OK

    def __enter__(self) -> Self:
        self._started_at = time.perf_counter()
        self._in_span = span(f"{self._kind.value} {self._field}", "SERVER")
        self._span = self._in_span.__enter__()
        if self._kind is OperationType.SUBSCRIPTION:
            SUBSCRIPTIONS.labels(self._field).inc()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        seconds = time.perf_counter() - self._started_at
        if isinstance(error, Exception):
            self.failed(str(getattr(error, "code", ErrorCode.INTERNAL)))
        elif error is not None and self._kind is not OperationType.SUBSCRIPTION:  # those end with their watcher
            self.failed(CANCELLED)
        if self._kind is OperationType.SUBSCRIPTION:
            SUBSCRIPTIONS.labels(self._field).dec()
        else:
            SECONDS.labels(self._kind.value, self._field).observe(seconds)
        self._end_span()
        OPERATIONS.labels(self._kind.value, self._field, self._code).inc()
        access.info(
            "operation",
            type=self._kind.value,
            field=self._field,
            operation=self._name,
            code=self._code,
            duration_ms=round(seconds * 1000, 1),
            user_id=self._user_id,
        )

    def _end_span(self) -> None:
        # https://opentelemetry.io/docs/specs/semconv/graphql/graphql-spans/
        self._span.set_attributes(
            graphql__operation__type=self._kind.value,
            graphql__operation__name=self._name,
            gql_chat__code=self._code,
            user__id=self._user_id,
        )
        if self._code in FAULTS:
            self._span.fail(self._code)
        self._in_span.__exit__(None, None, None)

    def failed(self, code: str) -> None:
        """The first error counts."""
        if self._code == OK:
            self._code = code

    def answered(self, response: dict[str, Any]) -> None:
        """With data or with errors."""
        if response.get("errors"):
            self.failed(str(response["errors"][0]["extensions"]["code"]))


def observe_rejection(code: str) -> None:
    """A request was none of the schema's operations, or more than one may be, or nobody could tell who asks."""
    OPERATIONS.labels("", REJECTED, code).inc()
    access.info("operation", type=None, field=None, operation=None, code=code, duration_ms=None, user_id=None)


def root_field(document: DocumentNode, operation: OperationDefinitionNode) -> str:
    """The one root field of a valid operation, or SEVERAL."""
    fragments = {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
    names: set[str] = set()
    met: set[str] = set()
    selections = [*operation.selection_set.selections]
    while selections:
        selection = selections.pop()
        if isinstance(selection, FieldNode):
            names.add(selection.name.value)
        elif isinstance(selection, InlineFragmentNode):
            selections += selection.selection_set.selections
        elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in met:
            met.add(selection.name.value)
            selections += fragments[selection.name.value].selection_set.selections
    return names.pop() if len(names) == 1 else SEVERAL

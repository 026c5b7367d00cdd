"""The observation of operations: a log line for each, metrics of their number, outcome and duration, and spans.

Metrics are labelled by root field, of which the schema has a fixed number; clients choose the names of operations.
"""

import time
from collections.abc import Mapping
from functools import cache
from types import TracebackType
from typing import Any, Self

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
)

from gql_chat.api.engine.errors import ErrorCode
from gql_chat.infra.telemetry.access_lines import log_operation
from gql_chat.infra.telemetry.metrics import Counter, Histogram, gauge
from gql_chat.infra.telemetry.tracing import span

SEVERAL = "(several)"  # more than one root field in an operation
REJECTED = "(rejected)"  # not an operation of the schema, or its user could not be determined
OK = "OK"
FAULTS = frozenset({ErrorCode.INTERNAL, ErrorCode.UNAVAILABLE})  # the client causes the others
CANCELLED = "CANCELLED"  # the client has gone
MAX_NAME_LENGTH = 64

OPERATIONS = Counter(
    "gql_chat_operations_total",
    "Operations that ended, by the code of their first error, or OK.",
    ("type", "field", "code"),
)
SECONDS = Histogram(
    "gql_chat_operation_seconds",
    "Time from a query's or mutation's start to its response.",
    ("type", "field"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
SUBSCRIPTIONS = gauge("gql_chat_subscriptions", "Running subscriptions.", ("field",))


# Each with its labels, found at a tenth of the cost. There are few: fields and codes are the schema's.
_running = cache(SUBSCRIPTIONS.labels)
_seconds = cache(SECONDS.labels)
_ended = cache(OPERATIONS.labels)


class Observation:
    """The observation of one operation. Use it as a context: an exception that leaves it is the operation's error."""

    __slots__ = (
        "_code",
        "_field",
        "_in_span",
        "_is_subscription",
        "_name",
        "_span",
        "_started_at",
        "_type",
        "_user_id",
    )

    def __init__(self, kind: OperationType, field: str, *, name: str | None, user_id: str | None) -> None:
        self._type = kind.value
        self._is_subscription = kind is OperationType.SUBSCRIPTION
        self._field = field
        self._name = name and name[:MAX_NAME_LENGTH]
        self._user_id = user_id
        self._code = OK

    def __enter__(self) -> Self:
        self._started_at = time.perf_counter()
        self._in_span = span(f"{self._type} {self._field}", "SERVER")
        self._span = self._in_span.__enter__()
        if self._is_subscription:
            _running(self._field).inc()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        seconds = time.perf_counter() - self._started_at
        if isinstance(error, Exception):
            self.failed(str(getattr(error, "code", ErrorCode.INTERNAL)))
        elif error is not None and not self._is_subscription:  # cancelling is the usual end of a subscription
            self.failed(CANCELLED)
        if self._is_subscription:
            _running(self._field).dec()
        else:
            _seconds(self._type, self._field).observe(seconds)
        self._end_span()
        _ended(self._type, self._field, self._code).inc()
        log_operation(
            {
                "type": self._type if self._field == SEVERAL else None,  # else the field says it
                "field": self._field,
                "operation": self._name,
                "code": self._code,
                "duration_ms": round(seconds * 1000, 1),
                "user_id": self._user_id,
            }
        )

    def _end_span(self) -> None:
        # https://opentelemetry.io/docs/specs/semconv/graphql/graphql-spans/
        self._span.set_attributes(
            graphql__operation__type=self._type,
            graphql__operation__name=self._name,
            gql_chat__code=self._code,
            user__id=self._user_id,
        )
        if self._code in FAULTS:
            self._span.fail(self._code)
        self._in_span.__exit__(None, None, None)

    def failed(self, code: str) -> None:
        """Record an error, of which the first counts."""
        if self._code == OK:
            self._code = code

    def answered(self, response: dict[str, Any]) -> None:
        """Record the response's first error, if it has one."""
        if response.get("errors"):
            self.failed(str(response["errors"][0]["extensions"]["code"]))


def observe_rejection(code: str, *, is_logged: bool = True) -> None:
    """Record a request that is not an executable operation, exceeds a limit, or whose user could not be determined."""
    _ended("", REJECTED, code).inc()
    log_operation({"code": code, "duration_ms": None}, is_logged=is_logged)


def root_field(fragments: Mapping[str, FragmentDefinitionNode], operation: OperationDefinitionNode) -> str:
    """Return the root field of a valid operation, or SEVERAL."""
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

"""What is told of an operation: its root field, which is ours, and how it ended."""

import asyncio
from contextlib import nullcontext
from typing import Any

import pytest
from graphql import OperationDefinitionNode, OperationType, parse
from structlog.testing import capture_logs

from gql_chat.api.engine.documents import Fragments
from gql_chat.api.engine.instrumentation import OPERATIONS, SEVERAL, SUBSCRIPTIONS, Observation, root_field
from gql_chat.errors import Conflict


def field_of(document: str) -> str:
    parsed = parse(document)
    operation = next(one for one in parsed.definitions if isinstance(one, OperationDefinitionNode))
    return root_field(Fragments.of(parsed).definitions, operation)


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ("{ me { id } }", "me"),
        ("query Mine { mine: me { id } again: me { username } }", "me"),
        ("{ ... on Query { me { id } } ... { me { id } } }", "me"),
        ("{ ...A } fragment A on Query { ...B } fragment B on Query { me { id } }", "me"),
        ("{ me { id } personas { name } }", SEVERAL),
        ("{ me { id } ...A } fragment A on Query { personas { name } }", SEVERAL),
        ("{ __typename }", "__typename"),
    ],
)
def test_the_root_field_is_found_whatever_hides_it(document: str, field: str) -> None:
    assert field_of(document) == field


def test_fragments_that_spread_each_other_many_times_take_no_time() -> None:
    bomb = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(60))
    assert field_of(f"{{ ...F0 }} {bomb} fragment F60 on Query {{ me {{ id }} }}") == "me"


def observed(kind: OperationType, error: BaseException | None = None, failed: str | None = None) -> dict[str, Any]:
    """Return the line about an operation that ends so."""
    expected = pytest.raises(type(error)) if error else nullcontext()
    with (
        capture_logs() as lines,
        expected,
        Observation(kind, "toy", name="N" * 1000, user_id="usr_1") as observation,
    ):
        if failed:
            observation.failed(failed)
            observation.failed("LATER")
        if error:
            raise error
    (line,) = (line for line in lines if line["event"] == "operation")
    return dict(line)


@pytest.mark.parametrize(
    ("kind", "error", "code"),
    [
        (OperationType.QUERY, None, "OK"),
        (OperationType.QUERY, Conflict("Something else got there first."), "CONFLICT"),
        (OperationType.QUERY, RuntimeError("hunter2"), "INTERNAL"),
        (OperationType.QUERY, asyncio.CancelledError(), "CANCELLED"),
        (OperationType.SUBSCRIPTION, asyncio.CancelledError(), "OK"),
        (OperationType.SUBSCRIPTION, GeneratorExit(), "OK"),
        (OperationType.SUBSCRIPTION, RuntimeError("hunter2"), "INTERNAL"),
    ],
)
def test_an_operation_is_counted_and_logged_by_how_it_ended(
    kind: OperationType, error: BaseException | None, code: str
) -> None:
    counter = OPERATIONS.labels(kind.value, "toy", code)
    before = counter._value.get()
    line = observed(kind, error)
    assert counter._value.get() == before + 1
    assert (line["code"], line["field"], line["user_id"], line["operation"]) == (code, "toy", "usr_1", "N" * 64)
    assert "hunter2" not in str(line)
    assert SUBSCRIPTIONS.labels("toy")._value.get() == 0


def test_the_first_error_counts() -> None:
    assert observed(OperationType.QUERY, failed="FORBIDDEN")["code"] == "FORBIDDEN"
    assert observed(OperationType.QUERY, RuntimeError(), failed="FORBIDDEN")["code"] == "FORBIDDEN"

"""The engine: what it refuses, what it answers, and what a stream of events costs and leaves behind."""

import asyncio
import gc
import json
import logging
import tracemalloc
from contextlib import aclosing
from typing import Any

import pytest
import strawberry
from graphql import OperationType

from gql_chat.api.engine.complexity import Limits
from gql_chat.api.engine.context import Context
from gql_chat.api.engine.execution import Engine
from gql_chat.api.engine.requests import MalformedRequest, RequestRejected, format_errors
from gql_chat.errors import NotFound
from gql_chat.infra.telemetry.request_context import RequestInfo
from tests.support.toy import EXPIRED_TOKEN, GOOD_TOKEN, TEXT, Toy, make_context_of, schema, wait_until

ENGINE = Engine(schema)
DELTAS = "subscription { reply { __typename ... on ReplyDelta { kind offset text } } }"
NOT_COMPILED = "subscription { reply { __typename ... on ReplyDelta { kind offset text shouted } } }"


async def context_of(toy: Toy | None = None, authorization: str | None = None) -> Context:
    return await make_context_of(toy or Toy())(authorization, RequestInfo("192.0.2.1", "pytest", "req-1"))


async def execute(query: str, authorization: str | None = None, **variables: Any) -> dict[str, Any]:
    operation = ENGINE.admission.check({"query": query, "variables": variables})
    return await ENGINE.execute(operation, await context_of(authorization=authorization))


async def collect(query: str, toy: Toy | None = None, **variables: Any) -> list[dict[str, Any]]:
    operation = ENGINE.admission.check({"query": query, "variables": variables})
    async with aclosing(ENGINE.stream(operation, await context_of(toy))) as responses:
        return [json.loads(response) async for response in responses]


def refusal(payload: object, engine: Engine = ENGINE) -> dict[str, Any]:
    with pytest.raises(RequestRejected) as caught:
        engine.admission.check(payload)
    return format_errors(caught.value, "req-1")[0]


@pytest.mark.parametrize(
    "payload",
    [
        5, "x", None, True, [], [{"query": "{ hello }"}], {}, {"query": None}, {"query": 5},
        {"query": "{ hello }", "variables": []}, {"query": "{ hello }", "variables": "x"},
        {"query": "{ hello }", "extensions": 1}, {"query": "{ hello }", "operationName": {}},
    ],
)  # fmt: skip
def test_a_payload_of_another_shape_is_malformed(payload: object) -> None:
    with pytest.raises(MalformedRequest) as caught:
        ENGINE.admission.check(payload)
    assert format_errors(caught.value, "req-1")[0]["extensions"] == {"code": "BAD_USER_INPUT"}


def test_a_prepared_operation_knows_its_type_variables_and_extensions() -> None:
    query = "query A { hello } mutation B($t: String!) { remember(text: $t) } subscription C { missing }"
    payload = {"query": query, "operationName": "B", "variables": {"t": "x"}, "extensions": {"a": 1}}
    operation = ENGINE.admission.check(payload)
    assert operation.type is OperationType.MUTATION
    assert (operation.variables, operation.extensions) == ({"t": "x"}, {"a": 1})
    assert ENGINE.admission.check({"query": query, "operationName": "C"}).type is OperationType.SUBSCRIPTION
    assert ENGINE.admission.check({"query": "{ hello }", "variables": None}).type is OperationType.QUERY


def test_a_document_that_is_not_graphql_fails_to_parse() -> None:
    assert refusal({"query": "{ hello"}) == {
        "message": "Syntax Error: Expected Name, found <EOF>.",
        "locations": [{"line": 1, "column": 8}],
        "extensions": {"code": "GRAPHQL_PARSE_FAILED"},
    }


@pytest.mark.parametrize("query", ["{ }", "query Q { }", "{ items { } }", "query Q($a: Int) { }", "{ ... { } }"])
def test_an_empty_selection_is_no_graphql(query: str) -> None:
    error = refusal({"query": query})
    assert error["extensions"] == {"code": "GRAPHQL_PARSE_FAILED"}
    assert error["message"] == "Syntax Error: Expected Name, found '}'."


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "Expected value of non-null type 'Int!' not to be null."),
        (True, "Int cannot represent non-integer value: true"),
        ("7", 'Int cannot represent non-integer value: "7"'),
        ({"a": [None, False]}, 'Int cannot represent non-integer value: {"a":[null,false]}'),
        (float("inf"), "Int cannot represent non-integer value: a number beyond those of JSON"),
        (["x" * 200], 'Int cannot represent non-integer value: ["' + "x" * 118 + "…"),
    ],
)
async def test_messages_quote_the_client_s_json(value: Any, message: str) -> None:
    with pytest.raises(RequestRejected) as caught:
        await execute("query ($n: Int!) { twice(number: $n) }", n=value)
    (error,) = format_errors(caught.value, "req-1")
    assert error["message"] == f"Variable '$n' has invalid value: {message}"


def test_a_null_in_the_document_is_called_null() -> None:
    assert refusal({"query": "{ twice(number: null) }"})["message"] == (
        "Expected value of non-null type 'Int!' not to be null."
    )


def test_validation_that_takes_too_long_says_so() -> None:
    # 150 pairs of fields to compare, each with its fields below.
    error = refusal({"query": "{" + "items { id text slowText } " * 99 + "}"})
    assert error["extensions"] == {"code": "OPERATION_TOO_COMPLEX"}
    assert error["message"].startswith("The operation selects too many fields of the same name at the same place")


def test_a_document_that_does_not_fit_the_schema_fails_to_validate() -> None:
    assert refusal({"query": "{ nothing }"}) == {
        "message": "Cannot query field 'nothing' on type 'Query'.",
        "locations": [{"line": 1, "column": 3}],
        "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"},
    }


@pytest.mark.parametrize(
    ("query", "name", "message"),
    [
        ("query A { hello } query B { hello }", None, "more than one operation"),
        ("query A { hello }", "B", "no operation named 'B'"),
        ("fragment F on Query { hello }", None, "Fragment 'F' is never used."),
        ("subscription { silent failing(after: 1) }", None, "must select only one top level field"),
        ("subscription { silent @skip(if: true) }", None, "@skip"),
    ],
)
def test_an_operation_that_is_not_told_apart_is_refused(query: str, name: str | None, message: str) -> None:
    assert message in refusal({"query": query, "operationName": name})["message"]


def test_two_operations_without_a_name_are_refused() -> None:
    assert refusal({"query": "{ hello } { me }"})["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize(
    ("query", "limits"),
    [
        ("{ hello hello hello }", Limits(max_tokens=4)),
        ("{ hello } # a\n# b", Limits(max_comments=1)),
        ("{ hello }" + " " * 100, Limits(max_source_length=50)),
        ("{ items { id } }", Limits(max_depth=1)),
        ("{ a: hello b: hello }", Limits(max_aliases=1)),
        ("{ hello @skip(if: false) @include(if: true) }", Limits(max_directives=1)),
        ("{ items(first: 10) { id text } }", Limits(max_cost=20)),
        ("{ ...A } fragment A on Query { items(first: 9) { ...B } } fragment B on Message { id }", Limits(max_cost=9)),
        ("{ __schema { a: types { name } b: types { name } } }", Limits(max_aliases=1)),
    ],
)  # fmt: skip
def test_an_operation_over_a_limit_is_too_complex(query: str, limits: Limits) -> None:
    assert refusal({"query": query}, Engine(schema, limits=limits))["extensions"]["code"] == "OPERATION_TOO_COMPLEX"


def test_an_operation_at_its_limits_is_accepted() -> None:
    query = "{ a: items(first: 10) @skip(if: false) { id text } }"
    limits = Limits(max_source_length=len(query), max_depth=2, max_aliases=1, max_directives=1, max_cost=21)
    assert Engine(schema, limits=limits).admission.check({"query": query})


def test_the_cost_of_a_page_follows_the_variables_and_their_defaults() -> None:
    engine = Engine(schema, limits=Limits(max_cost=21))
    query = "query ($n: Int = 11) { items(first: $n) { id text } }"
    assert engine.admission.check({"query": query, "variables": {"n": 10}})
    assert engine.admission.check({"query": query, "variables": {"n": None}})
    assert refusal({"query": query, "variables": {"n": 11}}, engine)["extensions"]["code"] == "OPERATION_TOO_COMPLEX"
    assert refusal({"query": query}, engine)["extensions"]["code"] == "OPERATION_TOO_COMPLEX"


def test_of_several_variables_each_has_its_own_default() -> None:
    engine = Engine(schema, limits=Limits(max_cost=21))
    query = "query ($other: Int = 1, $n: Int = 11) { items(first: $n) { id text } twice(number: $other) }"
    assert refusal({"query": query}, engine)["extensions"]["code"] == "OPERATION_TOO_COMPLEX"


def test_fragments_that_nest_deeper_than_the_stack_has_room_are_refused() -> None:
    chain = "".join(f"fragment F{n} on Query {{ ...F{n + 1} }} " for n in range(248))
    deep = {"query": f"{{ ...F0 }} {chain} fragment F248 on Query {{ hello }}"}

    def refusal_below(frames: int) -> dict[str, Any]:
        return refusal_below(frames - 1) if frames else refusal(deep, Engine(schema))

    refusals = [refusal_below(frames) for frames in range(0, 401, 50)]
    assert {refused["extensions"]["code"] for refused in refusals} == {"OPERATION_TOO_COMPLEX"}
    assert "nested deeper than 15 levels" in refusals[-1]["message"]


def test_hostile_fragments_are_refused_quickly() -> None:
    doubling = "".join(f"fragment F{n} on Query {{ a{n}: hello ...F{n + 1} ...F{n + 1} }} " for n in range(40))
    query = f"{{ ...F0 }} {doubling} fragment F40 on Query {{ hello }}"
    assert refusal({"query": query})["extensions"]["code"] == "OPERATION_TOO_COMPLEX"
    chain = "".join(f"fragment F{n} on Query {{ ...F{n + 1} }} " for n in range(450))
    deep = f"{{ ...F0 }} {chain} fragment F450 on Query {{ hello }}"
    assert refusal({"query": deep})["extensions"]["code"] == "OPERATION_TOO_COMPLEX"
    assert (
        refusal({"query": "{ ...A } fragment A on Query { ...A }"})["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    )
    assert (
        refusal({"query": f"{{ items(first: {'9' * 9000}) {{ id }} }}"})["extensions"]["code"]
        == "OPERATION_TOO_COMPLEX"
    )


def test_a_document_is_parsed_once() -> None:
    engine = Engine(schema)
    first, second = (engine.admission.check({"query": "{ hello }", "variables": {"n": n}}) for n in range(2))
    assert first.checked is second.checked


async def test_a_query_is_answered() -> None:
    assert await execute("query ($n: String!) { hello(name: $n) }", n="Ada") == {"data": {"hello": "Hello, Ada!"}}
    assert await execute("{ me }", GOOD_TOKEN) == {"data": {"me": "usr_ada"}}


async def test_variables_that_do_not_fit_reject_the_request() -> None:
    with pytest.raises(RequestRejected) as caught:
        await execute("query ($n: Int!) { twice(number: $n) }", n="seven")
    (error,) = format_errors(caught.value, "req-1")
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}


async def test_a_null_where_the_argument_may_not_be_null_is_the_clients_mistake() -> None:
    response = await execute("query ($n: Int = 1) { twice(number: $n) }", n=None)
    assert response["data"] is None
    assert response["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}


async def test_expected_errors_carry_their_code_and_details_and_are_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    response = await execute("{ conflict hello }")
    assert response == {
        "data": {"conflict": None, "hello": "Hello, world!"},
        "errors": [
            {
                "message": "The branch has grown.",
                "locations": [{"line": 1, "column": 3}],
                "path": ["conflict"],
                "extensions": {
                    "code": "CONFLICT",
                    "reason": "BRANCH_GREW",
                    "field": "input.parentId",
                    "headId": "msg_1",
                },
            }
        ],
    }
    assert (await execute("{ me }"))["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
    assert (await execute("{ me }", EXPIRED_TOKEN))["errors"][0]["extensions"] == {"code": "TOKEN_EXPIRED"}
    assert caplog.records == []


@pytest.mark.parametrize("query", ["{ broken }", "{ unserializable }"])
async def test_unexpected_errors_are_masked_and_logged_once(query: str, caplog: pytest.LogCaptureFixture) -> None:
    (error,) = (await execute(query))["errors"]
    assert error["message"] == "The server has failed. Try again, or give its operators the request id req-1."
    assert error["extensions"] == {"code": "INTERNAL", "requestId": "req-1"}
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.exc_info
    assert record.__dict__["request_id"] == "req-1"


class Neighbours:
    """A schema of a field that fails at once, and of one beside it that takes a while; and what the latter did."""

    def __init__(self) -> None:
        self.gate, self.done = asyncio.Event(), list[str]()
        at_work = self

        @strawberry.type
        class Leaf:
            @strawberry.field
            async def word(self) -> str:
                at_work.done.append("word")
                return "leaf"

        @strawberry.type
        class Query:
            @strawberry.field
            async def slow(self) -> Leaf:
                try:
                    await at_work.gate.wait()
                except asyncio.CancelledError:
                    at_work.done.append("cancelled")
                    raise
                at_work.done.append("slow")
                return Leaf()

            @strawberry.field
            def refused(self) -> str:
                raise NotFound("There is none.")

        self.engine = Engine(strawberry.Schema(Query))

    async def begin(self) -> asyncio.Task[dict[str, Any]]:
        """Execute both fields, and return the task once the failure of one is known."""
        operation = self.engine.admission.check({"query": "{ slow { word } refused }"})
        task = asyncio.create_task(self.engine.execute(operation, await context_of()))
        for _ in range(10):
            await asyncio.sleep(0)
        return task


async def test_what_runs_beside_a_field_that_fails_at_once_is_a_part_of_the_operation() -> None:
    neighbours = Neighbours()
    executing = await neighbours.begin()
    assert not executing.done()
    neighbours.gate.set()
    response = await executing
    assert neighbours.done == ["slow", "word"]
    assert (response["data"], [error["path"] for error in response["errors"]]) == (None, [["refused"]])


async def test_what_runs_beside_a_field_that_fails_at_once_ends_with_a_client_that_leaves() -> None:
    neighbours = Neighbours()
    executing = await neighbours.begin()
    executing.cancel()
    await asyncio.wait({executing})
    assert (executing.cancelled(), neighbours.done) == (True, ["cancelled"])


async def test_a_mutation_ends_though_its_caller_is_cancelled() -> None:
    toy = Toy()
    operation = ENGINE.admission.check({"query": 'mutation { remember(text: "x") }'})
    caller = asyncio.create_task(ENGINE.execute(operation, await context_of(toy)))
    await wait_until(toy, lambda: toy.mutations == ["begun x"])
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert toy.mutations == ["begun x"]
    toy.gate.set()
    await ENGINE.finish_mutations()
    assert toy.mutations == ["begun x", "done x"]


async def test_a_stream_tells_every_event_whatever_its_type() -> None:
    query = """subscription ($o: Int!) { reply(offset: $o) {
        ... on ReplyDelta { offset text } ... on ReplyFinished { message { id slowText } } } }"""
    *deltas, last = [response["data"]["reply"] for response in await collect(query, o=30)]
    text = "".join(delta["text"] for delta in deltas)
    assert text == TEXT.encode("utf-16-le")[deltas[0]["offset"] * 2 :].decode("utf-16-le")
    assert last == {"message": {"id": "msg_1", "slowText": TEXT}}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { missing }", "NOT_FOUND"),
        ("subscription { failing(after: 0) }", "INTERNAL"),
        ("subscription ($n: Int = 1) { failing(after: $n) }", "BAD_USER_INPUT"),
    ],
)
async def test_what_fails_before_the_first_event_rejects_the_request(query: str, code: str) -> None:
    with pytest.raises(RequestRejected) as caught:
        await collect(query, n=None)
    (error,) = format_errors(caught.value, "req-1")
    assert error["extensions"]["code"] == code
    assert "hunter2" not in json.dumps(error)


@pytest.mark.parametrize(("is_expected", "code"), [(True, "TOKEN_EXPIRED"), (False, "INTERNAL")])
async def test_what_fails_in_mid_stream_is_the_last_response_and_leaks_nothing(is_expected: bool, code: str) -> None:
    first, second, last = await collect(
        "subscription ($e: Boolean!) { failing(after: 2, expected: $e) }", e=is_expected
    )
    assert (first, second) == ({"data": {"failing": 0}}, {"data": {"failing": 1}})
    assert last["data"] is None
    assert last["errors"][0]["extensions"]["code"] == code
    assert "hunter2" not in json.dumps(last)


async def test_closing_a_stream_closes_its_source_at_once() -> None:
    toy = Toy()
    stream = ENGINE.stream(ENGINE.admission.check({"query": DELTAS}), await context_of(toy))
    await anext(stream)
    assert toy.open_sources == 1
    await stream.aclose()
    assert (toy.open_sources, toy.closed_sources) == (0, 1)


async def test_cancelling_a_waiting_stream_closes_its_source() -> None:
    toy = Toy()
    waiting = asyncio.create_task(collect("subscription { silent }", toy))
    await wait_until(toy, lambda: toy.open_sources == 1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert toy.open_sources == 0


async def test_a_source_that_never_waits_leaves_room_for_others() -> None:
    toy = Toy()
    stream = asyncio.create_task(collect("subscription { forever { __typename } }", toy))
    await asyncio.sleep(0)
    for _ in range(10):
        await asyncio.sleep(0)
    stream.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stream
    assert toy.events_sent > 0


@pytest.mark.parametrize("query", [DELTAS, NOT_COMPILED])
async def test_events_leave_no_memory_behind(query: str) -> None:
    endless = query.replace("reply", "forever")
    async with aclosing(ENGINE.stream(ENGINE.admission.check({"query": endless}), await context_of())) as stream:
        for _ in range(300):
            await anext(stream)
        gc.collect()
        tracemalloc.start()
        try:
            for _ in range(2000):
                await anext(stream)
            gc.collect()
            retained_bytes = tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()
    assert retained_bytes / 2000 < 20  # graphql-core 3.3.2 left 2,000

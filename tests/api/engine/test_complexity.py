"""What operations cost by the published schema: attackers' are refused before they run, and honest clients' are not."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLList, GraphQLSchema, get_introspection_query, get_nullable_type
from graphql import parse as graphql_parse

from gql_chat.api.engine import documents
from gql_chat.api.engine.complexity import Limits
from gql_chat.api.engine.execution import Engine
from gql_chat.api.engine.fields import costs
from gql_chat.api.engine.fields.costs import INTROSPECTION_COST
from gql_chat.api.engine.requests import Operation, RequestRejected, format_errors
from gql_chat.api.schema import schema
from tests.support.published import OPERATIONS, read_operation

ENGINE = Engine(schema)
MAX_COST = Limits().max_cost


def prepare(query: str, **variables: Any) -> Operation:
    return ENGINE.admission.check({"query": query, "variables": variables})


def cost_of(query: str, **variables: Any) -> int:
    return prepare(query, **variables).cost


def refusal(query: str, engine: Engine = ENGINE, **variables: Any) -> dict[str, Any]:
    with pytest.raises(RequestRejected) as caught:
        engine.admission.check({"query": query, "variables": variables})
    return format_errors(caught.value, "req-1")[0]


def aliased(field: str, times: int) -> str:
    return "{" + " ".join(f"a{number}: {field}" for number in range(times)) + "}"


def test_a_field_costs_one_or_what_it_states() -> None:
    assert cost_of("{ me { id username } }") == 3
    assert cost_of('{ search(query: "x", first: 1) { pageInfo { hasNextPage } } }') == 500 + 2
    assert cost_of("{ usage { calls } }") == 50 + 100
    assert cost_of("{ sessions(first: 1) { totalCount } }") == 5 + 5
    assert cost_of('mutation { login(input: {login: "a", password: "b"}) { accessToken } }') == 1001
    assert cost_of("{ __typename }") == 1


def test_a_page_multiplies_what_its_items_hold_and_nothing_else() -> None:
    assert cost_of("{ sessions(first: 200) { nodes { id } edges { node { id } cursor } totalCount } }") == (
        5 + 1 + 200 + 1 + 200 * 3 + 5
    )
    assert cost_of("{ callLogs(first: 10) { nodes { id } } }") == 50 + 1 + 10


def test_each_field_that_holds_a_page_is_a_level() -> None:
    query = "{ sessions(first: 1) { edges { node { id } } } }"
    narrow, wide = (Engine(schema, limits=Limits(max_depth=depth)) for depth in (3, 4))
    assert refusal(query, narrow)["message"] == "The operation is nested deeper than 3 levels; ask for less at once."
    assert wide.admission.check({"query": query}).cost == cost_of(query)


@pytest.mark.parametrize("arguments", ["", "(first: null)", "(first: 50)", "(last: 50)", "(before: null)"])
def test_a_page_without_a_number_counts_as_the_servers_default(arguments: str) -> None:
    assert cost_of(f"{{ sessions{arguments} {{ nodes {{ id }} }} }}") == 5 + 1 + 50


def test_the_number_of_a_page_may_come_in_any_way() -> None:
    query = "query ($n: Int = 100) { sessions(first: $n) { nodes { id } } }"
    assert cost_of(query) == 106
    assert cost_of(query, n=200) == cost_of(query, n=200.0) == 206
    assert cost_of(query, n=None) == 56
    assert cost_of(query, n=0) == cost_of(query, n=-5) == 7
    assert cost_of(query, n=[]) == cost_of(query, n="x") == 56  # refused as soon as it runs
    assert cost_of("query ($n: Int) { sessions(last: $n) { nodes { id } } }") == 56
    deep = "query ($n: Int = 50) { sessions(first: $n) { nodes { messages(first: $n) { nodes { id } } } } }"
    assert cost_of(deep, n=10) == 5 + 1 + 10 * (5 + 1 + 10)
    assert refusal(deep, n=200.0)["extensions"]["code"] == "OPERATION_TOO_COMPLEX"
    assert cost_of(deep, n=10) == 5 + 1 + 10 * (5 + 1 + 10)


def test_a_fragment_costs_as_what_it_holds() -> None:
    plain = "{ sessions(first: 20) { nodes { id title } totalCount } }"
    spread = """query { sessions(first: 20) { ...Page } } fragment Page on SessionConnection { nodes { ...Row }
        ... on SessionConnection { totalCount } } fragment Row on Session { id title }"""
    assert cost_of(spread) == cost_of(plain)


def test_of_the_types_of_a_union_the_dearest_counts() -> None:
    query = """{ node(id: "x") { id ... on Session { title } ... on Message { text } ... on Session { pinned }
        ... on User { id username } } }"""
    assert cost_of(query) == 5 + 1 + 2


def unstated_lists(schema: GraphQLSchema) -> Iterator[str]:
    """Yield `Type.field` of each list that is no page and states no number of items."""
    table = costs.read_costs(schema)
    for type_name, described in schema.type_map.items():
        for name, field in getattr(described, "fields", {}).items() if type_name in table.fields else ():
            cost, stated = table.fields[type_name][name], costs._stated(field)
            if (
                isinstance(get_nullable_type(field.type), GraphQLList)
                and not cost.is_paged
                and not cost.is_in_page
                and (stated is None or not stated.items)
            ):
                yield f"{type_name}.{name}"


def test_every_list_states_its_number_of_items() -> None:
    assert list(unstated_lists(schema._schema)) == []


@pytest.mark.parametrize(
    "query",
    [
        aliased("sessions { nodes { messages { nodes { text } } } }", 49),
        aliased("sessions { edges { node { messages { edges { node { text } } } } } }", 49),
        aliased('search(query: "x") { nodes { id } }', 49),
        aliased("usage { day calls totalTokens }", 49),
        aliased("__schema { types { name fields { name } } }", 49),
        "{ __schema { " + " ".join(f"a{number}: types {{ name }}" for number in range(49)) + " } }",
        aliased('__type(name: "User") { fields { name } }', 49),
        "{ sessions(first: 200) { nodes { messages { nodes { parts { ... on FilePart { file { text } } } } } } } }",
        aliased("keys { parameters { extra } group { id name memberCount } id name model baseUrl secretHint }", 49),
    ],
)
def test_an_operation_that_may_take_the_servers_time_is_refused_with_its_cost(query: str) -> None:
    error = refusal(query)
    assert error["extensions"] == {"code": "OPERATION_TOO_COMPLEX"}
    assert f"but {MAX_COST} is the limit" in error["message"]


@pytest.mark.parametrize("file", OPERATIONS, ids=lambda file: file.stem)
def test_published_operations_fit_even_with_the_longest_pages(file: Path) -> None:
    assert cost_of(read_operation(file), first=200, last=200) <= MAX_COST * 0.8


@pytest.mark.parametrize(
    ("query", "share"),
    [
        (get_introspection_query(), 0.25),
        ("{ sessions { nodes { id title key { id name } messages(last: 1) { nodes { id text role } } } } }", 0.1),
        (
            """{ sessions(first: 200) { nodes { id title persona { name } key { id name model }
            messages(last: 1) { nodes { id text role status usage { totalTokens } } } } totalCount } }""",
            0.6,
        ),
        (
            """{ session(id: "x") { messages(last: 200) { nodes { id role text reasoning status parts { type
            ... on TextPart { text } ... on FilePart { file { id name downloadUrl } } } siblingIds
            usage { promptTokens completionTokens totalTokens } createdAt finishedAt model } totalCount } } }""",
            0.7,
        ),
    ],
)
def test_an_honest_heavy_page_has_room(query: str, share: float) -> None:
    assert cost_of(query) <= MAX_COST * share


def test_introspection_counts_as_a_whole() -> None:
    assert cost_of(get_introspection_query()) == INTROSPECTION_COST
    assert cost_of("{ __schema { queryType { name } } }") == INTROSPECTION_COST


def test_an_alias_has_at_most_128_characters() -> None:
    assert prepare(f"{{ me {{ {'a' * 128}: id }} }}")
    assert "alias of more than 128" in refusal(f"{{ me {{ {'a' * 129}: id }} }}")["message"]


def test_fields_that_are_repeated_are_refused_before_they_are_compared() -> None:
    assert "more than 2000 tokens" in refusal("{" + "me { id } " * 990 + "}")["message"]
    assert "repeats fields" in refusal("{" + "me { id } " * 490 + "}")["message"]
    many = "{" + "me { id ...F } " * 90 + "} fragment F on User { " + "username " * 10 + "}"
    assert refusal(many)["extensions"]["code"] == "OPERATION_TOO_COMPLEX"
    assert prepare("{ me { id id id } me { id ...F ...F } } fragment F on User { id username }")


def test_a_refused_document_is_refused_again_without_being_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(schema)
    hostile = "{" + "me { id } " * 490 + "}"
    first = refusal(hostile, engine)
    assert first["extensions"]["code"] == "OPERATION_TOO_COMPLEX"
    monkeypatch.setattr("gql_chat.api.engine.documents.parse", None)
    assert refusal(hostile, engine) == first


def test_kept_documents_and_refusals_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []

    def parse(query: str, **limits: Any) -> Any:
        parsed.append(query)
        return graphql_parse(query, **limits)

    monkeypatch.setattr(documents, "parse", parse)
    monkeypatch.setattr(documents, "KEPT_CHARACTERS", 100)
    monkeypatch.setattr(documents, "KEPT_REFUSAL_CHARACTERS", 100)
    engine = Engine(schema)
    for query in ("{ me { id } }", "{ b1 }"):
        for _ in range(2):
            try_to_prepare(engine, query)
    assert parsed == ["{ me { id } }", "{ b1 }"]
    for number in range(10):
        try_to_prepare(engine, f"{{ me {{ a{number}: id }} }}")
        try_to_prepare(engine, f"{{ a{number} }}")
    parsed.clear()
    for query in ("{ me { id } }", "{ b1 }"):
        try_to_prepare(engine, query)
    assert parsed == ["{ me { id } }", "{ b1 }"]


def try_to_prepare(engine: Engine, query: str) -> None:
    with contextlib.suppress(RequestRejected):
        engine.admission.check({"query": query})

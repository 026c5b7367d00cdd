"""Variables coerced by compiled functions are what graphql-core makes of them, errors included."""

from functools import cache
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    parse,
)
from graphql.execution.values import VariableValues, get_variable_values
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.api.engine.fields.variables import MAX_ERRORS, Variables
from gql_chat.api.schema import schema
from gql_chat.api.users.accounts import LoginInput
from tests.support.running.examples import examples

OURS = schema._schema
TOY = build_schema(
    """
    enum Mood { GOOD BAD }
    scalar Anything
    input Leaf { text: String! id: ID mood: Mood! = GOOD number: Int = 7 rate: Float flag: Boolean any: Anything }
    input Choice @oneOf { text: String leaf: Leaf number: Int }
    input Tree { leaf: Leaf! leaves: [Leaf!] table: [[Int!]]! = [[1]] choice: Choice words: [String!]! }
    input Recursive { again: Recursive text: String }
    type Query {
        field(leaf: Leaf, choice: Choice!, tree: Tree!, trees: [Tree], again: Recursive, texts: [String!]!, id: ID!,
              text: String, moods: [Mood!], number: Int!, numbers: [[Int]], rate: Float, any: Anything): Int
    }
    """
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**33), 2**33) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["text", "id", "a"]), inner, max_size=2)
    ),
    max_leaves=4,
)
SCALARS = {
    "String": st.text(max_size=5),
    "ID": st.text(max_size=5) | st.integers(0, 9),
    "Int": st.integers(-5, 5) | st.floats(0, 3),
    "BigInt": st.integers(0, 2**50),
    "Float": st.floats(0, 3) | st.integers(0, 3),
    "Boolean": st.booleans(),
    "DateTime": st.just("2026-11-21T12:00:00+00:00"),
}


def argument_types(of: GraphQLSchema) -> list[Any]:
    """Return the types of the arguments of all root fields, each once."""
    roots = [root for root in (of.query_type, of.mutation_type, of.subscription_type) if root]
    types = [argument.type for root in roots for field in root.fields.values() for argument in field.args.values()]
    return list({str(one): one for one in types}.values())


@cache  # to build them anew for each example took longer than to draw from them
def values_of(type_: Any, depth: int = 0) -> st.SearchStrategy[Any]:
    """Draw JSON that mostly fits the type."""
    if isinstance(type_, GraphQLNonNull):
        return fitting(type_.of_type, depth) if depth else fitting(type_.of_type, depth) | ANY_JSON
    return st.one_of(st.none(), fitting(type_, depth), fitting(type_, depth), fitting(type_, depth), ANY_JSON)


@cache
def fitting(type_: Any, depth: int) -> st.SearchStrategy[Any]:
    if isinstance(type_, GraphQLList):
        return st.lists(values_of(type_.of_type, depth + 1), max_size=3)
    if isinstance(type_, GraphQLEnumType):
        return st.sampled_from([*type_.values, "NOTHING"])
    if isinstance(type_, GraphQLInputObjectType):
        if depth > 3:
            return st.just({})
        fields = {name: values_of(field.type, depth + 1) for name, field in type_.fields.items()}
        required = {
            name: fields[name] for name, field in type_.fields.items() if isinstance(field.type, GraphQLNonNull)
        }
        optional = {name: fields[name] for name in fields.keys() - required.keys()}
        if type_.is_one_of:
            return st.fixed_dictionaries({}, optional=optional)
        return st.fixed_dictionaries(required, optional={**optional, "unknown": st.just(1)}) | st.fixed_dictionaries(
            required, optional=optional
        )
    return SCALARS.get(type_.name, ANY_JSON)


@st.composite
def requests(draw: st.DrawFn, of: GraphQLSchema) -> tuple[OperationDefinitionNode, dict[str, Any]]:
    """Draw an operation's declarations and a client's values."""
    types = draw(st.lists(st.sampled_from(argument_types(of)), min_size=1, max_size=3))
    defaults = {"Int": " = 3", "[String!]!": ' = ["a"]', "String": " = null"}
    names = [f"v{number}" for number in range(len(types))]
    declared = [
        f"${name}: {one}{draw(st.sampled_from(['', defaults.get(str(one), '')]))}"
        for name, one in zip(names, types, strict=True)
    ]
    inputs = draw(
        st.fixed_dictionaries({}, optional={name: values_of(one) for name, one in zip(names, types, strict=True)})
    )
    return operation_of(f"query ({', '.join(declared)}) {{ __typename }}"), inputs


def operation_of(text: str) -> OperationDefinitionNode:
    (operation,) = parse(text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    return operation


def outcome(values: VariableValues | list[GraphQLError]) -> Any:
    if isinstance(values, list):
        return [error.formatted for error in values]
    sources = {name: (str(source.signature.type), source.value) for name, source in values.sources.items()}
    return repr(values.coerced), repr(sources)


@pytest.mark.parametrize("of", [OURS, TOY], ids=["ours", "toy"])
@given(data=st.data(), hide_suggestions=st.booleans())
@examples(300)
def test_values_and_errors_are_those_of_graphql_core(
    of: GraphQLSchema, data: st.DataObject, hide_suggestions: bool
) -> None:
    operation, inputs = data.draw(requests(of))
    expected = get_variable_values(of, operation.variable_definitions or (), inputs, MAX_ERRORS, hide_suggestions)
    declared = Variables(of, operation)
    for _ in range(2):  # nothing of the first request stays
        assert outcome(declared.coerce(inputs, hide_suggestions=hide_suggestions)) == outcome(expected)


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("query ($a: Leaf) { __typename }", {"a": {"text": "x", "id": "1", "flag": None}}),
        ("query ($a: [[Int]] $b: String, $c: Int = 4) { __typename }", {"a": [[1, None], None]}),
        ("query ($a: Choice!) { __typename }", {"a": {"leaf": {"text": ""}}}),
        ("query ($a: Tree!) { __typename }", {"a": {"leaf": {"text": ""}, "words": [], "table": [[1], None]}}),
    ],
)
def test_usual_values_do_not_pass_graphql_core(
    text: str, inputs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    operation = operation_of(text)
    expected = get_variable_values(TOY, operation.variable_definitions or (), inputs)
    declared = Variables(TOY, operation)
    monkeypatch.setattr("gql_chat.api.engine.fields.variables.get_variable_values", pytest.fail)
    assert outcome(declared.coerce(inputs, hide_suggestions=False)) == outcome(expected)


def test_a_default_that_a_resolver_could_change_is_made_for_each_request() -> None:
    declared = Variables(TOY, operation_of('query ($texts: [String!]! = ["a"]) { __typename }'))
    first = declared.coerce({}, hide_suggestions=False)
    assert isinstance(first, VariableValues)
    first.coerced["texts"].append("b")
    second = declared.coerce({}, hide_suggestions=False)
    assert isinstance(second, VariableValues)
    assert second.coerced == {"texts": ["a"]}


def test_a_default_input_object_is_built_for_each_request() -> None:
    query = 'query ($input: LoginInput = {login: "ada", password: "secret"}) { __typename }'
    declared = Variables(OURS, operation_of(query))
    first, second = (declared.coerce({}, hide_suggestions=False) for _ in range(2))
    assert isinstance(first, VariableValues)
    assert isinstance(second, VariableValues)
    assert first.coerced["input"] == second.coerced["input"] == LoginInput(login="ada", password="secret")
    assert first.coerced["input"] is not second.coerced["input"]


def test_values_of_any_depth_are_refused_as_by_graphql_core() -> None:
    value: Any = None
    for _ in range(5_000):
        value = {"again": value}
    errors = Variables(TOY, operation_of("query ($a: Recursive) { __typename }")).coerce(
        {"a": value}, hide_suggestions=False
    )
    assert isinstance(errors, list)
    assert [error.message for error in errors] == ["Variable values are nested too deeply."]

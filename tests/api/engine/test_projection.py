"""A compiled selection says exactly what graphql-core says, or leaves the value to it."""

import itertools
import math
import sys
import tracemalloc
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from enum import Enum
from functools import partial
from typing import Annotated, Any, ClassVar, NamedTuple, cast

import orjson
import pytest
import strawberry
from graphql import parse
from graphql.execution import Executor, map_source_to_response_event
from hypothesis import given
from hypothesis import strategies as st
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from gql_chat.api.engine.complexity import Limits
from gql_chat.api.engine.execution import Engine, encode
from gql_chat.api.engine.projection import Projections
from gql_chat.infra.telemetry.request_context import RequestInfo
from tests.support.toy import Toy, make_context_of

NO_EVENTS: tuple[Any, ...] = ()
FOUND: list[Any] = []


@strawberry.enum
class Mood(Enum):
    GOOD = 1
    BAD = strawberry.enum_value(2, name="AWFUL")


@strawberry.type
class Leaf:
    mood: Mood
    number: int
    text: str
    ratio: float
    flag: bool
    id: strawberry.ID
    at: datetime
    maybe_number: int | None = None
    maybe_text: str | None = None
    words: list[str] = strawberry.field(default_factory=list)
    renamed: str = strawberry.field(default="%s", name="otherName")

    @strawberry.field
    def computed(self) -> str:
        return self.text * 2


@strawberry.type
class Branch:
    leaf: Leaf
    maybe_leaf: Leaf | None = None
    name: str = "b"


class Reading(NamedTuple):
    """What is shown as a `Shown`."""

    number: int
    text: str


@strawberry.type
class Shown:
    number: int
    text: str

    encodes: ClassVar[type] = Reading


Event = Annotated[Leaf | Branch, strawberry.union("Event")]


@strawberry.type
class Query:
    @strawberry.field
    async def found(self) -> Branch | None:
        return cast("Branch | None", FOUND[0])

    @strawberry.field
    def found_event(self) -> Event:
        return cast(Event, FOUND[0])


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def event(self) -> AsyncGenerator[Event, None]:
        for event in NO_EVENTS:
            yield event

    @strawberry.subscription
    async def maybe_leaf(self) -> AsyncGenerator[Leaf | None, None]:
        for event in NO_EVENTS:
            yield event

    @strawberry.subscription
    async def shown(self) -> AsyncGenerator[Shown, None]:
        for event in NO_EVENTS:
            yield event

    @strawberry.subscription
    async def number(self) -> AsyncGenerator[int, None]:
        for event in NO_EVENTS:
            yield event


SCHEMA = strawberry.Schema(query=Query, subscription=Subscription)
ENGINE = Engine(SCHEMA, limits=Limits(max_answer_bytes=10_000))
AT = datetime(2026, 11, 21, tzinfo=UTC)
EVENT = Leaf(mood=Mood.BAD, number=7, text='世界 "👩‍🚀" \\ \n %s', ratio=0.5, flag=True, id=strawberry.ID("a"), at=AT)


def build(query: str, **variables: Any) -> Executor[Any]:
    executor = StrawberryGraphQLCoreExecutionContext.build(
        SCHEMA._schema, parse(query), raw_variable_values=variables, operation_extensions={}
    )
    assert isinstance(executor, Executor)
    return executor


async def stock(executor: Executor[Any], event: object) -> dict[str, Any]:
    """Return graphql-core's own answer."""

    async def source() -> AsyncGenerator[object, None]:
        yield event

    responses = [response async for response in map_source_to_response_event(executor, source())]
    assert responses[0].errors is None
    return {"data": responses[0].data}


COMPILED = [
    "subscription { event { __typename } }",
    "subscription { e: event { t: __typename ... on Leaf { mood number text ratio flag id at } } }",
    "subscription { event { ... on Leaf { a: text b: text text maybeNumber maybeText otherName } } }",
    "subscription { event { ...A ...B } } fragment A on Leaf { text } fragment B on Event { ...A ... on Leaf { id } }",
    "subscription ($yes: Boolean!) { event { ... on Leaf { text @include(if: $yes) id @skip(if: $yes) } } }",
    "subscription ($yes: Boolean!) { event { ... @skip(if: $yes) { __typename } ... on Leaf { number } } }",
    "subscription { event { ... on Branch { leaf { text } } } }",
    "subscription { maybeLeaf { text number } }",
]


@pytest.mark.parametrize("query", COMPILED)
@pytest.mark.parametrize("is_yes", [True, False])
async def test_plain_leaves_are_compiled_to_what_graphql_core_answers(query: str, is_yes: bool) -> None:
    variables = {"yes": is_yes} if "$yes" in query else {}
    encoded = Projections(lambda: build(query, **variables)).encode(EVENT)
    assert encoded is not None
    # The order of the keys is the selection's in both, so the texts are compared.
    assert encoded == orjson.dumps(await stock(build(query, **variables), EVENT))


@pytest.mark.parametrize(
    ("query", "event"),
    [
        ("subscription { event { ... on Leaf { computed } } }", EVENT),
        ("subscription { event { ... on Leaf { words } } }", EVENT),
        ("subscription { event { ... on Branch { leaf { computed } } } }", Branch(leaf=EVENT)),
        ("subscription { event { ... on Branch { leaf { text } } } }", Branch(leaf=None)),  # type: ignore[arg-type]
        ("subscription { event { ... on Branch { leaf { text } } } }", Branch(leaf=Branch(leaf=EVENT))),  # type: ignore[arg-type]
        ("subscription { maybeLeaf { text } }", None),
        ("subscription { number }", 7),
        ("subscription { event { __typename } }", object()),
    ],
)
def test_all_else_is_left_to_graphql_core(query: str, event: object) -> None:
    assert Projections(lambda: build(query)).encode(event) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", 2**31), ("number", True), ("number", "7"), ("number", None), ("text", 7), ("text", None),
        ("text", "\ud83d"), ("ratio", math.nan), ("ratio", math.inf), ("ratio", 1), ("flag", 1), ("id", 7),
        ("mood", 1), ("mood", None), ("at", "yesterday"), ("at", None),
    ],
)  # fmt: skip
def test_a_value_that_is_not_plainly_of_its_type_is_left_to_graphql_core(field: str, value: object) -> None:
    event = Leaf(mood=Mood.GOOD, number=1, text="x", ratio=0.5, flag=True, id=strawberry.ID("a"), at=AT)
    setattr(event, field, value)
    projections = Projections(lambda: build(f"subscription {{ event {{ ... on Leaf {{ {field} }} }} }}"))
    assert projections.encode(event) is None
    assert projections.encode(EVENT) is not None


FIELDS = st.sampled_from(
    ["__typename", "mood", "number", "text", "ratio", "flag", "id", "at", "maybeNumber", "maybeText", "otherName"]
)
LEAVES = st.builds(lambda field, number: f"a{number}: {field}" if number < 3 else field, FIELDS, st.integers(0, 6))
CONDITIONS = st.sampled_from(
    ["", " @include(if: $yes)", " @skip(if: $yes)", " @include(if: false)", " @skip(if: false)"]
)
SELECTIONS = st.recursive(
    st.builds("{}{}".format, LEAVES, CONDITIONS),
    lambda inner: st.builds(
        "... on {}{} {{ {} }}".format,
        st.just("Leaf"),
        CONDITIONS,
        st.lists(inner, min_size=1, max_size=4).map(" ".join),
    ),
    max_leaves=12,
)
EVENTS = st.builds(
    Leaf,
    mood=st.sampled_from(Mood),
    number=st.integers(-(2**31), 2**31 - 1),
    text=st.text(),
    ratio=st.floats(allow_nan=False, allow_infinity=False),
    flag=st.booleans(),
    id=st.text().map(strawberry.ID),
    at=st.datetimes(timezones=st.just(UTC)),
    maybe_number=st.none() | st.integers(-(2**31), 2**31 - 1),
    maybe_text=st.none() | st.text(),
)


def merges(selections: list[str]) -> bool:
    """Return whether no alias stands for two fields, which validation refuses before anything runs."""
    words = " ".join(selections).replace("{", " ").replace("}", " ").split()
    pairs = {(alias, field) for alias, field in itertools.pairwise(words) if alias.endswith(":")}
    return len(pairs) == len({alias for alias, _ in pairs})


@given(
    selections=st.lists(SELECTIONS, min_size=1, max_size=5).filter(merges),
    events=st.lists(EVENTS, min_size=1, max_size=3),
    is_yes=st.booleans(),
)
async def test_any_selection_of_leaves_equals_graphql_core(
    selections: list[str], events: list[Leaf], is_yes: bool
) -> None:
    query = f"subscription ($yes: Boolean!) {{ maybeLeaf {{ {' '.join(selections)} }} }}"
    projections = Projections(lambda: build(query, yes=is_yes))
    for event in events:
        encoded = projections.encode(event)
        assert encoded is not None
        assert encoded == orjson.dumps(await stock(build(query, yes=is_yes), event))


async def test_an_event_of_the_class_that_a_type_encodes_needs_no_copy() -> None:
    query = "subscription { shown { __typename text number } }"
    projections = Projections(lambda: build(query))
    expected = orjson.dumps(await stock(build(query), Shown(number=7, text="x")))
    assert projections.encode(Reading(7, "x")) == projections.encode(Shown(number=7, text="x")) == expected
    assert projections.encode((7, "x")) is None


async def test_an_event_is_encoded_once_for_all_subscriptions_with_one_selection() -> None:
    query = "subscription ($yes: Boolean!) { event { ... on Leaf { a: text mood at maybeNumber id @skip(if: $yes) } } }"
    first, second, other = (Projections(partial(build, query, yes=is_yes)) for is_yes in (True, True, False))
    texts = [projections.encode(EVENT) for projections in (first, other, second)]
    assert texts[0] is texts[2]
    assert texts[0] == orjson.dumps(await stock(build(query, yes=True), EVENT))
    assert texts[1] == orjson.dumps(await stock(build(query, yes=False), EVENT))


def test_a_long_text_is_not_kept_for_the_next_subscription() -> None:
    event = Leaf(mood=Mood.GOOD, number=1, text="x" * 20_000, ratio=0.5, flag=True, id=strawberry.ID("a"), at=AT)
    projections = Projections(lambda: build("subscription { event { ... on Leaf { text } } }"))
    before = sys.getrefcount(event)
    assert projections.encode(event) == projections.encode(event)
    assert sys.getrefcount(event) == before


@pytest.mark.parametrize("text", ['世界 "👩‍🚀" \\ \n \x1f \x7f %s' * 10_000, "plain " * 50_000])
async def test_a_long_text_is_encoded_as_a_short_one_without_twelve_times_its_memory(text: str) -> None:
    event = Leaf(mood=Mood.GOOD, number=1, text=text, ratio=0.5, flag=True, id=strawberry.ID("a"), at=AT)
    query = "subscription { event { ... on Leaf { text number } } }"
    projections = Projections(lambda: build(query))
    expected = orjson.dumps(await stock(build(query), event))
    tracemalloc.start()
    try:
        assert projections.encode(event) == expected
        assert tracemalloc.get_traced_memory()[1] < len(expected) * (2.1 if text.isascii() else 6)
    finally:
        tracemalloc.stop()
    event.text += "\ud83d"
    assert projections.encode(event) is None


BRANCHES = st.builds(Branch, leaf=EVENTS, maybe_leaf=st.none() | EVENTS, name=st.text())


@given(
    leaf=st.lists(SELECTIONS, min_size=1, max_size=4).filter(merges),
    maybe_leaf=st.lists(SELECTIONS, min_size=1, max_size=4).filter(merges),
    branch=BRANCHES,
    is_yes=st.booleans(),
)
async def test_objects_of_leaves_equal_graphql_core(
    leaf: list[str], maybe_leaf: list[str], branch: Branch, is_yes: bool
) -> None:
    inner = f"leaf {{ {' '.join(leaf)} }} name m: maybeLeaf {{ {' '.join(maybe_leaf)} }}"
    query = f"subscription ($yes: Boolean!) {{ event {{ ... on Branch {{ {inner} }} }} }}"
    encoded = Projections(lambda: build(query, yes=is_yes)).encode(branch)
    assert encoded is not None
    assert encoded == orjson.dumps(await stock(build(query, yes=is_yes), branch))


async def answer(query: str, found: object, **variables: Any) -> bytes:
    FOUND[:] = [found]
    operation = ENGINE.admission.check({"query": query, "variables": variables})
    return encode(await ENGINE.execute(operation, await make_context_of(Toy())(None, RequestInfo("::1", "", "req-1"))))


ROOT_FIELDS = [
    "a: found { name leaf { text number } } b: found { maybeLeaf { mood } __typename }",
    "found { ...B leaf { id } } } fragment B on Branch { name leaf { text }",
    "found { name leaf { words } }",
    "foundEvent { __typename ... on Branch { name } ... on Leaf { text at } }",
]


@pytest.mark.parametrize("fields", ROOT_FIELDS)
@pytest.mark.parametrize(
    "found",
    [
        Branch(leaf=EVENT),
        Branch(leaf=EVENT, maybe_leaf=EVENT),
        Branch(leaf=EVENT, name=7),  # type: ignore[arg-type]
        Branch(leaf=EVENT, name="x" * 20_000),
        Branch(leaf=None),  # type: ignore[arg-type]
        EVENT,
        None,
        7,
    ],
)
async def test_a_root_fields_object_is_answered_as_graphql_core_answers_it(fields: str, found: object) -> None:
    compiled = [await answer(f"{{ {fields} }}", found) for _ in range(2)]
    stock_answer = await answer(f"{{ {fields} }} # Not compiled, because there may be a directive: @", found)
    assert compiled == [stock_answer] * 2


async def test_what_is_compiled_of_an_operation_does_not_depend_on_its_variables() -> None:
    query = "query ($yes: Boolean!) { found { name @include(if: $yes) leaf { text } } }"
    answers = [await answer(query, Branch(leaf=EVENT), yes=is_yes) for is_yes in (True, False, True)]
    assert ["name" in orjson.loads(one)["data"]["found"] for one in answers] == [True, False, True]

"""Root fields resolved in one call receive what they receive from Strawberry, and refuse what it refuses."""

from collections.abc import AsyncGenerator
from enum import Enum
from types import CoroutineType
from typing import Any

import pytest
import strawberry
from graphql import ExecutionResult
from strawberry.extensions import FieldExtension

from gql_chat.api.engine.fields.inputs import build_inputs_plainly, optional
from gql_chat.api.engine.fields.permissions import Access
from gql_chat.api.engine.fields.resolvers import resolve_root_fields_plainly
from gql_chat.api.schema import schema as published
from gql_chat.errors import Forbidden

GIVEN: list[Any] = []


@strawberry.enum
class Mood(Enum):
    GOOD = 1
    BAD = 2


@strawberry.input
class Leaf:
    text: str
    mood: Mood = Mood.GOOD
    number: int | None = optional("")


class Asked(Access):
    """Refuses whom the context names, also in Strawberry's chain."""

    def resolve(self, next_: Any, source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
        self.require(info)
        return next_(source, info, **kwargs)

    async def resolve_async(self, next_: Any, source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
        self.require(info)
        result = next_(source, info, **kwargs)
        return await result if isinstance(result, CoroutineType) else result

    def require(self, info: strawberry.Info) -> None:
        GIVEN.append("asked")
        if info.context == "refused":
            raise Forbidden("No.")


class Doubled(FieldExtension):
    def resolve(self, next_: Any, source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
        return next_(source, info, **kwargs) * 2


@strawberry.type
class Query:
    @strawberry.field(extensions=[Asked()])
    async def leaf(
        self, info: strawberry.Info, leaf: Leaf, leaves: list[Leaf] | None = None, mood: Mood | None = Mood.BAD
    ) -> str:
        GIVEN.append((info.field_name, leaf, leaves, mood))
        return leaf.text

    @strawberry.field(extensions=[Asked()])
    def plain(self, key: strawberry.ID, words: list[str] | None = strawberry.UNSET, some_number: int = 3) -> str:
        GIVEN.append((key, words, some_number))
        return key

    @strawberry.field(extensions=[Asked()])
    async def failing(self) -> str | None:
        raise Forbidden("Not this either.")


@strawberry.type
class Subscription:
    @strawberry.subscription(extensions=[Asked()])
    async def count(self, info: strawberry.Info, leaf: Leaf, to: int = 2) -> AsyncGenerator[int, None]:
        GIVEN.append((leaf, to))
        for number in range(to):
            yield number


def new_schema(*, is_plain: bool) -> strawberry.Schema:
    made = strawberry.Schema(query=Query, subscription=Subscription)
    if is_plain:
        build_inputs_plainly(made)
        resolve_root_fields_plainly(made)
    return made


AS_IT_IS, PLAIN = new_schema(is_plain=False), new_schema(is_plain=True)


async def outcome(schema: strawberry.Schema, query: str, context: str) -> tuple[Any, ...]:
    GIVEN.clear()
    if query.startswith("subscription"):
        source = await schema.subscribe(query, context_value=context)
        results = [source] if isinstance(source, ExecutionResult) else [one async for one in source]
    else:
        results = [await schema.execute(query, context_value=context)]
    said = [(one.data, [(error.message, error.path) for error in one.errors or ()]) for one in results]
    return said, list(GIVEN)


@pytest.mark.parametrize("context", ["allowed", "refused"])
@pytest.mark.parametrize(
    "query",
    [
        '{ leaf(leaf: {text: "a"}) }',
        '{ leaf(leaf: {text: "a", mood: BAD, number: null}, leaves: [{text: "b", number: 2}], mood: null) }',
        '{ a: leaf(leaf: {text: "a"}, leaves: null, mood: GOOD) b: leaf(leaves: [], leaf: {text: "c"}) }',
        '{ plain(key: 3) other: plain(someNumber: 4, key: "x", words: ["a"]) third: plain(key: "y", words: null) }',
        "{ failing }",
        'subscription { count(leaf: {text: "a"}) }',
        'subscription { count(to: 3, leaf: {text: "a", number: 7}) }',
    ],
)
async def test_a_plain_resolver_is_given_and_answers_the_same(query: str, context: str) -> None:
    expected = await outcome(AS_IT_IS, query, context)
    assert await outcome(PLAIN, query, context) == expected
    assert expected[1]


@pytest.mark.parametrize("extensions", [[], [Doubled()], [Asked(), Doubled()]])
def test_a_root_field_with_anything_but_one_permission_is_refused(extensions: list[FieldExtension]) -> None:
    @strawberry.type
    class Odd:
        @strawberry.field(extensions=extensions)
        def answer(self) -> int:
            return 21

    with pytest.raises(TypeError, match="answer"):
        resolve_root_fields_plainly(strawberry.Schema(query=Odd))


def test_all_root_fields_of_the_schema_are_resolved_plainly() -> None:
    core = published._schema
    assert core.query_type is not None
    assert core.mutation_type is not None
    assert core.subscription_type is not None
    for field in (*core.query_type.fields.values(), *core.mutation_type.fields.values()):
        assert is_plain(field.resolve), field
    assert all(is_plain(field.subscribe) for field in core.subscription_type.fields.values())


def is_plain(resolver: Any) -> bool:
    return str(resolver.__module__).endswith(".resolvers")

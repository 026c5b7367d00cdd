"""An answer ends in an error as soon as it has too many bytes, before the rest of it is read or built."""

import asyncio
import gc
import tracemalloc
from typing import Any
from weakref import WeakSet

import orjson
import pytest
import strawberry
from hypothesis import given
from hypothesis import strategies as st
from strawberry.scalars import JSON

from gql_chat.api.engine.answers import length_in_json
from gql_chat.api.engine.complexity import Limits
from gql_chat.api.engine.context import Context
from gql_chat.api.engine.execution import Engine
from gql_chat.infra.telemetry.request_context import RequestInfo
from tests.support.toy import Toy, make_context_of

MAX_BYTES = 100_000
RESOLVED: list[int] = []


def _text(size: int) -> str:
    RESOLVED.append(size)
    return "x" * size


@strawberry.type
class Row:
    size: strawberry.Private[int]

    @strawberry.field
    def text(self) -> str | None:
        return _text(self.size)

    @strawberry.field
    async def later(self) -> str | None:
        await asyncio.sleep(0)
        return _text(self.size)

    @strawberry.field
    async def never(self) -> str | None:
        await asyncio.get_running_loop().create_future()
        return None


class Rows(list[Row | None]):
    """A list that a set can refer to weakly."""

    __hash__ = object.__hash__  # type: ignore[assignment]


ALIVE: WeakSet[Rows] = WeakSet()


@strawberry.type
class Query:
    @strawberry.field
    def rows(self, first: int, size: int) -> list[Row | None] | None:
        return [Row(size=size) for _ in range(first)]

    @strawberry.field
    async def loaded(self, first: int, size: int) -> list[Row | None] | None:
        await asyncio.sleep(0)
        loaded = Rows(Row(size=size) for _ in range(first))
        ALIVE.add(loaded)
        return loaded

    @strawberry.field
    def json(self, size: int) -> JSON | None:
        return JSON({"texts": ["x" * size]})


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def write(self, size: int) -> str | None:
        return _text(size)


ENGINE = Engine(
    strawberry.Schema(query=Query, mutation=Mutation), limits=Limits(max_answer_bytes=MAX_BYTES, max_cost=10**6)
)


@pytest.fixture(autouse=True)
def _forget() -> None:
    RESOLVED.clear()


async def context() -> Context:
    return await make_context_of(Toy())(None, RequestInfo("192.0.2.1", "pytest", "req-1"))


async def execute(query: str) -> dict[str, Any]:
    return await ENGINE.execute(ENGINE.admission.check({"query": query}), await context())


async def test_an_answer_within_the_limit_is_whole() -> None:
    response = await execute("{ rows(first: 9, size: 10000) { text } json(size: 1000) }")
    assert "errors" not in response
    assert MAX_BYTES * 0.9 < len(orjson.dumps(response)) <= MAX_BYTES


@pytest.mark.parametrize(
    "query",
    [
        "{ rows(first: 200, size: 10000) { text } }",
        "{ rows(first: 200, size: 10000) { later } }",
        "{ rows(first: 200, size: 10000) { text never } }",
        "{ a: rows(first: 1, size: 1) { never } rows(first: 200, size: 10000) { later } }",
        "{ json(size: 100000) }",
        "mutation { write(size: 100000) }",
    ],
)
async def test_an_answer_beyond_the_limit_is_a_typed_error(query: str) -> None:
    async with asyncio.timeout(5):
        response = await execute(query)
    assert response == {
        "data": None,
        "errors": [
            {
                "message": "The answer would have more than 100,000 bytes; ask for smaller pages or fewer fields.",
                "extensions": {"code": "PAYLOAD_TOO_LARGE"},
            }
        ],
    }


async def test_what_is_beyond_the_limit_is_not_resolved() -> None:
    await execute("{ rows(first: 1000, size: 10000) { text } }")
    assert len(RESOLVED) == 10
    RESOLVED.clear()
    await execute("mutation { a: write(size: 100000) b: write(size: 1) }")
    assert RESOLVED == [100_000]


async def test_an_answer_beyond_the_limit_takes_little_memory() -> None:
    operation = ENGINE.admission.check({"query": "{ rows(first: 1000, size: 1000000) { text } }"})
    its_context = await context()
    tracemalloc.start()
    try:
        await ENGINE.execute(operation, its_context)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < 20_000_000  # of a thousand million


@pytest.mark.parametrize("selection", ["{ text }", "{ later }"])
async def test_an_answer_beyond_the_limit_leaves_nothing_behind_for_the_garbage_collector(selection: str) -> None:
    operation = ENGINE.admission.check(
        {"query": "{" + "".join(f"a{n}: loaded(first: 5, size: 10000) {selection} " for n in range(20)) + "}"}
    )
    its_context = await context()
    gc.collect()
    gc.disable()
    try:
        response = await ENGINE.execute(operation, its_context)
        await asyncio.sleep(0)
        assert response["errors"][0]["extensions"] == {"code": "PAYLOAD_TOO_LARGE"}
        assert len(ALIVE) == 0
    finally:
        gc.enable()


@given(st.recursive(st.text() | st.integers(-(2**53), 2**53) | st.booleans(), st.lists, max_leaves=20))
def test_the_size_of_a_value_is_that_of_its_json(value: Any) -> None:
    assert length_in_json(value) == len(orjson.dumps(value))


def test_a_text_that_has_no_encoding_counts_too() -> None:
    assert length_in_json("\ud800" * 1001) >= 1001

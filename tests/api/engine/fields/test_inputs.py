"""Input objects are built as Strawberry builds them, at less cost."""

from datetime import UTC, datetime
from enum import Enum
from typing import Any

import pytest
import strawberry

from gql_chat.api.engine.fields.inputs import build_inputs_plainly, optional, provided_fields
from gql_chat.api.engine.fields.permissions import Anyone
from gql_chat.api.engine.fields.resolvers import resolve_root_fields_plainly

GIVEN: list[Any] = []


@strawberry.enum
class Mood(Enum):
    GOOD = 1
    BAD = strawberry.enum_value(2, name="AWFUL")


@strawberry.input
class Leaf:
    text: str
    mood: Mood = Mood.GOOD
    at: datetime | None = optional("")
    maybe_number: int | None = 7
    renamed: float | None = strawberry.field(name="otherName", default=None)


@strawberry.input
class Tree:
    id: strawberry.ID
    required_but_nullable: str | None
    leaf: Leaf | None = optional("")
    leaves: list[Leaf] | None = optional("")
    words: list[str] | None = optional("")
    moods: list[Mood | None] = strawberry.field(default_factory=list)


@strawberry.type
class Query:
    @strawberry.field(extensions=[Anyone()])
    def plant(self, tree: Tree, mood: Mood | None = None) -> bool:
        GIVEN.append((tree, mood))
        return True


def new_schema() -> strawberry.Schema:
    return strawberry.Schema(query=Query)


LEAF = {"text": "a", "mood": "AWFUL", "at": "2026-11-21T12:00:00+00:00", "maybeNumber": None, "otherName": 1}


@pytest.mark.parametrize(
    "tree",
    [
        {"id": "a", "requiredButNullable": None},
        {"id": "a", "requiredButNullable": "b", "leaf": None, "leaves": [], "words": [], "moods": ["GOOD", None]},
        {"id": 1, "requiredButNullable": "b", "leaf": LEAF, "leaves": [LEAF, {"text": "世界"}], "words": ["x"]},
        {"id": "a", "requiredButNullable": None, "leaf": {"text": "", "otherName": None, "at": None}, "words": None},
    ],
)
def test_an_input_object_is_what_strawberry_builds(tree: dict[str, Any]) -> None:
    query = "query ($tree: Tree!) { plant(tree: $tree, mood: AWFUL) }"
    GIVEN.clear()
    assert new_schema().execute_sync(query, {"tree": tree}).errors is None
    schema = new_schema()
    build_inputs_plainly(schema)
    resolve_root_fields_plainly(schema)
    assert schema.execute_sync(query, {"tree": tree}).errors is None
    (stock, _), (ours, mood) = GIVEN
    assert mood is Mood.BAD
    assert ours == stock
    assert provided_fields(ours) == provided_fields(stock)
    for leaf in (ours.leaf, *(ours.leaves or ())):
        assert not leaf or isinstance(leaf, Leaf)
    if ours.leaf and ours.leaf.at:
        assert ours.leaf.at == datetime(2026, 11, 21, 12, tzinfo=UTC)

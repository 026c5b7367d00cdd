"""Random valid queries over a schema, for tests of what holds for all of them."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_required_argument,
)
from hypothesis import strategies as st

NUMBERS = st.sampled_from(["1", "3", "200", "null", "$number"])
DECLARATIONS = "($number: Int = 2)"


@st.composite
def queries(draw: st.DrawFn, schema: GraphQLSchema, required: Mapping[str, str], max_depth: int = 6) -> str:
    """Draw a query. `required` holds texts of values for required arguments; JSON scalars are not selected."""
    assert schema.query_type is not None
    aliases = (f"a{number}" for number in itertools.count())
    selection = draw(_selections(schema, schema.query_type, required, aliases, max_depth))
    return f"query {DECLARATIONS if '$number' in selection else ''} {selection}"


def count_leaves(answer: Any) -> int:
    """Return the number of values in an answer's data that are neither lists nor objects."""
    if isinstance(answer, dict):
        return sum(count_leaves(value) for value in answer.values())
    return sum(count_leaves(value) for value in answer) if isinstance(answer, list) else 1


@st.composite
def _selections(
    draw: st.DrawFn,
    schema: GraphQLSchema,
    parent: Any,
    required: Mapping[str, str],
    aliases: Iterator[str],
    depth: int,
) -> str:
    if is_abstract_type(parent):
        types = draw(st.lists(st.sampled_from(schema.get_possible_types(parent)), min_size=1, max_size=3, unique=True))
        fragments = [f"... on {one.name} {draw(_selections(schema, one, required, aliases, depth))}" for one in types]
        return "{ __typename " + " ".join(fragments) + " }"
    allowed = [(name, field) for name, field in parent.fields.items() if _is_allowed(field, required, depth)]
    chosen = draw(st.lists(st.sampled_from(allowed), min_size=1, max_size=4)) if allowed else []
    # Fragments on two types of one interface may hold fields of the same name and of different types.
    drawn = [_field(schema, name, field, required, aliases, depth, bool(parent.interfaces)) for name, field in chosen]
    texts = [draw(text) for text in drawn]
    return "{ " + (" ".join(texts) or "__typename") + " }"


def _is_allowed(field: GraphQLField, required: Mapping[str, str], depth: int) -> bool:
    returned: GraphQLNamedType = get_named_type(field.type)
    needs = {name for name, argument in field.args.items() if is_required_argument(argument)}
    return needs <= required.keys() and returned.name != "JSON" and (depth > 1 or not is_composite_type(returned))


@st.composite
def _field(
    draw: st.DrawFn,
    schema: GraphQLSchema,
    name: str,
    field: GraphQLField,
    required: Mapping[str, str],
    aliases: Iterator[str],
    depth: int,
    needs_alias: bool,
) -> str:
    arguments = [f"{key}: {required[key]}" for key, argument in field.args.items() if is_required_argument(argument)]
    pages = [f"{key}: " for key in ("first", "last") if key in field.args]
    page = draw(st.sampled_from(["", *pages]))
    arguments += [page + draw(NUMBERS)] if page else []
    given = ", ".join(arguments)
    returned = get_named_type(field.type)
    below = draw(_selections(schema, returned, required, aliases, depth - 1)) if is_composite_type(returned) else ""
    called = f"{next(aliases)}: {name}" if below or given or needs_alias else name
    return f"{called}{f'({given})' if given else ''} {below}"

"""Pages of rows, encoded without an object for each row, where the selection of the items holds only columns.

A page is fetched once the executor knows what is selected of it. If the items are copies of rows, only the selected
columns are fetched, and the page's lists become JSON column by column. graphql-core completes everything around them,
and the lists of all other items. Figures: docs/decisions/0047-lists-from-rows.md.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from graphql import GraphQLField, GraphQLObjectType, get_named_type
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path
from tortoise.models import Model

from gql_chat.api.engine.answers import BoundedExecutor
from gql_chat.api.engine.columns import Values, column_of, moments
from gql_chat.api.engine.fields.costs import LISTS_OF_CONNECTION
from gql_chat.api.engine.fields.leaves import UnusualValue
from gql_chat.api.engine.fields.pagination import Connection, UnfetchedConnection
from gql_chat.api.engine.metering import metered
from gql_chat.api.engine.projection import NOT_ENCODED, Compiled, compile_object
from gql_chat.infra.db.keyset import Moment, Ordering, Page, encode_cursor


class Rows:
    """The rows of a page, by column."""

    def __init__(self, page: Page[Values], columns: Sequence[str], ordering: Ordering) -> None:
        self.count = len(page.rows)
        values = zip(*page.rows, strict=True) if page.rows else [()] * len(columns)
        self.by_column: dict[str, Values] = dict(zip(columns, values, strict=True))
        self._ordering = ordering

    def cursor(self, place: int) -> str:
        """Return the cursor of the row at this place of the page."""
        key = [self.by_column[column][place] for column in self._ordering.columns]
        kinds = self._ordering.columns.values()
        return encode_cursor(
            [moments([value])[0] if kind is Moment else value for value, kind in zip(key, kinds, strict=True)]
        )


class Field(NamedTuple):
    """A selected field: its response name, the columns that it needs, and how its values are made of them."""

    response_name: str
    columns: frozenset[str]
    values: Callable[[Rows], Values]


class EncodedLists(NamedTuple):
    """A page's lists as JSON, by their response names: `a: nodes {…} b: nodes {…}` are two lists."""

    by_response_name: Mapping[str, bytes]


class ListExecutor(BoundedExecutor):
    """An executor that fetches the pages of connections, and encodes their lists if it can.

    It also encodes what a root field returns, if nothing but plain fields is selected of it.
    """

    compiled: Compiled | None = None

    def complete_object_value(self, return_type: GraphQLObjectType, *args: Any) -> Any:
        """Complete an object. The page of a connection is fetched first."""
        field_details_list, info, path, result, position_context = args
        complete = super().complete_object_value
        if type(result) is not UnfetchedConnection:
            encoded = self._encode_root(return_type, field_details_list, path, result)
            return complete(return_type, *args) if encoded is None else encoded

        async def fetch_and_complete() -> Any:
            lists = _compile_lists(self, return_type, field_details_list, result)
            connection = await (result.fetch() if lists is None else _fetch_encoded(result, lists))
            completed = complete(return_type, field_details_list, info, path, connection, position_context)
            return await completed if self.is_awaitable(completed) else completed

        meter = self.context_value.cpu
        return fetch_and_complete() if meter is None else metered(fetch_and_complete(), meter)

    def complete_list_value(self, *args: Any) -> Any:
        """Complete a list. One that is encoded needs nothing more."""
        *_, path, result, _position_context = args
        if type(result) is not EncodedLists:
            return super().complete_list_value(*args)
        encoded = result.by_response_name[path.key]
        self.count_bytes(len(encoded))
        return orjson.Fragment(encoded)

    def _encode_root(
        self, return_type: GraphQLObjectType, field_details_list: FieldDetailsList, path: Path, result: Any
    ) -> orjson.Fragment | None:
        """Return the JSON of a root field's object, or None if it is another's, or needs the full algorithm."""
        if path.prev is not None or self.compiled is None:
            return None
        key = (path.key, return_type.name)
        if key not in self.compiled:
            self.compiled[key] = compile_object(self, return_type, field_details_list)
        encode = self.compiled[key]
        if encode is None:
            return None
        try:
            encoded = encode(result)
        except NOT_ENCODED:
            return None
        self.count_bytes(len(encoded))
        return orjson.Fragment(encoded)


async def _fetch_encoded(unfetched: UnfetchedConnection, lists: Sequence[Field]) -> Connection[Any]:
    listing, ordering = unfetched.listing, unfetched.listing.ordering
    # Sorted, so that the same fields in another order are the same statement.
    columns = sorted({*ordering.columns}.union(*(one.columns for one in lists)))
    page = await listing.fetch_columns(columns, unfetched.request)
    rows = Rows(page, columns, ordering)
    try:
        encoded = EncodedLists({one.response_name: orjson.dumps(one.values(rows)) for one in lists})
        ends = (rows.cursor(0), rows.cursor(-1)) if rows.count else (None, None)
    except UnusualValue:
        return await unfetched.fetch()
    return unfetched.connection_of(page, encoded, ends)


def _compile_lists(
    executor: ListExecutor,
    connection_type: GraphQLObjectType,
    field_details_list: FieldDetailsList,
    unfetched: UnfetchedConnection,
) -> list[Field] | None:
    """Return the lists that are selected of a connection, or None if one of them needs objects."""
    if not unfetched.copies_rows:
        return None
    lists: list[Field] = []
    for name, details in executor.collect_subfields(connection_type, field_details_list).grouped_field_set.items():
        field = connection_type.fields.get(details[0].node.name.value)
        if field is None or details[0].node.name.value not in LISTS_OF_CONNECTION:
            continue
        compiled = _compile_objects(executor, name, _object_type(field), details, unfetched.listing.model)
        if compiled is None:
            return None
        lists.append(compiled)
    return lists


def _compile_objects(
    executor: ListExecutor,
    response_name: str,
    object_type: GraphQLObjectType,
    field_details_list: FieldDetailsList,
    model: type[Model],
) -> Field | None:
    """Return the field of objects that are rows, or edges of rows, or None if they hold more than columns."""
    selected: list[Field] = []
    for name, details in executor.collect_subfields(object_type, field_details_list).grouped_field_set.items():
        field_name = details[0].node.name.value
        if field_name == "node":
            node_type = _object_type(object_type.fields[field_name])
            field = _compile_objects(executor, name, node_type, details, model)
        else:
            field = _compile_leaf(name, object_type, field_name, model)
        if field is None:
            return None
        selected.append(field)
    names = [field.response_name for field in selected]

    def values(rows: Rows) -> Values:
        by_field = [field.values(rows) for field in selected]
        return (
            [dict(zip(names, row, strict=True)) for row in zip(*by_field, strict=True)] if names else [{}] * rows.count
        )

    return Field(response_name, frozenset().union(*(field.columns for field in selected)), values)


def _compile_leaf(
    response_name: str, object_type: GraphQLObjectType, field_name: str, model: type[Model]
) -> Field | None:
    if field_name == "__typename":
        return Field(response_name, frozenset(), lambda rows: [object_type.name] * rows.count)
    if field_name == "cursor":
        return Field(response_name, frozenset(), lambda rows: [rows.cursor(place) for place in range(rows.count)])
    column_and_convert = column_of(object_type, field_name, model)
    if column_and_convert is None:
        return None
    column, convert = column_and_convert
    return Field(response_name, frozenset({column}), lambda rows: convert(rows.by_column[column]))


def _object_type(field: GraphQLField) -> GraphQLObjectType:
    named = get_named_type(field.type)
    assert isinstance(named, GraphQLObjectType)
    return named

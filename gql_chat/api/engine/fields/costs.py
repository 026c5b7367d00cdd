"""The costs that fields state where they are declared, read once into a table of the schema's types."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)
from strawberry.types.field import StrawberryField

from gql_chat.infra.db.keyset import DEFAULT_LIMIT

PAGE_ARGUMENTS = frozenset({"first", "last"})
COUNTING_ARGUMENTS = PAGE_ARGUMENTS | {"ids"}  # a list has as many items as there are ids in its argument
LISTS_OF_CONNECTION = frozenset({"edges", "nodes"})
INTROSPECTION_COST = 2_500  # the whole schema is about 5,000 values and takes 30 ms
STATEMENT_COST = 5  # of a field that asks the database by itself, and not through a loader
MUTATION_COST = 10
SUBSCRIPTION_COST = 10
LEDGER_COST = 50
SEARCH_COST = 500
UPLOAD_COST = 100
PASSWORD_COST = 1_000  # bcrypt takes 220 ms
REPLY_COST = 100
CALL_COST = 500  # of a field that waits for a model's provider
TEXT_COST = 2  # of a field that may hold many kilobytes

_METADATA = "cost"


class Cost(NamedTuple):
    """The cost of a field as its declaration states it."""

    own: int
    items: int | None


class FieldCost(NamedTuple):
    """The cost of a field: its own, and how often that of the fields below it counts."""

    own: int = 1
    items: int = 1
    """The number of items of a list; for a page, the number without `first` and `last`."""
    is_paged: bool = False
    """Whether `first`, `last` or a list of ids can ask for another number of items."""
    is_connection: bool = False
    """Whether the page's items are in lists of the object that the field returns."""
    is_in_page: bool = False
    """Whether the field is such a list of a connection."""
    type_name: str | None = None
    """The type of what the field returns."""


class CostTable(NamedTuple):
    """The costs of all fields by the names of their type and of the field, and the names of interfaces and unions."""

    fields: Mapping[str, Mapping[str, FieldCost]]
    abstract_types: frozenset[str]


UNKNOWN_FIELD = FieldCost()  # which validation refuses later


def costs(own: int = 1, *, items: int | None = None) -> dict[str, Any]:
    """Return the metadata of a field that states its own cost, and its usual or maximum number of items if a list."""
    return {_METADATA: Cost(own, items)}


def read_costs(schema: GraphQLSchema) -> CostTable:
    """Return the table of a schema's costs."""
    fields: dict[str, dict[str, FieldCost]] = {}
    abstract: set[str] = set()
    for name, described in schema.type_map.items():
        if isinstance(described, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__"):
            fields[name] = {field_name: _cost_of(field) for field_name, field in described.fields.items()}
        if isinstance(described, GraphQLInterfaceType | GraphQLUnionType):
            abstract.add(name)
    _mark_connections(fields)
    return CostTable(fields, frozenset(abstract))


def _cost_of(field: GraphQLField) -> FieldCost:
    own, items = _stated(field) or Cost(1, None)
    is_paged = not COUNTING_ARGUMENTS.isdisjoint(field.args)
    count = items or (_default_page(field) if is_paged else 1)
    return FieldCost(own, count, is_paged, type_name=get_named_type(field.type).name)


def _stated(field: GraphQLField) -> Cost | None:
    declared = field.extensions.get("strawberry-definition")
    cost = declared.metadata.get(_METADATA) if isinstance(declared, StrawberryField) else None
    return cost if isinstance(cost, Cost) else None


def _default_page(field: GraphQLField) -> int:
    defaults = (field.args[name].default_value for name in PAGE_ARGUMENTS & field.args.keys())
    return max((number for number in defaults if isinstance(number, int)), default=DEFAULT_LIMIT)


def _mark_connections(fields: dict[str, dict[str, FieldCost]]) -> None:
    """Let a page's number of items count for the lists of its connection only, not for its total or its cursors."""
    paged = {cost.type_name for by_name in fields.values() for cost in by_name.values() if cost.is_paged}
    connections = {name for name in fields if name in paged and not LISTS_OF_CONNECTION.isdisjoint(fields[name])}
    for type_name, by_name in fields.items():
        for name, cost in by_name.items():
            if type_name in connections and name in LISTS_OF_CONNECTION:
                by_name[name] = cost._replace(is_in_page=True)
            elif cost.is_paged and cost.type_name in connections:
                by_name[name] = cost._replace(is_connection=True)

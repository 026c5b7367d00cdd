"""Limits on a document's length, before it is parsed, and on what an operation may ask for, before it is validated."""

import math
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from graphql.language import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
)

from gql_chat.api.engine.fields.costs import COUNTING_ARGUMENTS, INTROSPECTION_COST, UNKNOWN_FIELD, CostTable, FieldCost

MAX_INT_DIGITS = 10  # of GraphQL's Int; Python refuses to parse numbers of thousands of digits

# The lexical grammar, without whitespace. A string without an end takes the rest, so each character is read once.
_TOKEN = re.compile(
    r"""
    (\#[^\n\r]*)                                            # a comment
    | \"{3} (?: [^"\\]++ | \\"{3} | \\ | "(?!"") )*+ (?:\"{3})?   # a block string
    | " (?: [^"\\\n\r]++ | \\. )*+ "?                            # a string
    | \.{3}
    | [_A-Za-z][_0-9A-Za-z]*+
    | -? [0-9]++ (?: \.[0-9]++ )? (?: [eE][+-]?[0-9]++ )?
    | [!$&()*:=@\[\]{|}]
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits on a document, and on an operation with its fragments spread."""

    max_source_length: int = 50_000
    max_tokens: int = 2_000
    max_comments: int = 500
    max_depth: int = 15
    max_aliases: int = 50
    max_directives: int = 50
    max_alias_length: int = 128
    max_repetitions: int = 100
    """How often fields are selected once more at the same place. Validation compares each such pair."""
    max_cost: int = 10_000
    """What `costs` states for each field, times the number of items of the lists and pages that hold it."""
    max_answer_bytes: int = 16 * 1024 * 1024
    """The limit on what only the answer's completion shows: how long its texts are."""


class Size(NamedTuple):
    """The size of a selection with its fragments spread. Below `__schema` and `__type` neither depth nor cost count."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    cost: int = 0
    cost_per_item: int = 0
    """The cost of what a connection's lists hold, which counts once for each item of its page."""
    repetitions: int = 0
    alias_length: int = 0


def is_too_long(query: str, max_tokens: int, max_comments: int) -> bool:
    """Return whether a document has more tokens or comments than these. One that is not GraphQL may pass.

    graphql-core's lexer would take twenty times as long for each.
    """
    tokens = comments = 0
    for match in _TOKEN.finditer(query):
        if match.lastindex:
            comments += 1
        else:
            tokens += 1
        if tokens > max_tokens or comments > max_comments:
            return True
    return False


def find_excess(limits: Limits, size: Size) -> str | None:
    """Return a sentence about the limit that is exceeded, None if none is."""
    if size.depth > limits.max_depth:
        return f"The operation is nested deeper than {limits.max_depth} levels; ask for less at once."
    if size.aliases > limits.max_aliases:
        return f"The operation has more than {limits.max_aliases} aliases; split it into several operations."
    if size.directives > limits.max_directives:
        return f"The operation has more than {limits.max_directives} directives; split it into several operations."
    if size.alias_length > limits.max_alias_length:
        return f"The operation has an alias of more than {limits.max_alias_length} characters."
    if size.repetitions > limits.max_repetitions:
        return f"The operation repeats fields more than {limits.max_repetitions} times; select each once."
    if size.cost > limits.max_cost:
        return (
            f"The operation costs {size.cost}, but {limits.max_cost} is the limit; ask for smaller pages or fewer "
            "fields."
        )
    return None


class Measure:
    """The measure of one operation with the fragments of its document.

    Linear in the document: a fragment is measured once, however often it is spread.
    """

    def __init__(
        self,
        fragments: Mapping[str, FragmentDefinitionNode],
        operation: OperationDefinitionNode,
        table: CostTable,
        root_type: str | None,
    ) -> None:
        self._fragments = fragments
        self._operation = operation
        self._table = table
        self._root_type = root_type
        self._sizes: dict[str, Size] = {}
        self._variables: Mapping[str, Any] | None = None
        self._repetitions = self._alias_length = 0
        self.page_variables: set[str] = set()
        """The variables that pages depend on, known after the first measurement."""

    def size(self, variables: Mapping[str, Any] | None) -> Size:
        """Return the size of the operation. Without variables, a page that depends on one has a single item."""
        self._variables = variables
        self._repetitions = self._alias_length = 0
        self._sizes = {}
        try:
            size = self._selections(self._operation.selection_set, self._root_type)
        except RecursionError:
            return Size(depth=sys.getrecursionlimit())
        directives = size.directives + len(self._operation.directives or ())
        return size._replace(directives=directives, repetitions=self._repetitions, alias_length=self._alias_length)

    def _selections(self, selection_set: SelectionSetNode | None, parent: str | None) -> Size:
        """Return the sum of the selections. Of the types of an interface or union, only the dearest counts."""
        depth = aliases = directives = cost = cost_per_item = 0
        by_type: dict[str, int] = {}
        is_abstract = parent in self._table.abstract_types
        selections = selection_set.selections if selection_set else ()
        self._repetitions += _count_repetitions(selections)
        for selection in selections:
            of_type, size = self._selection(selection, parent)
            depth = max(depth, size.depth)
            aliases += size.aliases
            directives += size.directives + len(selection.directives or ())
            cost_per_item += size.cost_per_item
            if is_abstract and of_type is not None and of_type not in self._table.abstract_types:
                by_type[of_type] = by_type.get(of_type, 0) + size.cost
            else:
                cost += size.cost
        return Size(depth, aliases, directives, cost + max(by_type.values(), default=0), cost_per_item)

    def _selection(self, selection: SelectionNode, parent: str | None) -> tuple[str | None, Size]:
        """Return the size of a selection, and the type that it is made on if that can be another than the parent."""
        if isinstance(selection, FieldNode):
            return None, self._field(selection, parent)
        if isinstance(selection, FragmentSpreadNode):
            return self._fragment(selection.name.value)
        inline = cast(InlineFragmentNode, selection)
        of_type = inline.type_condition.name.value if inline.type_condition else None
        return of_type, self._selections(inline.selection_set, of_type or parent)

    def _fragment(self, name: str) -> tuple[str | None, Size]:
        fragment = self._fragments.get(name)
        if fragment is None:
            return None, Size()
        of_type = fragment.type_condition.name.value
        if name not in self._sizes:
            self._sizes[name] = Size()  # for a fragment that spreads itself, which validation refuses later
            self._sizes[name] = self._selections(fragment.selection_set, of_type)
        return of_type, self._sizes[name]

    def _field(self, field: FieldNode, parent: str | None) -> Size:
        name = field.name.value
        if field.alias:
            self._alias_length = max(self._alias_length, len(field.alias.value))
        known = self._table.fields.get(parent or "", {}).get(name, UNKNOWN_FIELD)
        if field.selection_set is None:
            cost = max(known.own, known.items)
            return Size(1, 1 if field.alias else 0, 0, cost)
        below = self._selections(field.selection_set, known.type_name)
        aliases = below.aliases + (1 if field.alias else 0)
        if name.startswith("__"):  # graphql-core's MaxIntrospectionDepthRule limits its depth
            return Size(1, aliases, below.directives, INTROSPECTION_COST * (1 + below.aliases))
        if known.is_in_page:
            return Size(below.depth + 1, aliases, below.directives, known.own, below.cost)
        items = self._count_items(field, known)
        if known.is_connection:
            cost = known.own + below.cost + items * below.cost_per_item
        else:
            cost = known.own + items * below.cost
        return Size(below.depth + 1, aliases, below.directives, cost)

    def _count_items(self, field: FieldNode, known: FieldCost) -> int:
        if not known.is_paged:
            return known.items
        given = (argument.value for argument in field.arguments or () if argument.name.value in COUNTING_ARGUMENTS)
        return max((count for value in given for count in self._counts(value)), default=known.items)

    def _counts(self, value: object) -> Iterator[int]:
        """Yield the number of items that a counting argument asks for; nothing for null or a wrong value."""
        if isinstance(value, VariableNode):
            name = value.name.value
            self.page_variables.add(name)
            if self._variables is None:
                yield 1
                return
            given = self._variables.get(name, self._default(name))
            if isinstance(given, int | float):
                yield max(int(given), 1) if math.isfinite(given) else sys.maxsize
            elif given and isinstance(given, list):
                yield len(given)
            elif given is not None and not isinstance(given, VariableNode):
                yield from self._counts(given)
        elif isinstance(value, ListValueNode):
            yield max(len(value.values), 1)
        elif isinstance(value, IntValueNode):
            yield max(int(value.value[:MAX_INT_DIGITS]), 1)

    def _default(self, variable: str) -> object:
        for definition in self._operation.variable_definitions or ():
            if definition.variable.name.value == variable:
                return definition.default_value
        return None


def _count_repetitions(selections: Sequence[SelectionNode]) -> int:
    names = [(field.alias or field.name).value for field in selections if isinstance(field, FieldNode)]
    return len(names) - len(set(names))

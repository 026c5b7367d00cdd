"""Limits on what one operation may ask for, measured on the parsed document before the costlier validation."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from graphql.language import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
)

PAGE_ARGUMENTS = frozenset({"first", "last"})
MAX_INT_DIGITS = 10  # of GraphQL's Int; Python refuses to parse numbers of thousands of digits


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits on a document, and on an operation with its fragments spread."""

    max_source_length: int = 50_000
    max_tokens: int = 4_000
    max_comments: int = 500
    max_depth: int = 15
    max_aliases: int = 50
    max_directives: int = 50
    max_cost: int = 20_000
    """A field costs 1, and the fields below it cost once more for each item that its `first` or `last` asks for."""


@dataclass(frozen=True, slots=True)
class Size:
    """The size of a selection with its fragments spread. Below `__schema` and `__type` neither depth nor cost count."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    cost: int = 0
    varies: bool = False
    """Whether other variables would give another cost."""

    def __add__(self, other: "Size") -> "Size":
        return Size(
            max(self.depth, other.depth),
            self.aliases + other.aliases,
            self.directives + other.directives,
            self.cost + other.cost,
            self.varies or other.varies,
        )


def find_excess(limits: Limits, size: Size) -> str | None:
    """Return a sentence about the limit that is exceeded, None if none is."""
    if size.depth > limits.max_depth:
        return f"The operation is nested deeper than {limits.max_depth} levels; ask for less at once."
    if size.aliases > limits.max_aliases:
        return f"The operation has more than {limits.max_aliases} aliases; split it into several operations."
    if size.directives > limits.max_directives:
        return f"The operation has more than {limits.max_directives} directives; split it into several operations."
    if size.cost > limits.max_cost:
        return f"The operation may return more than {limits.max_cost} fields; ask for smaller pages or fewer fields."
    return None


def measure(document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any] | None) -> Size:
    """Return the size of an operation. Without variables, a page whose size depends on one counts as one item.

    Linear in the document: a fragment is measured once, however often it is spread.
    """
    try:
        return _Measure(document, operation, variables).size()
    except RecursionError:
        return Size(depth=sys.getrecursionlimit())


class _Measure:
    def __init__(
        self, document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any] | None
    ) -> None:
        self._operation = operation
        self._variables = variables
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._fragment_sizes: dict[str, Size] = {}

    def size(self) -> Size:
        return self._selections(self._operation.selection_set) + Size(directives=len(self._operation.directives or ()))

    def _selections(self, selection_set: SelectionSetNode | None) -> Size:
        total = Size()
        for selection in selection_set.selections if selection_set else ():
            total += self._selection(selection) + Size(directives=len(selection.directives or ()))
        return total

    def _selection(self, selection: SelectionNode) -> Size:
        if isinstance(selection, FieldNode):
            return self._field(selection)
        if isinstance(selection, FragmentSpreadNode):
            return self._fragment(selection.name.value)
        return self._selections(cast(InlineFragmentNode, selection).selection_set)

    def _fragment(self, name: str) -> Size:
        if name not in self._fragment_sizes:
            self._fragment_sizes[name] = Size()  # for a fragment that spreads itself, which validation refuses later
            fragment = self._fragments.get(name)
            self._fragment_sizes[name] = self._selections(fragment.selection_set) if fragment else Size()
        return self._fragment_sizes[name]

    def _field(self, field: FieldNode) -> Size:
        below = self._selections(field.selection_set)
        aliases = below.aliases + (1 if field.alias else 0)
        if field.name.value.startswith("__"):  # graphql-core's MaxIntrospectionDepthRule limits these
            return Size(1, aliases, below.directives, 1)
        pages = [argument.value for argument in field.arguments or () if argument.name.value in PAGE_ARGUMENTS]
        varies = below.varies or any(isinstance(value, VariableNode) for value in pages)
        items = max((count for value in pages for count in self._counts(value)), default=1)
        return Size(below.depth + 1, aliases, below.directives, 1 + items * below.cost, varies)

    def _counts(self, value: object) -> Iterator[int]:
        """Yield the number that a page argument asks for; nothing for null or a value that validation refuses later."""
        if isinstance(value, VariableNode) and self._variables is not None:
            given = self._variables.get(value.name.value, self._default(value.name.value))
            if isinstance(given, int):
                yield max(given, 1)
            elif given is not None:
                yield from self._counts(given)
        elif isinstance(value, IntValueNode):
            yield max(int(value.value[:MAX_INT_DIGITS]), 1)

    def _default(self, variable: str) -> object:
        for definition in self._operation.variable_definitions or ():
            if definition.variable.name.value == variable:
                return definition.default_value
        return None

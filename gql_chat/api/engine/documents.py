"""Documents: parsed, measured and validated once, and kept by their text, as are the refusals of those that fail."""

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from hashlib import blake2b
from typing import Any, Generic, NamedTuple, Self, TypeVar

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.validation.rules import overlapping_fields_can_be_merged
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from gql_chat.api.engine.complexity import Limits, Measure, Size, find_excess, is_too_long
from gql_chat.api.engine.errors import ErrorCode, request_error
from gql_chat.api.engine.fields.costs import read_costs
from gql_chat.api.engine.fields.variables import Variables
from gql_chat.api.engine.instrumentation import root_field
from gql_chat.api.engine.projection import Compiled

RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
MAX_VALIDATION_ERRORS = 20
TOO_COMPLEX_TO_VALIDATE = (
    "The operation selects too many fields of the same name at the same place, or nests its fragments too deeply; "
    "select each field once."
)
KEPT_CHARACTERS = 256 * 1024  # of documents' text; their trees take about 250 times as many bytes
KEPT_REFUSAL_CHARACTERS = 1024 * 1024  # of refusals' messages
KEPT_COSTS = 100  # of one operation, for different variables

# The budget for comparing fields of the same name. graphql-core's own lets `{me{id} me{id} …}` take a second.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 10_000


class Fragments(NamedTuple):
    """The fragments of a document by name, in the two forms that graphql-core takes."""

    definitions: dict[str, FragmentDefinitionNode]
    details: dict[str, FragmentDetails]

    @classmethod
    def of(cls, tree: DocumentNode) -> Self:
        """Return the fragments of a document."""
        found = {node.name.value: node for node in tree.definitions if isinstance(node, FragmentDefinitionNode)}
        return cls(found, {name: FragmentDetails(node) for name, node in found.items()})


class CheckedOperation:
    """A valid operation of a document, whose cost may depend on variables."""

    def __init__(
        self,
        definition: OperationDefinitionNode,
        fragments: Fragments,
        declared: Variables,
        measure: Measure,
        size: Size,
        root_field: str,
        *,
        has_directives: bool,
    ) -> None:
        self.definition = definition
        self.type = definition.operation
        self.name = definition.name.value if definition.name else None
        self.fragments = fragments
        self.declared = declared
        self.root_field = root_field
        self.compiled: Compiled | None = None if has_directives else {}
        self._measure = measure
        self._size = size
        self._page_variables = tuple(measure.page_variables)
        self._sizes: dict[tuple[Hashable, ...], Size] = {}

    def size(self, variables: Mapping[str, Any]) -> Size:
        """Return the size with these variables. It is measured once for the same numbers of items."""
        if not self._page_variables:
            return self._size
        numbers = tuple([variables.get(name, ...) for name in self._page_variables])
        try:
            return self._sizes[numbers]
        except KeyError:
            if len(self._sizes) >= KEPT_COSTS:
                self._sizes.clear()
            return self._sizes.setdefault(numbers, self._measure.size(variables))
        except TypeError:  # a list or an object, which the coercion of variables refuses later
            return self._measure.size(variables)


class Document(NamedTuple):
    """A valid document, and its operations by name."""

    tree: DocumentNode
    operations: Mapping[str | None, CheckedOperation]


Refusal = list[GraphQLError]


class Documents:
    """The documents that clients send. `check` is cheap for one that was accepted or refused before."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, *, introspection: bool) -> None:
        self._schema = schema
        self._limits = limits
        self._costs = read_costs(schema)
        self._rules = RULES if introspection else (*RULES, NoSchemaIntrospectionCustomRule)
        self._hide_suggestions = not introspection
        self._accepted: BoundedCache[str, Document] = BoundedCache(KEPT_CHARACTERS)
        self._refused: BoundedCache[bytes, Refusal] = BoundedCache(KEPT_REFUSAL_CHARACTERS)

    def knows(self, query: str) -> bool:
        """Return whether `check` takes no time: the document was checked before, or is refused unread."""
        return query in self._accepted or len(query) > self._limits.max_source_length or _digest(query) in self._refused

    def check(self, query: str) -> Document | Refusal:
        """Return the document, or the errors for which it is refused."""
        known = self._accepted.get(query)
        if known is not None:
            return known
        if len(query) > self._limits.max_source_length:  # too long to be worth a digest
            message = f"The document is longer than {self._limits.max_source_length} characters."
            return [request_error(ErrorCode.OPERATION_TOO_COMPLEX, message)]
        return self._refused.get(_digest(query)) or self.keep(query, self.examine(query))

    def examine(self, query: str) -> Document | Refusal:
        """Parse, measure and validate the document. May run in another thread, because it changes nothing here."""
        tree = self._parse(query)
        if isinstance(tree, DocumentNode):
            examined = self._measure_and_validate(tree, has_directives="@" in query)
        else:
            examined = tree
        return examined if isinstance(examined, Document) else [_without_tree(error) for error in examined]

    def keep(self, query: str, examined: Document | Refusal) -> Document | Refusal:
        """Keep the result of `examine` for the next request with this document."""
        if isinstance(examined, Document):
            self._accepted.put(query, examined, len(query))
        else:
            self._refused.put(_digest(query), examined, sum(len(error.message) for error in examined))
        return examined

    def _parse(self, query: str) -> DocumentNode | Refusal:
        limits = self._limits
        if is_too_long(query, limits.max_tokens, limits.max_comments):
            message = f"The document has more than {limits.max_tokens} tokens or {limits.max_comments} comments."
            return [request_error(ErrorCode.OPERATION_TOO_COMPLEX, message)]
        try:
            return parse(
                query,
                max_lexical_tokens=limits.max_tokens,
                max_comments=limits.max_comments,
                allow_empty_selection_sets=False,
            )
        except GraphQLSyntaxError as exc:
            is_limit = exc.message.endswith("Parsing aborted.")
            return [request_error(ErrorCode.OPERATION_TOO_COMPLEX if is_limit else ErrorCode.GRAPHQL_PARSE_FAILED, exc)]

    def _measure_and_validate(self, tree: DocumentNode, *, has_directives: bool) -> Document | Refusal:
        fragments = Fragments.of(tree)
        measured: list[tuple[OperationDefinitionNode, Measure, Size]] = []
        for definition in tree.definitions:
            if isinstance(definition, OperationDefinitionNode):
                root_type = self._schema.get_root_type(definition.operation)
                measure = Measure(fragments.definitions, definition, self._costs, root_type.name if root_type else None)
                size = measure.size(None)
                if excess := find_excess(self._limits, size):
                    return [request_error(ErrorCode.OPERATION_TOO_COMPLEX, excess)]
                measured.append((definition, measure, size))
        errors = validate(self._schema, tree, self._rules, MAX_VALIDATION_ERRORS, self._hide_suggestions)
        if errors:
            return [_explained(error) for error in errors]
        return Document(
            tree,
            {
                definition.name.value if definition.name else None: CheckedOperation(
                    definition,
                    fragments,
                    Variables(self._schema, definition),
                    measure,
                    size,
                    root_field(fragments.definitions, definition),
                    has_directives=has_directives,
                )
                for definition, measure, size in measured
            },
        )


Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class BoundedCache(Generic[Key, Value]):
    """The values that were used last, as many as have this weight together."""

    def __init__(self, max_weight: int) -> None:
        self._entries: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._max_weight = max_weight
        self._weight = 0

    def __contains__(self, key: Key) -> bool:
        return key in self._entries

    def get(self, key: Key) -> Value | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: Key, value: Value, weight: int) -> None:
        _, replaced = self._entries.pop(key, (None, 0))
        self._entries[key] = (value, weight)
        self._weight += weight - replaced
        while self._weight > self._max_weight:
            _, (_, weight_of_oldest) = self._entries.popitem(last=False)
            self._weight -= weight_of_oldest


def _digest(query: str) -> bytes:
    return blake2b(query.encode(errors="surrogatepass"), digest_size=16).digest()


def _explained(error: GraphQLError) -> GraphQLError:
    """Return a validation error with its code. graphql-core does not say which limit of its own is exceeded."""
    if error.message == "Validation aborted.":
        return request_error(ErrorCode.OPERATION_TOO_COMPLEX, TOO_COMPLEX_TO_VALIDATE)
    return request_error(ErrorCode.GRAPHQL_VALIDATION_FAILED, error)


def _without_tree(error: GraphQLError) -> GraphQLError:
    """Return the error with its locations, but without the document that they are locations of."""
    kept = GraphQLError(error.message, extensions=error.extensions)
    kept.locations = error.locations
    return kept

"""The pages of the schema's reference, made from `schema/` when the site is built."""

import re
from collections.abc import Iterable, Mapping
from itertools import starmap
from pathlib import Path
from typing import cast

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLType,
    GraphQLUnionType,
    OperationDefinitionNode,
    Undefined,
    ast_from_value,
    build_schema,
    get_named_type,
    is_specified_scalar_type,
    parse,
    print_ast,
)

ROOTS = {"queries": "Query", "mutations": "Mutation", "subscriptions": "Subscription"}
KINDS: dict[str, tuple[type[GraphQLNamedType], ...]] = {
    "objects": (GraphQLObjectType,),
    "abstract": (GraphQLInterfaceType, GraphQLUnionType),
    "inputs": (GraphQLInputObjectType,),
    "enums": (GraphQLEnumType,),
    "scalars": (GraphQLScalarType,),
}
TITLES = {"abstract": "Interfaces and unions"}


def reference_pages(folder: Path) -> dict[str, str]:
    """Return each page's text by its path."""
    schema = build_schema((folder / "schema.graphql").read_text("utf-8"))
    examples = root_fields_of(sorted((folder / "operations").glob("*.graphql")))
    pages = {f"reference/{page}.md": root_page(schema, page, root, examples) for page, root in ROOTS.items()}
    return pages | {f"reference/{page}.md": types_page(schema, page) for page in KINDS}


def root_fields_of(operations: Iterable[Path]) -> dict[str, list[Path]]:
    """Return the published operations that use a root field, by its name."""
    found: dict[str, list[Path]] = {}
    for path in operations:
        for definition in parse(path.read_text("utf-8")).definitions:
            if isinstance(definition, OperationDefinitionNode):
                for selection in definition.selection_set.selections:
                    found.setdefault(selection.name.value, []).append(path)
    return found


def root_page(schema: GraphQLSchema, page: str, root: str, examples: Mapping[str, list[Path]]) -> str:
    """Return the page of the queries, the mutations or the subscriptions."""
    parts = [f"# {page.title()}\n"]
    for name, field in schema.type_map[root].fields.items():
        text = with_links(schema, described(field))
        parts += [f"## `{name}` {{ #{name.lower()} }}\n", text, f"Returns {linked(field.type)}.\n"]
        if field.args:
            parts.append(table(("Argument", "Type", "Default", "Meaning"), starmap(input_row, field.args.items())))
        for path in examples.get(name, [])[:1]:
            text = path.read_text("utf-8").strip()
            parts.append(f"Example, [`{path.name}`](../schema/operations/{path.name}):\n\n```graphql\n{text}\n```\n")
    return "\n".join(parts)


def with_links(schema: GraphQLSchema, description: str) -> str:
    """Link the codes of errors and the scopes that a root field names."""
    codes = "|".join(cast(GraphQLEnumType, schema.type_map["ErrorCode"]).values)
    description = re.sub(rf"\b({codes})\b", r"[\1](../errors.md#codes)", description)
    return re.sub(r"\b(scope [A-Z]+)", r"[\1](../clients.md#scripts)", description)


def types_page(schema: GraphQLSchema, page: str) -> str:
    """Return the page of one kind of types."""
    parts = [f"# {TITLES.get(page, page.title())}\n"]
    for name, kind in sorted(schema.type_map.items()):
        hidden = name in ROOTS.values() or name.startswith("__") or is_specified_scalar_type(kind)
        if isinstance(kind, KINDS[page]) and not hidden:
            parts += [f"## {name}\n", text_of(kind.description) + "\n", body(schema, kind)]
    return "\n".join(parts)


def body(schema: GraphQLSchema, kind: GraphQLNamedType) -> str:
    """Return what stands below a type's description."""
    match kind:
        case GraphQLInputObjectType():
            note = "Exactly one field must be given.\n\n" if kind.is_one_of else ""
            return note + table(("Field", "Type", "Default", "Meaning"), starmap(input_row, kind.fields.items()))
        case GraphQLEnumType():
            rows = [(f"`{name}`", described(value)) for name, value in kind.values.items()]
            return table(("Value", "Meaning"), rows)
        case GraphQLUnionType():
            return f"One of {', '.join(map(linked, kind.types))}.\n"
        case GraphQLScalarType():
            return f"Specified by <{kind.specified_by_url}>.\n" if kind.specified_by_url else ""
    assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
    related = schema.get_possible_types(kind) if isinstance(kind, GraphQLInterfaceType) else kind.interfaces
    verb = "Implemented by" if isinstance(kind, GraphQLInterfaceType) else "Implements"
    note = f"{verb} {', '.join(map(linked, related))}.\n\n" if related else ""
    return note + table(("Field", "Type", "Meaning"), starmap(output_row, kind.fields.items()))


def input_row(name: str, value: GraphQLArgument | GraphQLInputField) -> tuple[str, ...]:
    """Return the row of an argument or of an input's field."""
    default = value.default_value
    shown = "" if default is Undefined else f"`{print_ast(ast_from_value(default, value.type))}`"
    return f"`{name}`", linked(value.type), shown, described(value)


def output_row(name: str, field: GraphQLField) -> tuple[str, ...]:
    """Return the row of an object's field, with its arguments in the text."""
    arguments = [f"<br>`{name}`: {linked(value.type)}. {described(value)}" for name, value in field.args.items()]
    return f"`{name}`", linked(field.type), described(field).strip() + "".join(arguments)


def described(value: GraphQLField | GraphQLArgument | GraphQLInputField) -> str:
    """Return the description, and why the thing is deprecated, if it is."""
    reason = getattr(value, "deprecation_reason", None)
    return text_of(value.description) + (f" **Deprecated:** {text_of(reason)}" if reason else "") + "\n"


def linked(kind: GraphQLType) -> str:
    """Return a type with its marks, linked to where it is described."""
    named = get_named_type(kind)
    page = next(page for page, kinds in KINDS.items() if isinstance(named, kinds))
    if is_specified_scalar_type(named):
        return f"<code>{kind}</code>"
    anchor = f'<a href="../{page}/#{named.name.lower()}">{named.name}</a>'
    return "<code>" + re.sub(r"\w+", lambda _: anchor, str(kind)) + "</code>"


def text_of(description: str | None) -> str:
    """Return a description on one line, which a cell of a table can hold."""
    return " ".join((description or "").split()).replace("|", "\\|")


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table."""
    lines = [heads, ("---",) * len(heads), *(tuple(cell.strip() for cell in row) for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)

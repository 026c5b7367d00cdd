"""The published schema, and the operations of `schema/operations/`, each with the fragments that it spreads."""

import re
from functools import cache
from pathlib import Path

from graphql import GraphQLSchema, build_schema

from gql_chat.api.schema import published_schema

FOLDER = Path(__file__).parents[2] / "schema" / "operations"
OPERATIONS = sorted(FOLDER.glob("*.graphql"))
FRAGMENTS = sorted((FOLDER / "fragments").glob("*.graphql"))


@cache
def schema_of_clients() -> GraphQLSchema:
    """Return the schema as clients read it, for tests that only look: to build it takes 0.1 s."""
    return build_schema(published_schema())


def read_operation(file: Path) -> str:
    """Return the text of an operation and, after it, of the fragments that it spreads."""
    text = file.read_text(encoding="utf-8")
    spread = sorted(set(re.findall(r"\.\.\.(\w+Fields)", text)))
    return "\n".join([text, *((FOLDER / "fragments" / f"{name}.graphql").read_text("utf-8") for name in spread)])

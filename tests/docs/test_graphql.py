"""The GraphQL that pages show is valid for the published schema."""

import pytest
from graphql import DocumentNode, NoUnusedFragmentsRule, parse, specified_rules, validate

from tests.docs.pages import DOCS, ROOT, blocks
from tests.support.published import schema_of_clients

PAGES = ["README.md", *sorted(str(path.relative_to(ROOT)) for path in DOCS.rglob("*.md"))]
EXAMPLES = [(page, number, text) for page in PAGES for number, text in enumerate(blocks(page, "graphql"), start=1)]


@pytest.mark.parametrize(("page", "number", "text"), EXAMPLES)
def test_a_documents_example_is_valid(page: str, number: int, text: str) -> None:
    rules = [rule for rule in specified_rules if rule is not NoUnusedFragmentsRule]
    for definition in parse(text).definitions:  # one after the other is how people run them
        assert validate(schema_of_clients(), DocumentNode(definitions=(definition,)), rules) == [], (page, number)

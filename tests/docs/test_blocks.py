"""No block of code stands on a page unknown: a test runs it, or it says here why none does."""

import pytest

from tests.docs.pages import DOCS, ROOT, languages
from tests.docs.test_cookbook import NEVER_RUN

# By page and language: the file of tests that runs the blocks, or the reason.
HELD_BY = {
    "README.md": {
        "js": "tests/clients/test_documented.py",
        "sh": "because it starts servers with keys of providers, and Docker",
    },
    "docs/administration.md": {"sh": "tests/docs/test_files_page.py"},
    "docs/clients.md": {"js": "tests/clients/test_documented.py"},
    "docs/clients/ai-sdk.md": {"tsx": "clients/ai-sdk/test/documented.test.ts"},
    "docs/clients/assistant-ui.md": {"tsx": "clients/assistant-ui/test/documented.test.ts"},
    "docs/clients/graphql-sse.md": {"js": "tests/clients/test_pages_of_clients.py"},
    "docs/clients/langchain.md": {"python": "tests/clients/test_pages_of_clients.py"},
    "docs/clients/openai.md": {
        "js": "tests/clients/test_pages_of_clients.py",
        "python": "tests/clients/test_pages_of_clients.py",
    },
    "docs/clients/relay.md": {"js": "tests/clients/test_compiled.py", "json": "tests/clients/test_compiled.py"},
    "docs/clients/client.md": {
        "sh": "because scripts/test-clients builds and packs each package",
        "ts": "clients/client/test/documented.test.ts",
        "tsx": "because it is a part of an app",
    },
    "docs/concepts.md": {"js": "because it is the one line that all pages of the cookbook run"},
    "docs/errors.md": {"json": "because it is an answer", "ts": "tests/clients/test_compiled.py"},
    "docs/files.md": {"js": "tests/docs/test_files_page.py", "sh": "tests/docs/test_files_page.py"},
    "docs/index.md": {"sh": "because it is what `make` does, tested elsewhere"},
    "docs/openai.md": {
        "python": "because tests/clients/test_openai.py makes the same calls",
        "sh": "because tests/clients/test_openai.py makes the same call",
    },
    "docs/operations.md": {"json": "because it is output", "yaml": "because it configures Prometheus"},
    "docs/production.md": {"sh": "tests/deploy/guide.py"},
}
PAGES = ["README.md", *(f"docs/{path.relative_to(DOCS)}" for path in DOCS.rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_run_or_has_a_reason(page: str) -> None:
    if page.startswith(("docs/cookbook/", "docs/quick-start")):  # test_cookbook.py knows each of their blocks
        return
    held = HELD_BY.get(page, {})
    assert languages(page) - NEVER_RUN == set(held), "run the block in a test and name it above"
    missing = [by for by in held.values() if not by.startswith("because") and not (ROOT / by).exists()]
    assert missing == []

"""The documentation site, built as `scripts/docs` builds it: links lead somewhere, nothing is loaded from elsewhere."""

import fcntl
import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from graphql import GraphQLObjectType

from tests.support.published import schema_of_clients

ROOT = Path(__file__).parents[2]


class Parsed(HTMLParser):
    """What a page links to, what it loads, and the ids that it has."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.ids: set[str] = set()
        self.feed(page.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids.add(found.get("id") or "")
        if (target := found.get("src") or (tag == "link" and found.get("href"))) and not target.startswith("data:"):
            self.loads.append(target)
        elif tag == "a" and (target := found.get("href")):
            self.links.append(target)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site, once for all workers of pytest-xdist."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    site = shared / "site"
    with (shared / "site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not site.exists():
            build(tmp_path_factory.mktemp("site") / "site").rename(site)
    return site


def build(folder: Path) -> Path:
    command = [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(folder)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "true"}
    made = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Parsed]:
    return {page: Parsed(page) for page in site.rglob("*.html") if page.name != "404.html"}


def test_no_page_loads_anything_from_elsewhere(pages: dict[Path, Parsed]) -> None:
    elsewhere = {load for page in pages.values() for load in page.loads if urlsplit(load).netloc}
    assert elsewhere == set()


def test_every_link_within_the_site_leads_to_a_page_and_an_anchor_that_exist(pages: dict[Path, Parsed]) -> None:
    broken = []
    for page, parsed in pages.items():
        for link in parsed.links + parsed.loads:
            url = urlsplit(link)
            if url.scheme or url.netloc or url.path.startswith("/"):
                continue
            target = (page.parent / unquote(url.path)).resolve() if url.path else page
            target = target / "index.html" if target.is_dir() else target
            known = url.fragment == "" or target not in pages or unquote(url.fragment) in pages[target].ids
            if not target.exists() or not known:
                broken.append((str(page), link))
    assert broken == []


def test_mermaid_is_loaded_where_it_draws_and_nowhere_else(site: Path, pages: dict[Path, Parsed]) -> None:
    drawn = {page for page in pages if 'class="mermaid"' in page.read_text("utf-8")}
    loading = {page for page, parsed in pages.items() if any(load.endswith("mermaid.js") for load in parsed.loads)}
    assert site / "concepts" / "index.html" in drawn
    assert loading == drawn
    assert 'globalThis["mermaid"] =' in (site / "assets" / "mermaid.js").read_text("utf-8")[-2000:]


def test_the_reference_has_every_field_and_type_of_the_schema(pages: dict[Path, Parsed]) -> None:
    reference = {
        page.parent.name: parsed.ids for page, parsed in pages.items() if page.parent.parent.name == "reference"
    }
    schema = schema_of_clients()
    for page, root in (("queries", "Query"), ("mutations", "Mutation"), ("subscriptions", "Subscription")):
        described = schema.type_map[root]
        assert isinstance(described, GraphQLObjectType)
        assert {name.lower() for name in described.fields} <= reference[page]
    types = {name.lower() for name in schema.type_map if not name.startswith("__")}
    types -= {"query", "mutation", "subscription", "string", "int", "float", "boolean", "id"}
    assert types <= set().union(*(reference[page] for page in ("objects", "abstract", "inputs", "enums", "scalars")))

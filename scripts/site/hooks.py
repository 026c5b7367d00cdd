"""What mkdocs adds to docs/: the reference, the list of decisions, pages from the root, and mermaid without a CDN."""

import posixpath
import re
from importlib.resources import files as resources
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from reference import reference_pages

ROOT = Path(__file__).parents[2]
# Pages that stand outside docs/, where people look for them first.
FROM_THE_ROOT = {"contributing.md": "CONTRIBUTING.md", "changelog.md": "CHANGELOG.md"}
# What pages link to beside pages, and what may be downloaded.
PUBLISHED = [str(path.relative_to(ROOT)) for path in [*ROOT.glob("schema/**/*.graphql")]]
# The official build of mermaid, in the wheel of a renderer: Material would load it from a CDN.
MERMAID = resources("mermaidx") / "assets" / "mermaid.js"
MERMAID_URI = "assets/mermaid.js"

LINK = re.compile(r"\[([^\]]+)\]\(([^)\s#:]+)(#[^)\s]*)?\)")
FENCED = re.compile(r"(^```.*?^```)", re.MULTILINE | re.DOTALL)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List each decision in the navigation, under the page that lists them."""
    for section in config.nav or []:
        for entry in next(iter(section.values())):
            if isinstance(entry, dict) and entry.get("Decisions") == "decisions/":
                entry["Decisions"] = ["decisions/index.md", *(f"decisions/{path.name}" for path in decisions())]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages and files that are not in docs/."""
    pages = reference_pages(ROOT / "schema") | {"decisions/index.md": list_of_decisions()}
    pages |= {page: (ROOT / source).read_text("utf-8") for page, source in FROM_THE_ROOT.items()}
    for uri, text in pages.items():
        files.append(File.generated(config, uri, content=text))
    for uri in PUBLISHED:
        files.append(File.generated(config, uri, abs_src_path=str(ROOT / uri)))
    files.append(File.generated(config, MERMAID_URI, content=MERMAID.read_bytes()))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead links to where their targets are on the site. What is in the repository alone becomes its path."""
    here = posixpath.dirname(FROM_THE_ROOT.get(page.file.src_uri, f"docs/{page.file.src_uri}"))

    def lead(link: re.Match[str]) -> str:
        text, path, anchor = link[1], posixpath.normpath(posixpath.join(here, link[2])), link[3] or ""
        uri = path.removeprefix("docs/")
        uri = {source: uri for uri, source in FROM_THE_ROOT.items()}.get(uri, uri)
        if uri in ("decisions", "schema/operations"):
            uri = {"decisions": "decisions/index.md", "schema/operations": "reference/index.md"}[uri]
        if files.get_file_from_path(uri) is not None:
            return f"[{text}]({posixpath.relpath(uri, posixpath.dirname(page.file.src_uri) or '.')}{anchor})"
        if not (ROOT / path).exists():
            return link[0]  # mkdocs warns of it
        return text if path in text else f"{text} (`{path}`)"

    parts = FENCED.split(markdown)
    return "".join(part if number % 2 else LINK.sub(lead, part) for number, part in enumerate(parts))


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Load mermaid on the pages that draw with it, and on no others: it has 3.5 MB."""
    if 'class="mermaid"' not in html:
        return html
    return f'{html}<script src="{posixpath.relpath(MERMAID_URI, page.url or ".")}"></script>'


def decisions() -> list[Path]:
    """Return the records of decisions, oldest first."""
    return sorted((ROOT / "docs" / "decisions").glob("0*.md"))


def list_of_decisions() -> str:
    """Return the page that lists them."""
    rows = [f"- [{path.read_text('utf-8').splitlines()[0].removeprefix('# ')}]({path.name})\n" for path in decisions()]
    return f"# Decisions\n\nWhat was decided, why, with which figure, and what else was considered.\n\n{''.join(rows)}"

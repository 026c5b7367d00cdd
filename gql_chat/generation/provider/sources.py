"""The web pages that an answer names as its sources, in the forms in which providers give them.

Perplexity: `citations` and `search_results` of the body. OpenAI, OpenRouter, xAI: `annotations` of a message or delta.
"""

from collections.abc import Iterator
from typing import Any

MAX_SOURCES = 50
MAX_URL_LENGTH = 2048  # characters
MAX_TITLE_LENGTH = 300  # characters; of a longer title the beginning is kept


class Sources:
    """Collects an answer's sources, each address once, in the order in which they came."""

    def __init__(self) -> None:
        self._titles: dict[str, str | None] = {}

    def __iter__(self) -> Iterator[tuple[str, str | None]]:
        """Yield the address and the title, if there is one, of each."""
        return iter(self._titles.items())

    def note(self, given: Any) -> None:
        """Note the sources that a list of texts or objects names. What is none is passed over."""
        for source in given if isinstance(given, list) else ():
            self._note(source)

    def _note(self, source: Any) -> None:
        if isinstance(source, dict) and isinstance(source.get("url_citation"), dict):
            source = source["url_citation"]
        url: Any = source.get("url") if isinstance(source, dict) else source
        if not is_address(url) or (url not in self._titles and len(self._titles) >= MAX_SOURCES):
            return
        title = source.get("title") if isinstance(source, dict) else None
        known = self._titles.setdefault(url, None)
        if known is None and isinstance(title, str) and (line := " ".join(title.replace("\0", "").split())):
            self._titles[url] = line[:MAX_TITLE_LENGTH].encode(errors="replace").decode()


def is_address(url: Any) -> bool:
    """Return whether this is the address of a page or an image on the web, short enough to be kept."""
    is_text = isinstance(url, str) and len(url) <= MAX_URL_LENGTH and url.isprintable() and " " not in url
    return is_text and url.startswith(("https://", "http://"))

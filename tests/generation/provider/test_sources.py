"""The sources that an answer names."""

from typing import Any

import pytest

from gql_chat.generation.provider.sources import MAX_SOURCES, Sources
from tests.generation.provider.test_completion import DONE, chunk, event, read

PAGE = "https://a.example/page"


@pytest.mark.parametrize(
    ("given", "sources"),
    [
        ([PAGE], [(PAGE, None)]),
        ([{"url": PAGE, "title": "A page", "date": "2026-01-01"}], [(PAGE, "A page")]),
        ([{"type": "url_citation", "url_citation": {"url": PAGE, "title": " A\n page\0"}}], [(PAGE, "A page")]),
        ([PAGE, PAGE, {"url": PAGE, "title": "A page"}], [(PAGE, "A page")]),
        ([{"url": PAGE, "title": 7}], [(PAGE, None)]),
        ([{"url": PAGE, "title": "x" * 400}], [(PAGE, "x" * 300)]),
        ([{"url": PAGE, "title": "\ud83d"}], [(PAGE, "?")]),
        ([None, 7, {}, {"url": 7}, {"url": "javascript:alert(1)"}, "ftp://a", "https://a b", "https://a\n"], []),
        ([f"https://a.example/{'x' * 2048}"], []),
        ("https://a.example", []),
        (None, []),
    ],
)
def test_sources_have_many_forms(given: Any, sources: list[tuple[str, str | None]]) -> None:
    collected = Sources()
    collected.note(given)
    assert list(collected) == sources


def test_an_answer_has_so_many_sources_at_most() -> None:
    collected = Sources()
    collected.note([f"https://a.example/{number}" for number in range(MAX_SOURCES + 7)])
    collected.note([{"url": "https://a.example/0", "title": "The first"}])
    assert len(list(collected)) == MAX_SOURCES
    assert next(iter(collected)) == ("https://a.example/0", "The first")


def test_sources_are_read_wherever_they_stand() -> None:
    annotation = {"type": "url_citation", "url_citation": {"url": "https://c.example", "title": "C"}}
    reader, text, _ = read(
        chunk({"content": "a"}, citations=["https://a.example"], search_results=[{"url": "https://b.example"}]),
        chunk({"annotations": [annotation]}, "stop"),
        event({"choices": [], "citations": ["https://a.example"]}),
        DONE,
    )
    assert text == "a"
    assert list(reader.sources) == [
        ("https://b.example", None),
        ("https://a.example", None),
        ("https://c.example", "C"),
    ]

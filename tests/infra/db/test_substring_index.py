"""Substring indexes, as the generator of migrations compares them, and the form of PostgreSQL's texts."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tortoise.indexes import Index

from gql_chat.chats.normalization import normalize, normalize_whole
from gql_chat.infra.db.substring_index import (
    SubstringIndex,
    as_one_word,
    as_several_words,
    like_pattern,
    list_words_trigrams,
    regular_expression,
    within_one_word,
)

TEXTS = st.text("abz 09_жα北が.-%é\n", max_size=30)
MARK = "\U00020000"


def like(pattern: str, text: str) -> bool:
    """Return whether a text matches a pattern, in which nothing is escaped but backslashes, `%` and `_`."""
    inner = re.sub(r"\\(.)|(_)|(.)", lambda found: "." if found[2] else re.escape(found[1] or found[3]), pattern[1:-1])
    return re.search(inner, text) is not None


@given(text=TEXTS, query=TEXTS, start=st.integers(0, 30), length=st.integers(1, 8))
def test_a_part_is_within_the_one_word_of_each_text_that_holds_it_and_of_no_other(
    text: str, query: str, start: int, length: int
) -> None:
    normal = normalize_whole(text)
    for part in (normalize(query), normal[start : start + length]):
        if part.strip():
            form, one_word = within_one_word(part), as_one_word(MARK + normal)
            held = part in normal
            assert (re.search(regular_expression(form), one_word) is not None) == held
            assert like(like_pattern(form), one_word) >= held
            assert all(trigram in one_word for trigram in list_words_trigrams([form]) if held)


@given(text=TEXTS)
def test_one_word_says_what_the_text_is_and_has_as_many_characters(text: str) -> None:
    normal = normalize_whole(text)
    assert as_several_words(as_one_word(normal)) == normal
    assert len(as_one_word(normal)) == len(normal)
    assert not set(as_one_word(normal)) & {" ", "_"}


@pytest.mark.parametrize("text", ["àáâãäåçè ªº", "À\u0301Ç", "a\x80b"])
def test_no_normalized_text_has_what_stands_for_a_space(text: str) -> None:
    assert not set(normalize(text)) & set("àáâãäåçèªº\x80")


def test_what_stands_between_two_words_depends_on_the_letters_beside_it() -> None:
    # The first three have `onª`, `nªt` and `ªto` if one letter stands for all spaces.
    texts = ["on my way as to the sun then", "on me to see ten times", "on a day to run to us", "go on to"]
    trigrams = list_words_trigrams([within_one_word("on to")])
    assert [all(trigram in as_one_word(text) for trigram in trigrams) for text in texts] == [False] * 3 + [True]


def test_an_index_on_another_column_is_another_index() -> None:
    index = SubstringIndex(column="text", name="by_text")
    assert index == SubstringIndex(column="text", name="by_text")
    assert index != SubstringIndex(column="title", name="by_text")
    assert index != Index(fields=("text",), name="another")
    assert index != "by_text"

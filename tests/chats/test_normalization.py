"""What is the same to who searches, and what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.chats.normalization import normalize, normalize_whole
from gql_chat.chats.search_index import owner_mark

LETTERS = st.text(st.characters(categories=["L", "N", "Zs", "P", "S"]), max_size=40)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CASE", "case"),
        ("Straße", "STRASSE"),
        ("ΣΊΣΥΦΟΣ", "σισυφος"),
        ("crème brûlée", "creme brulee"),
        ("cre\u0300me", "crème"),
        ("İstanbul", "istanbul"),
        ("Ёлка", "елка"),
        ("ＡＢＣ１２３", "abc123"),
        ("ｶﾞｷﾞ", "ガギ"),
        ("か\u3099", "が"),
        ("\u1112\u1161\u11ab", "한"),
        ("ﬁne", "fine"),
        ("don’t", "don't"),
        ("❤\ufe0f", "❤"),
        ("co\u00adoperate", "cooperate"),
        ("深度\n学习", "深度 学习"),
        ("深度学习", "深度 学习"),
        ("用GPT写作", "用 GPT 写作"),
        ("a\0b\ud800c", "a b c"),
    ],
)
def test_what_looks_alike_has_one_form(one: str, other: str) -> None:
    assert normalize_whole(one) == normalize_whole(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("が", "か"),
        ("カ", "か"),
        ("国", "國"),
        ("हिन्दी", "हनद"),
        ("ø", "o"),
        ("👍🏽", "👍"),
        ("ab", "a b"),
        ("c++", "c"),
    ],
)
def test_what_differs_stays_different(one: str, other: str) -> None:
    assert normalize_whole(one) != normalize_whole(other)


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("北京", "我在北京"),
        ("京", "我在北京工作"),
        ("한국", "한국어를"),
        ("カタ", "カタカナ"),
        ("phone手", "iPhone手机"),
        ("👩", "👨\u200d👩\u200d👧"),
        ("👍", "👍🏽"),
        ("user", "getUserName"),
        ("foo.bar", "x.foo.bar()"),
        ("c++", "C++17"),
        ("100%", "100%!"),
    ],
)
def test_a_part_is_in_the_form_of_the_whole(part: str, text: str) -> None:
    assert normalize(part) in normalize_whole(text)


@given(LETTERS, LETTERS, LETTERS)
def test_every_word_is_in_the_form_of_its_text(before: str, text: str, after: str) -> None:
    whole = normalize_whole(f"{before} {text} {after}")
    for word in text.split():
        assert normalize(word) in whole


@given(st.text(st.characters(min_codepoint=0x20000, max_codepoint=0x2A6DF), min_size=1, max_size=20))
def test_no_form_holds_what_marks_an_owner(text: str) -> None:
    assert normalize_whole(text).split() == list(text)
    assert owner_mark(text) not in normalize_whole(f"{text}{owner_mark(text)}")


@given(st.text(max_size=200))
def test_a_form_has_nothing_that_a_database_refuses(text: str) -> None:
    form = normalize_whole(text)
    assert form.encode().decode() == form
    assert "\0" not in form
    assert "  " not in form.strip()
    assert form[0] == form[-1] == " "


@given(st.text(st.characters(max_codepoint=127), max_size=60))
def test_ascii_has_the_form_that_it_has_within_other_text(text: str) -> None:
    assert normalize(f"中x{text}x中") == f" 中 {normalize(f'x{text}x')} 中 "

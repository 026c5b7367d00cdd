"""Titles by rule, and what is left of a model's answer."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.chats.titles import MAX_GRAPHEMES, cleaned_title, rule_title

FAMILY = "👨‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("Plan my week\nand my month", "Plan my week"),
        ("How does a bicycle stay upright? I fell.", "How does a bicycle stay upright?"),
        ("I like it. A lot. Really.", "I like it"),
        ("Use Python 3.11. Nothing else.", "Use Python 3.11"),
        ("v1.2 is out", "v1.2 is out"),
        ("你好，请介绍一下北京。还有上海。", "你好，请介绍一下北京"),
        ("为什么？因为。", "为什么？"),
        ("\n \n## Heading\ntext", "Heading"),
        ("```python\nprint(1)\n```", "print(1)"),
        ("- first\n- second", "first"),
        ("a\0b\tc\u2028d", "a b c"),
        ("", ""),
        (" \n\t", ""),
        ("!!! ???\nwhat", "what"),
        ("😀", ""),
        ("x" * 100, "x" * 59 + "…"),
        ("word " * 30, "word " * 10 + "word…"),
        ("x" * 30 + " " + "y" * 60, "x" * 30 + "…"),
        ("x" * 29 + " " + "y" * 60, "x" * 29 + " " + "y" * 29 + "…"),  # without that word, less than half would be left
        ("go " + FAMILY * 20, "go " + FAMILY * 20),
        ("go" + FAMILY * 40, "go" + FAMILY * 28 + "…"),  # of 7 characters each, 200 is the most that is stored
        ("e\u0301" * 70, "e\u0301" * 59 + "…"),
        ("good" + FAMILY * 40, "good" + FAMILY * 27 + "…"),  # with one more and the mark it would have 201
    ],
)
def test_the_first_sentence_is_the_title(said: str, title: str) -> None:
    assert rule_title(said) == title


@given(st.text(max_size=400))
def test_a_title_is_short_on_one_line_and_cuts_no_grapheme(said: str) -> None:
    title = rule_title(said)
    assert len(title) <= 200
    assert len(regex.findall(r"\X", title)) <= MAX_GRAPHEMES
    assert title == " ".join(title.split())
    assert "\0" not in title


@given(st.lists(st.sampled_from([FAMILY, "e\u0301", "🇩🇪", "한", "a", " ", "\u0e01\u0e33"]), min_size=1, max_size=120))
def test_a_cut_falls_between_graphemes(pieces: list[str]) -> None:
    said = "".join(pieces)
    title = rule_title(said)
    whole = regex.findall(r"\X", " ".join(said.split()))
    shown = regex.findall(r"\X", title.removesuffix("…").rstrip())
    assert shown == whole[: len(shown)]


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        ("Bicycle physics", "Bicycle physics"),
        ('"Bicycle Physics."', "Bicycle Physics"),
        ("**Title: “Bicycle physics”**", "Bicycle physics"),
        ("标题：《自行车为什么不倒》", "自行车为什么不倒"),
        ("# Bicycle physics\n\nThis title says …", "Bicycle physics"),
        ("<think>They want a title.\nShort.</think>\n\nBicycle physics", "Bicycle physics"),
        ("  \n\nTitle:   Bicycle\tphysics \n", "Bicycle physics"),
        ("「自転車の物理」", "自転車の物理"),
        ("Ada's “big” plan", "Ada's “big” plan"),
        ("C++ (modern)", "C++ (modern)"),
        ("Wait for it...", "Wait for it..."),
        ("a\0b", "a b"),
        ("x" * 100, "x" * 59 + "…"),
        ("", None),
        ("   \n", None),
        ('""', None),
        ("...", None),
        ("🙂", None),
        ("Untitled", None),
        ("<think>I should think about", None),
        ("Sure! Here is a title for this conversation, which is about bicycles and why they stay upright: " * 2, None),
    ],
)
def test_of_an_answer_the_title_is_left_or_nothing(answer: str, title: str | None) -> None:
    assert cleaned_title(answer) == title


@given(st.text(max_size=300))
def test_a_cleaned_title_is_one_and_stays_as_it_is(answer: str) -> None:
    title = cleaned_title(answer)
    if title is not None:
        assert 0 < len(title) <= 200
        assert title == " ".join(title.split())
        assert cleaned_title(title) == title

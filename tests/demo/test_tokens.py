"""What counts as a token."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.demo.tokens import count_tokens, pieces, text_of, usage_of


@given(st.text())
def test_pieces_joined_are_the_text(text: str) -> None:
    assert "".join(pieces(text)) == text
    assert "" not in pieces(text)


def test_words_cjk_characters_and_marks_are_tokens() -> None:
    assert pieces("Hello, world! 你好，GPT4 👋\n\n- a  b ") == [
        *("Hello", ",", " world", "!", " 你", "好", "，", "GPT4", " 👋", "\n\n", "-", " a", "  b", " "),
    ]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("a", "a"),
        (None, ""),
        ([{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "x"}}, "b"], "a"),
        ([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "a\nb"),
        (7, ""),
    ],
)
def test_the_text_of_a_message(content: Any, text: str) -> None:
    assert text_of({"role": "user", "content": content}) == text


def test_usage_counts_texts_only() -> None:
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": [{"text": "你好"}]},
        {},
    ]
    assert usage_of(messages, "Hi there", "Hm") == {
        "prompt_tokens": 5,
        "completion_tokens": 3,
        "total_tokens": 8,
        "completion_tokens_details": {"reasoning_tokens": 1},
    }
    assert count_tokens("") == 0

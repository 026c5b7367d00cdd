"""The estimate of tokens: no false zero, and of the size that real tokenizers give."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.generation.prompting.tokens import estimate_prompt_tokens, estimate_tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("a", 1),
        ("The quick brown fox jumps over the lazy dog.", 11),
        ("你好，世界", 4),
        ("Привет", 3),
        ("👋", 2),
        ("Hello 你好", 4),
        ("\ud83d", 1),
    ],
)
def test_estimates(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


@given(st.text(min_size=1), st.text())
def test_a_longer_text_never_has_fewer_tokens_and_none_has_zero(text: str, more: str) -> None:
    assert 1 <= estimate_tokens(text) <= estimate_tokens(text + more) <= estimate_tokens(text) + estimate_tokens(more)


def test_a_prompt_counts_messages_texts_and_images() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 100_000}}
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "What is it?"}, image]},
        {"role": "assistant", "content": None},
    ]
    assert estimate_prompt_tokens(messages) == 3 + (4 + 3) + (4 + 3 + 765) + 4

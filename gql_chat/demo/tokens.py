"""Tokens of this server: a word with the space before it, one CJK character, or one other character."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

# Ideographs, kana, hangul and full-width punctuation stand alone; any other word stays whole.
_CJK = "\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
_PIECE = re.compile(rf"[^\S\n]*(?:[{_CJK}]|(?:(?![{_CJK}])\w)+|\n+|\S\uFE0F?|\Z)")


def pieces(text: str) -> list[str]:
    """Return the tokens of a text; joined they are the text again."""
    return [piece for piece in _PIECE.findall(text) if piece]


def count_tokens(text: str) -> int:
    """Return the number of tokens of a text."""
    return len(pieces(text))


def text_of(message: Mapping[str, Any]) -> str:
    """Return the text of an OpenAI message, whose content is a string, a list of parts or null."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "\n".join(
        part["text"] for part in content if isinstance(part, Mapping) and isinstance(part.get("text"), str)
    )


def usage_of(messages: Sequence[Mapping[str, Any]], content: str, reasoning: str) -> dict[str, Any]:
    """Return OpenAI's usage object. Only the texts of the messages count; roles, images and framing cost nothing."""
    prompt_tokens = sum(count_tokens(text_of(message)) for message in messages)
    reasoning_tokens = count_tokens(reasoning)
    completion_tokens = reasoning_tokens + count_tokens(content)
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
        "completion_tokens_details": {"reasoning_tokens": reasoning_tokens},
    }

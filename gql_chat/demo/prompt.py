"""The input of the rules: the last user message, earlier ones, the persona, the language."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from gql_chat.demo.tokens import text_of

_HAN = re.compile(r"[\u3400-\u9fff]")

# A request is at the beginning of a message, and a pattern of quadratic time stays fast on this length.
_SEARCHED_CHARACTERS = 1_000


@dataclass(frozen=True)
class Prompt:
    """`earlier` are the user's messages before the last one, oldest first; `persona` is the system prompt or empty."""

    text: str
    earlier: tuple[str, ...] = ()
    persona: str = ""
    image_count: int = 0

    @classmethod
    def read(cls, messages: Sequence[Mapping[str, Any]]) -> Self:
        """Read the `messages` of a chat completions call."""
        users = [message for message in messages if message.get("role") == "user"]
        personas = [text_of(message) for message in messages if message.get("role") in ("system", "developer")]
        texts = [text_of(message).strip() for message in users]
        return cls(
            text=texts[-1] if texts else "",
            earlier=tuple(texts[:-1]),
            persona=personas[0].strip() if personas else "",
            image_count=_image_count(users[-1]) if users else 0,
        )

    @property
    def is_chinese(self) -> bool:
        """Whether the last message is in Chinese, and the reply has to be."""
        return _HAN.search(self.text) is not None

    def say(self, english: str, chinese: str) -> str:
        """Return the one of two sentences that is in the user's language."""
        return chinese if self.is_chinese else english

    def search(self, pattern: str) -> re.Match[str] | None:
        """Return the first match in the beginning of the last message, ignoring case."""
        return re.search(pattern, self.text[:_SEARCHED_CHARACTERS], re.IGNORECASE)


def clip(text: str, length: int) -> str:
    """Return the beginning of a text's first line, at most `length` characters."""
    line = text.strip().partition("\n")[0]
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def _image_count(message: Mapping[str, Any]) -> int:
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    return sum(isinstance(part, Mapping) and part.get("type") == "image_url" for part in parts)

"""A small rule-based text generator: the same messages always give the same reply."""

from collections.abc import Mapping, Sequence
from typing import Any

from gql_chat.demo.tokens import text_of


def reply(messages: Sequence[Mapping[str, Any]]) -> str:
    """The answer to the last user message."""
    text = next((text_of(message) for message in reversed(messages) if message.get("role") == "user"), "")
    return f"You said: {text} 🙂"


def thoughts(messages: Sequence[Mapping[str, Any]]) -> str:
    """What the model would think before it answers."""
    return "Let me look for a rule that fits the last message."

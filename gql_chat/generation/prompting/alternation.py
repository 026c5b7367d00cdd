"""Messages whose roles alternate, as strict templates want them: Mistral's and Gemma's on vLLM, Perplexity's."""

from collections.abc import Sequence
from itertools import dropwhile
from operator import itemgetter, ne
from typing import Any

ChatMessage = dict[str, Any]  # of OpenAI's chat completions

_ROLE = itemgetter("role")


def alternate(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    """Return a chat that begins with a user's message and in which no role follows itself.

    A cut history may begin with a reply, which is left out; a reply that failed leaves two messages of the user, which
    are joined by an empty line.
    """
    rest = list(dropwhile(_is_reply, messages))
    roles = list(map(_ROLE, rest))
    if all(map(ne, roles, roles[1:])):
        return rest
    chat: list[ChatMessage] = []
    for message in rest:
        if chat and chat[-1]["role"] == message["role"]:
            chat[-1] = {**message, "content": _joined(chat[-1]["content"], message["content"])}
        else:
            chat.append(message)
    return chat


def fold_system_prompt(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    """Return a chat without a system message: its text begins the first message of the user."""
    leading = [message for message in messages if message["role"] == "system"]
    chat = list(messages[len(leading) :])
    for message in reversed(leading):
        chat[0] = {**chat[0], "content": _joined(message["content"], chat[0]["content"])}
    return chat


def _is_reply(message: ChatMessage) -> bool:
    role: str = message["role"]
    return role == "assistant"


def _joined(first: str | list[dict[str, Any]], second: str | list[dict[str, Any]]) -> str | list[dict[str, Any]]:
    if isinstance(first, str) and isinstance(second, str):
        return f"{first}\n\n{second}"
    return [*_parts(first), *_parts(second)]


def _parts(content: str | list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content

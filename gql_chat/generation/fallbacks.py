"""The prompt to try next, once, after a model has refused the first: a shorter one, or one without old pictures."""

from collections.abc import Mapping, Sequence
from typing import Any

from gql_chat.errors import ProviderErrorCode, ProviderFailed
from gql_chat.generation.prompting.alternation import ChatMessage, alternate
from gql_chat.generation.prompting.prompt import Prompt
from gql_chat.generation.provider.errors.table import REFUSES_PICTURES

PICTURE_LEFT_OUT = "[A picture was here. The model cannot see pictures.]"
_PICTURES = frozenset({"image_url", "video_url"})


def find_fallback(prompt: Prompt, refusal: ProviderFailed) -> Prompt | None:
    """Return another prompt for the same message, None where none would help.

    If the conversation is too long, half of the history goes. If the model cannot see, the pictures of earlier messages
    go: those of the new message are what the user asks about.
    """
    if refusal.provider_code is ProviderErrorCode.CONTEXT_TOO_LONG:
        return _without_older_half(prompt)
    if REFUSES_PICTURES.search(refusal.message):
        return _without_earlier_pictures(prompt)
    return None


def _without_older_half(prompt: Prompt) -> Prompt | None:
    leading, history, last = _parts(prompt.messages)
    if not history:
        return None
    kept = alternate([*history[(len(history) + 1) // 2 :], last])
    return Prompt([*leading, *kept], prompt.file_ids, is_truncated=True)


def _without_earlier_pictures(prompt: Prompt) -> Prompt | None:
    leading, history, last = _parts(prompt.messages)
    unseen = [_without_pictures(message) for message in history]
    if unseen == history:
        return None
    return Prompt([*leading, *unseen, last], prompt.file_ids, is_truncated=prompt.is_truncated)


def _parts(messages: Sequence[ChatMessage]) -> tuple[list[ChatMessage], list[ChatMessage], ChatMessage]:
    """Return the system prompt, the history, and the new message."""
    leading = [message for message in messages if message["role"] == "system"]
    *history, last = messages[len(leading) :]
    return leading, history, last


def _without_pictures(message: ChatMessage) -> ChatMessage:
    content = message["content"]
    if isinstance(content, str) or not any(part["type"] in _PICTURES for part in content):
        return message
    return {**message, "content": "\n\n".join(map(_text_of, content))}


def _text_of(part: Mapping[str, Any]) -> str:
    return PICTURE_LEFT_OUT if part["type"] in _PICTURES else str(part["text"])

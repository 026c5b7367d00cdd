"""The prompt: the persona, then as many of the newest messages as fit a count and a token budget."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from gql_chat.chats.models import ContentType, Message, MessageRole
from gql_chat.generation.tokens import estimate_tokens
from gql_chat.infra.tracing import span

ChatMessage = dict[str, Any]  # of OpenAI's chat completions

ROLES = {MessageRole.USER: "user", MessageRole.ASSISTANT: "assistant", MessageRole.SYSTEM: "system"}
URL_PARTS = {ContentType.IMAGE_URL: "image_url", ContentType.VIDEO_URL: "video_url"}
# How a reply that broke off is taken up again. An assistant's message at the end, to be completed, is refused by Claude
# since 4.6, by Mistral without its `prefix`, and answered anew by OpenAI: see docs/decisions/0006-branches.md.
CONTINUE = (
    "Your last message was cut off. Continue it from exactly where it stops: repeat nothing of it, add no remark, "
    "and begin with the very next character, even if that is a space or lies within a word."
)
TOKENS_PER_ATTACHMENT = 1000  # images are billed by tiles; a mean that keeps the budget honest


@dataclass(frozen=True, slots=True)
class PromptBudget:
    """How much of a chat a prompt may hold, the persona apart."""

    max_messages: int
    max_tokens: int


def build_prompt(persona: str, history: Sequence[Message], said: Message, budget: PromptBudget) -> list[ChatMessage]:
    """The persona, the end of the history (oldest first) that fits, and what the user says now, which always is in."""
    with span("prompt") as current:
        prompt = _build_prompt(persona, history, said, budget)
        current.note(gql_chat__messages=len(prompt))
    return prompt


def _build_prompt(persona: str, history: Sequence[Message], said: Message, budget: PromptBudget) -> list[ChatMessage]:
    tokens_left = budget.max_tokens - _tokens(said)
    newest: list[ChatMessage] = [_chat_message(said)]
    for message in reversed(history):
        if len(newest) == budget.max_messages:
            break
        if not message.text and not message.attachments:
            continue  # a reply that failed or was stopped before its first token says nothing
        tokens_left -= _tokens(message)
        if tokens_left < 0:
            break
        newest.append(_chat_message(message))
    return [{"role": "system", "content": persona}, *reversed(newest)]


def build_continuation(
    persona: str, history: Sequence[Message], said: Message, partial: Message, budget: PromptBudget
) -> list[ChatMessage]:
    """The prompt that `partial` was the reply to, and that it is to be continued; the same prompt if it is empty."""
    if not partial.text:
        return build_prompt(persona, history, said, budget)
    rest = replace(budget, max_tokens=budget.max_tokens - _tokens(partial))
    prompt = build_prompt(persona, history, said, rest)
    return [*prompt, _chat_message(partial), {"role": "user", "content": CONTINUE}]


def _tokens(message: Message) -> int:
    return estimate_tokens(message.text) + TOKENS_PER_ATTACHMENT * len(message.attachments)


def _chat_message(message: Message) -> ChatMessage:
    content: str | list[dict[str, Any]] = message.text
    if message.attachments:
        texts = [{"type": "text", "text": message.text}] if message.text else []
        content = texts + [_url_part(part) for part in message.attachments if "url" in part]
    return {"role": ROLES[message.role], "content": content}


def _url_part(part: dict[str, Any]) -> dict[str, Any]:
    name = URL_PARTS[ContentType(part["type"])]
    return {"type": name, name: {"url": part["url"]}}

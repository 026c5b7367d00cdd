"""The prompt: the persona, then as many of the newest messages as fit a count and a token budget, with their files."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from operator import attrgetter
from typing import Any

import msgspec
from msgspec.structs import replace

from gql_chat.chats.models import Attachment, ContentType, FileAttachment, Message, MessageRole, SourceAttachment
from gql_chat.errors import BadUserInput
from gql_chat.generation.prompting.alternation import ChatMessage, alternate
from gql_chat.generation.prompting.quoting import LEFT_OUT, Material, quote_file, remark
from gql_chat.generation.prompting.tokens import estimate_each, estimate_tokens
from gql_chat.infra.telemetry.tracing import span

_TEXT, _ATTACHMENTS = attrgetter("text"), attrgetter("attachments")

Materials = Mapping[str, Material]
"""The files of messages, by their ids."""

ROLES = {MessageRole.USER: "user", MessageRole.ASSISTANT: "assistant", MessageRole.SYSTEM: "system"}
URL_PARTS = {ContentType.IMAGE_URL: "image_url", ContentType.VIDEO_URL: "video_url"}
# How a reply that broke off is continued. An assistant's message at the end, to be completed, is refused by Claude
# since 4.6, by Mistral without its `prefix`, and answered anew by OpenAI: see docs/decisions/0006-branches.md.
CONTINUE = (
    "Your last message was cut off. Continue it from exactly where it stops: repeat nothing of it, add no remark, "
    "and begin with the very next character, even if that is a space or lies within a word."
)
# Most providers refuse images in messages of the assistant.
OWN_IMAGE = "[An image that you made was here.]"
TOKENS_BETWEEN = 1  # the empty line after a file
TOKENS_PER_ATTACHMENT = 1000  # images are billed by tiles; a mean that keeps the budget honest
UNKNOWN = Material("that was attached", missing="came too late to be given")


class PromptBudget(msgspec.Struct, frozen=True):
    """How much of a chat a prompt may hold, the persona apart.

    `max_tokens` are for messages, with images and videos. The texts of files have limits of their own, for each file
    and for all files of a prompt, so that a long file does not take the place of the chat.
    """

    max_messages: int
    max_tokens: int
    max_file_tokens: int = 16_000
    max_files_tokens: int = 32_000

    def require_messages(self, history_messages: int | None) -> None:
        """Raise BadUserInput for a number of messages that this budget does not allow."""
        if history_messages is not None and not 1 <= history_messages <= self.max_messages:
            sentence = f"historyMessages must be from 1 to {self.max_messages}."
            raise BadUserInput(sentence, field="history_messages")

    def limited_to(self, history_messages: int | None) -> "PromptBudget":
        """Return the budget for this many messages at most, None for as many as there may be."""
        if history_messages is None:
            return self
        return replace(self, max_messages=min(history_messages, self.max_messages))

    def within_context(self, context_tokens: int | None) -> "PromptBudget":
        """Return the budget for a model with a context of this many tokens, None for one that is not known.

        Half of the context is for the chat and its files, the rest for the persona and the reply, and for the error of
        our estimate.
        """
        if context_tokens is None:
            return self
        most = context_tokens // 2
        return replace(
            self,
            max_tokens=min(self.max_tokens, most),
            max_file_tokens=min(self.max_file_tokens, most // 2),
            max_files_tokens=min(self.max_files_tokens, most // 2),
        )


class Prompt(msgspec.Struct, frozen=True):
    """The messages for a model, and the files that they contain.

    `is_truncated` if earlier messages were left out because they were too many or too long.
    """

    messages: list[ChatMessage]
    file_ids: frozenset[str] = frozenset()
    is_truncated: bool = False


def build_prompt(
    persona: str, history: Sequence[Message], said: Message, budget: PromptBudget, materials: Materials | None = None
) -> Prompt:
    """Build a prompt of the persona, the end of the history (oldest first) that fits, and the new message, always.

    Roles alternate. From one turn to the next a prompt only grows at its end, which providers' prefix caches need,
    until the budget cuts its beginning.

    Files of newer messages take precedence over those of older ones. A file that does not fit is cut or left out, with
    a remark.
    """
    with span("prompt") as current:
        composer = _Composer(materials or {}, budget)
        newest, is_truncated = _choose(history, said, budget)
        composed = composer.compose(newest)
        messages = [{"role": "system", "content": persona}, *alternate(composed[::-1])]
        current.set_attributes(gql_chat__messages=len(messages), gql_chat__files=len(composer.given))
    return Prompt(messages, frozenset(composer.given), is_truncated)


def build_continuation(
    persona: str,
    history: Sequence[Message],
    said: Message,
    partial: Message,
    budget: PromptBudget,
    materials: Materials | None = None,
) -> Prompt:
    """Build the prompt that `partial` replied to, and add a request to continue it, unless it is empty."""
    if not partial.text:
        return build_prompt(persona, history, said, budget, materials)
    rest = replace(budget, max_tokens=budget.max_tokens - _tokens(partial))
    prompt = build_prompt(persona, history, said, rest, materials)
    broken_off = {"role": ROLES[partial.role], "content": partial.text}
    return replace(prompt, messages=[*prompt.messages, broken_off, {"role": "user", "content": CONTINUE}])


def _choose(history: Sequence[Message], said: Message, budget: PromptBudget) -> tuple[list[Message], bool]:
    """Return the messages that fit, the newest first, and whether earlier ones are left out.

    Replies that failed, or were stopped before their first token, are neither: they are empty.
    """
    full = history
    if not all(map(_TEXT, history)):
        full = [message for message in history if message.text or message.attachments]
    totals = list(accumulate(reversed(_tokens_of_each(full))))
    count = min(bisect_right(totals, budget.max_tokens - _tokens(said)), budget.max_messages - 1)
    oldest = history[0] if history else said
    return [said, *full[::-1][:count]], count < len(full) or (oldest.order or 1) > 1


def _tokens_of_each(messages: Sequence[Message]) -> list[int]:
    of_texts = estimate_each(list(map(_TEXT, messages)))
    if not any(map(_ATTACHMENTS, messages)):
        return of_texts
    return [_tokens(one) if one.attachments else of_text for one, of_text in zip(messages, of_texts, strict=True)]


def _tokens(message: Message) -> int:
    if not message.attachments:
        return estimate_tokens(message.text)
    if message.role == MessageRole.ASSISTANT:
        return estimate_tokens(_reply_text(message))
    return estimate_tokens(message.text) + TOKENS_PER_ATTACHMENT * _count_shown(message)


def _reply_text(message: Message) -> str:
    """Return a reply's text with a remark for each of its images."""
    return "\n\n".join(filter(None, [message.text, *[OWN_IMAGE] * _count_shown(message)]))


def _count_shown(message: Message) -> int:
    return sum(attachment.type in URL_PARTS for attachment in message.attachments)


@dataclass(slots=True)
class _Composer:
    """Turns messages into the model's format, the newest first, while there is room for files."""

    materials: Materials
    budget: PromptBudget
    given: set[str] = field(default_factory=set)
    spent_tokens: int = 0

    def compose(self, newest: Sequence[Message]) -> list[ChatMessage]:
        """Return the messages in their order, which is the order in which their files get room."""
        return [
            self._compose(message) if message.attachments else {"role": ROLES[message.role], "content": message.text}
            for message in newest
        ]

    def _compose(self, message: Message) -> ChatMessage:
        if message.role == MessageRole.ASSISTANT:
            return {"role": ROLES[message.role], "content": _reply_text(message)}
        named = [part.file_id for part in message.attachments if isinstance(part, FileAttachment)]
        text = "\n\n".join(filter(None, [*self._quoted(list(dict.fromkeys(named))), message.text]))
        parts = [shown for part in message.attachments if (shown := self._shown(part))]
        content: str | list[dict[str, Any]] = text
        if parts:
            content = [{"type": "text", "text": text}, *parts] if text else parts
        return {"role": ROLES[message.role], "content": content}

    def _quoted(self, file_ids: Sequence[str]) -> list[str]:
        """Return the texts of the files, in their order, and remarks on those that cannot be given."""
        materials = {file_id: self.materials.get(file_id, UNKNOWN) for file_id in file_ids}
        blocks = {file_id: remark(found.name, found.missing) for file_id, found in materials.items() if found.missing}
        texts = {file_id: found.text for file_id, found in materials.items() if found.text is not None}
        # The shortest first: each takes what it needs, and leaves the rest to the longer ones in equal parts.
        for place, (file_id, text) in enumerate(sorted(texts.items(), key=lambda item: len(item[1]))):
            left = (self.budget.max_files_tokens - self.spent_tokens) // (len(texts) - place)
            share = min(self.budget.max_file_tokens, left - TOKENS_BETWEEN)
            blocks[file_id] = self._quote(file_id, materials[file_id].name, text, share)
        return [blocks[file_id] for file_id in materials if file_id in blocks]

    def _quote(self, file_id: str, name: str, text: str, max_tokens: int) -> str:
        block = quote_file(name, text, max_tokens)
        if block is None:
            return remark(name, LEFT_OUT)
        self.spent_tokens += estimate_tokens(block) + TOKENS_BETWEEN
        self.given.add(file_id)
        return block

    def _shown(self, part: Attachment) -> dict[str, Any] | None:
        """Return an image or a video as the model is shown it, None for another file and for what is missing."""
        kind = URL_PARTS.get(part.type)
        if kind is None or isinstance(part, SourceAttachment):
            return None
        if isinstance(part, FileAttachment):
            url = self.materials.get(part.file_id, UNKNOWN).url
            if url is None:
                return None
            self.given.add(part.file_id)
            return {"type": kind, kind: {"url": url}}
        return {"type": kind, kind: {"url": part.url}}

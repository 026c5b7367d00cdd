"""Events that differ from an earlier one in nothing but their text, as most events of a stream do.

A provider repeats an id, a model and much else around each token. What surrounds the text is compared as bytes instead
of being decoded again.
"""

import re
from itertools import islice
from typing import Self

import msgspec

from gql_chat.generation.provider.completion_body import CompletionBody, find_body, reasoning_in
from gql_chat.generation.provider.finish_reasons import is_reason

_EVENT = re.compile(rb"data: (\{[^\r\n]*\})(?:\n\n|\r\n\r\n)")
_TEXT = re.compile(rb'"(?:content|reasoning_content|reasoning)": ?("(?:[^"\\]|\\.)*")')
_PROBE = "\N{SNOWMAN}"

# A search decodes the event once for each place where its text may be: so much costs no more than a few events.
_MAX_EVENT_BYTES = 4096
_MAX_PROBES = 4

_decode_text = msgspec.json.Decoder(str).decode


class EventShape:
    """The bytes before and behind the text, or the reasoning, of a whole event that brings nothing else."""

    __slots__ = ("_after", "_before", "_place", "is_reasoning", "uses")

    def __init__(self, before: bytes, after: bytes, *, is_reasoning: bool) -> None:
        self._before = before  # up to the quote that opens the text
        self._after = after  # from the quote that closes it
        self._place = slice(len(before) - 1, 1 - len(after))  # of the text with its quotes; something follows an event
        self.is_reasoning = is_reasoning
        self.uses = 0

    @classmethod
    def find(cls, data: bytes) -> Self | None:
        """Return the shape of an event. Return None if it may bring more, or is not a whole event."""
        event = _EVENT.fullmatch(data) if len(data) <= _MAX_EVENT_BYTES else None
        texts = event and _only_texts(event[1])
        if not event or not texts:
            return None
        probe = msgspec.json.encode(_PROBE)
        for found in islice(_TEXT.finditer(data, *event.span(1)), _MAX_PROBES):
            start, end = found.span(1)
            probed = _only_texts(data[event.start(1) : start] + probe + data[end : event.end(1)])
            if probed == tuple(text and _PROBE for text in texts) != texts:
                return cls(data[: start + 1], data[end - 1 :], is_reasoning=bool(texts[1]))
        return None

    def text_in(self, data: bytes) -> str | None:
        """Return the text of an event of this shape. Return None for any other, and if the text is unusual.

        The bytes must begin between two events.
        """
        if not data.startswith(self._before) or not data.endswith(self._after):
            return None
        try:
            text = _decode_text(data[self._place])
        except ValueError:  # msgspec's errors and UnicodeDecodeError: a half surrogate, or another member with a text
            return None
        self.uses += 1
        return None if "\0" in text else text


def _only_texts(data: bytes) -> tuple[str, str] | None:
    """Return the text and the reasoning of a body that brings one of them and nothing else, else None."""
    body = find_body(data)
    if body is None or not body.choices or len(body.choices) > 1 or _has_more(body):
        return None
    [choice] = body.choices
    piece = choice.delta
    if piece is None or choice.index or choice.message or choice.usage or is_reason(choice.finish_reason):
        return None
    if piece.refusal or piece.annotations or piece.images or piece.reasoning_details:
        return None
    text, reasoning = piece.content or "", reasoning_in(piece)
    return (text, reasoning) if isinstance(text, str) and bool(text) != bool(reasoning) else None


def _has_more(body: CompletionBody) -> bool:
    return bool(
        body.error or body.usage or body.x_groq or body.citations or body.search_results or body.object == "error"
    )

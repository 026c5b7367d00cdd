"""The body of a chunk or of a whole completion, with the text and the reasoning of a choice in all their forms.

Fields on which servers disagree are Any and are checked when read.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

NO_COMPLETION = "sent something that is not a chat completion"
# In an object that json decodes, in the event loop: 0.4 µs each. Those that msgspec decodes may have more.
MAX_VALUES = 100_000


class ChoiceContent(msgspec.Struct, gc=False):
    """A chunk's `delta`, or the `message` of a whole completion."""

    content: Any = None
    refusal: Any = None
    reasoning_content: Any = None
    reasoning: Any = None
    reasoning_text: Any = None
    reasoning_details: Any = None
    annotations: Any = None
    images: Any = None


class Choice(msgspec.Struct, gc=False):
    """One of the answers; we ask for one."""

    index: int | None = 0
    delta: ChoiceContent | None = None
    message: ChoiceContent | None = None
    finish_reason: str | None = None
    usage: Any = None


class _Groq(msgspec.Struct, gc=False):
    usage: Any = None


class CompletionBody(msgspec.Struct, gc=False):
    """A chunk, a whole completion or an error."""

    choices: list[Choice] | None = None
    usage: Any = None
    x_groq: _Groq | None = None
    citations: Any = None
    search_results: Any = None
    error: Any = None
    object: Any = None


_decode_strictly = msgspec.json.Decoder(CompletionBody).decode


def find_body(data: bytes) -> CompletionBody | None:
    """Decode a body; return None for what is none."""
    try:
        return _decode_strictly(data)
    except (ValueError, RecursionError):  # msgspec's errors and UnicodeDecodeError are ValueErrors
        return _decode_leniently(data)


def find_object(data: bytes) -> dict[str, Any] | None:
    """Decode a JSON object with all of its members, such as an error whose form is not known; None for what is none.

    Nor is one of more than MAX_VALUES, by its commas and brackets.
    """
    if sum(map(data.count, (b",", b"[", b"{"))) > MAX_VALUES:
        return None
    try:
        decoded = json.loads(data.decode(errors="replace"), strict=False)
    except (ValueError, RecursionError):
        return None
    return decoded if isinstance(decoded, dict) else None


def _decode_leniently(data: bytes) -> CompletionBody | None:
    """Decode what msgspec refuses: escapes of lone surrogates, NaN, broken UTF-8, numbers as strings; else None."""
    try:
        return msgspec.convert(find_object(data), CompletionBody, strict=False)
    except (ValueError, RecursionError):
        return None


def text_in(content: Any) -> str:
    """Return text as it is, or joined from a list of parts, as Mistral's reasoning models send it."""
    if isinstance(content, str):
        return content
    return "".join(text for part in _parts(content) if isinstance(text := part.get("text"), str))


def brings_text(piece: ChoiceContent) -> bool:
    """Return whether a piece brings text, reasoning or an image. It shows a finish reason before it to be early."""
    return bool(piece.content or piece.reasoning_content or piece.reasoning or piece.images)


def reasoning_in(piece: ChoiceContent) -> str:
    """Return the reasoning of a piece. A server that gives it under several names gives the same under each."""
    given = piece.reasoning_content or piece.reasoning or piece.reasoning_text
    if given:
        return text_in(given)
    if piece.reasoning_details:
        return "".join(_details(piece.reasoning_details))
    return "".join(_thinking(piece.content)) if isinstance(piece.content, list) else ""


def _details(details: Any) -> Iterator[str]:
    """Yield OpenRouter's and MiniMax's `reasoning_details`: texts and summaries; encrypted ones are left out."""
    for part in _parts(details):
        for name in ("text", "summary"):
            if isinstance(part.get(name), str):
                yield part[name]


def _thinking(content: Any) -> Iterator[str]:
    """Yield the parts of Magistral's content that hold its thoughts: a text each, or a list of texts."""
    for part in _parts(content):
        if part.get("type") == "thinking":
            yield text_in(part.get("thinking"))


def _parts(content: Any) -> Iterable[dict[str, Any]]:
    return (part for part in content if isinstance(part, dict)) if isinstance(content, list) else ()

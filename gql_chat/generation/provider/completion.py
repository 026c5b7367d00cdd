"""Decoding of a chat completion's body, streamed or whole, piece by piece as it arrives."""

import json
from typing import Annotated, Any, NamedTuple

import msgspec

from gql_chat.chats.models import FinishReason
from gql_chat.generation.provider.response_data import ResponseData
from gql_chat.generation.provider.sse import MAX_EVENT_BYTES, EventDecoder, EventTooLong

# A longer body is no answer.
_MAX_BODY_BYTES = 64 * 1024 * 1024

# Of one call. A larger count could not be stored, and a negative one would lift a quota.
_Count = Annotated[int, msgspec.Meta(ge=0, le=100_000_000)]

_BOM = b"\xef\xbb\xbf"

_NO_COMPLETION = "sent something that is not a chat completion"

# OpenAI's reasons, and those of compatible servers.
_FINISH_REASONS = {
    "stop": FinishReason.STOP,
    "end_turn": FinishReason.STOP,
    "eos": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "max_tokens": FinishReason.LENGTH,
    "content_filter": FinishReason.CONTENT_FILTER,
    "sensitive": FinishReason.CONTENT_FILTER,
    "tool_calls": FinishReason.TOOL_CALLS,
    "function_call": FinishReason.TOOL_CALLS,
}

# Reasons that mean a failure: OpenRouter, DeepSeek, vLLM, Zhipu.
_BROKEN_OFF = frozenset({"error", "insufficient_system_resource", "abort", "network_error"})


class Increment(NamedTuple):
    """The text and the reasoning that one read of the socket added; at least one is not empty.

    It may hold a lone surrogate: some providers split the two UTF-16 halves of an emoji between two chunks.
    """

    text: str
    reasoning: str


class TokenCounts(msgspec.Struct, frozen=True):
    """The provider's own count of tokens."""

    prompt_tokens: _Count
    completion_tokens: _Count


class _Piece(msgspec.Struct, gc=False):
    content: Any = None
    reasoning_content: Any = None
    reasoning: Any = None


class _Choice(msgspec.Struct, gc=False):
    index: int | None = 0
    delta: _Piece | None = None
    message: _Piece | None = None
    finish_reason: str | None = None


class _Body(msgspec.Struct, gc=False):
    """A chunk, a whole completion or an error. Fields on which servers disagree are Any and are checked when read."""

    choices: list[_Choice] | None = None
    usage: Any = None
    error: Any = None
    object: Any = None
    message: Any = None
    code: Any = None


_decode_body = msgspec.json.Decoder(_Body).decode


class CompletionReader:
    """Reads one body until it `is_over`.

    Then `error` holds the error that the provider reported, unchanged, or `fault` the defect of the body, if there is
    one. `finish_reason` stays None where the provider gave none.
    """

    def __init__(self) -> None:
        self.finish_reason: FinishReason | None = None
        self.response_data = ResponseData()
        self.error: Any = None
        self.fault: str | None = None
        self.is_over = False
        self._usage: TokenCounts | None = None
        self._events: EventDecoder | None = None
        self._is_whole = False
        self._unread: list[bytes] = []  # a whole body so far, or a start that does not show its format yet
        self._has_read = False
        self._body_bytes = 0
        self._text: list[str] = []
        self._reasoning: list[str] = []

    @property
    def is_complete(self) -> bool:
        """Whether the whole answer was read and is without error."""
        return self.is_over and not self.error and self.fault is None

    @property
    def usage(self) -> TokenCounts | None:
        """The last count that the provider gave; counts in every chunk are cumulative."""
        return self._usage

    @property
    def unread_bytes(self) -> int:
        """The bytes that are kept until the event, or the whole body, that they belong to is complete."""
        if self.is_over:
            return 0
        return self._events.unread_bytes if self._events else self._body_bytes

    def feed(self, data: bytes) -> Increment | None:
        """Decode what one read of the socket brought."""
        self._body_bytes += len(data)
        if self._body_bytes > _MAX_BODY_BYTES:
            self._fail("sent an answer without end")
        elif self._events:
            self._decode_events(self._events, data)
        else:
            self._begin(data)
        return self._increment()

    def end(self) -> Increment | None:
        """Check, at the end of the body, whether it is complete."""
        if self._events:
            for event in self._events.end():
                self._decode_event(event)
            if not self._has_read:
                self._fail(_NO_COMPLETION)
            elif self.finish_reason is None:
                self._fail("ended the answer before it was complete")
        elif not self.is_over:
            self._decode_whole(b"".join(self._unread))
        self.is_over = True
        return self._increment()

    def _begin(self, data: bytes) -> None:
        """Detect the body's format by its first bytes: servers' content types are not reliable."""
        self._unread.append(data)
        if self._is_whole:
            if self._body_bytes > MAX_EVENT_BYTES:
                self._fail("sent an answer without end")
            return
        start = b"".join(self._unread).removeprefix(_BOM).lstrip()
        self._unread = [start]
        if start.startswith((b"{", b"[")):
            self._is_whole = True
        elif start.startswith(b"<"):
            self._fail("answered with a web page")
        elif not _BOM.startswith(start):
            self._unread.clear()
            self._events = EventDecoder()
            self._decode_events(self._events, start)

    def _decode_events(self, events: EventDecoder, data: bytes) -> None:
        try:
            for event in events.feed(data):
                if self.is_over:
                    return
                self._decode_event(event)
        except EventTooLong:
            self._fail("sent a line without end")

    def _decode_event(self, event: bytes) -> None:
        event = event.strip()
        if event == b"[DONE]":
            self.is_over = True
        elif event:
            self._add_body(event)

    def _decode_whole(self, body: bytes) -> None:
        if not body:
            self._fail("sent an empty answer")
            return
        self._add_body(body)
        if not (self._text or self._reasoning or self.finish_reason or self.error):
            self._fail("sent an answer without a message")

    def _add_body(self, data: bytes) -> None:
        body = _decoded(data)
        if body is None:
            self._fail(_NO_COMPLETION)
            return
        self._has_read = True
        if body.error or body.object == "error":
            self.error = body.error or {"message": body.message, "code": body.code}
            self.is_over = True
            return
        if self.response_data.needs_head:
            self.response_data.note_head(data)
        if body.usage:
            self._usage = _counts_in(body.usage)
            self.response_data.note_usage(body.usage)
        for choice in body.choices or ():
            if not choice.index:
                self._add_choice(choice)

    def _add_choice(self, choice: _Choice) -> None:
        piece = choice.delta or choice.message
        if piece:
            if piece.content:
                self._text.append(_text_of(piece.content))
            if reasoning := piece.reasoning_content or piece.reasoning:
                self._reasoning.append(_text_of(reasoning))
        if choice.finish_reason:
            self.response_data.note_finish_reason(choice.finish_reason)
        if choice.finish_reason in _BROKEN_OFF:
            self.error = {"message": f"finish_reason: {choice.finish_reason}"}
            self.is_over = True
        elif choice.finish_reason:
            self.finish_reason = _FINISH_REASONS.get(choice.finish_reason, FinishReason.STOP)

    def _fail(self, fault: str) -> None:
        if not self.is_over:
            self.fault = fault
            self.is_over = True

    def _increment(self) -> Increment | None:
        # PostgreSQL's text holds no NUL.
        text = "".join(self._text).replace("\0", "")
        reasoning = "".join(self._reasoning).replace("\0", "")
        self._text.clear()
        self._reasoning.clear()
        return Increment(text, reasoning) if text or reasoning else None


def _counts_in(usage: Any) -> TokenCounts | None:
    # Converted at once: whatever else a server puts there must not be kept as long as the answer lasts.
    try:
        return msgspec.convert(usage, TokenCounts)
    except msgspec.ValidationError:
        return None


def _decoded(data: bytes) -> _Body | None:
    try:
        return _decode_body(data)
    except (ValueError, RecursionError):  # msgspec's errors and UnicodeDecodeError are ValueErrors
        return _decode_leniently(data)


def _decode_leniently(data: bytes) -> _Body | None:
    """Decode what msgspec refuses: escapes of lone surrogates, NaN, broken UTF-8, numbers as strings; else None."""
    try:
        return msgspec.convert(json.loads(data.decode(errors="replace"), strict=False), _Body, strict=False)
    except (ValueError, RecursionError):
        return None


def _text_of(content: Any) -> str:
    """Return text as it is, or joined from a list of parts, as Mistral's reasoning models send it."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "".join(part["text"] for part in content if isinstance(part, dict) and isinstance(part.get("text"), str))

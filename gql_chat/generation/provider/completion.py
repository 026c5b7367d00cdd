"""Decoding of a chat completion's body, streamed or whole, piece by piece as it arrives."""

from codecs import BOM_UTF8
from typing import Any

import msgspec

from gql_chat.chats.models import FinishReason
from gql_chat.generation.provider.completion_body import (
    NO_COMPLETION,
    Choice,
    ChoiceContent,
    brings_text,
    find_body,
    find_object,
    reasoning_in,
    text_in,
)
from gql_chat.generation.provider.errors.bodies import reports_error
from gql_chat.generation.provider.event_shapes import EventShape
from gql_chat.generation.provider.finish_reasons import find_failure, find_finish_reason, is_reason
from gql_chat.generation.provider.images import Images
from gql_chat.generation.provider.response_data import ResponseData
from gql_chat.generation.provider.sources import Sources
from gql_chat.generation.provider.sse import MAX_EVENT_BYTES, ErrorEvent, EventDecoder, EventTooLong
from gql_chat.generation.provider.think_tags import Separated, ThinkTags
from gql_chat.generation.provider.token_counts import find_usage
from gql_chat.usage.tokens import Usage

# A longer body is no answer.
_MAX_BODY_BYTES = 64 * 1024 * 1024

# The search for a shape costs as much as decoding three events. After so many in a row whose shape few events had, no
# other is made.
_SEARCHES = 8
_USES_WORTH_A_SEARCH = 8

# Pieces that are shorter than any event with a text are fragments, of which a hostile server may send any number.
_SHORTEST_EVENT_BYTES = 45


class Increment(msgspec.Struct, frozen=True, gc=False):  # made for every token
    """The text and the reasoning that one read of the socket added; at least one is not empty.

    It may hold a lone surrogate: some providers split the two UTF-16 halves of an emoji between two chunks.
    """

    text: str
    reasoning: str


class CompletionReader:
    """Reads one body until it `is_over`.

    Then `error` holds the error that the provider reported, unchanged, or `fault` the defect of the body, if there is
    one. A refusal by the model is its text.
    """

    def __init__(self) -> None:
        self.has_text = False
        """Whether text, reasoning or an image came."""
        self.is_finish_early = False
        """Whether text came behind a finish reason, which therefore says nothing."""
        self.response_data = ResponseData()
        self.sources = Sources()
        self.images = Images()
        self.error: Any = None
        self.fault: str | None = None
        self.is_over = False
        self.usage: Usage | None = None
        """The last count that the provider gave."""
        self._events: EventDecoder | None = None
        self._is_whole = False
        self._unread: list[bytes] = []  # a whole body so far, or a start that does not show its format yet
        self._has_read = False
        self._body_bytes = 0
        self._finish_reason: str | None = None
        self._known_reason: FinishReason | None = None
        self._is_refusal = False
        self._has_deltas = False
        self._think_tags: ThinkTags | None = ThinkTags()
        self._shape: EventShape | None = None
        """That of the last event, if the next one may have it too."""
        self._searches_left = _SEARCHES
        self._text: list[str] = []
        self._reasoning: list[str] = []

    @property
    def finish_reason(self) -> FinishReason | None:
        """Why the model ended; None where the provider gave no reason, STOP where it gave one of its own."""
        if self._finish_reason is None:
            return FinishReason.CONTENT_FILTER if self._is_refusal else None
        reason = self._known_reason or FinishReason.STOP
        return FinishReason.CONTENT_FILTER if self._is_refusal and reason is FinishReason.STOP else reason

    @property
    def is_complete(self) -> bool:
        """Whether the whole answer was read and is without error."""
        return self.is_over and not self.error and self.fault is None

    @property
    def unread_bytes(self) -> int:
        """The bytes that are kept until the event, or the whole body, that they belong to is complete."""
        if self.is_over:
            return 0
        return self._events.unread_bytes if self._events else self._body_bytes

    def feed(self, *pieces: bytes) -> Increment | None:
        """Decode what one read of the socket brought. It is cheap if each event is a piece of its own."""
        if len(pieces) > 1 and sum(map(len, pieces)) < len(pieces) * _SHORTEST_EVENT_BYTES:
            pieces = (b"".join(pieces),)
        for piece in pieces:
            self._body_bytes += len(piece)
            if self.is_over:
                break
            if self._body_bytes > _MAX_BODY_BYTES:
                self._fail("sent an answer without end")
            elif self._shape is not None and (text := self._shape.text_in(piece)) is not None:
                (self._reasoning if self._shape.is_reasoning else self._text).append(text)
            elif self._events:
                self._decode_piece(self._events, piece)
            else:
                self._begin(piece)
        return self._increment()

    def feed_alike(self, piece: bytes) -> Increment | None:
        """Decode the piece if it is an event like the last one, with another text. Else return None: `feed` it."""
        shape, body_bytes = self._shape, self._body_bytes + len(piece)
        if shape is None or body_bytes > _MAX_BODY_BYTES or not (text := shape.text_in(piece)):
            return None
        self._body_bytes = body_bytes
        return Increment("", text) if shape.is_reasoning else Increment(text, "")

    def end(self) -> Increment | None:
        """Check, at the end of the body, whether it is complete."""
        if self._events:
            for event in self._events.end():
                self._decode_event(event)
            if not self._has_read:
                self._fail(NO_COMPLETION)
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
        start = b"".join(self._unread).removeprefix(BOM_UTF8).lstrip()
        self._unread = [start]
        if start.startswith((b"{", b"[")):
            self._is_whole = True
        elif start.startswith(b"<"):
            self._fail("answered with a web page")
        elif not BOM_UTF8.startswith(start):
            self._unread.clear()
            self._events = EventDecoder()
            self._decode_events(self._events, start)

    def _decode_piece(self, events: EventDecoder, piece: bytes) -> None:
        last, self._shape = self._shape, None
        was_between_events, had_text = events.is_between_events, bool(self.has_text or self._text or self._reasoning)
        self._decode_events(events, piece)
        if last is not None and last.uses >= _USES_WORTH_A_SEARCH:
            self._searches_left = _SEARCHES
        # Not for the first text, because the shape would be of no use to a reply of one token.
        is_whole = had_text and was_between_events and events.is_between_events
        if self._searches_left and is_whole and self._needs_only_text:
            self._searches_left -= 1
            self._shape = EventShape.find(piece)

    @property
    def _needs_only_text(self) -> bool:
        """Whether nothing of an event but its text is needed, and that unchanged."""
        return not (self.is_over or self._finish_reason or self._think_tags or self.response_data.needs_head)

    def _decode_events(self, events: EventDecoder, data: bytes) -> None:
        try:
            for event in events.feed(data):
                if self.is_over:
                    return
                self._decode_event(event)
        except EventTooLong:
            self._fail("sent a line without end")

    def _decode_event(self, event: bytes) -> None:
        if type(event) is ErrorEvent:
            self._report(find_object(event) or event.decode(errors="replace"))
            return
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
        if not (self._text or self._reasoning or self.images or self._finish_reason or self.error):
            self._fail("sent an answer without a message")

    def _add_body(self, data: bytes) -> None:
        body = find_body(data)
        if body is None:
            self._fail(NO_COMPLETION)
            return
        self._has_read = True
        if body.error or body.object == "error":
            self._report(body.error or find_object(data))
        elif not body.choices and not body.usage and (error := _find_error(data)):
            self._report(error)
        else:
            if self.response_data.needs_head:
                self.response_data.note_head(data)
            if usage := body.usage or (body.x_groq and body.x_groq.usage):
                self._add_counts(usage)
            if body.citations or body.search_results:
                self.sources.note(body.search_results)
                self.sources.note(body.citations)
            for choice in body.choices or ():
                if not choice.index:
                    self._add_choice(choice)

    def _add_counts(self, usage: Any) -> None:
        # Converted at once: whatever else a server puts there must not be kept as long as the answer lasts.
        self.usage = find_usage(usage, self.usage) or self.usage
        self.response_data.note_usage(usage)

    def _add_choice(self, choice: Choice) -> None:
        if choice.delta:
            self._has_deltas = self._has_deltas or bool(choice.delta.content)
            self._add_piece(choice.delta)
        elif choice.message and not self._has_deltas:  # behind deltas it holds their text once more
            self._add_piece(choice.message)
        elif choice.message:
            self._add_images(choice.message)
        if choice.usage:
            self._add_counts(choice.usage)
        if choice.finish_reason and is_reason(choice.finish_reason):
            self._end_with(str(choice.finish_reason))

    def _add_piece(self, piece: ChoiceContent) -> None:
        if self._finish_reason and brings_text(piece):
            self.is_finish_early = True
        if reasoning := reasoning_in(piece):
            self._reasoning.append(reasoning)
            self._think_tags = None
        if piece.content and (text := text_in(piece.content)):
            self._add_text(text)
        if piece.annotations:
            self.sources.note(piece.annotations)
        if piece.images or type(piece.content) is list:
            self._add_images(piece)
        if isinstance(piece.refusal, str) and piece.refusal:
            self._is_refusal = True
            self._text.append(piece.refusal)

    def _add_images(self, piece: ChoiceContent) -> None:
        self.images.note(piece.images)
        self.images.note_parts(piece.content)
        self.has_text = self.has_text or bool(self.images)

    def _add_text(self, text: str) -> None:
        if self._think_tags is None:
            self._text.append(text)
            return
        self._add_separated(self._think_tags.feed(text))
        if self._think_tags.is_done:
            self._think_tags = None

    def _add_separated(self, separated: Separated) -> None:
        if separated.reasoning:
            self._reasoning.append(separated.reasoning)
        if separated.text:
            self._text.append(separated.text)

    def _end_with(self, reason: str) -> None:
        self.response_data.note_finish_reason(reason)
        if failure := find_failure(reason):
            self._report(failure)
        else:
            self._finish_reason, self._known_reason = reason, find_finish_reason(reason)

    def _report(self, error: Any) -> None:
        self.error = error
        self.is_over = True

    def _fail(self, fault: str) -> None:
        if not self.is_over:
            self.fault = fault
            self.is_over = True

    def _increment(self) -> Increment | None:
        if self.is_over and self._think_tags is not None:
            self._add_separated(self._think_tags.end())
            self._think_tags = None
        # PostgreSQL's text holds no NUL.
        text = "".join(self._text).replace("\0", "")
        reasoning = "".join(self._reasoning).replace("\0", "")
        if not text and not reasoning:
            if self.is_complete:
                self._require_answer()
            return None
        self._text.clear()
        self._reasoning.clear()
        self.has_text = True
        return Increment(text, reasoning)

    def _require_answer(self) -> None:
        """Find fault with an answer that is empty without a reason, or for one of the provider's own."""
        reason = self._finish_reason
        if self.has_text or self._known_reason is not None:
            return
        ended = "ended the answer before its first word"
        self.fault = f"{ended}: finish_reason {reason[:50]}" if reason else ended


def _find_error(data: bytes) -> dict[str, Any] | None:
    """Return the whole body where it reports an error without an `error` member, as many servers do in a stream."""
    members = find_object(data) or {}
    return members if reports_error(members) else None

"""The events of a stream that is passed on: whole ones only, without a count of tokens that only this server asked for.

Nothing is decoded but the last event that holds a count, and those that hold an error: a token costs four searches
for a word in its bytes. The events of several choices are all decoded.
"""

import re
from codecs import BOM_UTF8
from typing import Any

from gql_chat.generation.provider.completion_body import find_body, find_object
from gql_chat.generation.provider.passing_on.endings import End, EndOfChoices, failure_in
from gql_chat.generation.provider.passing_on.event_bytes import EVENT_END, data_of, events_in, with_lf_ends
from gql_chat.generation.provider.sse import MAX_EVENT_BYTES, EventTooLong
from gql_chat.generation.provider.token_counts import find_usage
from gql_chat.usage.tokens import Usage

# In the bytes of JSON these words with their quotation marks are names: inside a text the marks would be escaped.
_COUNT = re.compile(rb'"usage"\s*:\s*\{')
_ERROR = re.compile(rb'"error"\s*:(?!\s*null)')
_NO_CHOICES = re.compile(rb'"choices"\s*:\s*\[\s*\]')
_REASON_STARTS = (b'"finish_reason":"', b'"finish_reason": "')
_NAMED_ERROR = re.compile(rb"^event:[ \t]*error[ \t]*\r?$", re.MULTILINE)
_CR_END = b"\r\r"


class PassedEvents:
    """Takes the bytes of a stream and returns those to pass on.

    `usage_data` is the JSON of the last event with a count of tokens. `error` is what an event reported, which does
    not pass, or a finish reason that means a failure, with which it passes. `unread_bytes` are kept of an event whose
    end has not come. `choices` is the request's `n`.
    """

    def __init__(self, *, hides_usage: bool, choices: object = 1) -> None:
        self.usage_data = b""
        self.error: Any = None
        self.unread_bytes = 0
        self._hides_usage = hides_usage
        self._rest = b""
        self._at_start = True
        self._has_cr_ends = False
        self._ending = End() if choices in (None, 1) else EndOfChoices(choices)

    @property
    def failure(self) -> Any:
        """The `error`, or at the end that of a finish reason in a spelling which is not looked for in each event."""
        return self.error or self._ending.failure

    @property
    def is_finished(self) -> bool:
        """Whether the events say that the answer is complete, by [DONE] or by a finish reason of each choice."""
        return self._ending.is_reached

    @property
    def is_done(self) -> bool:
        """Whether [DONE] came, with which an answer is complete that has no text too."""
        return self._ending.is_done

    @property
    def has_only_end_to_come(self) -> bool:
        """Whether every choice that was asked for has ended, and no text came behind its finish reason.

        This decodes the last reads, so do not ask for each read.
        """
        return self._ending.is_certain

    def feed(self, data: bytes) -> bytes:
        """Return the whole events among these bytes and those kept before. Raise EventTooLong."""
        if self._rest:
            data, self._rest, self.unread_bytes = self._rest + data, b"", 0
        if not data.endswith(b"\n\n") and not (data := self._without_rest(data)):
            return data
        if self._at_start:
            self._at_start, data = False, data.removeprefix(BOM_UTF8)  # OpenAI's clients would not know the first event
        self._ending.note(data)
        compact, spaced = _REASON_STARTS
        if b"error" in data or _COUNT.search(data) or compact in data or spaced in data:
            return self._looked_at(data)
        return data

    def end(self) -> bytes:
        """Return the last event if only the empty line behind it is missing, which some servers omit.

        An event that is cut short is dropped, because clients could not decode it.
        """
        event, self._rest, self.unread_bytes = with_lf_ends(self._rest).rstrip(b"\n"), b"", 0
        data = data_of(event.removeprefix(BOM_UTF8))
        is_whole = data == b"[DONE]" or bool(_NAMED_ERROR.search(event)) or find_object(data) is not None
        return self.feed(event + b"\n\n") if is_whole else b""

    def _without_rest(self, data: bytes) -> bytes:
        end = _last_end(data, len(data))
        if self._has_cr_ends or (not end and _CR_END in data):  # no JSON has a CR, nor any other line of a stream
            self._has_cr_ends, data = True, with_lf_ends(data)
            end = _last_end(data, len(data))
        self._rest = data[end:]
        self.unread_bytes = len(self._rest)
        if self.unread_bytes > MAX_EVENT_BYTES:
            raise EventTooLong
        return data[:end]

    def _looked_at(self, data: bytes) -> bytes:
        """Return these events without those that do not pass."""
        counts = [match.start() for match in _COUNT.finditer(data)]
        is_error = b"error" in data and (_NAMED_ERROR.search(data) or _ERROR.search(data))
        if is_error or failure_in(data) or (counts and self._hides_usage and _NO_CHOICES.search(data)):
            return b"".join(event for event in events_in(data) if self._passes(event))
        if counts:
            self._note_last_count(data, counts[-1])
        return data

    def _note_last_count(self, data: bytes, position: int) -> None:
        """Note the event with the last count among events that all pass: some providers count in every event."""
        if end := EVENT_END.search(data, position):
            self.usage_data = data_of(data[_last_end(data, position) : end.end()])

    def _passes(self, event: bytes) -> bool:
        data = data_of(event)
        is_named = bool(_NAMED_ERROR.search(event))
        if is_named or b'"error"' in data:
            body = find_body(data)
            if is_named or body is None or body.error or body.object == "error":
                self.error = (body.error if body else None) or find_object(data) or data.decode(errors="replace")
        if self.error is not None:
            return False
        self.error = failure_in(data)
        if _COUNT.search(data):
            self.usage_data = data
            return not (self._hides_usage and _NO_CHOICES.search(data))
        return True


def usage_in(data: bytes) -> Usage | None:
    """Return the count of tokens in a chunk or a whole answer, None if there is none."""
    body = find_body(data) if data else None
    if body is None:
        return None
    places = [body.usage, body.x_groq and body.x_groq.usage, *(choice.usage for choice in body.choices or ())]
    return next((counts for usage in places if (counts := find_usage(usage))), None)


def _last_end(data: bytes, position: int) -> int:
    """Return where the last event ends that ends before the position; 0 if none does."""
    with_lf, with_crlf = data.rfind(b"\n\n", 0, position), data.rfind(b"\n\r\n", 0, position)
    return max(with_lf + 2 if with_lf >= 0 else 0, with_crlf + 3 if with_crlf >= 0 else 0)

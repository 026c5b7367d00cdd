"""The end of an answer that is passed on, found in its events at little cost."""

import re
from collections import deque
from collections.abc import Iterable, Iterator

from gql_chat.generation.provider.completion_body import Choice, brings_text, find_body
from gql_chat.generation.provider.finish_reasons import find_failure, is_reason
from gql_chat.generation.provider.passing_on.event_bytes import data_of, events_in

# The reasons that are none are those of `finish_reasons.is_reason`.
_FINISH = re.compile(rb'"finish_reason"\s*:\s*"(?!"|(?i:null|none)")')
_REASON = re.compile(rb'"finish_reason"\s*:\s*"([^"]+)"')
_REFUSAL = re.compile(rb'"refusal"\s*:\s*"[^"]')
_DONE = re.compile(rb"^data:\s*\[DONE\]", re.MULTILINE)

# A finish reason is looked for at the end of the stream alone, in so many last reads: it is followed by a count of
# tokens at the most, and comments. Longer reads are not kept, but searched at once.
_LAST_READS = 16
_KEPT_BYTES = 4096

# So many choices are told apart, so that a hostile server's take little memory. OpenAI sends 128 at the most.
_MAX_CHOICES = 1024


class End:
    """The end of an answer of one choice, which is complete with its finish reason, [DONE] or a refusal.

    Some servers give no reason where the model refuses.
    """

    def __init__(self) -> None:
        self._was_in_long_read = self._was_done = self._is_early = False
        self._tail = b""  # of the last long read
        self._failure: dict[str, str] | None = None
        self._last: deque[bytes] = deque(maxlen=_LAST_READS)

    @property
    def is_reached(self) -> bool:
        """Whether a finish reason, [DONE] or, at the end, a refusal came."""
        return self._has_ended or any(map(_REFUSAL.search, [self._tail, *self._last]))

    @property
    def failure(self) -> dict[str, str] | None:
        """The error that a finish reason reports, None if none does."""
        return self._failure or next(filter(None, map(failure_in, self._last)), None)

    @property
    def is_done(self) -> bool:
        """Whether [DONE] came."""
        return self._was_done or any(map(_says_done, self._last))

    @property
    def is_certain(self) -> bool:
        """Whether a finish reason came and no text behind it, or [DONE]."""
        return not self._is_early and _is_certain(self._last, was_reached=self._was_in_long_read)

    def note(self, events: bytes) -> None:
        """Note what one read has brought."""
        if len(events) > _KEPT_BYTES:
            self._note_long(events)
        elif b"data:" in events:  # not a comment alone, of which any number keep a connection alive
            self._last.append(events)

    @property
    def _has_ended(self) -> bool:
        return self._was_in_long_read or any(map(_says_end, self._last))

    def _note_long(self, events: bytes) -> None:
        is_done, self._tail = _says_done(events), events[-_KEPT_BYTES:]
        self._was_done = self._was_done or is_done
        says_end = is_done or bool(_FINISH.search(events))
        if not self._is_early and (says_end or self._has_ended):
            self._is_early = not _is_certain([*self._last, events], was_reached=self._was_in_long_read)
        if says_end:
            self._was_in_long_read, self._failure = True, failure_in(events)
            self._last.clear()


class EndOfChoices:
    """The end of an answer of several choices, which is complete with [DONE] or once all that have begun have ended.

    A choice has ended with its finish reason, and for want of one with its refusal.

    How many were asked for says nothing: some servers know no `n` and send one. It is certain only once so many have
    ended, because some servers write one after the other.
    """

    def __init__(self, asked: object) -> None:
        self._asked = asked
        self.is_done = self._is_early = False
        self._begun: set[int] = set()
        self._ended: set[int] = set()
        self._refused: set[int] = set()
        self.failure: dict[str, str] | None = None

    @property
    def is_reached(self) -> bool:
        """Whether [DONE] came, or the finish reason or refusal of each choice that has begun."""
        return self.is_done or (bool(self._begun) and self._begun == self._ended | self._refused)

    @property
    def is_certain(self) -> bool:
        """Whether [DONE] came, or as many finish reasons as were asked for and no text behind them."""
        has_ended = bool(self._begun) and self._begun == self._ended
        return self.is_done or (has_ended and not self._is_early and len(self._ended) == self._asked)

    def note(self, events: bytes) -> None:
        """Note what one read has brought."""
        for choice in _choices_in(events):
            if choice is None:
                self.is_done = True
                continue
            index = (choice.index or 0) % _MAX_CHOICES
            self._begun.add(index)
            self._is_early = self._is_early or (index in self._ended and _has_text(choice))
            if is_reason(choice.finish_reason):
                self._ended.add(index)
                self.failure = self.failure or find_failure(choice.finish_reason)
            if choice.delta is not None and isinstance(choice.delta.refusal, str) and choice.delta.refusal:
                self._refused.add(index)


def failure_in(data: bytes) -> dict[str, str] | None:
    """Return the error that a finish reason in these bytes reports, None if none does."""
    failures = (find_failure(match[1].decode(errors="replace")) for match in _REASON.finditer(data))
    return next(filter(None, failures), None)


def _says_end(events: bytes) -> bool:
    """Return whether a finish reason or [DONE] is among these events, at a tenth of the cost of one search for both."""
    return bool(_FINISH.search(events)) or _says_done(events)


def _says_done(events: bytes) -> bool:
    return b"[DONE]" in events and bool(_DONE.search(events))


def _is_certain(reads: Iterable[bytes], *, was_reached: bool = False) -> bool:
    """Return whether [DONE] is in these reads, or the end is reached and no text comes behind it."""
    for choice in (choice for events in reads for choice in _choices_in(events)):
        if choice is None:
            return True
        if was_reached and _has_text(choice):
            return False
        was_reached = was_reached or is_reason(choice.finish_reason)
    return was_reached


def _choices_in(events: bytes) -> Iterator[Choice | None]:
    """Yield the choices in these events, and None for [DONE]."""
    for data in map(data_of, events_in(events)):
        if data == b"[DONE]":
            yield None
        elif body := find_body(data):
            yield from body.choices or ()


def _has_text(choice: Choice) -> bool:
    return choice.delta is not None and brings_text(choice.delta)

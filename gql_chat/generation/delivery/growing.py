"""The growing reply: a text that only grows, and watchers that are positions in it.

Offsets are UTF-16 code units, the index of a JavaScript string, so the text is kept as UTF-16 or, while that is enough,
as Latin-1: an offset is a place in the buffer, what is missing is one slice, and a surrogate pair that a provider
splits between two chunks is joined by appending.
"""

import asyncio
import codecs
from bisect import bisect_left
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

UNIT_BYTES = 2
NOWHERE = -1  # no offset
LONG_UNITS = 65_536  # a longer part of a text is decoded without a copy of its units
_encode = codecs.utf_16_le_encode
_decode = codecs.utf_16_le_decode
_encode_narrow = codecs.latin_1_encode
_decode_narrow = codecs.latin_1_decode


class DeltaKind(StrEnum):
    """Which of a reply's two texts a delta belongs to."""

    TEXT = "TEXT"
    REASONING = "REASONING"


@dataclass(slots=True)
class Position:
    """The part of a reply that a watcher has, in UTF-16 code units of each text, and the reply that showed it last."""

    text: int = 0
    reasoning: int = 0
    shown_by: "GrowingReply | None" = field(default=None, compare=False, repr=False)


class Delta(msgspec.Struct, frozen=True, gc=False):  # made for every token: a dataclass takes three times as long
    """New text, and the offset at which it begins: `text = text.slice(0, offset) + delta.text` is always right.

    Watchers at one position get the same delta, so that it is encoded once.
    """

    kind: DeltaKind
    offset: int
    text: str


TrySend = Callable[[Delta], bool]
"""Takes a delta at once, in the call that appends it, or returns False if it cannot."""


class GrowingText:
    """One text. Unpaired surrogates come out as U+FFFD, a last one only once nothing can complete it any more.

    Until a character beyond Latin-1 comes, a unit takes one byte, and then two.
    """

    __slots__ = ("_is_narrow", "_latest", "_latest_at", "_units", "is_held", "length", "shown")

    def __init__(self, text: str = "") -> None:
        self._units = bytearray()
        self._is_narrow = True
        self._latest, self._latest_at = "", NOWHERE
        """The text that was appended last, and the offset from which on nothing else is missing."""
        self.length = 0
        """The units that may be shown: without a high surrogate that still waits for its other half."""
        self.is_held = False
        self.shown = 0
        """The units that watchers see: all that may be shown, unless the text is held."""
        self.append(text)

    def append(self, text: str) -> None:
        """Append text, which may hold unpaired surrogates."""
        self._latest, self._latest_at = text, self.length
        if self._is_narrow:
            try:
                self._units += _encode_narrow(text)[0]
            except UnicodeEncodeError:
                self._widen()
        if self._is_narrow:
            self.length = len(self._units)
        else:
            self._append_wide(text)
        if not self.is_held:
            self.shown = self.length

    def _append_wide(self, text: str) -> None:
        if len(self._units) > self.length * UNIT_BYTES:  # half a pair waits for what this text may begin with
            self._latest_at = NOWHERE
        try:
            self._units += _encode(text)[0]
        except UnicodeEncodeError:  # for unpaired surrogates
            self._units += _encode(text, "surrogatepass")[0]
            self._latest_at = NOWHERE
        count = len(self._units) // UNIT_BYTES
        self.length = count - 1 if count and self._is_surrogate(count - 1, 0xD8) else count

    def append_from(self, offset: int, text: str) -> bool:
        """Append what is new in a text that begins at the offset. Return False if something is missing before it."""
        known = self.length - offset
        if known > 0:
            text = _decode(_encode(text, "surrogatepass")[0][known * UNIT_BYTES :], "surrogatepass")[0]
        if known >= 0:
            self.append(text)
        return known >= 0

    def since(self, offset: int) -> tuple[int, str]:
        """Return where the shown text after the offset begins, never inside a pair or beyond the end, and that text."""
        end = self.shown
        if offset == self._latest_at and end == self.length:
            return offset, self._latest
        start = min(offset, end)
        if self._is_narrow and end - start < LONG_UNITS:
            return start, _decode_narrow(self._units[start:end])[0]
        if 0 < start < end and self._is_surrogate(start, 0xDC) and self._is_surrogate(start - 1, 0xD8):
            start -= 1
        return start, self.between(start, end)

    def between(self, start: int, end: int) -> str:
        """Return the text between two lengths that it has had."""
        if end - start < LONG_UNITS:
            return self._decoded(self._units, start, end)
        with memoryview(self._units) as units:
            return self._decoded(units, start, end)

    def _decoded(self, units: bytearray | memoryview, start: int, end: int) -> str:
        if self._is_narrow:
            return _decode_narrow(units[start:end])[0]
        return _decode(units[start * UNIT_BYTES : end * UNIT_BYTES], "replace")[0]

    def end_of(self, offset: int, most: int) -> int:
        """Return the end of at most so many units from the offset on, two or more, which is never inside a pair."""
        end = min(offset + most, self.length)
        if end < self.length and self._is_surrogate(end, 0xDC) and self._is_surrogate(end - 1, 0xD8):
            end -= 1
        return max(offset, end)

    def common_until(self, other: "GrowingText", offset: int) -> int:
        """Return the offset, or the lesser one at which the texts begin to differ."""
        compared = min(offset, self.shown, other.shown)
        mine, theirs = self._utf_16(0, compared), other._utf_16(0, compared)
        if mine == theirs:
            return offset

        def differ(count: int) -> bool:
            return mine[: count * UNIT_BYTES] != theirs[: count * UNIT_BYTES]

        return bisect_left(range(1, compared + 1), True, key=differ)

    def finish(self) -> None:
        """Replace a last half pair, which nothing can complete any more, by U+FFFD, which is as long."""
        if not self._is_narrow and len(self._units) // UNIT_BYTES > self.length:
            self._units[-UNIT_BYTES:] = _encode("\ufffd")[0]
            self.length += 1
            if not self.is_held:
                self.shown = self.length

    def __str__(self) -> str:
        return _decode_narrow(self._units)[0] if self._is_narrow else _decode(self._units, "replace", True)[0]

    def _widen(self) -> None:
        units = bytearray(len(self._units) * UNIT_BYTES)
        units[::UNIT_BYTES] = self._units
        self._units, self._is_narrow = units, False

    def _utf_16(self, start: int, end: int) -> bytes:
        if self._is_narrow:
            return _encode(self.between(start, end))[0]
        return bytes(self._units[start * UNIT_BYTES : end * UNIT_BYTES])

    def _is_surrogate(self, unit: int, half: int) -> bool:
        # By the high byte of a little-endian unit: D8..DB begins a pair, DC..DF ends one.
        return not self._is_narrow and self._units[unit * UNIT_BYTES + 1] & 0xFC == half


class GrowingReply:
    """A reply while it is written. One writer appends and closes; any number of watchers read at their own pace."""

    __slots__ = ("_latest", "_waiting", "closed", "message_id", "on_growth", "reasoning", "text")

    def __init__(self, message_id: str, *, text: str = "", reasoning: str = "") -> None:
        self.message_id = message_id
        self.text = GrowingText(text)
        self.reasoning = GrowingText(reasoning)
        self.closed = False
        self.on_growth: Callable[[], None] | None = None
        """Called whenever something is about to be appended, or the reply to be closed. It may hold the reply."""
        self._waiting: dict[asyncio.Future[None], tuple[Position, TrySend] | None] = {}
        self._latest: tuple[int, int, Sequence[Delta]] | None = None
        """The position at which somebody asked last what is missing, and that, unless something was appended since."""

    def append(self, text: str, reasoning: str = "") -> None:
        """Append what one read of the upstream brought; watchers that keep up get it as one delta, at once."""
        if self.on_growth is not None:
            self.on_growth()
        if reasoning:
            self.reasoning.append(reasoning)
        if text:
            self.text.append(text)
        self._wake()

    def append_from(self, text_at: int, text: str, reasoning_at: int, reasoning: str) -> bool:
        """Append what is new in texts that begin at these offsets. Return False if something is missing before them."""
        fits = self.reasoning.append_from(reasoning_at, reasoning) & self.text.append_from(text_at, text)
        self._wake()
        return fits

    def close(self) -> None:
        """End the reply: no text follows, and what is held is not shown."""
        if self.on_growth is not None:
            self.on_growth()
        self.text.finish()
        self.reasoning.finish()
        self.closed = True
        self._wake()

    def hold(self) -> None:
        """Show watchers nothing of what is appended from now on, until `show`."""
        self.text.is_held = self.reasoning.is_held = True

    def show(self, until: Position | None = None) -> None:
        """Show watchers what is held, up to the position; by default all of it, and hold nothing any more."""
        if not self.text.is_held:
            return
        end = until or Position(self.text.length, self.reasoning.length)
        for text, shown in ((self.text, end.text), (self.reasoning, end.reasoning)):
            text.is_held = until is not None
            text.shown = max(text.shown, shown)
        self._wake()

    async def watch(self, position: Position, try_send: TrySend | None = None) -> AsyncGenerator[Delta, None]:
        """Yield what is missing at the position, then what follows until the end; advance the position.

        While the watcher waits, `try_send` is offered each delta in the very call that appends it, and a delta that it
        takes is not yielded. If `try_send` is absent or refuses a delta, wake the watcher instead.

        However long a watcher takes over one delta, everything that arrived meanwhile is its next. A position beyond
        the end gets an empty delta at the end first, so that a client that knew more than survived is corrected.
        """
        for delta in self.corrections(position):
            yield delta
        while True:
            for delta in self.missing(position):
                yield delta
            if self._lacks(position):
                continue
            if self.closed:
                return
            await self._wait_for_growth((position, try_send) if try_send else None)

    async def wait_until(self, position: Position) -> None:
        """Wait until the reply reaches the position, or ends."""
        while not self.closed and (position.text > self.text.shown or position.reasoning > self.reasoning.shown):
            await self._wait_for_growth(None)

    def corrections(self, position: Position) -> list[Delta]:
        """Move a position beyond the end back, and return an empty delta at the end of each such text.

        Move it back also to where this reply differs from what the watcher was shown last: by a writer that had been
        presumed dead but was alive.
        """
        deltas = []
        if position.shown_by is not None:
            position.text = self.text.common_until(position.shown_by.text, position.text)
            position.reasoning = self.reasoning.common_until(position.shown_by.reasoning, position.reasoning)
        position.shown_by = self
        if position.reasoning > self.reasoning.shown:
            position.reasoning = self.reasoning.shown
            deltas.append(Delta(DeltaKind.REASONING, position.reasoning, ""))
        if position.text > self.text.shown:
            position.text = self.text.shown
            deltas.append(Delta(DeltaKind.TEXT, position.text, ""))
        return deltas

    def missing(self, position: Position) -> Sequence[Delta]:
        """Return the deltas from the position to the present end, reasoning first, and advance the position."""
        deltas = self._missing_from(position.text, position.reasoning)
        position.text = max(position.text, self.text.shown)
        position.reasoning = max(position.reasoning, self.reasoning.shown)
        return deltas

    def _missing_from(self, text_at: int, reasoning_at: int) -> Sequence[Delta]:
        """Return what is missing from these offsets on: the very same to all who ask before something is appended."""
        latest = self._latest
        if latest is None or latest[0] != text_at or latest[1] != reasoning_at:
            deltas = []
            if reasoning_at < self.reasoning.shown:
                deltas.append(Delta(DeltaKind.REASONING, *self.reasoning.since(reasoning_at)))
            if text_at < self.text.shown:
                deltas.append(Delta(DeltaKind.TEXT, *self.text.since(text_at)))
            latest = self._latest = text_at, reasoning_at, deltas
        return latest[2]

    def _lacks(self, position: Position) -> bool:
        return position.text < self.text.shown or position.reasoning < self.reasoning.shown

    async def _wait_for_growth(self, watcher: tuple[Position, TrySend] | None) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self._waiting[waiter] = watcher
        try:
            await waiter
        finally:
            del self._waiting[waiter]

    def _wake(self) -> None:
        """Offer the watchers that wait what they lack. Wake those that do not take it all, and at the end everyone."""
        self._latest = None
        text_at = reasoning_at = NOWHERE
        deltas: Sequence[Delta] = ()
        for waiter, watcher in self._waiting.items():
            if waiter.done():
                continue
            is_taken = watcher is not None
            if watcher is not None:
                position, try_send = watcher
                if position.text != text_at or position.reasoning != reasoning_at:  # those that keep up are at one
                    text_at, reasoning_at = position.text, position.reasoning
                    deltas = self._missing_from(text_at, reasoning_at)
                for delta in deltas:
                    if not (is_taken := try_send(delta)):
                        break
                    if delta.kind is DeltaKind.TEXT:
                        position.text = self.text.shown
                    else:
                        position.reasoning = self.reasoning.shown
            if self.closed or not is_taken:
                waiter.set_result(None)

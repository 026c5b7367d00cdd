"""A text that grows, in UTF-16.

Offsets are UTF-16 code units, the index of a JavaScript string, so the text is kept as UTF-16 or, while that is enough,
as Latin-1: an offset is a place in the buffer, what is missing is one slice, and a surrogate pair that a provider
splits between two chunks is joined by appending.
"""

import codecs
from bisect import bisect_left

UNIT_BYTES = 2
NOWHERE = -1  # no offset
LONG_UNITS = 65_536  # a longer part of a text is decoded without a copy of its units
_encode = codecs.utf_16_le_encode
_decode = codecs.utf_16_le_decode
_encode_narrow = codecs.latin_1_encode
_decode_narrow = codecs.latin_1_decode


def units_of(text: str) -> int:
    """Return the length of a text in UTF-16 code units."""
    return len(text) if text.isascii() else len(_encode(text, "surrogatepass")[0]) // UNIT_BYTES


class GrowingText:
    """One text. Unpaired surrogates come out as U+FFFD, a last one only once nothing can complete it any more.

    Until a character beyond Latin-1 comes, a unit takes one byte, and then two.
    """

    __slots__ = ("_is_narrow", "_units", "_whole", "is_held", "latest", "latest_at", "length", "shown")

    def __init__(self, text: str = "") -> None:
        self._units = bytearray()
        self._is_narrow = True
        self._whole: str | None = None
        """The text in place of its units, once nothing follows and if no pair is in it: its offsets are the same."""
        self.latest, self.latest_at = "", NOWHERE
        """The text that was appended last, and the offset from which on nothing else is missing."""
        self.length = 0
        """The units that may be shown: without a high surrogate that still waits for its other half."""
        self.is_held = False
        self.shown = 0
        """The units that watchers see: all that may be shown, unless the text is held."""
        self.append(text)

    def append(self, text: str) -> None:
        """Append text, which may hold unpaired surrogates."""
        self.latest, self.latest_at = text, self.length
        if self._is_narrow:
            try:
                self._units += _encode_narrow(text)[0]
                self.length = len(self._units)
            except UnicodeEncodeError:
                self._widen()
                self._append_wide(text)
        else:
            self._append_wide(text)
        if not self.is_held:
            self.shown = self.length

    def _append_wide(self, text: str) -> None:
        if len(self._units) > self.length * UNIT_BYTES:  # half a pair waits for what this text may begin with
            self.latest_at = NOWHERE
        try:
            self._units += _encode(text)[0]
        except UnicodeEncodeError:  # for unpaired surrogates
            self._units += _encode(text, "surrogatepass")[0]
            self.latest_at = NOWHERE
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
        if offset == self.latest_at and end == self.length:
            return offset, self.latest
        start = min(offset, end)
        if self._whole is not None:
            return start, self._whole[start:end]
        if self._is_narrow and end - start < LONG_UNITS:
            return start, _decode_narrow(self._units[start:end])[0]
        if 0 < start < end and self._is_surrogate(start, 0xDC) and self._is_surrogate(start - 1, 0xD8):
            start -= 1
        return start, self.between(start, end)

    def between(self, start: int, end: int) -> str:
        """Return the text between two lengths that it has had."""
        if self._whole is not None:
            return self._whole[start:end]
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

    def kept_of(self, offset: int, shown_by: "GrowingText | None") -> int:
        """Return how much of what a watcher has is this text's, if that text showed it. If none did, believe it."""
        return min(self.shown, offset if shown_by is None else self.common_until(shown_by, offset))

    def common_until(self, other: "GrowingText", offset: int) -> int:
        """Return the offset, or the lesser one at which the texts begin to differ, or the other one ends.

        It is never behind the first half of a pair of which the texts have different second halves.
        """
        compared = min(offset, self.shown, other.shown)
        mine, theirs = self._utf_16(compared), other._utf_16(compared)
        if mine == theirs:
            return min(offset, other.shown)

        def differ(count: int) -> bool:
            return mine[: count * UNIT_BYTES] != theirs[: count * UNIT_BYTES]

        common = bisect_left(range(1, compared + 1), True, key=differ)
        return common - 1 if common and self._is_surrogate(common - 1, 0xD8) else common

    def finish(self) -> None:
        """Replace a last half pair, which nothing can complete any more, by U+FFFD, which is as long."""
        if not self._is_narrow and len(self._units) // UNIT_BYTES > self.length:
            self._units[-UNIT_BYTES:] = _encode("\ufffd")[0]
            self.length += 1
            if not self.is_held:
                self.shown = self.length

    def end(self) -> str:
        """Return the text, which nothing follows any more. Keep one copy of it, if its offsets allow that."""
        self.finish()
        whole = str(self)
        if self._whole is None and len(whole) == self.length:
            self._whole, self._units, self._is_narrow = whole, bytearray(), True
        return whole

    def __str__(self) -> str:
        if self._whole is not None:
            return self._whole
        return _decode_narrow(self._units)[0] if self._is_narrow else _decode(self._units, "replace", True)[0]

    def _widen(self) -> None:
        units = bytearray(len(self._units) * UNIT_BYTES)
        units[::UNIT_BYTES] = self._units
        self._units, self._is_narrow = units, False

    def _utf_16(self, end: int) -> bytes:
        if self._is_narrow:
            return _encode(self.between(0, end))[0]
        return bytes(self._units[: end * UNIT_BYTES])

    def _is_surrogate(self, unit: int, half: int) -> bool:
        # By the high byte of a little-endian unit: D8..DB begins a pair, DC..DF ends one.
        return not self._is_narrow and self._units[unit * UNIT_BYTES + 1] & 0xFC == half

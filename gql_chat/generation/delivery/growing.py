"""The growing reply: a text that only grows, and watchers that are positions in it.

Offsets are UTF-16 code units, a JavaScript string's index, so the text is kept as UTF-16: an offset is a place in the
buffer, what is missing from there is one slice, and a surrogate pair that a provider splits between two chunks heals by
being appended.
"""

import asyncio
import codecs
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

import msgspec

UNIT_BYTES = 2
_encode = codecs.utf_16_le_encode
_decode = codecs.utf_16_le_decode


class DeltaKind(StrEnum):
    """Which of a reply's two texts a delta belongs to."""

    TEXT = "TEXT"
    REASONING = "REASONING"


@dataclass(slots=True)
class Position:
    """What a watcher has of a reply, in UTF-16 code units of each text, and where it had it from last."""

    text: int = 0
    reasoning: int = 0
    shown_by: "GrowingReply | None" = field(default=None, compare=False, repr=False)


class Delta(msgspec.Struct, frozen=True):  # made for every token: a frozen dataclass takes three times as long
    """New text, and the offset at which it begins: `text = text.slice(0, offset) + delta.text` is always right."""

    kind: DeltaKind
    offset: int
    text: str


TrySend = Callable[[Delta], bool]
"""Takes a delta at once, in the call that appends it, or says that it cannot."""


class GrowingText:
    """One text. Unpaired surrogates come out as U+FFFD, a last one only once nothing can complete it any more."""

    __slots__ = ("_units", "length")

    def __init__(self, text: str = "") -> None:
        self._units = bytearray()
        self.length = 0
        """What may be shown: without a high surrogate that still waits for its other half."""
        self.append(text)

    def append(self, text: str) -> None:
        """Add to the end."""
        self.append_units(_encode(text, "surrogatepass")[0])

    def append_units(self, units: bytes) -> None:
        """Add to the end what `units_since` has given elsewhere."""
        self._units += units
        count = len(self._units) // UNIT_BYTES
        self.length = count - 1 if count and self._is_surrogate(count - 1, 0xD8) else count

    def units_since(self, offset: int) -> bytes:
        """What may be shown from the offset on, in UTF-16 as it is kept."""
        return bytes(self._units[offset * UNIT_BYTES : self.length * UNIT_BYTES])

    def since(self, offset: int) -> tuple[int, str]:
        """What follows the offset, and where that begins: never inside a pair, never beyond the end."""
        end = self.length
        start = min(offset, end)
        if 0 < start < end and self._is_surrogate(start, 0xDC) and self._is_surrogate(start - 1, 0xD8):
            start -= 1
        return start, _decode(self._units[start * UNIT_BYTES : end * UNIT_BYTES], "replace")[0]

    def agreement(self, other: "GrowingText", offset: int) -> int:
        """The offset, or the lesser one at which what both hold before it is not the same any more."""
        compared = min(offset, self.length, other.length) * UNIT_BYTES
        mine, others = self._units[:compared], other._units[:compared]
        if mine == others:
            return offset
        same, different = 0, compared // UNIT_BYTES  # halved until they meet: a comparison is cheap, a loop is not
        while different - same > 1:
            middle = (same + different) // 2
            span = slice(same * UNIT_BYTES, middle * UNIT_BYTES)
            same, different = (middle, different) if mine[span] == others[span] else (same, middle)
        return same

    def finish(self) -> None:
        """Nothing can complete a last half pair any more: it becomes U+FFFD, which is as long."""
        if len(self._units) // UNIT_BYTES > self.length:
            self._units[-UNIT_BYTES:] = _encode("\ufffd")[0]
            self.length += 1

    def __str__(self) -> str:
        return _decode(self._units, "replace", True)[0]

    def _is_surrogate(self, unit: int, half: int) -> bool:
        # The high byte of a little-endian unit tells: D8..DB begins a pair, DC..DF ends one.
        return self._units[unit * UNIT_BYTES + 1] & 0xFC == half


class GrowingReply:
    """A reply while it is written. One writer appends and closes; any number of watchers follow at their own pace."""

    __slots__ = ("_waiting", "closed", "message_id", "on_growth", "reasoning", "text")

    def __init__(self, message_id: str, *, text: str = "", reasoning: str = "") -> None:
        self.message_id = message_id
        self.text = GrowingText(text)
        self.reasoning = GrowingText(reasoning)
        self.closed = False
        self.on_growth: Callable[[], None] | None = None
        """Called whenever something was appended, before any watcher hears of it."""
        self._waiting: dict[asyncio.Future[None], Callable[[], bool] | None] = {}

    def append(self, text: str, reasoning: str = "") -> None:
        """What one read of the upstream brought: watchers who keep up get it as one delta, at once."""
        if reasoning:
            self.reasoning.append(reasoning)
        if text:
            self.text.append(text)
        self._wake()

    def append_units(self, text: bytes, reasoning: bytes) -> None:
        """The same in UTF-16, as GrowingText.units_since gives it."""
        self.reasoning.append_units(reasoning)
        self.text.append_units(text)
        self._wake()

    def close(self) -> None:
        """Nothing more will come."""
        self.text.finish()
        self.reasoning.finish()
        self.closed = True
        self._wake()

    async def watch(self, position: Position, try_send: TrySend | None = None) -> AsyncGenerator[Delta, None]:
        """What is missing at the position, then what follows, then the end; advances the position.

        While the watcher waits, `try_send` is offered each delta in the very call that appends it; what it takes is not
        given again. If it takes one not, or is not given, the watcher wakes up.

        However long a watcher takes over one delta, all that came meanwhile is its next. A position beyond the end gets
        an empty delta there first, so that a client that knew more than survived is corrected.
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
            await self._grown(partial(self._try_send_missing, position, try_send) if try_send else None)

    async def reached(self, position: Position) -> None:
        """Return once the reply is as long as that, or nothing more will come."""
        while not self.closed and (position.text > self.text.length or position.reasoning > self.reasoning.length):
            await self._grown(None)

    def corrections(self, position: Position) -> list[Delta]:
        """An empty delta at the end of each text that the position lies beyond; moves the position back there.

        And back to where this reply differs from what the watcher was shown last: by a writer that had been taken for
        dead without being it.
        """
        deltas = []
        if position.shown_by is not None:
            position.text = self.text.agreement(position.shown_by.text, position.text)
            position.reasoning = self.reasoning.agreement(position.shown_by.reasoning, position.reasoning)
        position.shown_by = self
        if position.reasoning > self.reasoning.length:
            position.reasoning = self.reasoning.length
            deltas.append(Delta(DeltaKind.REASONING, position.reasoning, ""))
        if position.text > self.text.length:
            position.text = self.text.length
            deltas.append(Delta(DeltaKind.TEXT, position.text, ""))
        return deltas

    def missing(self, position: Position) -> list[Delta]:
        """The deltas from the position to the present end, reasoning first; advances the position."""
        deltas = []
        if position.reasoning < self.reasoning.length:
            offset, text = self.reasoning.since(position.reasoning)
            deltas.append(Delta(DeltaKind.REASONING, offset, text))
            position.reasoning = self.reasoning.length
        if position.text < self.text.length:
            offset, text = self.text.since(position.text)
            deltas.append(Delta(DeltaKind.TEXT, offset, text))
            position.text = self.text.length
        return deltas

    def _lacks(self, position: Position) -> bool:
        return position.text < self.text.length or position.reasoning < self.reasoning.length

    def _try_send_missing(self, position: Position, try_send: TrySend) -> bool:
        """Whether the watcher can sleep on."""
        text, reasoning = position.text, position.reasoning
        for delta in self.missing(position):
            if not try_send(delta):
                position.text = text
                if delta.kind is DeltaKind.REASONING:
                    position.reasoning = reasoning
                return False
        return not self.closed

    async def _grown(self, try_send: Callable[[], bool] | None) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self._waiting[waiter] = try_send
        try:
            await waiter
        finally:
            del self._waiting[waiter]

    def _wake(self) -> None:
        if self.on_growth is not None:
            self.on_growth()
        for waiter, try_send in self._waiting.items():
            if not waiter.done() and not (try_send and try_send()):
                waiter.set_result(None)

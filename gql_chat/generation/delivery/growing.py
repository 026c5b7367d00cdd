"""The growing reply: two texts that only grow, and watchers that are positions in them."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from gql_chat.generation.delivery.growing_text import NOWHERE, GrowingText


class DeltaKind(StrEnum):
    """Which of a reply's two texts a delta belongs to."""

    TEXT = "TEXT"
    REASONING = "REASONING"


_TEXT, _REASONING = DeltaKind  # a member is looked up twice each time


@dataclass(slots=True)
class Position:
    """The part of a reply that a watcher has, in UTF-16 code units of each text, and the texts that showed it last.

    What it has beyond the end of these is in doubt: a writer that died may have shown it.
    """

    text: int = 0
    reasoning: int = 0
    text_shown_by: GrowingText | None = field(default=None, compare=False, repr=False)
    reasoning_shown_by: GrowingText | None = field(default=None, compare=False, repr=False)


class Delta(msgspec.Struct, frozen=True, gc=False):  # made for every token: a dataclass takes three times as long
    """New text, and the offset at which it begins: `text = text.slice(0, offset) + delta.text` is always right.

    Watchers at one position get the same delta, so that it is encoded once.
    """

    kind: DeltaKind
    offset: int
    text: str


TrySend = Callable[[Delta], bool]
"""Takes a delta at once, in the call that appends it, or returns False if it cannot."""


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

    @property
    def end(self) -> Position:
        """The present end of both texts."""
        return Position(self.text.length, self.reasoning.length)

    def end_of(self, since: Position, most: int) -> Position:
        """Return the end of at most so many units after the position, reasoning first, of two or more of each text."""
        reasoning = self.reasoning.end_of(since.reasoning, most)
        left = max(2, most - (reasoning - since.reasoning))
        return Position(self.text.end_of(since.text, left), reasoning)

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
        end = until or self.end
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
        """Move a position back to what is certainly in this reply; return an empty delta at the end of a text for each.

        A position may be beyond the end, or beyond where this reply differs from what the watcher was shown last: by a
        writer that died, or had been presumed dead but was alive. An empty delta is needed only if no text follows.
        """
        text = self.text.kept_of(position.text, position.text_shown_by)
        reasoning = self.reasoning.kept_of(position.reasoning, position.reasoning_shown_by)
        deltas = []
        if self.reasoning.shown == reasoning < position.reasoning:
            deltas.append(Delta(DeltaKind.REASONING, reasoning, ""))
        if self.text.shown == text < position.text:
            deltas.append(Delta(DeltaKind.TEXT, text, ""))
        position.text, position.reasoning = text, reasoning
        position.text_shown_by, position.reasoning_shown_by = self.text, self.reasoning
        return deltas

    def verify(self, position: Position) -> None:
        """Move a position back as `corrections` does, by a state of the reply that may be behind its writer.

        So a position beyond the end stays; but if nobody knows who showed that text, it is in doubt from now on.
        """
        if position.text <= self.text.shown:
            position.text = self.text.kept_of(position.text, position.text_shown_by)
            position.text_shown_by = self.text
        if position.reasoning <= self.reasoning.shown:
            position.reasoning = self.reasoning.kept_of(position.reasoning, position.reasoning_shown_by)
            position.reasoning_shown_by = self.reasoning
        position.text_shown_by = position.text_shown_by or self.text
        position.reasoning_shown_by = position.reasoning_shown_by or self.reasoning

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
            text, reasoning = self.text, self.reasoning
            deltas: Sequence[Delta]
            if reasoning_at < reasoning.shown:
                deltas = [Delta(_REASONING, *reasoning.since(reasoning_at))]
                if text_at < text.shown:
                    deltas = [*deltas, Delta(_TEXT, *text.since(text_at))]
            elif text_at == text.latest_at < text.shown == text.length:  # the usual token, which is there as it came
                deltas = (Delta(_TEXT, text_at, text.latest),)
            else:
                deltas = [Delta(_TEXT, *text.since(text_at))] if text_at < text.shown else ()
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
                    if delta.kind is _TEXT:
                        position.text = self.text.shown
                    else:
                        position.reasoning = self.reasoning.shown
            if self.closed or not is_taken:
                waiter.set_result(None)

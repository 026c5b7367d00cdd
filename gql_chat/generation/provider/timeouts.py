"""How long a provider may take: four limits, and the one timer by which a call keeps them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Connecting includes the look-up of the name. The first token, text or reasoning, is waited for from the start.

    Between tokens any bytes will do, also comments that keep the connection alive.
    """

    connect_seconds: float = 10.0
    first_token_seconds: float = 60.0
    between_tokens_seconds: float = 60.0
    total_seconds: float = 600.0


# With the finish reason the text is whole: what may follow is a count of tokens, and it is not worth a long wait.
_AFTER_FINISH_SECONDS = 5.0


class Watchdog:
    """Calls `bite` with a sentence when a limit is passed. It has one timer, which looks back when it rings.

    So a read costs no more than setting `waiting_since`: to the loop's time when it begins to wait, to None when it has
    ended, because a slow consumer is not the provider's fault.
    """

    def __init__(self, timeouts: Timeouts, started_at: float, bite: Callable[[str], None]) -> None:
        self.waiting_since: float | None = None
        self._loop = asyncio.get_running_loop()
        self._bite = bite
        self._first_token = timeouts.first_token_seconds
        self._between: float | None = None
        self._between_tokens = timeouts.between_tokens_seconds
        self._total = timeouts.total_seconds
        self._started_at = started_at
        self._timer = self._loop.call_at(self._due()[0], self._ring)

    def first_token_came(self) -> None:
        """From now on only silence between tokens counts."""
        self._limit_silence_to(self._between_tokens)

    def finish_came(self) -> None:
        """The text is whole."""
        self._limit_silence_to(min(self._between_tokens, _AFTER_FINISH_SECONDS))

    def stop(self) -> None:
        """The call is over."""
        self._timer.cancel()

    def _limit_silence_to(self, seconds: float) -> None:
        if self._between != seconds:
            self._between = seconds
            self._timer.cancel()
            self._timer = self._loop.call_at(self._due()[0], self._ring)

    def _ring(self) -> None:
        due_at, sentence = self._due()
        if due_at <= self._loop.time():
            self._bite(sentence)
        else:
            self._timer = self._loop.call_at(due_at, self._ring)

    def _due(self) -> tuple[float, str]:
        """When the next limit is passed if nothing comes until then, and what to say."""
        total_at = self._started_at + self._total
        if self._between is None:
            silent_at = self._started_at + self._first_token
            sentence = f"The provider sent no text within {self._first_token:g} seconds."
        else:
            silent_at = (self.waiting_since or self._loop.time()) + self._between
            sentence = f"The provider sent nothing for {self._between:g} seconds."
        if total_at <= silent_at:
            return total_at, f"The provider did not complete its answer within {self._total:g} seconds."
        return silent_at, sentence

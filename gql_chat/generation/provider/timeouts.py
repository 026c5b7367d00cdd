"""The limits of time of a call, and the timer that keeps them while an answer is read."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

# For what has arrived to be read, if the process stood still beyond a limit: uvloop runs timers before it reads.
READ_SECONDS = 0.001

# With the finish reason the text is complete. Only a count of tokens may follow, which is not worth a long wait.
AFTER_FINISH_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a provider may take. Connecting includes the DNS lookup.

    Any bytes count as a sign of life, also comments and empty chunks that keep the connection alive: each of them gives
    the first token, of text or reasoning, its whole time again, and the next token its own.
    """

    connect_seconds: float = 10.0
    first_token_seconds: float = 60.0
    between_tokens_seconds: float = 60.0
    total_seconds: float = 600.0

    def with_silence(self, seconds: int | None) -> "Timeouts":
        """Return the limits for a provider that may send nothing for so long; None changes none."""
        if seconds is None:
            return self
        return replace(self, first_token_seconds=seconds, between_tokens_seconds=seconds)

    @property
    def begin_seconds(self) -> float:
        """The time within which an answer must begin."""
        return min(self.first_token_seconds, self.total_seconds)


class Watchdog:
    """Calls `on_timeout` with a sentence when a limit is passed. It has one timer, which looks back when it fires.

    It fires no later than the next limit, and is set again if that is still to come. So a read costs no more than
    setting `waiting_since`: to the loop's time when it begins to wait, and to None when it has ended, because a slow
    consumer is not the provider's fault. aiohttp's `sock_read` would make a timer per read.
    """

    def __init__(self, timeouts: Timeouts, started_at: float, on_timeout: Callable[[str], None]) -> None:
        self.waiting_since: float | None = None
        self._loop = asyncio.get_running_loop()
        self._on_timeout = on_timeout
        self._timeouts = timeouts
        self._silence_seconds: float | None = None
        self._is_finished: Callable[[], bool] | None = None
        self._started_at = started_at
        self._set(self._next_limit()[0])

    def stop(self) -> None:
        """Cancel the timer: the call is over, and may be freed with what it holds."""
        self._timer.cancel()
        self._is_finished = None
        del self._on_timeout

    def limit_silence(self, seconds: float, is_finished: Callable[[], bool] | None = None) -> None:
        """Allow this much time between two reads from now on, instead of a time for the first token.

        If `is_finished` is given, it is asked every AFTER_FINISH_SECONDS. Once it returns True, no more than these are
        allowed.
        """
        if self._silence_seconds != seconds:
            self._silence_seconds, self._is_finished = seconds, is_finished
            looks_at = self._next_look(self._next_limit()[0])
            if looks_at < self._fires_at:
                self._timer.cancel()
                self._set(looks_at)

    def _next_look(self, due_at: float) -> float:
        return due_at if self._is_finished is None else min(due_at, self._loop.time() + AFTER_FINISH_SECONDS)

    def _check(self) -> None:
        due_at, _ = self._next_limit()
        if due_at <= self._loop.time():
            self._timer = self._loop.call_later(READ_SECONDS, self._check_again, due_at)
        else:
            self._set(self._next_look(due_at))

    def _check_again(self, passed_at: float) -> None:
        due_at, sentence = self._next_limit()
        if due_at == passed_at:
            self._on_timeout(sentence)
        else:
            self._check()

    def _set(self, fires_at: float) -> None:
        self._fires_at = fires_at
        self._timer = self._loop.call_at(fires_at, self._check)

    def _next_limit(self) -> tuple[float, str]:
        """Return when the next limit is passed if nothing arrives until then, and the error message for it."""
        total_seconds, first_token_seconds = self._timeouts.total_seconds, self._timeouts.first_token_seconds
        total_at = self._started_at + total_seconds
        if self._silence_seconds is None:
            silent_at = (self.waiting_since or self._started_at) + first_token_seconds
            sentence = f"The provider sent no text within {first_token_seconds:g} seconds."
        else:
            seconds = self._silence_seconds
            if self._is_finished is not None and self._is_finished():
                seconds = min(seconds, AFTER_FINISH_SECONDS)
            silent_at = (self.waiting_since or self._loop.time()) + seconds
            sentence = f"The provider sent nothing for {seconds:g} seconds."
        if total_at <= silent_at:
            return total_at, f"The provider did not complete its answer within {total_seconds:g} seconds."
        return silent_at, sentence

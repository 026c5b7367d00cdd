"""An event loop for tests of time limits: its clock leaves out the time in which the process stood still.

Client and server share the loop. If the process gets no processor for longer than a limit, the timers of both are due
at once: by the clock of other loops, a server takes a client for silent that was to speak first.
"""

import asyncio
import selectors
import time

# A clock that advances by this much, at the most, between two looks of the loop at it.
STEP_SECONDS = 0.02

# The tests that run on it, by the beginnings of their names.
BY_THE_CLOCK = (
    "tests/infra/tasks/test_waiting_line.py",
    "tests/web/connections/test_http_protocol.py",
    "tests/web/connections/test_server.py",
    "tests/web/connections/test_websocket_protocol.py",
    "tests/web/graphql/test_websocket_bounds.py",
)


class SteadyLoop(asyncio.SelectorEventLoop):
    """A loop of asyncio's own that waits in steps, and counts no more than a step for each."""

    def __init__(self) -> None:
        self._steady_time, self._looked_at = 0.0, time.monotonic()
        super().__init__(_SteppingSelector())

    def time(self) -> float:
        """Return the time of the clock, in seconds."""
        now = time.monotonic()
        self._steady_time += min(now - self._looked_at, STEP_SECONDS)
        self._looked_at = now
        return self._steady_time


class _SteppingSelector(selectors.DefaultSelector):
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(STEP_SECONDS if timeout is None else min(timeout, STEP_SECONDS))

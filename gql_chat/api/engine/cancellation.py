"""Cancellations that nobody asked for: a future that several tasks await was cancelled for one of them.

asyncio raises CancelledError in each. A transport would take that for the client's own wish and send nothing.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class StrayCancellation(Exception):
    """Something that the task awaited was cancelled, but not the task itself."""


@contextmanager
def stray_cancellation_as_error() -> Iterator[None]:
    """Raise StrayCancellation for a CancelledError unless the current task is being cancelled."""
    try:
        yield
    except asyncio.CancelledError as exc:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise StrayCancellation from exc

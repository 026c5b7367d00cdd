"""Signals of the operating system that end a server or renew its workers."""

import asyncio
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

# SIGHUP comes from a terminal that is closed. Windows has SIGBREAK instead.
ENDING_SIGNALS = tuple(
    signal.Signals[name] for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if name in signal.Signals.__members__
)


@contextmanager
def handling_signals(handlers: Mapping[signal.Signals, Callable[[], None]]) -> Iterator[None]:
    """Call the handlers in the event loop while the block runs. Signals that are ignored, as by nohup, stay ignored.

    uvicorn would raise the signals again afterwards, so that the process ended as if they had killed it.
    """
    loop, before = asyncio.get_running_loop(), {number: signal.getsignal(number) for number in handlers}
    for number, handler in handlers.items():
        if before[number] is not signal.SIG_IGN:
            signal.signal(number, lambda *_, handler=handler: loop.call_soon_threadsafe(handler))
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)

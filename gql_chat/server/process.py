"""The demands of a process on its system: open files, permissions of new files, signals that end or renew it."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

if sys.platform != "win32":
    import resource

OWNER_ONLY = 0o077
# Open files that are no connections of clients: the database, Redis, models, stored files, pipes.
RESERVED_FILES = 256
MAX_OPEN_FILES = 2**20  # more are of no use, and some programs close all that there could be

# SIGHUP comes from a terminal that is closed. Windows has SIGBREAK instead.
ENDING_SIGNALS = tuple(
    signal.Signals[name] for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if name in signal.Signals.__members__
)


def restrict_new_files() -> None:
    """Create files, folders and sockets for the owner of this process only."""
    os.umask(OWNER_ONLY)


def raise_open_file_limit() -> int | None:
    """Raise the soft limit of open files as far as the system allows and return it; None if there is none."""
    if sys.platform == "win32":
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):  # macOS refuses more than its own maximum
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    return None if soft == resource.RLIM_INFINITY else soft


def cap_connections(wanted: int, open_files: int | None) -> int:
    """Return how many connections to accept: those wanted, or fewer where open files are short."""
    if open_files is None:
        return wanted
    return min(wanted, max(open_files - RESERVED_FILES, open_files // 2))


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

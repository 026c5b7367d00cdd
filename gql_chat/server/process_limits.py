"""The limits of this process: open files, and the permissions of files that it creates."""

import os
import sys
from contextlib import suppress

if sys.platform != "win32":
    import resource

OWNER_ONLY = 0o077
# Open files that are no connections of clients: the database, Redis, models, stored files, pipes.
RESERVED_FILES = 256
MAX_OPEN_FILES = 2**20  # more are of no use, and some programs close all that there could be


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

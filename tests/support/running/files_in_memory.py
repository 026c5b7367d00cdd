"""The folder of temporary files: memory instead of a disk, where there is enough of it.

A test makes a folder, copies a database and deletes both. On ext4 that took longer than many a test.
"""

import os
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 - as glibc and Debian name it
_NEEDED_BYTES = 4 * 1024**3  # a run takes 1 GiB; what tests write at most is bounded by the servers' own limits


def keep_files_in_memory() -> None:
    """Let this process, and those that it starts, put temporary files into memory, unless TMPDIR names a folder."""
    if "TMPDIR" not in os.environ and _is_fit():
        os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)


def _is_fit() -> bool:
    """Return whether the folder exists, has room, and lets programs run, as PostgreSQL's may be copied there."""
    if not _MEMORY.is_dir() or not os.access(_MEMORY, os.W_OK):
        return False
    state = os.statvfs(_MEMORY)
    return state.f_bavail * state.f_frsize >= _NEEDED_BYTES and not state.f_flag & os.ST_NOEXEC

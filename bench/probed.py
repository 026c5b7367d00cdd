"""gql-chat as `python -m bench.probed FILE serve`: on SIGUSR2 it writes to the file how much memory it has in use."""

import ctypes
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from gql_chat.cli import main


class InUse(NamedTuple):
    """What a process has allocated and not freed. Resident memory has what was freed, too, and in pieces between it."""

    blocks: int
    """Of Python's own allocator, which has all objects of up to 512 bytes."""
    heap_bytes: int
    """Of the C library: larger objects, and what SQLite and other libraries have. 0 if the library cannot say."""


class _Mallinfo2(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keepcost",
        )
    ]


def read_in_use(path: Path) -> InUse:
    """Return what the server wrote last."""
    blocks, heap_bytes = map(int, path.read_text().split())
    return InUse(blocks, heap_bytes)


def _write_on_signal(path: Path) -> None:
    heap_bytes, unfinished = _heap_counter(), path.with_suffix(".new")

    def write(number: int, frame: Any) -> None:
        unfinished.write_text(f"{sys.getallocatedblocks()} {heap_bytes()}")
        unfinished.replace(path)

    signal.signal(signal.SIGUSR2, write)


def _heap_counter() -> Callable[[], int]:
    try:
        mallinfo2 = ctypes.CDLL(None).mallinfo2  # of glibc 2.33
    except AttributeError:
        return lambda: 0
    mallinfo2.restype = _Mallinfo2

    def count() -> int:
        info = mallinfo2()
        return int(info.uordblks + info.hblkhd)

    return count


if __name__ == "__main__":
    _write_on_signal(Path(sys.argv[1]))
    sys.argv = ["gql-chat", *sys.argv[2:]]
    main()

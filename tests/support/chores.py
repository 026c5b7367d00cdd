"""Tasks for the sandbox that misbehave as libraries may over the files of strangers."""

import ctypes
import errno
import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any

from gql_chat.infra.sandbox.child import Refused, Task

_calls = itertools.count(1)


def reverse(body: bytes) -> bytes:
    """Return the body reversed."""
    return body[::-1]


def count(body: bytes) -> bytes:
    """Return the number of calls of this task in this process, and the process's id."""
    return f"{next(_calls)} {os.getpid()}".encode()


def refuse(body: bytes, reason: str) -> bytes:
    """Refuse the body for this reason."""
    raise Refused(reason)


def break_down(body: bytes) -> bytes:
    """Raise an error that quotes the body, which must not be quoted."""
    raise ValueError(body)


def print_much(body: bytes) -> bytes:
    """Print to the stream that carries answers."""
    print("x" * 1000, flush=True)  # noqa: T201 - the point of it
    os.write(1, b"y" * 1000)
    return b"quiet"


def eat_memory(body: bytes) -> bytes:
    """Allocate 4 GiB."""
    return bytes(4 * 1024**3)


def spin(body: bytes) -> bytes:
    """Use CPU without end."""
    while True:
        pass


def burn(body: bytes, seconds: float) -> bytes:
    """Use so many seconds of CPU."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass
    return b""


def sleep(body: bytes) -> bytes:
    """Wait without end."""
    time.sleep(1000)
    return b""


def die(body: bytes) -> bytes:
    """End the process as a fault in a C library does."""
    os.kill(os.getpid(), signal.SIGSEGV)
    return b""


def environment(body: bytes) -> bytes:
    """Return the environment variables that the sandbox received from the server."""
    return repr(sorted(os.environ)).encode()


def connect(body: bytes) -> bytes:
    """Open a connection."""
    socket.create_connection(("127.0.0.1", 9))
    return b""


def run(body: bytes) -> bytes:
    """Start another program."""
    subprocess.run([sys.executable, "-c", ""], check=True)
    return b""


def write(body: bytes, path: str) -> bytes:
    """Write a file."""
    with open(path, "wb") as file:
        file.write(body)
    return b""


def read(body: bytes, path: str) -> bytes:
    """Read a file."""
    with open(path, "rb") as file:
        return file.read()


def call_c(body: bytes, name: str, arguments: list[Any]) -> bytes:
    """Call a function of the C library, past Python's audit hook, and return its result or the name of its error."""
    libc = ctypes.CDLL(None, use_errno=True)
    given = [each.encode() if isinstance(each, str) else each for each in arguments]
    result = getattr(libc, name)(*given)
    return str(result if result >= 0 else errno.errorcode[ctypes.get_errno()]).encode()


def start_thread(body: bytes) -> bytes:
    """Do the work in a thread, as libraries for images and arithmetic do."""
    results: list[bytes] = []
    thread = threading.Thread(target=lambda: results.append(body))
    thread.start()
    thread.join()
    return results[0]


TASKS: Mapping[str, Task] = {
    task.__name__: task
    for task in (
        reverse, count, refuse, break_down, print_much, eat_memory, spin, burn, sleep, die, environment, connect, run,
        write, read, call_c, start_thread,
    )
}  # fmt: skip

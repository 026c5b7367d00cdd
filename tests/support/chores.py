"""Tasks for the sandbox that do what files of strangers may make a library do."""

import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping

from gql_chat.infra.sandbox.child import Refused, Task

_calls = itertools.count(1)


def reverse(body: bytes) -> bytes:
    """The body from its end."""
    return body[::-1]


def count(body: bytes) -> bytes:
    """How many calls of this task this process has had, and its id."""
    return f"{next(_calls)} {os.getpid()}".encode()


def refuse(body: bytes, reason: str) -> bytes:
    """Refuse."""
    raise Refused(reason)


def break_down(body: bytes) -> bytes:
    """Quote what must not be quoted."""
    raise ValueError(body)


def print_much(body: bytes) -> bytes:
    """Talk where answers go."""
    print("x" * 1000, flush=True)  # noqa: T201 - the point of it
    os.write(1, b"y" * 1000)
    return b"quiet"


def eat_memory(body: bytes) -> bytes:
    """More than there is."""
    return bytes(4 * 1024**3)


def spin(body: bytes) -> bytes:
    """Use CPU for ever."""
    while True:
        pass


def burn(body: bytes, seconds: float) -> bytes:
    """Use that much CPU."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass
    return b""


def sleep(body: bytes) -> bytes:
    """Wait for ever."""
    time.sleep(1000)
    return b""


def die(body: bytes) -> bytes:
    """As by a fault in a C library."""
    os.kill(os.getpid(), signal.SIGSEGV)
    return b""


def environment(body: bytes) -> bytes:
    """What it is told of the server."""
    return repr(sorted(os.environ)).encode()


def connect(body: bytes) -> bytes:
    """Call home."""
    socket.create_connection(("127.0.0.1", 9))
    return b""


def run(body: bytes) -> bytes:
    """Another program."""
    subprocess.run([sys.executable, "-c", ""], check=True)
    return b""


def write(body: bytes, path: str) -> bytes:
    """A file."""
    with open(path, "wb") as file:
        file.write(body)
    return b""


TASKS: Mapping[str, Task] = {
    task.__name__: task
    for task in (
        reverse, count, refuse, break_down, print_much, eat_memory, spin, burn, sleep, die, environment, connect, run,
        write,
    )
}  # fmt: skip

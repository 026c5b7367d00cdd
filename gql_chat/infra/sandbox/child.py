"""The program of a sandbox process: it serves calls from its standard input until that ends.

A frame is its length, 4 bytes big-endian, and its bytes. A call is a frame of JSON (`task`, `arguments`), followed by
the body in frames, of which the last is empty. A response is a frame of JSON (`outcome`, `detail`) and one with the
result.
"""

import importlib
import json
import logging
import math
import os
import struct
import sys
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, BinaryIO, TypeAlias

from gql_chat.infra.sandbox.lockdown import lock_down

if sys.platform != "win32":  # there the parent's wall time is the only limit
    import resource

Task: TypeAlias = Callable[..., bytes]
"""Takes the body and the call's keyword arguments; raises Refused for a faulty body."""

NICENESS = 10  # of 19: replies and sign-ins come first
OPEN_FILES = 64  # modules are still to be imported
_FORBIDDEN_EVENTS = frozenset({
    "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "socket.bind", "socket.connect",
    "socket.getaddrinfo", "subprocess.Popen",
})  # fmt: skip


class Refused(Exception):
    """The body cannot be processed; `reason` is a short text that is safe to show."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def main(module: str, memory_bytes: int, cpu_seconds: float) -> None:
    """Serve calls of the module's `TASKS` within this much address space, and this much CPU time for each call."""
    # File descriptor 1 is for responses only: a library that prints must not corrupt one.
    responses = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    logging.disable()
    _limit(memory_bytes)
    lock_down()
    sys.addaudithook(_forbid)
    tasks: Mapping[str, Task] = importlib.import_module(module).TASKS
    calls = sys.stdin.buffer
    while (head := read_frame(calls)) is not None:
        call = json.loads(head)
        _allow_cpu(cpu_seconds)
        outcome, detail, result = _outcome(tasks[call["task"]], calls, call["arguments"])
        responses.write(frame(json.dumps({"outcome": outcome, "detail": detail}).encode()) + frame(result))
        responses.flush()
        if outcome == "memory":
            return  # the remaining memory is fragmented


def frame(data: bytes) -> bytes:
    """Return the bytes with their length in front."""
    return struct.pack(">I", len(data)) + data


def read_frame(stream: BinaryIO) -> bytes | None:
    """Return the next frame, or None at the end."""
    head = stream.read(4)
    return stream.read(struct.unpack(">I", head)[0]) if len(head) == 4 else None


def _outcome(task: Task, calls: BinaryIO, arguments: Mapping[str, Any]) -> tuple[str, str, bytes]:
    try:
        body = b"".join(iter(lambda: read_frame(calls) or b"", b""))
        return "done", "", task(body, **arguments)
    except Refused as refusal:
        return "refused", refusal.reason, b""
    except MemoryError:
        return "memory", "", b""
    except Exception as exc:  # noqa: BLE001 - the edge of the process; the message may quote the body
        return "failed", _place_of(exc), b""


def _place_of(exc: BaseException) -> str:
    trace = exc.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" at {os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else ""
    return f"{type(exc).__name__}{where}"


def _limit(memory_bytes: int) -> None:
    if sys.platform == "win32":
        return
    os.nice(NICENESS)
    limits = {"AS": memory_bytes, "CORE": 0, "FSIZE": 0, "NOFILE": OPEN_FILES}
    for name, limit in limits.items():
        # A system may not have all of them, or may set lower ones already.
        with suppress(AttributeError, OSError, ValueError):
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (limit, limit))


def _allow_cpu(seconds: float) -> None:
    if sys.platform == "win32":
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(used.ru_utime + used.ru_stime + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _forbid(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _FORBIDDEN_EVENTS:
        raise PermissionError(f"{event} is not allowed here")

"""A sandbox: a small pool of processes with limits, for work on untrusted files."""

import asyncio
import json
import os
import signal
import struct
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

import structlog

from gql_chat.errors import Unavailable
from gql_chat.infra.sandbox.child import Refused, frame

__all__ = ["OverLimit", "Refused", "Sandbox", "SandboxLimits", "TaskFailed"]

_SHUTTING_DOWN = "The server is shutting down; try again later."

log = structlog.get_logger(__name__)

_COMMAND = (
    "from gql_chat.infra.sandbox.child import main; main({module!r}, {limits.memory_bytes!r}, {limits.cpu_seconds!r})"
)

CALLS_PER_PROCESS = 200  # then it is replaced, because its memory only grows


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """The limits of a process. Times apply to each call; wall time starts when the body has been sent."""

    memory_bytes: int = 1024**3
    cpu_seconds: float = 20.0
    wall_seconds: float = 30.0


class OverLimit(Exception):
    """The task was killed because it exceeded a limit; `what` is `time` or `memory`."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class TaskFailed(Exception):
    """The task raised another exception than Refused, or its process died. The text says where, and quotes nothing."""


class Sandbox:
    """Runs the tasks in a module's `TASKS`. Use with `async with`. Processes start on demand.

    They have none of our environment variables and cannot write into files. `lockdown` says what else holds on Linux.
    """

    def __init__(self, module: str, *, limits: SandboxLimits | None = None, processes: int = 2) -> None:
        self._module = module
        self._limits = limits or SandboxLimits()
        self._free = asyncio.Semaphore(processes)
        self._idle: list[_Worker] = []
        self._workers: set[_Worker] = set()
        self._is_closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._is_closed = True
        for worker in list(self._workers):
            await self._end(worker)

    @property
    def pids(self) -> list[int]:
        """The ids of the processes."""
        return [worker.pid for worker in self._workers]

    async def call(self, task: str, body: AsyncIterable[bytes], **arguments: Any) -> bytes:
        """Return the task's result, once a process is free.

        Raises Refused, OverLimit, TaskFailed, any exception of `body`, and Unavailable if no process can be started or
        if the sandbox is closed. If the caller is cancelled, its process is killed.
        """
        async with self._free:
            worker = await self._take()
            try:
                return await worker.call(task, body, arguments)
            except (OverLimit, TaskFailed) as exc:
                if self._is_closed:
                    raise Unavailable(_SHUTTING_DOWN) from exc
                raise
            finally:
                if worker.is_reusable:
                    self._idle.append(worker)
                else:
                    await asyncio.shield(self._end(worker))

    async def _take(self) -> "_Worker":
        while self._idle:
            worker = self._idle.pop()  # the most recently used one, which has its modules loaded
            if worker.is_alive():
                return worker
            await self._end(worker)
        if self._is_closed:
            raise Unavailable(_SHUTTING_DOWN)
        try:
            worker = await _Worker.start(self._module, self._limits)
        except OSError as exc:
            log.warning("sandbox_process_not_started", reason=str(exc))
            raise Unavailable("The server is short of processes or memory; try again later.") from exc
        self._workers.add(worker)
        return worker

    async def _end(self, worker: "_Worker") -> None:
        self._workers.discard(worker)
        await worker.kill()


class _Worker:
    def __init__(self, process: Process, wall_seconds: float) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._stdin, self._stdout = process.stdin, process.stdout
        self._wall_seconds = wall_seconds
        self.pid = process.pid
        self.is_reusable = True
        self._calls = 0

    @classmethod
    async def start(cls, module: str, limits: SandboxLimits) -> "_Worker":
        path = os.pathsep.join(entry for entry in sys.path if entry)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-s", "-P"),  # so that nothing is imported from a home or the current directory
            *("-c", _COMMAND.format(module=module, limits=limits)),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,  # C libraries quote broken files there
            env={"PYTHONPATH": path, "LANG": "C.UTF-8"},
            start_new_session=True,  # so that Ctrl-C in a terminal only reaches the server
        )
        return cls(process, limits.wall_seconds)

    def is_alive(self) -> bool:
        if not hasattr(os, "waitid"):  # macOS, Windows
            return self._process.returncode is None
        try:  # directly, because the event loop may not have noticed the end yet
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
        except ChildProcessError:
            return False

    async def call(self, task: str, body: AsyncIterable[bytes], arguments: dict[str, Any]) -> bytes:
        self.is_reusable = False
        taken = await self._send(json.dumps({"task": task, "arguments": arguments}).encode())
        async for chunk in body:
            if chunk and taken:  # an empty chunk would mark the end
                taken = await self._send(chunk)
        await self._send(b"")
        try:
            async with asyncio.timeout(self._wall_seconds):
                answer, result = json.loads(await self._read()), await self._read()
        except TimeoutError as exc:
            raise OverLimit("time") from exc
        except (asyncio.IncompleteReadError, ConnectionError) as exc:
            raise await self._death() from exc
        self._calls += 1
        self.is_reusable = answer["outcome"] != "memory" and self._calls < CALLS_PER_PROCESS
        return _result_of(answer["outcome"], answer["detail"], result)

    async def kill(self) -> None:
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
        self._stdin.close()
        await self._process.wait()

    async def _send(self, data: bytes) -> bool:
        """Return False if the process has stopped reading. Its response, or the lack of one, shows why."""
        if self._stdin.is_closing():  # a write would raise RuntimeError on uvloop
            return False
        try:
            self._stdin.write(frame(data))
            await self._stdin.drain()
        except ConnectionError:
            return False
        return True

    async def _read(self) -> bytes:
        (length,) = struct.unpack(">I", await self._stdout.readexactly(4))
        return await self._stdout.readexactly(length)

    async def _death(self) -> Exception:
        status = await self._process.wait()
        if status == -signal.SIGXCPU:
            return OverLimit("time")
        if status == -signal.SIGKILL:  # by the kernel, because the machine is out of memory
            return OverLimit("memory")
        log.warning("sandbox_process_died", status=status)
        return TaskFailed(f"process ended with {status}")


def _result_of(outcome: str, detail: str, result: bytes) -> bytes:
    if outcome == "refused":
        raise Refused(detail)
    if outcome == "memory":
        raise OverLimit("memory")
    if outcome == "failed":
        raise TaskFailed(detail)
    return result

"""Processes that are forked from one that has imported `gql_chat` already: each is spared 2 s, and 9 s with coverage.

`gql-chat` is run so, and so are the workers of pytest-xdist. A process is a real one: it has its own environment,
folder, standard streams and signals, and runs the command's own `main`. Only the interpreter's start is not its own.
"""

import asyncio
import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import select
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn, TypedDict

_ROOT = Path(__file__).parents[3]
_HEADER_BYTES = 4
_SOCKET = "FORKSERVER_SOCKET"  # the variable that names the server's socket, in all processes of one run of the tests


class _Request(TypedDict):
    arguments: list[str]
    """Of `gql-chat`, or of a Python interpreter: `-c`, code and the code's own arguments."""
    environment: dict[str, str]
    folder: str


class ForkedProcess:
    """A running process, with the part of `asyncio.subprocess.Process` that tests use."""

    def __init__(
        self,
        pid: int,
        status: asyncio.StreamReader,
        stdin: asyncio.StreamWriter,
        stdout: asyncio.StreamReader,
        stderr: asyncio.StreamReader | None,
    ) -> None:
        self.pid = pid
        self.stdin, self.stdout, self.stderr = stdin, stdout, stderr
        self.returncode: int | None = None
        self._ending = asyncio.create_task(self._note_end(status))

    async def wait(self) -> int:
        """Wait for the end and return the exit code, which is negative if a signal ended the process."""
        await asyncio.shield(self._ending)
        assert self.returncode is not None
        return self.returncode

    async def communicate(self, said: bytes = b"") -> tuple[bytes, bytes]:
        """Write to standard input, close it, and return all that the process prints until it ends."""
        if said and not self.stdin.is_closing():
            with contextlib.suppress(ConnectionError):
                self.stdin.write(said)
                await self.stdin.drain()
        self.stdin.close()
        reading = [stream.read() for stream in (self.stdout, self.stderr) if stream is not None]
        output, errors = [*await asyncio.gather(*reading), b""][:2]
        await self.wait()
        return output, errors

    def send_signal(self, number: int) -> None:
        """Send a signal, if the process has not ended."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """Send SIGKILL, if the process has not ended."""
        self.send_signal(signal.SIGKILL)

    async def _note_end(self, status: asyncio.StreamReader) -> None:
        self.returncode = int(await status.readline())
        await status.read()  # to its end, which closes the pipe


async def fork_gql_chat(
    *arguments: str, environment: Mapping[str, str], stderr: int | None = asyncio.subprocess.PIPE
) -> ForkedProcess:
    """Run `gql-chat` with these arguments and this environment. `stderr` is an open file, or a pipe, or inherited."""
    return await _fork(["gql-chat", *arguments], environment, stderr)


async def fork_python(code: str, *arguments: str) -> ForkedProcess:
    """Run the code as `python -c` does, with everything imported already. Standard error is inherited."""
    return await _fork(["-c", code, *arguments], os.environ, None)


async def _fork(arguments: list[str], environment: Mapping[str, str], stderr: int | None) -> ForkedProcess:
    status_end, status = os.pipe()
    stdin, stdin_end = os.pipe()
    stdout_end, stdout = os.pipe()
    ends, theirs = [status_end, stdin_end, stdout_end], [status, stdin, stdout]
    if stderr == asyncio.subprocess.PIPE:
        stderr_end, stderr_pipe = os.pipe()
        ends.append(stderr_end)
        theirs.append(stderr_pipe)
    handed = [*theirs[:3], theirs[3] if len(theirs) > 3 else 2 if stderr is None else stderr]
    request: _Request = {"arguments": arguments, "environment": dict(environment), "folder": os.getcwd()}
    _send(_server(), json.dumps(request).encode(), handed)
    for descriptor in theirs:
        os.close(descriptor)
    status_reader = await _reader(ends[0])
    pid = int(await status_reader.readline())
    error_reader = await _reader(ends[3]) if len(ends) > 3 else None
    return ForkedProcess(pid, status_reader, await _writer(ends[1]), await _reader(ends[2]), error_reader)


@cache
def _server() -> socket.socket:
    """Connect to the server, and start it before unless another process of this run has."""
    if _SOCKET not in os.environ:
        start_server()
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(os.environ[_SOCKET])
    return connection


def start_server() -> None:
    """Start the server for this process and those that it starts. It ends with this process."""
    folder = TemporaryDirectory(prefix="gql-chat-forks-")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(os.environ.setdefault(_SOCKET, f"{folder.name}/socket"))
    listener.listen()
    command = [sys.executable, "-m", "tests.support.running.forkserver", str(listener.fileno())]
    process = subprocess.Popen(command, cwd=_ROOT, pass_fds=[listener.fileno()], stdin=subprocess.PIPE)
    listener.close()

    def end() -> None:
        del os.environ[_SOCKET]
        process.communicate()
        folder.cleanup()

    atexit.register(end)


def forked_interpreter() -> str:
    """Return a command that stands in for `python`: it runs `-c CODE` in a process that is forked."""
    return shlex.join([sys.executable, __file__, "python"])


class _PipeProtocol(asyncio.StreamReaderProtocol):
    def eof_received(self) -> bool:
        super().eof_received()
        return False  # nothing is left to be read: close the pipe


async def _reader(descriptor: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    protocol = _PipeProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(descriptor, "rb", 0))
    return reader


async def _writer(descriptor: int) -> asyncio.StreamWriter:
    loop = asyncio.get_running_loop()
    pipe = os.fdopen(descriptor, "wb", 0)
    transport, protocol = await loop.connect_write_pipe(lambda: asyncio.streams.FlowControlMixin(loop=loop), pipe)
    return asyncio.StreamWriter(transport, protocol, None, loop)


def _send(channel: socket.socket, body: bytes, descriptors: list[int]) -> None:
    socket.send_fds(channel, [len(body).to_bytes(_HEADER_BYTES, "big")], descriptors)
    channel.sendall(body)


def _stand_in(code: str) -> int:
    """Have code run with the streams of this process, and return its exit code."""
    status_end, status = os.pipe()
    request: _Request = {"arguments": ["-c", code], "environment": dict(os.environ), "folder": os.getcwd()}
    _send(_server(), json.dumps(request).encode(), [status, 0, 1, 2])
    os.close(status)
    with os.fdopen(status_end) as lines:
        return int([0, *lines][-1])


# The server's side.


def main(descriptor: int) -> None:
    """Import everything, then serve each process that connects, until the one that started this one ends."""
    coverage = importlib.import_module("tests.support.coverage") if "COVERAGE_FOLDER" in os.environ else None
    if coverage is not None:
        coverage.measure()
    importlib.import_module("gql_chat.api.schema")  # first: it describes the enums before types name them
    for module in pkgutil.walk_packages(importlib.import_module("gql_chat").__path__, "gql_chat."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    if coverage is not None:
        coverage.write()
    gc.freeze()  # what is imported stays shared memory
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the tests end this process
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # and nobody waits for those that wait for others
    with socket.socket(fileno=descriptor) as listener:
        while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                _serve(connection)
            connection.close()


def _serve(connection: socket.socket) -> NoReturn:
    """Fork for each request until the other side closes the connection."""
    while header := socket.recv_fds(connection, _HEADER_BYTES, 4):
        size, descriptors = int.from_bytes(header[0], "big"), header[1]
        if not size:
            break
        request: _Request = json.loads(connection.recv(size, socket.MSG_WAITALL))
        if os.fork() == 0:
            connection.close()
            _run_and_wait(request, descriptors)
        for received in descriptors:
            os.close(received)
    os._exit(0)


def _run_and_wait(request: _Request, descriptors: list[int]) -> NoReturn:
    """Be the parent of the command: report its id, and its exit code when it has ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    status, *streams = descriptors
    pid = os.fork()
    if pid == 0:
        os.close(status)
        _run_command(request, streams)
    for stream in streams:
        os.close(stream)
    os.write(status, f"{pid}\n".encode())
    _, ended = os.waitpid(pid, 0)
    with contextlib.suppress(BrokenPipeError):  # whoever asked has ended first
        os.write(status, f"{os.waitstatus_to_exitcode(ended)}\n".encode())
    os._exit(0)


def _run_command(request: _Request, streams: list[int]) -> NoReturn:
    """Run the command as if it had been started. It ends this process by SystemExit, after what is due at exit."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # which nohup ignores, and tests of a closed terminal send
    # What was imported before stays frozen. To look through it for garbage took 0.2 s, and copied the shared memory.
    gc.unfreeze = lambda: None
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    if request["arguments"][0] == "-c":
        sys.argv = ["-c", *request["arguments"][2:]]
        exec(request["arguments"][1], {"__name__": "__main__"})  # noqa: S102 - this is `python -c`
        raise SystemExit
    if "COVERAGE_FOLDER" in os.environ:
        atexit.register(importlib.import_module("tests.support.coverage").write)
    sys.argv = request["arguments"]
    importlib.import_module("gql_chat.cli").main(prog_name="gql-chat")
    raise AssertionError("click ends the process")


if __name__ == "__main__":
    if sys.argv[1] == "python":
        sys.exit(_stand_in(sys.argv[-1]))
    main(int(sys.argv[1]))

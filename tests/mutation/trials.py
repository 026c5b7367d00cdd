"""Trials of mutants: each runs, in a process of its own, the tests that reach its line."""

import ast
import contextlib
import importlib
import importlib.machinery
import json
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from coverage import CoverageData

from tests.mutation.mutants import Mutant, mutated

TESTS_SECONDS = 20.0  # of the tests that a mutant has to pass, cheap ones first
ALLOWED_TIMES = 5.0  # as long as they take without a fault, and
ALLOWED_SECONDS = 15.0  # more for the start, before a mutant counts as killed for hanging
_OURS = ("gql_chat", "tests", "bench", "conftest")
_QUIET = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore::pytest.PytestAssertRewriteWarning"]


@dataclass(frozen=True)
class Reach:
    """The tests that reach each line of the modules, and how long each takes in seconds."""

    tests_of: dict[tuple[str, int], set[str]]
    seconds_of: dict[str, float]

    def tests(self, mutant: Mutant) -> list[str]:
        """Return the tests to run, the cheap ones first, as many as fit into the time."""
        chosen, spent = list[str](), 0.0
        names = self.tests_of.get((str(mutant.path.resolve()), mutant.line), set())
        for name in sorted(names, key=lambda name: (self.seconds_of.get(name, 0.0), name)):
            spent += self.seconds_of.get(name, 0.0)
            if chosen and spent > TESTS_SECONDS:
                break
            chosen.append(name)
        return chosen


def import_libraries() -> None:
    """Import once what every trial needs and no mutant changes: trials are forked from this process."""
    for name in ("httpx2", "openai", "openai.types.chat", "strawberry", "tortoise", "starlette", "uvicorn", "aiohttp",
                 "asyncpg", "aerich", "moto", "obstore", "hypothesis", "pydantic", "redis.asyncio"):  # fmt: skip
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def learn_reach(tests: list[str], modules: Iterable[Path]) -> Reach:
    """Run the tests once and return which of them reach which lines of the modules. Raises if a test fails."""
    with TemporaryDirectory() as folder:
        data, durations = Path(folder, "coverage"), Path(folder, "durations")
        include = ",".join(str(module.resolve()) for module in modules)
        Path(folder, "rc").write_text(
            f"[run]\nbranch = false\nparallel = false\ndata_file = {data}\ninclude = {include}\n"
        )
        options = ["--cov", f"--cov-config={folder}/rc", "--cov-context=test", "--cov-report="]

        def run() -> int:
            recorder = _Recorder()
            code = pytest.main([*_QUIET, *options, *tests], plugins=[recorder])
            durations.write_text(json.dumps(recorder.seconds))
            return code

        code = _forked(run, limit_seconds=3600, quiet=False)
        if code:
            raise RuntimeError(f"the tests fail without a fault: pytest ended with {code}")
        return _reach(data, json.loads(durations.read_text()))


def is_killed(mutant: Mutant, tests: list[str], seconds: float) -> bool:
    """Run the tests with the fault in the module and return whether one fails, or they hang."""
    tree = mutated(mutant)

    def run() -> int:
        _put_in(str(mutant.path.resolve()), tree)
        return pytest.main([*_QUIET, *tests])

    return _forked(run, limit_seconds=seconds * ALLOWED_TIMES + ALLOWED_SECONDS, quiet=True) != 0


class _Recorder:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] += report.duration


def _reach(data_file: Path, seconds: dict[str, float]) -> Reach:
    data = CoverageData(str(data_file))
    data.read()
    tests_of: dict[tuple[str, int], set[str]] = defaultdict(set)
    for file in data.measured_files():
        for line, contexts in data.contexts_by_lineno(file).items():
            tests_of[file, line] = {context.rpartition("|")[0] for context in contexts if context}
    return Reach(tests_of, seconds)


def _put_in(path: str, tree: ast.Module) -> None:
    """Let the module of this file be compiled from the tree when it is imported."""
    original = importlib.machinery.SourceFileLoader.get_code

    def get_code(self: Any, fullname: str) -> Any:
        if os.path.realpath(self.get_filename(fullname)) == path:
            return compile(tree, path, "exec")
        return original(self, fullname)

    importlib.machinery.SourceFileLoader.get_code = get_code  # type: ignore[method-assign]


def _forked(run: Callable[[], int], *, limit_seconds: float, quiet: bool) -> int:
    """Return the exit code of `run` in a forked process group, or -1 if it had to be killed."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "gql_chat"]:
        raise RuntimeError(f"{name} is imported before the trial")
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        if quiet:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 1)
            os.dup2(null, 2)
        code = 99
        try:
            code = int(run())
        finally:
            os._exit(code)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.setpgid(pid, pid)
    return _ended(pid, time.monotonic() + limit_seconds)


def _ended(pid: int, deadline: float) -> int:
    try:
        while time.monotonic() < deadline:
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.05)
        return -1
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)

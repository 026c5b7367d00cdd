"""Trials of mutants: each runs, in a process forked for it, the tests that reach its statement.

The tests are collected once. A fault is put into the functions that exist already, so a trial costs no import.
"""

import ast
import contextlib
import gc
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from types import CodeType, FunctionType

import pytest
from _pytest.main import pytest_runtestloop as run_tests

from tests.mutation.imports import compile_as
from tests.mutation.mutants import Mutant, mutated
from tests.mutation.reach import QUIET, Reach

ALLOWED_TIMES = 5.0  # as long as the tests take without a fault, and
ALLOWED_SECONDS = 15.0  # more for the start, before a mutant counts as killed for hanging


class Trials:
    """A plugin of pytest that tries each mutant instead of running the tests, and reports those that no test kills."""

    def __init__(self, mutants: Iterable[Mutant], reach: Reach, report: Callable[[Mutant, bool], None]) -> None:
        self._mutants, self._reach, self._report = mutants, reach, report

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Fork for each mutant and run its tests there."""
        items = {item.nodeid: item for item in session.items}
        for mutant in self._mutants:
            tests = self._reach.tests(mutant)
            chosen = [items[name] for name in tests if name in items]

            def run(mutant: Mutant = mutant, chosen: list[pytest.Item] = chosen) -> int:
                _put_in(mutant)
                session.items[:] = chosen
                try:
                    run_tests(session)
                except session.Failed:
                    return 1
                finally:
                    session._setupstate.teardown_exact(None)
                return int(session.testsfailed > 0)

            self._report(mutant, bool(chosen) and forked(run, self._reach.seconds(tests)) != 0)
        return True


def try_mutants(mutants: Iterable[Mutant], reach: Reach, report: Callable[[Mutant, bool], None]) -> int:
    """Try mutants on one collection of the tests. `report` is called with each and whether a test killed it."""
    return pytest.main([*QUIET, "-s", *reach.tests_of_pool], plugins=[Trials(mutants, reach, report)])


def is_killed_in_a_copy(mutant: Mutant, tests: list[str], seconds: float) -> bool:
    """Put the fault into a copy of the package, run the tests there and return whether one fails, or they hang.

    Whatever runs at import has the fault then, and so have most processes that the tests start. Tests that fail in a
    copy without the fault do not count.
    """
    whole = ast.parse(mutant.path.read_text(encoding="utf-8"))
    return _fail_in_a_copy(mutant.path, mutated(mutant), tests, seconds) and not _fail_in_a_copy(
        mutant.path, whole, tests, seconds
    )


def _fail_in_a_copy(path: Path, tree: ast.Module, tests: list[str], seconds: float) -> bool:
    package = path.parts[0]
    with TemporaryDirectory(prefix="gql-chat-mutant-") as folder:
        for name in os.listdir():
            if name != package:
                Path(folder, name).symlink_to(Path(name).resolve())
        shutil.copytree(package, Path(folder, package), ignore=shutil.ignore_patterns("*.pyc"))
        Path(folder, path).write_text(ast.unparse(tree), encoding="utf-8")

        def run() -> int:
            os.chdir(folder)
            os.environ["PYTHONPATH"] = folder
            os.execv(sys.executable, [sys.executable, "-m", "pytest", *QUIET, *tests])  # noqa: S606 - it is forked

        return forked(run, seconds) != 0


def _put_in(mutant: Mutant) -> None:
    """Put the fault into the functions of its module, or into the module when it is imported."""
    tree, path = mutated(mutant), os.path.realpath(mutant.path)
    compile_as(lambda file: tree if file == path else None)
    faulty = {(code.co_qualname, code.co_firstlineno): code for code in _codes(compile(tree, path, "exec"))}
    gc.unfreeze()
    for function in gc.get_objects():
        if isinstance(function, FunctionType) and function.__code__.co_filename == path:
            code = faulty[function.__code__.co_qualname, function.__code__.co_firstlineno]
            if code.co_freevars != function.__code__.co_freevars:
                os._exit(0)  # as if no test had noticed
            function.__code__ = code


def _codes(code: CodeType) -> Iterable[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def forked(run: Callable[[], int], seconds: float, *, quiet: bool = True) -> int:
    """Return the exit code of `run` in a forked process group, or -1 if it was killed for hanging."""
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
            sys.stdout.flush()
            os._exit(code)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.setpgid(pid, pid)
    return _ended(pid, time.monotonic() + seconds * ALLOWED_TIMES + ALLOWED_SECONDS)


def _ended(pid: int, deadline: float) -> int:
    try:
        while time.monotonic() < deadline:
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.02)
        return -1
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)

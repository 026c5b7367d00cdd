"""Coverage of `gql_chat`: a plugin that pytest loads first if PYTEST_PLUGINS names it, as `scripts/test` does.

SlipCover puts probes into our modules when they are imported, and the libraries run at full speed (decision 38). Each
process writes what it reached into one folder, and the process in which pytest was started reports it.
"""

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from slipcover import FileMatcher, ImportManager, Slipcover, print_coverage

FAIL_UNDER_PERCENT = 90
FOLDER = "COVERAGE_FOLDER"  # the variable that tells every process of the tests where to write
_PACKAGE = str(Path(__file__).parents[2] / "gql_chat")
_NEVER_RUN = ["@overload", r"^\s*\.\.\.$"]  # besides `if TYPE_CHECKING:`
_NEVER = -1  # how often a probe is passed until SlipCover replaces the code of all functions by one without it
_folder = pytest.StashKey[TemporaryDirectory[str]]()
_coverage = pytest.StashKey[dict[str, Any]]()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Begin before anything of ours is imported. With pytest-xdist its workers run the tests, and are measured."""
    if FOLDER not in os.environ:
        early_config.stash[_folder] = folder = TemporaryDirectory(prefix="gql-chat-coverage-")
        os.environ[FOLDER] = folder.name
    if "PYTEST_XDIST_WORKER" in os.environ or not early_config.known_args_namespace.numprocesses:
        measure()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Put together what all processes reached, and fail if that is too little."""
    write()
    if folder := session.config.stash.get(_folder, None):
        session.config.stash[_coverage] = coverage = _read(folder.name)
        folder.cleanup()
        if coverage["summary"]["percent_covered"] < FAIL_UNDER_PERCENT:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """List the lines and branches that nothing reached."""
    if coverage := config.stash.get(_coverage, None):
        print_coverage(coverage, outfile=terminalreporter, skip_covered=True)
        percent = coverage["summary"]["percent_covered"]
        terminalreporter.line(f"\nCoverage: {percent:.1f} %, and at least {FAIL_UNDER_PERCENT} % are needed.")


_probes: list[Slipcover] = []


def measure() -> None:
    """Measure the modules that this process imports from now on."""
    if not _probes:
        probes = Slipcover(branch=True, d_miss_threshold=_NEVER)
        _probes.append(probes)
        ImportManager(probes, FileMatcher(sources=[_PACKAGE])).__enter__()


def write() -> None:
    """Write the lines and branches that this process reached, if it was measured."""
    for probes in _probes:
        file = Path(os.environ[FOLDER], f"{os.getpid()}.json")
        file.write_text(json.dumps({file: [*seen] for file, seen in probes.newly_seen.items()}))


def _read(folder: str) -> dict[str, Any]:
    whole = Slipcover(branch=True, source=[_PACKAGE], exclude_also=_NEVER_RUN)
    for file in Path(folder).iterdir():
        for name, seen in json.loads(file.read_text()).items():
            # A number is a line, and two are the branch from one to the other.
            whole.all_seen[name].update(tuple(place) if isinstance(place, list) else place for place in seen)
    coverage: dict[str, Any] = whole.get_coverage()
    return coverage

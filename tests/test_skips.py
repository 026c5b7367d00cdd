"""A test that is skipped in CI fails there, whatever skipped it."""

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import pytest

@pytest.mark.skipif(True, reason="a mark")
def test_marked(): pass

def test_called(): pytest.skip("a call")

@pytest.fixture
def lacking(): pytest.skip("a fixture")

def test_fixture(lacking): pass

@pytest.mark.xfail
def test_expected(): assert False

def test_good(): pass
"""


@pytest.mark.parametrize(
    ("ci", "summary"),
    [("true", {"1 failed", "1 passed", "1 xfailed", "2 errors"}), ("", {"1 passed", "3 skipped", "1 xfailed"})],
)
def test_what_is_skipped_has_failed_in_ci(tmp_path: Path, ci: str, summary: set[str]) -> None:
    (tmp_path / "test_some.py").write_text(TESTS, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.support.running.skips"]
    folder = Path(__file__).parents[1]
    run = subprocess.run(
        [*command, "--rootdir", tmp_path, "-c", "/dev/null", tmp_path],
        env={"CI": ci, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    last_line = run.stdout.splitlines()[-1]
    assert set(last_line.partition(" in ")[0].split(", ")) == summary, run.stdout

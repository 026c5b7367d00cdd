"""A schema may break clients of the last release's only in ways that the changelog names."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "breaking-changes"
RELEASED = "type Query { old: Int kept: Int }"
NAMED = "# Changelog\n\n## Unreleased\n\n- Gone, because nobody used it: Field Query.old\n  was removed.\n\n## 1.0.0\n"
ELSEWHERE = "# Changelog\n\n## Unreleased\n\n- Nothing.\n\n## 1.0.0\n\n- Field Query.old was removed.\n"


@pytest.mark.parametrize(
    ("new", "changelog", "passes"),
    [
        ("type Query { old: Int kept: Int added: Int }", ELSEWHERE, True),
        ("type Query { kept: Int }", NAMED, True),
        ("type Query { kept: Int }", ELSEWHERE, False),
        ("type Query { kept: String }", NAMED, False),
    ],
    ids=["an addition", "a named removal", "one that an older release names", "another change beside it"],
)
def test_a_breaking_change_needs_the_changelog(tmp_path: Path, new: str, changelog: str, passes: bool) -> None:
    contents = {"released.graphql": RELEASED, "new.graphql": new, "CHANGELOG.md": changelog}
    for name, content in contents.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    paths = [tmp_path / name for name in contents]
    result = subprocess.run([sys.executable, SCRIPT, *paths], capture_output=True, text=True, check=False)
    assert (result.returncode == 0) == passes, result.stderr
    assert ("breaks clients" in result.stderr) != passes


def test_before_the_first_release_everything_passes(tmp_path: Path) -> None:
    missing = [tmp_path / name for name in ("released.graphql", "new.graphql", "CHANGELOG.md")]
    assert subprocess.run([sys.executable, SCRIPT, *missing], check=False).returncode == 0

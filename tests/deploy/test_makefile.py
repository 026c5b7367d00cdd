"""The Makefile's targets that pass on what people type."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("text", ['a "quoted" 讲个故事', "$(id) `id` $HOME 5$$ \\ ; id", "it's"])
def test_a_message_reaches_the_demo_as_it_was_typed(text: str, tmp_path: Path) -> None:
    assert make(tmp_path, "demo", f"SAY={text}").stdout == f"demo\n{text}\n"


def test_a_server_runs_without_pages_that_cannot_be_built(tmp_path: Path) -> None:
    made = make(tmp_path, "run", pages="exit 1")
    assert made.stdout == "serve\n"
    assert made.stderr.startswith("The pages could not be built.")
    assert make(tmp_path, "run").stderr == ""


def make(folder: Path, *arguments: str, pages: str = ":") -> subprocess.CompletedProcess[str]:
    """Run the Makefile with these commands in place of the scripts, and a `gql-chat` that prints its arguments."""
    shutil.copy(ROOT / "Makefile", folder)
    commands = {"scripts/install": ":", "scripts/pages": pages, ".venv/bin/gql-chat": 'printf "%s\\n" "$@"'}
    for name, command in commands.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"#!/bin/sh\n{command}\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    # Not as a part of the make that may run the tests.
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(["make", *arguments], cwd=folder, env=env, capture_output=True, text=True, check=True)

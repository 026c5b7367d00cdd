"""The Makefile's targets that pass on what people type."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("text", ['a "quoted" 讲个故事', "$(id) `id` $HOME 5$$ \\ ; id", "it's"])
def test_a_message_reaches_the_demo_as_it_was_typed(text: str, tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name, command in (("scripts/install", ":"), (".venv/bin/gql-chat", 'printf "%s\\n" "$@"')):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(f"#!/bin/sh\n{command}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    # Not as a part of the make that may run the tests.
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    make = ["make", "demo", f"SAY={text}"]
    made = subprocess.run(make, cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
    assert made.stdout == f"demo\n{text}\n"

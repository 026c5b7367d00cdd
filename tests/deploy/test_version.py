"""The version of a release is that of its tag: it stands in `gql_chat/__init__.py` and nowhere else."""

import re
import subprocess
from pathlib import Path

import yaml

from gql_chat import __version__

ROOT = Path(__file__).parents[2]


def test_a_tagged_commit_has_the_version_of_its_tag() -> None:
    tags = subprocess.run(
        ["git", "tag", "--points-at", "HEAD", "v*"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert tags in ([], [f"v{__version__}"])


def test_the_image_and_the_chart_are_of_this_version() -> None:
    assert set(re.findall(r"image: gql-chat:(\S+)", (ROOT / "compose.yaml").read_text("utf-8"))) == {__version__}
    chart = yaml.safe_load((ROOT / "deploy/helm/Chart.yaml").read_text("utf-8"))
    assert chart["appVersion"] == __version__

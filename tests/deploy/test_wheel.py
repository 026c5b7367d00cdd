"""The wheel: it holds the pages, the migrations and the personas, and says so if it has no pages."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("gql_chat", "migrations", "pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "style.yaml")
FINDS_ITS_PARTS = """
from gql_chat.infra.db.migrations import migrations_folder
from gql_chat.settings import check_settings
from gql_chat.web.endpoints.pages import BUILT, Pages
assert Pages().are_built
print(BUILT, migrations_folder(), check_settings({}).personas_file)
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of what a wheel is made of, without pages."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "built_pages"))
        else:
            shutil.copy(ROOT / name, folder)
    return folder


def build_wheel(checkout: Path) -> tuple[Path, str]:
    """Return the wheel and what its build says."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", "dist"]
    built = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True)
    [wheel] = (checkout / "dist").glob("*.whl")
    return wheel, built.stdout + built.stderr


def test_a_wheel_with_pages_serves_them_from_any_folder(checkout: Path, tmp_path: Path) -> None:
    pages = checkout / "gql_chat/web/built_pages"
    for name in ("index.html", "admin/index.html", "graphiql/index.html", "assets/index.js"):
        (pages / name).parent.mkdir(parents=True, exist_ok=True)
        (pages / name).write_text("built", encoding="utf-8")
    wheel, said = build_wheel(checkout)
    assert "no pages" not in said
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    zipfile.ZipFile(wheel).extractall(site)
    elsewhere.mkdir()
    code = f"import sys; sys.path.insert(0, {str(site)!r}){FINDS_ITS_PARTS}"
    found = subprocess.run([sys.executable, "-c", code], cwd=elsewhere, capture_output=True, text=True, check=True)
    package = site / "gql_chat"
    assert found.stdout.split() == [
        *(str(package / part) for part in ("web/built_pages", "migrations/models", "style.yaml")),
    ]


def test_a_wheel_without_pages_says_so_in_one_line(checkout: Path) -> None:
    wheel, said = build_wheel(checkout)
    [line] = [line for line in said.splitlines() if "pages" in line]
    assert line == "This wheel has no pages: run `make pages` first to have it serve them."
    assert not [name for name in zipfile.ZipFile(wheel).namelist() if "built_pages" in name]

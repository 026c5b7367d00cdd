"""The pages of docs/ as tests read them: their blocks of code by language."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def blocks(page: str, language: str) -> list[str]:
    """Return the page's blocks of this language, without the indentation that they have within a tab."""
    text = (ROOT / page).read_text("utf-8")
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    return [re.sub(f"^{indent}", "", code, flags=re.MULTILINE) for indent, code in found]


def languages(page: str) -> set[str]:
    """Return the languages of the page's blocks."""
    return set(re.findall(r"^ *```(\w+)", (ROOT / page).read_text("utf-8"), re.MULTILINE))

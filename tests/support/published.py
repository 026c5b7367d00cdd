"""The operations of `schema/operations/`, each with the fragments that it spreads."""

import re
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "schema" / "operations"
OPERATIONS = sorted(FOLDER.glob("*.graphql"))
FRAGMENTS = sorted((FOLDER / "fragments").glob("*.graphql"))


def read_operation(file: Path) -> str:
    """Return the text of an operation and, after it, of the fragments that it spreads."""
    text = file.read_text(encoding="utf-8")
    spread = sorted(set(re.findall(r"\.\.\.(\w+Fields)", text)))
    return "\n".join([text, *((FOLDER / "fragments" / f"{name}.graphql").read_text("utf-8") for name in spread)])

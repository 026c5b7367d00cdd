"""The house stays one that a stranger can read."""

from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAX_MODULES = 20


@pytest.mark.parametrize("top", ["gql_chat", "tests", "bench"])
def test_no_folder_has_more_modules_than_a_reader_takes_in(top: str) -> None:
    modules = (path for path in (ROOT / top).rglob("*.py") if "node_modules" not in path.parts)
    folders = Counter(path.parent for path in modules if path.name != "__init__.py")
    crowded = {str(folder.relative_to(ROOT)): count for folder, count in folders.items() if count > MAX_MODULES}
    assert not crowded, "make an inner room of the modules that belong together"

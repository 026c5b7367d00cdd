"""The house stays one that a stranger can read."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAX_MODULES = 20
MAX_LINES = 40
NO_VERB = re.compile(
    r"(A|An|All|Any|As|At|By|Each|Every|For|From|How|If|In|It|Its|No|Of|On|One|Some|That|The|Their|These|They|This|Those"
    r"|What|When|Where|Whether|Which|Who|With|Without)\b"
)


@pytest.mark.parametrize("top", ["gql_chat", "tests", "bench"])
def test_no_folder_has_more_modules_than_a_reader_takes_in(top: str) -> None:
    modules = (path for path in (ROOT / top).rglob("*.py") if "node_modules" not in path.parts)
    folders = Counter(path.parent for path in modules if path.name != "__init__.py")
    crowded = {str(folder.relative_to(ROOT)): count for folder, count in folders.items() if count > MAX_MODULES}
    assert not crowded, "make an inner room of the modules that belong together"


def test_no_function_is_longer_than_a_page() -> None:
    functions = {
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}": node
        for path in (ROOT / "gql_chat").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    lines = {place: (node.end_lineno or 0) - node.lineno + 1 for place, node in functions.items()}
    long = {place: count for place, count in lines.items() if count > MAX_LINES}
    assert not long, "give a part of it a name of its own"


@pytest.mark.parametrize("top", ["gql_chat", "tests", "bench", "scripts", "migrations"])
def test_docstrings_of_functions_begin_with_a_verb(top: str) -> None:
    others = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in (ROOT / top).rglob("*.py")
        if "node_modules" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and not any("property" in ast.unparse(decorator) for decorator in node.decorator_list)
        and NO_VERB.match(ast.get_docstring(node) or "")
    ]
    assert not others, "say what the function does: 'Return the …', 'Store a …'"

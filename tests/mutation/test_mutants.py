"""The faults that are put into a module, and that only one is in it at a time."""

import ast
from pathlib import Path

from tests.mutation.mutants import list_mutants, mutated

MODULE = '''"""A module."""

LIMIT = 3


def take(count, log):
    """Take some."""
    if count >= LIMIT and not log:
        raise ValueError("too many", 7)
    log.info("taken", count=count)
    store(count + 1, wait=True)
    return "yes"
'''
LONG = """def take(count):
    return max(
        count,
        1,
    )
"""


def test_each_fault_is_listed_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(MODULE, encoding="utf-8")
    assert [(mutant.line, mutant.what) for mutant in list_mutants(path)] == [
        (8, "count >= LIMIT and (not log) -> count >= LIMIT or not log"),
        (8, "count >= LIMIT -> count > LIMIT"),
        (8, "not log -> log"),
        (9, "dropped: raise ValueError('too many', 7)"),
        (11, "dropped: store(count + 1, wait=True)"),
        (11, "dropped: wait=True"),
        (11, "count + 1 -> count - 1"),
        (11, "1 -> 2"),
        (11, "True -> False"),
        (12, "returns None, not 'yes'"),
    ]


def test_a_mutant_differs_in_one_place(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(MODULE, encoding="utf-8")
    before = ast.unparse(ast.parse(MODULE)).splitlines()
    for mutant in list_mutants(path):
        after = ast.unparse(mutated(mutant)).splitlines()
        assert len(after) == len(before)
        assert sum(old != new for old, new in zip(before, after, strict=True)) == 1


def test_a_mutant_knows_the_line_at_which_its_statement_begins(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(LONG, encoding="utf-8")
    assert [(mutant.line, mutant.statement, mutant.what) for mutant in list_mutants(path)] == [
        (2, 2, "returns None, not max(count, 1)"),
        (4, 2, "1 -> 2"),
    ]

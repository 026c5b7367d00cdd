"""Which tests reach a statement, and which of them a mutant is tried with."""

import ast
import builtins
from pathlib import Path

import pytest

from tests.mutation.mutants import Mutant
from tests.mutation.reach import PROBE, Reach, digest, probed

MODULE = '''
def take(count):
    """Take some."""
    if count > 3:
        return "many"
    try:
        int(count)
    except TypeError:
        count = 0
    def inner():
        return count
    return inner()
'''
OWN, ROOM, FAR = "tests/users/test_names.py::a", "tests/users/test_codes.py::b", "tests/api/test_me.py::c"
MUTANT = Mutant(Path("gql_chat/users/names.py"), 12, 0, "a fault", 11)


def test_a_probe_notes_each_statement_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    reached = set[tuple[str, int]]()
    monkeypatch.setattr(builtins, PROBE, reached.add, raising=False)
    scope: dict[str, object] = {}
    exec(compile(probed(ast.parse(MODULE), "module"), "module", "exec"), scope)  # noqa: S102 - it is above
    assert (scope["take"](2), scope["take"].__doc__) == (2, "Take some.")  # type: ignore[operator]
    assert sorted(line for _, line in reached) == [4, 6, 7, 10, 11, 12]
    reached.clear()
    assert scope["take"](4) == "many"  # type: ignore[operator]
    assert sorted(line for _, line in reached) == [4, 5]


def test_a_mutants_own_tests_come_first_then_those_of_its_room() -> None:
    reach = Reach({}, {FAR: 0.1, ROOM: 0.2, OWN: 9.0}, {"gql_chat/users/names.py": {11: 0b111}})
    assert reach.tests(MUTANT) == [OWN, ROOM, FAR]
    assert reach.seconds([OWN, ROOM]) == pytest.approx(9.2)


def test_as_many_tests_run_as_fit_into_the_time_but_one_always() -> None:
    reach = Reach({}, {OWN: 30.0, ROOM: 1.0}, {"gql_chat/users/names.py": {11: 0b11}})
    assert reach.tests(MUTANT) == [OWN]


def test_a_statement_that_no_test_reaches_in_its_own_process_has_the_tests_of_its_room() -> None:
    reach = Reach({}, {OWN: 1.0, ROOM: 0.5, FAR: 1.0}, {"gql_chat/users/names.py": {11: 0}})
    assert reach.tests(MUTANT) == []
    assert reach.tests_nearby(MUTANT) == [OWN, ROOM]
    assert reach.tests_nearby(Mutant(Path("gql_chat/errors.py"), 1, 0, "a fault", 1)) == [ROOM, OWN, FAR]


def test_what_was_learnt_is_kept_until_the_module_changes(tmp_path: Path) -> None:
    file, module = tmp_path / "build" / "reach.json", tmp_path / "names.py"
    module.write_text("1")
    assert Reach.read(file) == Reach({}, {}, {})
    learnt = Reach({str(module): digest(str(module))}, {OWN: 1.0}, {str(module): {11: 1}})
    learnt.write(file)
    assert Reach.read(file) == learnt
    assert learnt.find_stale([str(module)]) == set()
    module.write_text("2")
    assert learnt.find_stale([str(module)]) == {str(module)}


def test_a_later_run_replaces_what_was_known_of_the_changed_modules_alone() -> None:
    known = Reach({"a": "1", "b": "1"}, {OWN: 1.0, ROOM: 1.0}, {"a": {1: 0b11}, "b": {1: 0b10}})
    assert known.test_modules_of(["b"]) == {"tests/users/test_codes.py"}
    later = Reach({"a": "2", "b": "2"}, {FAR: 3.0, ROOM: 2.0}, {"a": {2: 0b11, 3: 0}, "b": {5: 1}})
    assert known.updated(later, ["a"]) == Reach(
        {"a": "2", "b": "1"}, {OWN: 1.0, ROOM: 2.0, FAR: 3.0}, {"a": {2: 0b110, 3: 0}, "b": {1: 0b10}}
    )

"""Which tests reach which statements: learnt by one run of the tests, with a probe before every statement."""

import ast
import builtins
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import pytest

from tests.mutation.imports import compile_as
from tests.mutation.mutants import Mutant

TESTS_SECONDS = 20.0  # of the tests that a mutant has to pass
QUIET = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
_PACKAGE = Path(__file__).parents[2] / "gql_chat"
PROBE = "__reached__"


@dataclass(frozen=True)
class Reach:
    """The tests that reach each statement of the package, and how many seconds each test takes."""

    sources: dict[str, str]
    """By path, a digest of each module as it was when its statements were learnt."""
    seconds_of: dict[str, float]
    """By test, in the order in which they ran."""
    reached: dict[str, dict[int, int]]
    """By path and line of the statement: one bit for each test that reaches it and passed, counted in that order. A
    statement without a bit runs only at import."""

    @classmethod
    def read(cls, file: Path) -> Self:
        """Return what the file holds, nothing if there is none."""
        if not file.exists():
            return cls({}, {}, {})
        stored = json.loads(file.read_text(encoding="utf-8"))
        reached = {
            path: {int(line): int(bits, 16) for line, bits in lines.items()}
            for path, lines in stored["reached"].items()
        }
        return cls(stored["sources"], stored["seconds_of"], reached)

    def write(self, file: Path) -> None:
        """Write it to a file, for the next run."""
        reached = {path: {line: f"{bits:x}" for line, bits in lines.items()} for path, lines in self.reached.items()}
        stored = {"sources": self.sources, "seconds_of": self.seconds_of, "reached": reached}
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(stored), encoding="utf-8")

    def find_stale(self, paths: Iterable[str]) -> set[str]:
        """Return the modules that have changed since they were learnt, or never were."""
        return {path for path in paths if self.sources.get(path) != digest(path)}

    def test_modules_of(self, paths: Iterable[str]) -> set[str]:
        """Return the modules of the tests that reach any statement of these modules."""
        bits = 0
        for path in paths:
            for tests in self.reached.get(path, {}).values():
                bits |= tests
        return {name.partition("::")[0] for number, name in enumerate(self.seconds_of) if bits >> number & 1}

    def updated(self, later: "Reach", paths: Iterable[str]) -> "Reach":
        """Return it with what a later run has learnt of these modules, the later one whole if nothing was known."""
        if not self.seconds_of:
            return later
        seconds_of = self.seconds_of | later.seconds_of
        numbers = {name: number for number, name in enumerate(seconds_of)}
        moved = [numbers[name] for name in later.seconds_of]
        reached = dict(self.reached)
        for path in paths:
            reached[path] = {
                line: sum(1 << number for at, number in enumerate(moved) if bits >> at & 1)
                for line, bits in later.reached.get(path, {}).items()
            }
        sources = self.sources | {path: later.sources[path] for path in paths}
        return Reach(sources, seconds_of, reached)

    @cached_property
    def tests_of_pool(self) -> list[str]:
        """The modules of the tests that have run."""
        return sorted({name.partition("::")[0] for name in self.seconds_of})

    def tests(self, mutant: Mutant) -> list[str]:
        """Return the tests that reach the statement in their own process."""
        bits = self.reached.get(str(mutant.path), {}).get(mutant.statement, 0)
        return self._chosen(mutant, (name for number, name in enumerate(self.seconds_of) if bits >> number & 1))

    def tests_nearby(self, mutant: Mutant) -> list[str]:
        """Return the tests of the nearest folder: they may reach the statement at import, or in a process of theirs."""
        for room in mutant.path.parents[:-1]:
            folder = "/".join(["tests", *room.parts[1:], ""])
            if names := [name for name in self.seconds_of if name.startswith(folder)]:
                return self._chosen(mutant, names)
        return []

    def seconds(self, tests: Iterable[str]) -> float:
        """Return how long the tests take without a fault."""
        return sum(self.seconds_of[name] for name in tests)

    def _chosen(self, mutant: Mutant, names: Iterable[str]) -> list[str]:
        """Return as many as fit into the time: the module's own, then the room's, cheap ones first."""
        room = "/".join(["tests", *mutant.path.parent.parts[1:]])

        def rank(name: str) -> tuple[bool, bool, float]:
            module = Path(name.partition("::")[0])
            return module.stem != f"test_{mutant.path.stem}", not name.startswith(room), self.seconds_of[name]

        return list(self._within_time(sorted(names, key=rank)))

    def _within_time(self, names: list[str]) -> Iterator[str]:
        spent = 0.0
        for name in names:
            spent += self.seconds_of[name]
            if spent > TESTS_SECONDS and spent > self.seconds_of[name]:
                return
            yield name


def digest(path: str) -> str:
    """Return a digest of a module."""
    return sha256(Path(path).read_bytes()).hexdigest()


def learn_reach(arguments: list[str], file: Path) -> int:
    """Run the tests once with probes, write what they reach to the file, and return pytest's exit code."""
    recorder = _Recorder()
    setattr(builtins, PROBE, recorder.reached.add)
    compile_as(_tree_with_probes)
    options = [option for option in QUIET if option != "-x"]
    code = pytest.main([*options, *arguments], plugins=[recorder])
    recorder.result().write(file)
    return int(code)


class _Recorder:
    """A plugin of pytest that notes, after each test, what it has reached."""

    def __init__(self) -> None:
        self.reached = set[tuple[str, int]]()
        self._bits: dict[tuple[str, int], int] = defaultdict(int)
        self._seconds: dict[str, float] = defaultdict(float)
        self._tests = list[str]()
        self._failed = set[str]()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        for place in self.reached:
            self._bits[place] |= 0  # reached, but by no test
        self.reached.clear()
        yield
        bit = 1 << len(self._tests)
        self._tests.append(item.nodeid)
        for place in self.reached:
            self._bits[place] |= bit
        self.reached.clear()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[report.nodeid] += report.duration
        if report.failed:
            self._failed.add(report.nodeid)

    def result(self) -> Reach:
        """Return what was learnt, without the tests that failed."""
        failed = sum(1 << number for number, name in enumerate(self._tests) if name in self._failed)
        reached: dict[str, dict[int, int]] = defaultdict(dict)
        for (path, line), bits in self._bits.items():
            reached[path][line] = bits & ~failed
        sources = {path: digest(path) for path in map(str, sorted(_PACKAGE.relative_to(Path.cwd()).rglob("*.py")))}
        return Reach(sources, {name: self._seconds[name] for name in self._tests}, reached)


def _tree_with_probes(file: str) -> ast.Module | None:
    path = Path(file)
    if not path.is_relative_to(_PACKAGE):
        return None
    return probed(ast.parse(path.read_text(encoding="utf-8")), str(path.relative_to(_PACKAGE.parent)))


def probed(tree: ast.Module, name: str) -> ast.Module:
    """Put a probe before each statement of the functions, which notes the name and the line."""
    for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]:
        _probe_blocks(function, name)
    return ast.fix_missing_locations(tree)


def _probe_blocks(owner: ast.AST, name: str) -> None:
    for field, value in ast.iter_fields(owner):
        if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
            probed = list[Any]()
            for statement in value:
                if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
                    probed.append(_probe(name, statement))
                probed.append(statement)
                if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    _probe_blocks(statement, name)
            setattr(owner, field, probed)
        elif isinstance(value, list):
            for part in value:
                if isinstance(part, ast.excepthandler | ast.match_case):
                    _probe_blocks(part, name)


def _probe(name: str, statement: ast.stmt) -> ast.stmt:
    place = ast.Tuple([ast.Constant(name), ast.Constant(statement.lineno)], ast.Load())
    call = ast.Call(ast.Name(PROBE, ast.Load()), [place], [])
    return ast.copy_location(ast.Expr(call), statement)

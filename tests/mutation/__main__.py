"""Put small faults into changed lines or given modules, one at a time, and print those that no test notices."""

import random
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from tests.mutation.mutants import Mutant, list_mutants
from tests.mutation.trials import Reach, import_libraries, is_killed, learn_reach

_HUNK = re.compile(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@")


@click.command(help=__doc__)
@click.argument("modules", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--since", default="main", show_default=True, help="Without MODULES: lines changed since this revision.")
@click.option("--tests", multiple=True, help="Tests to choose from. Default: namesakes and importers.")
@click.option("--most", default=40, show_default=True, help="Try this many, chosen by the seed.")
@click.option("--seed", default=1, show_default=True)
def main(modules: tuple[Path, ...], since: str, tests: tuple[str, ...], most: int, seed: int) -> None:
    """Try mutants and exit with 1 if one survives."""
    mutants = _mutants_of(modules) if modules else _mutants_since(since)
    paths = sorted({mutant.path for mutant in mutants})
    if not mutants:
        sys.exit("There is nothing to mutate.")
    import_libraries()
    reach = learn_reach(list(tests) or _tests_of(paths), paths)
    chosen = sorted(random.Random(seed).sample(mutants, min(most, len(mutants))))
    survivors = [mutant for mutant in chosen if not _try(mutant, reach)]
    click.echo(f"{len(chosen) - len(survivors)} of {len(chosen)} killed (of {len(mutants)}, seed {seed})")
    sys.exit(bool(survivors))


def _try(mutant: Mutant, reach: Reach) -> bool:
    tests = reach.tests(mutant)
    killed = bool(tests) and is_killed(mutant, tests, sum(reach.seconds_of.get(name, 0.0) for name in tests))
    verdict = "killed" if killed else "SURVIVED" if tests else "UNREACHED"
    click.echo(f"{verdict:9} {mutant}  ({len(tests)} tests)")
    return killed


def _mutants_of(modules: Iterable[Path]) -> list[Mutant]:
    files = [file for path in modules for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path])]
    return [mutant for file in files for mutant in list_mutants(file)]


def _mutants_since(revision: str) -> list[Mutant]:
    command = ["git", "diff", "--unified=0", "--no-prefix", revision, "--", "gql_chat/*.py"]
    diff = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    changed = set[tuple[Path, int]]()
    path = Path()
    for line in diff.splitlines():
        if line.startswith("+++ "):
            path = Path(line.removeprefix("+++ "))
        elif hunk := _HUNK.match(line):
            start, count = int(hunk[1]), int(hunk[2] or 1)
            changed |= {(path, number) for number in range(start, start + count)}
    mutants = _mutants_of(sorted({path for path, _ in changed}))
    return [mutant for mutant in mutants if (mutant.path, mutant.line) in changed]


def _tests_of(paths: Iterable[Path]) -> list[str]:
    """Return the test modules named after a module or importing it. If there are none, the nearest folder of tests."""
    modules = sorted(Path("tests").rglob("test_*.py"))
    found = set[str]()
    for path in paths:
        dotted = ".".join(path.with_suffix("").parts)
        imported = re.compile(rf"(from|import) {re.escape(dotted)}\b")
        named = [
            str(module)
            for module in modules
            if "node_modules" not in module.parts
            and (module.stem == f"test_{path.stem}" or imported.search(module.read_text(encoding="utf-8")))
        ]
        rooms = [Path("tests", *room.parts[1:]) for room in path.parents[:-1]]
        found.update(named or [str(next(room for room in rooms if room.is_dir()))])
    return sorted(found)


if __name__ == "__main__":
    main()

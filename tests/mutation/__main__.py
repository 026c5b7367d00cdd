"""Put small faults into changed lines or given modules, one at a time, and print those that no test notices."""

import random
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from tests.mutation.mutants import Mutant, list_mutants
from tests.mutation.reach import Reach, learn_reach
from tests.mutation.trials import forked, is_killed_in_a_copy, try_mutants

LEARNING_SECONDS = 3600.0

_HUNK = re.compile(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@")


@click.command(help=__doc__)
@click.argument("modules", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--since", default="main", show_default=True, help="Without MODULES: lines changed since this revision.")
@click.option("--tests", multiple=True, help="Choose from these tests only. Default: all.")
@click.option("--processes", is_flag=True, help="Choose from tests that start processes and services, too.")
@click.option("--most", default=40, show_default=True, help="Try this many, chosen by the seed.")
@click.option("--seed", default=1, show_default=True)
@click.option("--reach", default="build/reach.json", show_default=True, type=click.Path(path_type=Path),
              help="Keep in this file which tests reach which statements, until the package changes.")  # fmt: skip
def main(
    modules: tuple[Path, ...], since: str, tests: tuple[str, ...], processes: bool, most: int, seed: int, reach: Path
) -> None:
    """Try mutants and exit with 1 if one survives."""
    mutants = _mutants_of(modules) if modules else _mutants_since(since)
    if not mutants:
        sys.exit("There is nothing to mutate.")
    chosen = sorted(random.Random(seed).sample(mutants, min(most, len(mutants))))
    learnt = _learn({str(mutant.path) for mutant in chosen}, reach, list(tests), [] if processes else ["--fast"])
    survivors = _try(chosen, learnt)
    click.echo(f"{len(chosen) - len(survivors)} of {len(chosen)} killed (of {len(mutants)}, seed {seed})")
    sys.exit(bool(survivors))


def _learn(paths: set[str], file: Path, tests: list[str], options: list[str]) -> Reach:
    """Return which tests reach these modules: what the file has of them, and for changed ones what a run shows."""
    known = Reach.read(file)
    stale = paths if tests else known.find_stale(paths)
    if not stale:
        return known
    if not tests and known.test_modules_of(stale):
        new = {str(module) for module in Path("tests").rglob("test_*.py") if "node_modules" not in module.parts}
        tests = sorted(known.test_modules_of(stale) | new - set(known.tests_of_pool))
    with TemporaryDirectory() as folder:
        later_file = Path(folder, "reach.json")
        forked(lambda: learn_reach([*tests, *options], later_file), seconds=LEARNING_SECONDS, quiet=False)
        later = Reach.read(later_file)
    if not later.seconds_of:
        sys.exit("The tests could not be run.")
    learnt = known.updated(later, stale if tests else later.sources)
    learnt.write(file)
    return learnt


def _try(mutants: list[Mutant], reach: Reach) -> list[Mutant]:
    """Return the mutants that survive. Those that the quick trial leaves are tried again in a copy of the package."""
    with TemporaryDirectory() as folder:
        left = Path(folder, "left")
        left.touch()

        def report(mutant: Mutant, killed: bool) -> None:
            if killed:
                click.echo(f"killed    {mutant}  ({len(reach.tests(mutant))} tests)")
            else:
                with left.open("a") as file:
                    file.write(f"{mutants.index(mutant)}\n")

        forked(lambda: try_mutants(mutants, reach, report), seconds=LEARNING_SECONDS, quiet=False)
        again = [mutants[int(number)] for number in left.read_text().split()]
    survivors = list[Mutant]()
    for mutant in again:
        reaching = reach.tests(mutant)
        tests = reaching or reach.tests_nearby(mutant)
        killed = bool(tests) and is_killed_in_a_copy(mutant, tests, reach.seconds(tests))
        verdict = "killed" if killed else "SURVIVED" if reaching else "UNREACHED"
        click.echo(f"{verdict:9} {mutant}  ({len(tests)} tests)")
        if not killed:
            survivors.append(mutant)
    return survivors


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


if __name__ == "__main__":
    main()

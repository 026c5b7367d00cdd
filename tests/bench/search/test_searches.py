import re
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.databases import DATABASES
from bench.parts.searches import CpuMeter, Measured, Results, main, measure, render
from bench.searching.kinds import IN_CHINESE, IN_ENGLISH
from gql_chat.infra.db.database import fetch_all, transaction
from gql_chat.infra.db.opening import model_modules, open_database
from tests.infra.redis.test_connections import until


@pytest.mark.parametrize("database", ["SQLite", "PostgreSQL"])
async def test_searches_of_all_kinds_are_measured(database: str) -> None:
    with DATABASES[database]() as url:
        results = await measure(url, messages=1_500, runs=1, of_each_kind=2)
    assert [*results.mix] == [*IN_ENGLISH, *IN_CHINESE]
    assert all(len(searches) == 2 for searches in results.mix.values())
    assert all(one.found > 0 for one in results.mix["a phrase of two words"])
    common, missing = results.hard["a common word"], results.hard["two letters without a match"]
    assert 150 < common.found <= common.texts_read
    read = {"SQLite": 0, "PostgreSQL": 600}  # all of the user's 300, for the sample and then for the search
    assert (missing.found, missing.texts_read) == (0, read[database])


async def test_the_time_of_parallel_workers_counts() -> None:
    with DATABASES["PostgreSQL"]() as url:
        async with open_database(url, model_modules(), pool_size=1):
            meter = await CpuMeter.of_database()

            def of_postgres() -> float:
                return meter.seconds() - time.process_time()

            begun = of_postgres()
            async with transaction():
                await fetch_all("SELECT set_config('debug_parallel_query', 'on', true)")
                await fetch_all("SELECT count(*) FROM generate_series(1, 2000000)")
            await until(lambda: of_postgres() - begun > 0.1)  # PostgreSQL learns soon that the worker has ended


def test_a_kept_database_is_used_again(tmp_path: Path) -> None:
    options = ["--messages", "50", "--runs", "2", "--database", "SQLite", "--kind", "a common word", "--keep"]
    first = CliRunner().invoke(main, [*options, str(tmp_path)], catch_exceptions=False)
    stored = (tmp_path / "SQLite-50" / "bench.db").stat()
    second = CliRunner().invoke(main, [*options, str(tmp_path)], catch_exceptions=False)
    assert ("migrations took" in first.stderr, "migrations took" in second.stderr) == (True, False)
    found = r"\| a common word \| (\d+) \|"
    assert re.findall(found, first.stdout) == re.findall(found, second.stdout) != []
    assert (tmp_path / "SQLite-50" / "bench.db").stat().st_ino == stored.st_ino


def test_the_report_marks_what_misses_the_aim() -> None:
    mix = {"x": [Measured("a", 9, 20_000, 90.0), Measured("b", 1, 3, 10.0)], "y": [Measured("c", 0, 1, 2.0)] * 2}
    report = render({"SQLite": Results(mix, {"z": Measured("d", 1_000, 2_000, 51.0)})})
    assert "| x | 50.0 | **86.0** | **90.0** | 10,002 | 20,000 |" in report
    assert "| y | 2.0 | 2.0 | 2.0 | 1 | 1 |" in report
    assert "| all of the mix | 6.0 | **78.0** | **90.0** | 2 | 20,000 |" in report
    assert "| z | 1,000 | **51.0** | 2,000 |" in report
    assert "SQLite's slowest of the mix: a (**90.0** ms, 20,000 read), b (10.0 ms, 3 read), c" in report

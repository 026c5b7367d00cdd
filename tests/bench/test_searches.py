import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.databases import DATABASES
from bench.parts.search import Language
from bench.parts.searches import CpuMeter, Results, main, measure, render, searches
from gql_chat.infra.db.database import fetch_all, transaction
from gql_chat.infra.db.opening import model_modules, open_database
from tests.infra.redis.test_connections import until


@pytest.mark.parametrize("database", ["SQLite", "PostgreSQL"])
async def test_each_kind_of_search_is_measured(database: str) -> None:
    with DATABASES[database]() as url:
        results = await measure(url, messages=300, runs=2)
    kinds = [*searches(Language())]
    assert ([*results.found], [*results.cpu_ms], [*results.texts_read]) == (kinds, kinds, kinds)
    assert all(len(times) == 2 for times in results.cpu_ms.values())
    assert 20 < results.found["a common word"] <= results.texts_read["a common word"]
    assert results.found["two rare Chinese characters"] == 0
    sampled = {"SQLite": 0, "PostgreSQL": 120}  # all of the user's 60, for PostgreSQL's sample and then for the search
    assert results.texts_read["two rare Chinese characters"] == sampled[database]


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
    assert first.stdout.split("|")[7] == second.stdout.split("|")[7]
    assert (tmp_path / "SQLite-50" / "bench.db").stat().st_ino == stored.st_ino


def test_the_report_marks_what_misses_the_aim() -> None:
    results = Results({"x": 1_000, "y": 0}, {"x": [1.0, 1.0, 90.0], "y": [2.0] * 3}, {"x": 20_000, "y": 3})
    report = render({"SQLite": results})
    assert "| x | 1,000 | 1.0 | **81.1** | 20,000 |" in report
    assert "| y | 0 | 2.0 | 2.0 | 3 |" in report

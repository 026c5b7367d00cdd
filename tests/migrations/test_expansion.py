"""Migrations add, so that servers of the version before go on serving while they are replaced."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aerich.utils import import_py_file

from gql_chat.infra.db.migrations import migrations_folder

# The first makes everything.
LATER = sorted(migrations_folder().glob("[1-9]*_*.py"))

# What the code of the version before would stumble over. `CONTRACTS` in the file says why it does not.
TAKES_AWAY = re.compile(
    r"DROP TABLE|DROP COLUMN|RENAME|SET NOT NULL|\bTYPE\b|ADD (?:COLUMN )?\"\w+\" (?!.*DEFAULT)[^,;]*NOT NULL",
    re.IGNORECASE,
)


async def statements_of(migration: Any) -> list[str]:
    """Return what it does to a PostgreSQL database; a server with SQLite is stopped for an upgrade."""
    sql: str = await migration.upgrade(SimpleNamespace(capabilities=SimpleNamespace(dialect="postgres")))
    return [statement.strip() for statement in sql.split(";\n")]


@pytest.mark.parametrize("file", LATER, ids=lambda file: file.stem)
async def test_a_migration_takes_nothing_away_or_says_why_it_may(file: Path) -> None:
    migration = import_py_file(file)
    at_fault = [statement for statement in await statements_of(migration) if TAKES_AWAY.search(statement)]
    assert bool(at_fault) == bool(getattr(migration, "CONTRACTS", "")), at_fault


@pytest.mark.parametrize(
    ("statement", "takes_away"),
    [
        ('ALTER TABLE "messages" ADD "mood" VARCHAR(20) NOT NULL DEFAULT \'\'', False),
        ('ALTER TABLE "messages" ADD "mood" VARCHAR(20)', False),
        ('ALTER TABLE "messages" ADD "mood" VARCHAR(20) NOT NULL', True),
        ('ALTER TABLE "messages" DROP COLUMN "text"', True),
        ('ALTER TABLE "messages" RENAME COLUMN "text" TO "body"', True),
        ('ALTER TABLE "messages" ALTER COLUMN "text" SET NOT NULL', True),
        ('ALTER TABLE "messages" ALTER COLUMN "text" TYPE VARCHAR(10)', True),
        ('DROP TABLE "messages"', True),
        ('CREATE TABLE "moods" ("id" VARCHAR(32) NOT NULL PRIMARY KEY)', False),
    ],
)
def test_what_takes_something_away_is_recognised(statement: str, takes_away: bool) -> None:
    assert bool(TAKES_AWAY.search(statement)) == takes_away

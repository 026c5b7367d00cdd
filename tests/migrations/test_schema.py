"""What the migrations build is what the models say, on both databases."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from tortoise import Tortoise
from tortoise.fields.data import CharEnumFieldInstance

from gql_chat.infra.db.database import dialect, fetch_all
from gql_chat.infra.db.migrations import migrations_folder
from gql_chat.infra.db.opening import model_modules, open_database
from migrations.generate import generate

# As either database writes it.
CHECK = r"""CHECK \(+"?(\w+)"?(?:\)::text)? (?:IN|= ANY) \(([^)]*)"""

Rows = list[dict[str, Any]]

MODULES = [*model_modules(), "aerich.models"]

# Each query describes one side of the schema, by names alone, so that two databases can be compared.
SQLITE = {
    "columns": """
        SELECT t.name AS "table", c.name, c.type, c."notnull", c.dflt_value, c.pk, c.hidden
        FROM sqlite_master t, pragma_table_xinfo(t.name) c WHERE t.type = 'table' ORDER BY 1, 2
    """,
    "references": """
        SELECT t.name AS "table", f."from", f."table" AS target, f."to", f.on_update, f.on_delete
        FROM sqlite_master t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table' ORDER BY 1, 2
    """,
    "indexes": """
        SELECT t.name AS "table", i.origin, i."unique", i.partial, CASE WHEN i.origin = 'c' THEN i.name END AS name,
            group_concat(c.name || c."desc" || c.coll) AS columns,
            (SELECT sql FROM sqlite_master WHERE name = i.name) AS sql
        FROM sqlite_master t, pragma_index_list(t.name) i, pragma_index_xinfo(i.name) c
        WHERE t.type = 'table' AND c.key GROUP BY t.name, i.name ORDER BY 1, 6
    """,
    "others": """
        SELECT type, name, sql FROM sqlite_master
        WHERE type IN ('view', 'trigger') AND name <> 'schedule_deletion_of_object' OR sql LIKE 'CREATE VIRTUAL TABLE%'
        ORDER BY 1, 2
    """,
}
POSTGRES = {
    "columns": """
        SELECT r.relname AS "table", a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
            a.attgenerated, c.collname, pg_get_expr(d.adbin, d.adrelid) AS default_value
        FROM pg_class r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
        LEFT JOIN pg_collation c ON c.oid = a.attcollation
        WHERE r.relkind = 'r' AND r.relnamespace = 'public'::regnamespace ORDER BY 1, 2
    """,
    "constraints": """
        SELECT conrelid::regclass::text AS "table", conname, convalidated, pg_get_constraintdef(oid) AS definition
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2
    """,
    "comments": """
        SELECT relname, attname, description FROM pg_description JOIN pg_class ON pg_class.oid = objoid
        LEFT JOIN pg_attribute ON (attrelid, attnum) = (objoid, objsubid)
        WHERE classoid = 'pg_class'::regclass AND relnamespace = 'public'::regnamespace ORDER BY 1, 2
    """,
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2",
    "others": """
        SELECT relkind, relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind NOT IN ('r', 'i')
            AND relname NOT IN ('usage_quarters', 'doomed_objects')
        ORDER BY 1, 2
    """,
}

# The two that are left out above are views for servers of the version before, which no model knows.
# No model can say that there is one on `files`; the others are those of an index, which is compared above.
TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY 1",
    "postgres": "SELECT tgname AS name FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
}

# The columns with a list of values, and these: one row for each such column.
ENUM_CHECKS = {
    "sqlite": """SELECT name AS "table", sql FROM sqlite_master WHERE type = 'table'""",
    "postgres": """
        SELECT conrelid::regclass::text AS "table", pg_get_constraintdef(oid) AS sql FROM pg_constraint
        WHERE contype = 'c' AND convalidated AND connamespace = 'public'::regnamespace
    """,
}

# Foreign keys, each with the first column of every index of its table.
REFERENCES = {
    "sqlite": """
        SELECT t.name AS "table", f."from" AS "column", f."from" IN (
            SELECT c.name FROM pragma_index_list(t.name) i, pragma_index_info(i.name) c WHERE c.seqno = 0
        ) AS indexed
        FROM sqlite_master t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table'
    """,
    "postgres": """
        SELECT conrelid::regclass::text AS "table", a.attname AS "column", conkey[1] IN (
            SELECT indkey[0] FROM pg_index WHERE indrelid = conrelid
        ) AS indexed
        FROM pg_constraint JOIN pg_attribute a ON (a.attrelid, a.attnum) = (conrelid, conkey[1]) WHERE contype = 'f'
    """,
}


@pytest.fixture(params=["sqlite", "postgres"])
def migrated_and_blank(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Return the URLs of two databases of one kind."""
    return request.getfixturevalue(f"{request.param}_url"), request.getfixturevalue(f"blank_{request.param}_url")


async def describe() -> dict[str, Rows]:
    queries = SQLITE if dialect() == "sqlite" else POSTGRES
    return {side: await fetch_all(query) for side, query in queries.items()}


async def test_the_migrations_build_what_the_models_say(migrated_and_blank: tuple[str, str]) -> None:
    migrated_url, blank_url = migrated_and_blank
    async with open_database(migrated_url, MODULES):
        migrated = await describe()
    async with open_database(blank_url, MODULES):
        await Tortoise.generate_schemas(safe=False)
        modelled = await describe()
    assert migrated == modelled
    assert len(migrated["columns"]) > 100  # they were not both empty


async def test_the_database_checks_every_enum(database_url: str) -> None:
    async with open_database(database_url, MODULES):
        checks = {
            (row["table"].strip('"'), column, *re.findall(r"'([A-Z_]+)'", values))
            for row in await fetch_all(ENUM_CHECKS[dialect()])
            for column, values in re.findall(CHECK, row["sql"])
        }
        expected = {
            (model._meta.db_table, field.model_field_name, *(member.value for member in field.enum_type))
            for model in Tortoise.apps["models"].values()
            for field in model._meta.fields_map.values()
            if isinstance(field, CharEnumFieldInstance)
        }
    assert checks == expected
    assert len(checks) == 14


async def test_the_triggers_are_those_that_the_migrations_made(database_url: str) -> None:
    async with open_database(database_url, MODULES):
        of_index = ["search_index_delete", "search_index_insert", "search_index_update"]
        expected = ["schedule_deletion_of_object", *(of_index if dialect() == "sqlite" else [])]
        assert [row["name"] for row in await fetch_all(TRIGGERS[dialect()])] == expected


async def test_what_every_message_and_heartbeat_stores_is_numbered_without_a_page_for_it(sqlite_url: str) -> None:
    select = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%' ORDER BY 1"
    async with open_database(sqlite_url, MODULES):
        names = [row["name"] for row in await fetch_all(select)]
    assert names == ["aerich", "group_months", "pending_deletions"]


def test_no_change_of_a_model_waits_for_a_migration(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(migrations_folder(), tmp_path / "models"))
    assert generate("forgotten", folder) is None


async def test_every_reference_is_indexed_so_that_deleting_is_fast(database_url: str) -> None:
    async with open_database(database_url, MODULES):
        references = await fetch_all(REFERENCES[dialect()])
    assert len(references) > 10
    assert [f"{row['table']}.{row['column']}" for row in references if not row["indexed"]] == []

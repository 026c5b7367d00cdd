"""An index by which SQLite and PostgreSQL find any part of a text, as one of the ORM's: `Meta.indexes` takes it.

On SQLite it is an FTS5 table of trigrams, kept right by triggers; on PostgreSQL a GIN index of pg_trgm's trigrams.
Where that extension may not or cannot be installed there is none, and the same questions take longer.
"""

import re
from typing import Any

from tortoise.backends.base.schema_generator import BaseSchemaGenerator
from tortoise.indexes import Index
from tortoise.models import Model

# The rows themselves stay in the table; `detail` and `columnsize` leave out what only ranking by FTS5 itself needs. A
# row that is deleted by a foreign key is deleted here too: triggers run then as well.
_SQLITE = """\
CREATE VIRTUAL TABLE "{name}" USING fts5 (
    "{column}", content='{table}', content_rowid='id', tokenize='trigram case_sensitive 1', detail='none', columnsize=0
);
CREATE TRIGGER "{name}_insert" AFTER INSERT ON "{table}" BEGIN
    INSERT INTO "{name}" (rowid, "{column}") VALUES (new.id, new."{column}");
END;
CREATE TRIGGER "{name}_delete" AFTER DELETE ON "{table}" BEGIN
    INSERT INTO "{name}" ("{name}", rowid, "{column}") VALUES ('delete', old.id, old."{column}");
END;
CREATE TRIGGER "{name}_update" AFTER UPDATE ON "{table}" BEGIN
    INSERT INTO "{name}" ("{name}", rowid, "{column}") VALUES ('delete', old.id, old."{column}");
    INSERT INTO "{name}" (rowid, "{column}") VALUES (new.id, new."{column}");
END;
INSERT INTO "{name}" ("{name}") VALUES ('rebuild');"""

# The extension is a trusted one: who may create things in the database may install it, if the server has it.
_POSTGRES = """\
DO $do$ BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX "{name}" ON "{table}" USING GIN ("{column}" gin_trgm_ops);
EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported OR undefined_object THEN
    RAISE WARNING 'no index on {table}: %', SQLERRM;
END $do$;"""

# How many characters in a row are one entry of the index.
_TRIGRAM = 3


class SubstringIndex(Index):
    """On one column of a table whose primary key is the integer `id`."""

    INDEX_TYPE = "SUBSTRING"

    def __init__(self, *, column: str, name: str) -> None:
        super().__init__(fields=(column,), name=name)

    def get_sql(self, schema_generator: BaseSchemaGenerator, model: type[Model], safe: bool) -> str:
        """The statements that make it."""
        template = _SQLITE if schema_generator.DIALECT == "sqlite" else _POSTGRES
        return template.format(name=self.name, table=model._meta.db_table, column=self.fields[0])

    def __eq__(self, other: Any) -> bool:
        """Also to what aerich reads from its description, an Index of the same type."""
        return isinstance(other, Index) and self.describe() == other.describe()

    __hash__ = Index.__hash__


def like_pattern(part: str) -> str:
    """What LIKE is asked for texts that hold this part, character for character."""
    return "%" + re.sub(r"[\\%_]", r"\\\g<0>", part) + "%"


def match_all(parts: list[str]) -> str:
    """What FTS5 is asked for rows with all these parts in them, and some others: entries do not tell their order.

    Empty if all parts are shorter than an entry.
    """
    trigrams = {part[start : start + _TRIGRAM]: None for part in parts for start in range(len(part) - _TRIGRAM + 1)}
    return " AND ".join('"{}"'.format(trigram.replace('"', '""')) for trigram in trigrams)

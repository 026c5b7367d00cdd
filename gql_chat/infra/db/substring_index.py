"""An index for `Meta.indexes` by which SQLite and PostgreSQL find any substring of a text.

On SQLite it is an FTS5 table of trigrams, kept up to date by triggers; on PostgreSQL a GIN index of pg_trgm's trigrams.
Where that extension cannot be installed there is no index, and the same queries take longer.
"""

import re
from typing import Any

from tortoise.backends.base.schema_generator import BaseSchemaGenerator
from tortoise.indexes import Index
from tortoise.models import Model

# The texts stay in the table; `detail` and `columnsize` leave out the data that only FTS5's own ranking needs. Triggers
# also run for rows that are deleted by a foreign key.
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

# The extension is a trusted one: any user with CREATE on the database may install it, if the server has it.
_POSTGRES = """\
DO $do$ BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX "{name}" ON "{table}" USING GIN ("{column}" gin_trgm_ops);
EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported OR undefined_object THEN
    RAISE WARNING 'no index on {table}: %', SQLERRM;
END $do$;"""

# How many characters make one entry of the index.
_TRIGRAM = 3


class SubstringIndex(Index):
    """A substring index on one column of a table whose primary key is the integer `id`."""

    INDEX_TYPE = "SUBSTRING"

    def __init__(self, *, column: str, name: str) -> None:
        super().__init__(fields=(column,), name=name)

    def get_sql(self, schema_generator: BaseSchemaGenerator, model: type[Model], safe: bool) -> str:
        """Return the statements that create the index."""
        template = _SQLITE if schema_generator.DIALECT == "sqlite" else _POSTGRES
        return template.format(name=self.name, table=model._meta.db_table, column=self.fields[0])

    def __eq__(self, other: Any) -> bool:
        """Compare by description, so that the plain Index that aerich reads back from it is equal too."""
        return isinstance(other, Index) and self.describe() == other.describe()

    __hash__ = Index.__hash__


def like_pattern(part: str) -> str:
    """Return the LIKE pattern for texts that contain this part literally."""
    return "%" + re.sub(r"[\\%_]", r"\\\g<0>", part) + "%"


def match_all(parts: list[str]) -> str:
    """Return the FTS5 query for rows that contain all these parts. It also matches others: it ignores trigrams' order.

    Empty if all parts are shorter than a trigram.
    """
    trigrams = {part[start : start + _TRIGRAM]: None for part in parts for start in range(len(part) - _TRIGRAM + 1)}
    return " AND ".join('"{}"'.format(trigram.replace('"', '""')) for trigram in trigrams)

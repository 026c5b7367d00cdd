"""An index for `Meta.indexes` by which SQLite and PostgreSQL find any substring of a text.

On SQLite it is an FTS5 table of trigrams, kept up to date by triggers; on PostgreSQL a GIN index of pg_trgm's trigrams.
Where that extension cannot be installed there is no index, and the same queries take longer. On SQLite a second virtual
table shows the trigrams that the index holds, so that texts with two letters can be found by what follows the letters.

FTS5's trigrams cross words, and pg_trgm's do not. So PostgreSQL has texts `as_one_word`, and is asked for parts
`within_one_word`: docs/decisions/0102-trigrams-across-words.md and 0103-separators-that-tell.md.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from tortoise.backends.base.schema_generator import BaseSchemaGenerator
from tortoise.models import Model

from gql_chat.infra.db.database import fetch_all
from gql_chat.infra.db.partial_index import DescribedIndex

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
INSERT INTO "{name}" ("{name}") VALUES ('rebuild');
CREATE VIRTUAL TABLE "{name}_trigrams" USING fts5vocab('{name}', 'instance');"""

# The extension is a trusted one: any user with CREATE on the database may install it, if the server has it.
_POSTGRES = """\
DO $do$ BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX "{name}" ON "{table}" USING GIN ("{column}" gin_trgm_ops) WITH (gin_pending_list_limit = 32768);
EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported OR undefined_object THEN
    RAISE WARNING 'no index on {table}: %', SQLERRM;
END $do$;"""

# What ends a word to pg_trgm, as letters that no normalized text has: NFKC makes `a` and `o` of them.
SPACE, UNDERSCORE = "ª", "º"
# Nor has it letters with these accents. One of them stands for a space between two of LETTERS, and tells something of
# both. A change of either needs a conversion of all texts.
SEPARATORS = "àáâãäåçè"
# Those of Latin, Cyrillic and Greek that a normalized text has, and the digits.
LETTERS = (
    "abcdefghijklmnopqrstuvwxyz0123456789_æøœđłıþðŋħŧə"
    "абвгдежзиклмнопрстуфхцчшщъыьэюяєіђјљњћџґѕқғңүұһөә"
    "αβγδεζηθικλμνξοπρστυφχψω"
)
# The space with which a part of a text begins or ends, if it may be any separator. No part has this control character.
# In UTF-8 it is as long as they are.
UNKNOWN = "\x80"
_ENDS_OF_WORDS = str.maketrans({**dict.fromkeys(SPACE + SEPARATORS, " "), UNDERSCORE: "_"})

# How many characters make one entry of the index.
_TRIGRAM = 3
_WORD = re.compile(r"[^\W_]+")
_BETWEEN = {
    first + last: SEPARATORS[(ord(first) + ord(last)) % len(SEPARATORS)] for first in LETTERS for last in LETTERS
}
_LITERAL = re.compile(r"[\\%_]")
_CONTINUED_MAX = 200  # trigrams that replace two letters in a query; letters and digits of two scripts are about 100

# Each step seeks the next trigram, because reading on would read an entry for every row of the last one. No trigram is
# between one of three characters and the same with a fourth; no text of letters holds the last character of Unicode.
_CONTINUED = f"""
WITH RECURSIVE found (term) AS (
    SELECT (
        SELECT term FROM "{{name}}_trigrams" WHERE term >= $1 AND term < $1 || char(0x10FFFF) ORDER BY term LIMIT 1
    )
    UNION ALL SELECT (
        SELECT term FROM "{{name}}_trigrams"
        WHERE term >= found.term || char(1) AND term < $1 || char(0x10FFFF) ORDER BY term LIMIT 1
    ) FROM found WHERE found.term IS NOT NULL
)
SELECT term FROM found WHERE term IS NOT NULL LIMIT {_CONTINUED_MAX + 1}
"""  # noqa: S608


class SubstringIndex(DescribedIndex):
    """A substring index on one column of a table whose primary key is the integer `id`."""

    INDEX_TYPE = "SUBSTRING"

    def __init__(self, *, column: str, name: str) -> None:
        super().__init__(fields=(column,), name=name)

    def get_sql(self, schema_generator: BaseSchemaGenerator, model: type[Model], safe: bool) -> str:
        """Return the statements that create the index."""
        template = _SQLITE if schema_generator.DIALECT == "sqlite" else _POSTGRES
        return template.format(name=self.name, table=model._meta.db_table, column=self.fields[0])


def as_one_word(text: str) -> str:
    """Return a normalized text as PostgreSQL has it: of each three characters in a row pg_trgm makes a trigram.

    Only punctuation still ends a word.
    """
    first, *words = text.split(" ")
    pieces, last = [first], first[-1:]
    for word in words:
        pieces.append(_BETWEEN.get(last + word[:1], SPACE) + word)
        last = word[-1:]
    return "".join(pieces).replace("_", UNDERSCORE)


def within_one_word(part: str) -> str:
    """Return a part of a normalized text in the same form, whatever the text has before and after it."""
    form = as_one_word(part)
    if part[0] == " " and part[1] in LETTERS:
        form = UNKNOWN + form[1:]
    if part[-1] == " " and part[-2] in LETTERS:
        form = form[:-1] + UNKNOWN
    return form


def as_several_words(form: str) -> str:
    """Return the normalized text that PostgreSQL has as one word."""
    return form.translate(_ENDS_OF_WORDS)


def regular_expression(part: str) -> str:
    """Return the regular expression for texts that contain this part, with any separator for each UNKNOWN."""
    return "".join(f"[{SPACE}{SEPARATORS}]" if letter == UNKNOWN else re.escape(letter) for letter in part)


def like_pattern(part: str) -> str:
    """Return the LIKE pattern for texts that contain this part literally, or with any character for each UNKNOWN."""
    return "%" + _literal(part) + "%"


def _literal(part: str) -> str:
    return _LITERAL.sub(r"\\\g<0>", part).replace(UNKNOWN, "_")


def masked_pattern(part: str, pieces: Iterable[str]) -> str:
    """Return the LIKE pattern for texts with these pieces of the part where it has them, and any characters between.

    pg_trgm makes trigrams of the pieces alone. Every text that contains the part matches.
    """
    return (
        "%" + "".join(_literal(text) if is_kept else "_" * len(text) for is_kept, text in _masked(part, pieces)) + "%"
    )


def kept_pieces(part: str, pieces: Iterable[str]) -> list[str]:
    """Return what these pieces leave of the part, where they overlap or touch as one: the index is asked for these."""
    return [text for is_kept, text in _masked(part, pieces) if is_kept]


def _masked(part: str, pieces: Iterable[str]) -> list[tuple[bool, str]]:
    """Return the part, from the first place that a piece has to the last, cut between what is kept and what is not."""
    kept = {place for piece in pieces if (start := part.find(piece)) >= 0 for place in range(start, start + len(piece))}
    places = range(min(kept, default=0), max(kept, default=-1) + 1)
    return [(is_kept, "".join(part[place] for place in run)) for is_kept, run in groupby(places, kept.__contains__)]


async def list_trigrams(name: str, letters: str) -> list[str] | None:
    """Return the trigrams of an index on SQLite that begin with two letters. None if there are too many for a query."""
    found = [row["term"] for row in await fetch_all(_CONTINUED.format(name=name), letters)]
    return found if len(found) <= _CONTINUED_MAX else None


def list_parts_trigrams(parts: Iterable[str]) -> list[str]:
    """Return the trigrams of these parts, each once. A part that is shorter has none."""
    return [*{part[start : start + _TRIGRAM]: None for part in parts for start in range(len(part) - _TRIGRAM + 1)}]


def list_words_trigrams(parts: Iterable[str]) -> list[str]:
    """Return pieces of these parts, each once, of most of which pg_trgm makes a single trigram in a LIKE pattern.

    It makes them within words alone: of three letters or digits, and of the last two and what ends the word. Which
    characters are letters depends on the locale.
    """
    return [*{piece: None for part in parts for word in _WORD.finditer(part) for piece in _pieces(part, word)}]


def _pieces(part: str, match: re.Match[str]) -> list[str]:
    word, end = match.group(), match.end()
    ended = [part[end - 2 : end + 1]] if len(word) > 1 and part[end : end + 1] not in ("", UNKNOWN) else []
    return list_parts_trigrams([word]) + ended


def match_all(trigrams: Iterable[str], choices: Iterable[Sequence[str]] = ()) -> str:
    """Return the FTS5 query for rows that contain all these trigrams, and of each choice at least one.

    Rows with all trigrams of a word also match without the word: the index does not know their order.
    """
    return " AND ".join([*map(_quoted, trigrams), *(f"({' OR '.join(map(_quoted, choice))})" for choice in choices)])


def _quoted(trigram: str) -> str:
    return '"{}"'.format(trigram.replace('"', '""'))

"""Two letters for PostgreSQL, whose index of trigrams cannot be asked for the trigrams that begin with them.

It can be asked for a regular expression: the two, and then one of the common letters. A partial index has the texts in
which another letter follows. Decision record: docs/decisions/0086-two-letters-on-postgresql.md.
"""

from collections.abc import Callable, Sequence

from gql_chat.infra.db.partial_index import PostgresIndex
from gql_chat.infra.db.substring_index import LETTERS, SEPARATORS, SPACE, UNDERSCORE, UNKNOWN, like_pattern

# pg_trgm makes trigrams of some 137 letters at most, below U+0800. A change needs a new index.
COMMON_LETTERS = f"{LETTERS} {UNDERSCORE}{SPACE}{SEPARATORS}"
_BETWEEN_WORDS = f" {SPACE}{SEPARATORS}"


class UncommonLettersIndex(PostgresIndex):
    """The rows, by their first columns, whose text has another letter within a word. PostgreSQL's alone.

    The first `skipped` characters of the text are not looked at.
    """

    def __init__(self, *, fields: Sequence[str], column: str, skipped: int, name: str) -> None:
        super().__init__(fields=list(fields), name=name)
        self.extra = f" WHERE {has_uncommon_letters(column, skipped)}"


def is_pair(part: str) -> bool:
    """Return whether this part of a normalized text, in either form, is two letters."""
    return len(part) == 2 and not {*_BETWEEN_WORDS, UNKNOWN} & set(part)


def has_uncommon_letters(column: str, skipped: int) -> str:
    """Return the condition of the partial index, which a statement must repeat as it is.

    A Chinese, Japanese or Korean character is a word of its own, between spaces.
    """
    between = _BETWEEN_WORDS
    return f"substr({column}, {skipped + 1}) ~ '[^{between}][^{COMMON_LETTERS}]|[^{COMMON_LETTERS}][^{between}]'"


def pair_condition(column: str, pair: str, place: Callable[[str], str]) -> str:
    """Return a condition that the index of trigrams answers: all texts with the pair meet it, or have uncommon letters.

    Of a pair with an uncommon letter, these are the texts in which a word begins or ends with it. `place` returns the
    placeholder of an argument.
    """
    if set(pair) <= set(COMMON_LETTERS):
        return f"{column} ~ {place(f'{pair}[{COMMON_LETTERS}]')}"
    before = SPACE + SEPARATORS if pair[0] in COMMON_LETTERS else SPACE
    after = SPACE + SEPARATORS if pair[1] in COMMON_LETTERS else SPACE
    wholes = [*(one + pair for one in before), *(pair + one for one in after)]
    return f"({' OR '.join(f'{column} LIKE {place(like_pattern(whole))}' for whole in wholes)})"

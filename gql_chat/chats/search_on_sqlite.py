"""The newest texts that hold all parts of a search, by the index of SQLite: it proposes texts, reading them decides.

It has all users' texts, so each query asks for the owner's mark: docs/decisions/0021-search.md. For two letters, single
letters and long words, see 0080, 0082, 0087, 0097 and 0099 there.
"""

from collections.abc import Sequence

from gql_chat.chats.search_index import owner_mark
from gql_chat.chats.search_statement import (
    COUNTED_MAX,
    ON_SQLITE,
    READ_MAX,
    SELECTIVE_SHARE,
    Rows,
    Statement,
    Wanted,
    choose_rarest,
)
from gql_chat.infra.db.database import fetch_all
from gql_chat.infra.db.letter_pairs import is_pair
from gql_chat.infra.db.substring_index import list_parts_trigrams, list_trigrams, match_all

FEW_TRIGRAMS = 4  # all of which are asked for
COUNTED_TEXTS = 200  # the user's newest, in which more trigrams are looked for

# CROSS, because SQLite could otherwise scan all users' texts and look up each in the index.
TEXTS = "search_index CROSS JOIN search_texts ON search_texts.id = search_index.rowid"
SAMPLE = f"""
SELECT count(*) AS read, {{holding}} FROM (
    SELECT search_texts.folded FROM {TEXTS} WHERE search_index MATCH $1
    ORDER BY search_index.rowid DESC LIMIT {COUNTED_TEXTS}
) AS newest
"""  # noqa: S608
BETWEEN = "search_index.rowid BETWEEN {oldest} AND {newest}"
# The index also finds the first of the user's newest texts, so that nobody else's are read.
NEWEST = """
search_index.rowid BETWEEN max({oldest}, coalesce((
    SELECT rowid FROM search_index WHERE search_index MATCH {mark} AND rowid <= {newest}
    ORDER BY rowid DESC LIMIT 1 OFFSET {skipped}
), 0)) AND {newest}
"""


async def find_on_sqlite(wanted: Wanted) -> Rows:
    """Return the newest matches, newest first, with the components of their scores."""
    statement, mark = Statement(wanted, ON_SQLITE), match_all([owner_mark(wanted.user_id)])
    bounds = statement.place_bounds()
    if wanted.has_single_letters_alone:
        asked, limits = statement.place(mark), NEWEST
    else:
        trigrams, are_selective = await _choose(mark, list_parts_trigrams(wanted.parts))
        continued = [] if are_selective else await _list_continued(wanted.parts)
        if [] in continued:
            return []
        asked, limits = statement.place(match_all([owner_mark(wanted.user_id), *trigrams], continued)), BETWEEN
    conditions = [f"search_index MATCH {asked}", limits.format(**bounds, mark=asked, skipped=READ_MAX - 1)]
    conditions.append(f"user_id = {bounds['user_id']}")
    conditions += [f"instr(search_texts.folded, {statement.place(part)}) > 0" for part in wanted.parts]
    return await statement.fetch(statement.select(TEXTS, conditions, "search_index.rowid"))


async def _list_continued(parts: Sequence[str]) -> list[list[str]]:
    """Return the trigrams that begin with each part of two letters: a text with the part holds one of them.

    A character follows, because a text ends with a space. Too many trigrams are left out: the texts are read for them.
    """
    pairs = filter(is_pair, parts)
    return [found for pair in pairs if (found := await list_trigrams("search_index", pair)) is not None]


async def _choose(mark: str, trigrams: Sequence[str]) -> tuple[Sequence[str], bool]:
    """Return the rarest trigrams, by the user's newest texts, and whether they lead to few texts."""
    if len(trigrams) <= FEW_TRIGRAMS:
        return trigrams, False
    counted = trigrams[:COUNTED_MAX]
    places = range(2, len(counted) + 2)
    holding = ", ".join(f"group_concat(instr(folded, ${place}) > 0, '') AS held{place}" for place in places)
    [row] = await fetch_all(SAMPLE.format(holding=holding), mark, *counted)
    read, *held = row.values()
    rarest, proposed = choose_rarest({one: int(bits or "0", 2) for one, bits in zip(counted, held, strict=True)}, read)
    return rarest, proposed <= read * SELECTIVE_SHARE

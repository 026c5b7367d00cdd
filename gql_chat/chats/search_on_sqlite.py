"""The newest texts that hold all parts of a search, by the index of SQLite: it proposes texts, reading them decides.

It has all users' texts, so each query asks for the owner's mark: docs/decisions/0021-search.md. For two letters, single
letters and long words, see 0080, 0082 and 0087 there.
"""

from collections.abc import Sequence

from gql_chat.chats.search_index import owner_mark
from gql_chat.chats.search_statement import READ_MAX, Rows, Statement, Wanted
from gql_chat.infra.db.database import fetch_all
from gql_chat.infra.db.letter_pairs import is_pair
from gql_chat.infra.db.substring_index import list_parts_trigrams, list_trigrams, match_all

# The rarest trigrams of a word leave few texts to read. To ask for a common one takes long, as its list is long.
ASKED_MAX, RARE_SHARE = 4, 0.25
COUNTED_MAX, COUNTED_TEXTS = 32, 100  # trigrams that are counted in the user's newest texts

# CROSS, because SQLite could otherwise scan all users' texts and look up each in the index.
TEXTS = "search_index CROSS JOIN search_texts ON search_texts.id = search_index.rowid"
COUNT = f"""
SELECT {{counts}} FROM (
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
    statement, mark = Statement(wanted, "instr"), match_all([owner_mark(wanted.user_id)])
    bounds = statement.place_bounds()
    if wanted.has_single_letters_alone:
        asked, limits = statement.place(mark), NEWEST
    else:
        continued = await _list_continued(wanted.parts)
        if [] in continued:
            return []
        trigrams = await _choose(mark, list_parts_trigrams(wanted.parts))
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


async def _choose(mark: str, trigrams: Sequence[str]) -> Sequence[str]:
    """Return the rarest trigrams, by the user's newest texts, and all others that are rare."""
    if len(trigrams) <= ASKED_MAX:
        return trigrams
    counted = trigrams[:COUNTED_MAX]
    counts = ", ".join(f"total(instr(folded, ${number}) > 0) AS count{number}" for number in range(2, len(counted) + 2))
    [row] = await fetch_all(COUNT.format(counts=counts), mark, *counted)
    rarest = sorted(zip(row.values(), counted, strict=True))
    return [one for rank, (count, one) in enumerate(rarest) if rank < ASKED_MAX or count < COUNTED_TEXTS * RARE_SHARE]

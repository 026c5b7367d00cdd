"""The newest texts that hold all parts of a search, by the indexes of PostgreSQL.

Decision records: docs/decisions/0021-search.md, 0082 for single letters, and 0086 for two.
"""

from collections.abc import Iterable

from gql_chat.chats.models import OWNER_MARK_LENGTH
from gql_chat.chats.search_index import owner_mark
from gql_chat.chats.search_statement import RANKED_MAX, READ_MAX, Rows, Statement, Wanted
from gql_chat.infra.db.database import fetch_all, transaction
from gql_chat.infra.db.letter_pairs import has_uncommon_letters, is_pair, pair_condition
from gql_chat.infra.db.substring_index import like_pattern

# If so large a share of the newest texts matches, reading more of them finds RANKED_MAX sooner than the index. For two
# letters the index takes longer.
SAMPLED_TEXTS, FREQUENT_SHARE = 300, 0.1
SAMPLED_FOR_PAIRS, FREQUENT_PAIRS_SHARE = 2_000, 0.03
FREQUENT_READ_MAX, READ_BEYOND = 40_000, 3  # times as many as would do if all were like the sample
ASKED_PAIRS = 4  # the index is asked for more than a hundred trigrams for each

# After five statements of one shape, PostgreSQL would plan for an average of words.
# Beyond 4 MB, its default, it would forget which texts of a page the index proposed, and read all that the page has.
PLAN_FOR_THESE_WORDS = """
SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('work_mem', '32MB', true)
"""
# It would read all users' texts, and in several processes, if it took a text that is not the next one for as far away
# as on a disk that turns. For longer words, its choice between the newest texts and the index is better with that.
READ_THE_USERS_OWN = f"""
{PLAN_FOR_THESE_WORDS}, set_config('random_page_cost', '1.1', true),
    set_config('max_parallel_workers_per_gather', '0', true)
"""
# It cannot estimate how many texts the first of the newest ones leaves. So it could read all users' texts between two
# numbers, but not between pairs of user and number.
BETWEEN = "user_id = {user_id} AND (user_id, search_texts.id) BETWEEN ({user_id}, {oldest}) AND ({user_id}, {newest})"
NEWEST = """
greatest({oldest}, (
    SELECT newest.id FROM search_texts AS newest
    WHERE newest.user_id = {user_id} AND newest.id <= {newest} AND {condition}
    ORDER BY newest.id DESC LIMIT 1 OFFSET {skipped}
))
"""
SAMPLE = """
SELECT count(*) AS read, count(*) FILTER (WHERE {holding}) AS found FROM (
    SELECT folded FROM search_texts WHERE {limits} ORDER BY search_texts.id DESC LIMIT {count}
) AS search_texts
"""
EITHER = "SELECT * FROM (({one}) UNION ALL ({other})) AS matches ORDER BY id DESC LIMIT {limit}"


async def find_on_postgres(wanted: Wanted) -> Rows:
    """Return the newest matches, newest first, with the components of their scores."""
    has_pairs = any(map(is_pair, wanted.parts))
    async with transaction():
        reads = has_pairs or wanted.has_single_letters_alone
        await fetch_all(READ_THE_USERS_OWN if reads else PLAN_FOR_THESE_WORDS)
        if wanted.has_single_letters_alone:
            return await _find_among_newest(wanted, READ_MAX)
        if (rows := await _find_frequent(wanted, has_pairs)) is not None:
            return rows
        return await _find_by_index(wanted)


async def _find_frequent(wanted: Wanted, has_pairs: bool) -> Rows | None:
    """Return the matches if reading the newest texts finds them: if they are frequent, or the texts few. Or None."""
    sampled, share = (SAMPLED_FOR_PAIRS, FREQUENT_PAIRS_SHARE) if has_pairs else (SAMPLED_TEXTS, FREQUENT_SHARE)
    read, found = await _sample(wanted, sampled)
    if has_pairs and read < sampled:
        return await _find_among_newest(wanted, sampled)
    if read < sampled or found < sampled * share:
        return None
    if not has_pairs:
        await fetch_all(READ_THE_USERS_OWN)
    rows = await _find_among_newest(wanted, min(READ_BEYOND * RANKED_MAX * read // found, FREQUENT_READ_MAX))
    return rows if len(rows) == RANKED_MAX else None


async def _sample(wanted: Wanted, count: int) -> tuple[int, int]:
    """Return how many of the user's newest texts were read, and how many of them match."""
    statement = Statement(wanted, "strpos")
    limits, holding = BETWEEN.format(**statement.place_bounds()), " AND ".join(_holding(statement, wanted.parts))
    [row] = await fetch_all(SAMPLE.format(limits=limits, holding=holding, count=count), *statement.args)
    return row["read"], row["found"]


async def _find_among_newest(wanted: Wanted, count: int) -> Rows:
    """Return the matches among so many of the user's texts, which are read newest first."""
    statement = Statement(wanted, "strpos")
    conditions = [_among_newest(statement, count), *_holding(statement, wanted.parts)]
    return await statement.fetch(statement.select("search_texts", conditions))


async def _find_by_index(wanted: Wanted) -> Rows:
    """Return the matches that the index of trigrams proposes, and those with letters for which it cannot be asked."""
    statement, pairs = Statement(wanted, "strpos"), [*filter(is_pair, wanted.parts)][:ASKED_PAIRS]
    bounds = statement.place_bounds()
    limits = [f"user_id = {bounds['user_id']}", "search_texts.id BETWEEN {oldest} AND {newest}".format(**bounds)]
    asked = [pair_condition("search_texts.folded", pair, statement.place) for pair in pairs]
    rest = [part for part in wanted.parts if part not in pairs]
    holding = _holding(statement, [owner_mark(wanted.user_id), *rest])
    proposed = statement.select("search_texts", [*limits, *asked, *holding])
    if not pairs:
        return await statement.fetch(proposed)
    if all(len(part) < 3 for part in wanted.parts):  # no part has a trigram that leads to these texts
        limits = [_among_newest(statement, READ_MAX, has_uncommon_letters("newest.folded", OWNER_MARK_LENGTH))]
    limits.append(has_uncommon_letters("search_texts.folded", OWNER_MARK_LENGTH))
    holding = _holding(statement, wanted.parts)
    others = statement.select("search_texts", [*limits, *holding, f"NOT ({' AND '.join(asked)})"])
    return await statement.fetch(EITHER.format(one=proposed, other=others, limit=RANKED_MAX))


def _among_newest(statement: Statement, count: int, condition: str = "true") -> str:
    """Return the condition for so many of the user's newest texts, or of those of them that meet a condition."""
    bounds = statement.place_bounds()
    oldest = NEWEST.format(**bounds, condition=condition, skipped=count - 1)
    return BETWEEN.format(**bounds | {"oldest": oldest})


def _holding(statement: Statement, parts: Iterable[str]) -> list[str]:
    """Return the conditions that a text holds each part."""
    return [f"search_texts.folded LIKE {statement.place(like_pattern(part))}" for part in parts]

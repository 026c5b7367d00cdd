"""The newest texts that hold all parts of a search, by the indexes of PostgreSQL.

Decision records: docs/decisions/0021-search.md, 0082 for single letters, 0086 for two, 0093, 0097, 0099 and 0102 for
words.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from gql_chat.chats.models import OWNER_MARK_LENGTH
from gql_chat.chats.search_index import owner_mark
from gql_chat.chats.search_sample import Sample
from gql_chat.chats.search_statement import (
    COUNTED_MAX,
    ON_POSTGRES,
    RANKED_MAX,
    READ_MAX,
    SELECTIVE_SHARE,
    Rows,
    Statement,
    Wanted,
)
from gql_chat.infra.db.database import fetch_all, transaction
from gql_chat.infra.db.letter_pairs import has_uncommon_letters, is_pair, pair_condition
from gql_chat.infra.db.substring_index import (
    UNKNOWN,
    like_pattern,
    list_words_trigrams,
    regular_expression,
    within_one_word,
)

SAMPLED_TEXTS = 300
# Of two letters, for which the index takes longer. If so large a share of the newest texts matches, reading more of
# them finds RANKED_MAX sooner.
SAMPLED_FOR_PAIRS, FREQUENT_PAIRS_SHARE = 2_000, 0.03
FREQUENT_READ_MAX, READ_BEYOND = 40_000, 3  # times as many as would do if all were like the sample
ASKED_PAIRS = 4  # the index is asked for more than a hundred trigrams for each

# After five statements of one shape, PostgreSQL would plan for an average of words.
# Beyond 4 MB, its default, it would forget which texts of a page the index proposed, and read all that the page has.
PLAN_FOR_THESE_WORDS = """
SELECT to_regclass('search_index') IS NOT NULL AS has_index,
    set_config('plan_cache_mode', 'force_custom_plan', true), set_config('work_mem', '32MB', true)
"""
# It would read all users' texts, and in several processes, if it took a text that is not the next one for as far away
# as on a disk that turns.
READ_THE_USERS_OWN = f"""
{PLAN_FOR_THESE_WORDS}, set_config('random_page_cost', '1.1', true),
    set_config('max_parallel_workers_per_gather', '0', true)
"""
# It cannot estimate how many texts the rarest trigrams leave. The other index of users would take as long as theirs do,
# and it is left out by a comparison for which no index is asked.
ASK_THE_INDEX = """
SELECT set_config('enable_indexscan', 'off', true), set_config('enable_seqscan', 'off', true),
    set_config('max_parallel_workers_per_gather', '0', true), set_config('jit', 'off', true)
"""
# Both indexes together lead to the user's newest matches. PostgreSQL asks both if it takes reading a text for dear, and
# if it cannot see the pattern: otherwise it may estimate that the pattern alone leads to a few texts.
ASK_BOTH_INDEXES = f"{ASK_THE_INDEX.rstrip()}, set_config('random_page_cost', '100', true)"
UNSEEN = "search_texts.folded LIKE (SELECT {pattern}::text)"
OF_USER_BETWEEN = "user_id = {user_id} AND search_texts.id BETWEEN {oldest} AND {newest}"
OF_USER = "search_texts.user_id IS NOT DISTINCT FROM {user_id}"
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
SELECT count(*) AS read, count(*) FILTER (WHERE {holding}) AS found, min(id) AS oldest, max(id) AS newest{trigrams}
FROM (SELECT id, folded FROM search_texts WHERE {limits} ORDER BY search_texts.id DESC LIMIT {count}) AS search_texts
"""
EITHER = "SELECT * FROM (({one}) UNION ALL ({other})) AS matches ORDER BY id DESC LIMIT {limit}"


async def find_on_postgres(wanted: Wanted) -> Rows:
    """Return the newest matches, newest first, with the components of their scores."""
    has_pairs, has_single_letters_alone = any(map(is_pair, wanted.parts)), wanted.has_single_letters_alone
    wanted = _as_stored(wanted)
    trigrams = list_words_trigrams(wanted.parts)[:COUNTED_MAX]
    async with transaction():
        reads = has_pairs or has_single_letters_alone
        [settings] = await fetch_all(READ_THE_USERS_OWN if reads else PLAN_FOR_THESE_WORDS)
        if has_single_letters_alone:
            return await _find_among_newest(wanted, READ_MAX)
        if has_pairs and not trigrams:
            return await _find_pairs(wanted)
        sample = await _read_sample(wanted, SAMPLED_TEXTS, trigrams)
        if sample.read < SAMPLED_TEXTS:
            return await _find_among_newest(wanted, SAMPLED_TEXTS)
        if sample.is_frequent and (rows := await _find_frequent(wanted, sample, reads)) is not None:
            return rows
        oldest = max(sample.estimate_oldest(), wanted.oldest)
        goes_back = settings["has_index"] and oldest > wanted.oldest
        if goes_back and (pattern := sample.most_selective_pattern(wanted.parts, oldest)):
            return await _find_newest_first(wanted, sample, pattern)
        if has_pairs and sample.count_proposed(trigrams) > sample.read * SELECTIVE_SHARE:
            return await _find_pairs(wanted)
        patterns = sample.patterns(wanted.parts, oldest) if settings["has_index"] else []
        return await (_find_by_patterns(wanted, patterns) if patterns else _find_by_index(wanted))


def _as_stored(wanted: Wanted) -> Wanted:
    """Return what is wanted in the form of PostgreSQL's texts."""
    parts, whole_words = map(within_one_word, wanted.parts), map(within_one_word, wanted.whole_words)
    return replace(wanted, parts=[*parts], whole_words=[*whole_words], together=within_one_word(wanted.together))


async def _read_sample(wanted: Wanted, count: int, counted: Sequence[str]) -> Sample:
    """Return what so many of the user's newest texts hold, of these trigrams too."""
    statement = Statement(wanted, ON_POSTGRES)
    limits, holding = BETWEEN.format(**statement.place_bounds()), " AND ".join(_holding(statement, wanted.parts))
    trigrams = "".join(
        f", string_agg((strpos(folded, {statement.place(trigram)}) > 0)::int::text, '') AS held{number}"
        for number, trigram in enumerate(counted)
    )
    sql = SAMPLE.format(limits=limits, holding=holding, trigrams=trigrams, count=count)
    [row] = await fetch_all(sql, *statement.args)
    read, found, oldest, newest, *held = row.values()
    holding_each = {trigram: int(bits or "0", 2) for trigram, bits in zip(counted, held, strict=True)}
    return Sample(read, found, oldest or 0, newest or 0, holding_each)


async def _find_pairs(wanted: Wanted) -> Rows:
    """Return the matches of a search for two letters, and maybe for words that are in many texts."""
    sample = await _read_sample(wanted, SAMPLED_FOR_PAIRS, [])
    if sample.read < SAMPLED_FOR_PAIRS:
        return await _find_among_newest(wanted, SAMPLED_FOR_PAIRS)
    is_frequent = sample.found >= sample.read * FREQUENT_PAIRS_SHARE
    if is_frequent and (rows := await _find_frequent(wanted, sample, is_set_to_read=True)) is not None:
        return rows
    return await _find_by_index(wanted)


async def _find_frequent(wanted: Wanted, sample: Sample, is_set_to_read: bool) -> Rows | None:
    """Return the matches if the newest texts have enough of them. Or None."""
    if not is_set_to_read:
        await fetch_all(READ_THE_USERS_OWN)
    count = min(READ_BEYOND * RANKED_MAX * sample.read // sample.found, FREQUENT_READ_MAX)
    rows = await _find_among_newest(wanted, count)
    return rows if len(rows) == RANKED_MAX else None


async def _find_among_newest(wanted: Wanted, count: int) -> Rows:
    """Return the matches among so many of the user's texts, which are read newest first."""
    statement = Statement(wanted, ON_POSTGRES)
    conditions = [_among_newest(statement, count), *_holding(statement, wanted.parts)]
    return await statement.fetch(statement.select("search_texts", conditions))


async def _find_by_index(wanted: Wanted) -> Rows:
    """Return the matches that the index of trigrams proposes, and those with letters for which it cannot be asked."""
    statement, pairs = Statement(wanted, ON_POSTGRES), [*filter(is_pair, wanted.parts)][:ASKED_PAIRS]
    bounds = statement.place_bounds()
    limits = [OF_USER_BETWEEN.format(**bounds)]
    asked = [pair_condition("search_texts.folded", pair, statement.place) for pair in pairs]
    rest = [part for part in wanted.parts if part not in pairs]
    holding = _asking(statement, [owner_mark(wanted.user_id), *rest])
    proposed = statement.select("search_texts", [*limits, *asked, *holding])
    if not pairs:
        return await statement.fetch(proposed)
    if all(len(part) < 3 for part in wanted.parts):  # no part has a trigram that leads to these texts
        limits = [_among_newest(statement, READ_MAX, has_uncommon_letters("newest.folded", OWNER_MARK_LENGTH))]
    limits.append(has_uncommon_letters("search_texts.folded", OWNER_MARK_LENGTH))
    holding = _holding(statement, wanted.parts)
    others = statement.select("search_texts", [*limits, *holding, f"NOT ({' AND '.join(asked)})"])
    return await statement.fetch(EITHER.format(one=proposed, other=others, limit=RANKED_MAX))


async def _find_newest_first(wanted: Wanted, sample: Sample, pattern: str) -> Rows:
    """Return the matches from the number on that the sample says. If they are not enough, go back twice as far.

    The index leads to them by `pattern`.
    """
    await fetch_all(ASK_BOTH_INDEXES)
    rows, newest, oldest = list[dict[str, Any]](), wanted.newest, sample.estimate_oldest()
    while len(rows) < RANKED_MAX and newest >= wanted.oldest:
        statement = Statement(replace(wanted, newest=newest, oldest=max(oldest, wanted.oldest)), ON_POSTGRES)
        limits = OF_USER_BETWEEN.format(**statement.place_bounds())
        asked = UNSEEN.format(pattern=statement.place(pattern))
        conditions = [asked, limits, *_holding(statement, wanted.parts)]
        rows += await statement.fetch(statement.select("search_texts", conditions))
        newest, oldest = oldest - 1, 2 * oldest - sample.newest
    return rows[:RANKED_MAX]


async def _find_by_patterns(wanted: Wanted, patterns: Sequence[str]) -> Rows:
    """Return the matches among the texts that the index proposes for these patterns."""
    await fetch_all(ASK_THE_INDEX)
    statement = Statement(wanted, ON_POSTGRES)
    bounds = statement.place_bounds()
    asked = [_like(statement, one) for one in (like_pattern(owner_mark(wanted.user_id)), *patterns)]
    limits = [OF_USER.format(**bounds), "search_texts.id BETWEEN {oldest} AND {newest}".format(**bounds)]
    conditions = [*asked, *limits, *_holding(statement, wanted.parts)]
    return await statement.fetch(statement.select("search_texts", conditions))


def _among_newest(statement: Statement, count: int, condition: str = "true") -> str:
    """Return the condition for so many of the user's newest texts, or of those of them that meet a condition."""
    bounds = statement.place_bounds()
    oldest = NEWEST.format(**bounds, condition=condition, skipped=count - 1)
    return BETWEEN.format(**bounds | {"oldest": oldest})


def _holding(statement: Statement, parts: Iterable[str]) -> list[str]:
    """Return the conditions that a text holds each part, for which no index is asked.

    `strpos` takes a quarter to a half of the time of LIKE, but a third more for one letter of several bytes.
    """
    return [_is_held(statement, part) for part in parts]


def _is_held(statement: Statement, part: str) -> str:
    if UNKNOWN in part:
        return f"substring(search_texts.folded, {statement.place(regular_expression(part))}) IS NOT NULL"
    if len(part) > 1 or part.isascii():
        return f"strpos(search_texts.folded, {statement.place(part)}) > 0"
    return _like(statement, like_pattern(part))


def _asking(statement: Statement, parts: Iterable[str]) -> list[str]:
    """Return the same conditions, for which the index is asked."""
    return [
        f"search_texts.folded ~ {statement.place(regular_expression(part))}"
        if UNKNOWN in part
        else _like(statement, like_pattern(part))
        for part in parts
    ]


def _like(statement: Statement, pattern: str) -> str:
    return f"search_texts.folded LIKE {statement.place(pattern)}"

"""The newest texts that hold all parts of a search, by the indexes of PostgreSQL.

Decision records: docs/decisions/0021-search.md, 0082 for single letters, 0086 for two, and 0093 and 0097 for words.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gql_chat.chats.models import OWNER_MARK_LENGTH
from gql_chat.chats.search_index import owner_mark
from gql_chat.chats.search_statement import COUNTED_MAX, RANKED_MAX, READ_MAX, Rows, Statement, Wanted, choose_rarest
from gql_chat.infra.db.database import fetch_all, transaction
from gql_chat.infra.db.letter_pairs import has_uncommon_letters, is_pair, pair_condition
from gql_chat.infra.db.substring_index import like_pattern, list_words_trigrams, masked_pattern

# If so large a share of the newest texts matches, reading more of them finds RANKED_MAX sooner than the index. For two
# letters the index takes longer. For other words it depends on how many texts it proposes as well: with a share of both
# of a tenth, both ways take as long for some 40,000 texts of the user, and reading takes less time for more.
SAMPLED_TEXTS, FREQUENT_SHARE, FREQUENT_SHARE_MIN = 300, 0.1, 0.03
SAMPLED_FOR_PAIRS, FREQUENT_PAIRS_SHARE = 2_000, 0.03
FREQUENT_READ_MAX, READ_BEYOND = 40_000, 3  # times as many as would do if all were like the sample
# To leave a trigram's list out saves as much as it costs to compare so large a share of 200,000 texts with a pattern of
# some of a word's trigrams alone, which often begins with a common letter.
SKIPPED_SHARE = 0.01
ASKED_PAIRS = 4  # the index is asked for more than a hundred trigrams for each

# After five statements of one shape, PostgreSQL would plan for an average of words.
# Beyond 4 MB, its default, it would forget which texts of a page the index proposed, and read all that the page has.
PLAN_FOR_THESE_WORDS = """
SELECT to_regclass('search_index') IS NOT NULL AS has_index,
    set_config('plan_cache_mode', 'force_custom_plan', true), set_config('work_mem', '32MB', true)
"""
# It would read all users' texts, and in several processes, if it took a text that is not the next one for as far away
# as on a disk that turns. For longer words, its choice between the newest texts and the index is better with that.
READ_THE_USERS_OWN = f"""
{PLAN_FOR_THESE_WORDS}, set_config('random_page_cost', '1.1', true),
    set_config('max_parallel_workers_per_gather', '0', true)
"""
ANYTHING = "%%"  # the pattern of a part without such trigrams
# It cannot estimate how many texts the rarest trigrams leave. The other index of users would take as long as theirs do,
# and it is left out by a comparison for which no index is asked.
ASK_THE_INDEX = """
SELECT set_config('enable_indexscan', 'off', true), set_config('enable_seqscan', 'off', true),
    set_config('max_parallel_workers_per_gather', '0', true), set_config('jit', 'off', true)
"""
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
SELECT count(*) AS read, count(*) FILTER (WHERE {holding}) AS found{trigrams} FROM (
    SELECT folded FROM search_texts WHERE {limits} ORDER BY search_texts.id DESC LIMIT {count}
) AS search_texts
"""
EITHER = "SELECT * FROM (({one}) UNION ALL ({other})) AS matches ORDER BY id DESC LIMIT {limit}"


@dataclass(frozen=True, slots=True)
class _Sample:
    """How many of the user's newest texts were read, match, and hold the trigrams that are the rarest in them.

    There are no such trigrams if the index should be asked for all.
    """

    read: int
    found: int
    proposed: int
    rarest: list[str]


async def find_on_postgres(wanted: Wanted) -> Rows:
    """Return the newest matches, newest first, with the components of their scores."""
    has_pairs = any(map(is_pair, wanted.parts))
    async with transaction():
        reads = has_pairs or wanted.has_single_letters_alone
        [settings] = await fetch_all(READ_THE_USERS_OWN if reads else PLAN_FOR_THESE_WORDS)
        if wanted.has_single_letters_alone:
            return await _find_among_newest(wanted, READ_MAX)
        sampled = SAMPLED_FOR_PAIRS if has_pairs else SAMPLED_TEXTS
        sample = await _read_sample(wanted, sampled)
        if sample.read < sampled:
            return await _find_among_newest(wanted, sampled)
        if _is_frequent(sample, has_pairs) and (rows := await _find_frequent(wanted, sample, reads)) is not None:
            return rows
        if has_pairs or not sample.rarest or not settings["has_index"]:
            return await _find_by_index(wanted)
        return await _find_by_rarest(wanted, sample.rarest)


async def _read_sample(wanted: Wanted, count: int) -> _Sample:
    statement = Statement(wanted, "strpos")
    limits, holding = BETWEEN.format(**statement.place_bounds()), " AND ".join(_holding(statement, wanted.parts))
    counted = [] if any(map(is_pair, wanted.parts)) else list_words_trigrams(wanted.parts)[:COUNTED_MAX]
    trigrams = "".join(
        f", string_agg((strpos(folded, {statement.place(trigram)}) > 0)::int::text, '') AS held{number}"
        for number, trigram in enumerate(counted)
    )
    sql = SAMPLE.format(limits=limits, holding=holding, trigrams=trigrams, count=count)
    [row] = await fetch_all(sql, *statement.args)
    read, found, *held = row.values()
    holding_each = {trigram: int(bits or "0", 2) for trigram, bits in zip(counted, held, strict=True)}
    rarest, proposed = choose_rarest(holding_each, read)
    is_worth_it = proposed < read * SKIPPED_SHARE * (len(counted) - len(rarest))
    return _Sample(read, found, proposed, rarest if is_worth_it else [])


def _is_frequent(sample: _Sample, has_pairs: bool) -> bool:
    """Return whether the newest texts are to be read."""
    if has_pairs:
        return sample.found >= sample.read * FREQUENT_PAIRS_SHARE
    is_worth_it = sample.found * sample.proposed >= (sample.read * FREQUENT_SHARE) ** 2
    return is_worth_it and sample.found >= sample.read * FREQUENT_SHARE_MIN


async def _find_frequent(wanted: Wanted, sample: _Sample, is_set_to_read: bool) -> Rows | None:
    """Return the matches if the newest texts have enough of them. Or None."""
    if not is_set_to_read:
        await fetch_all(READ_THE_USERS_OWN)
    count = min(READ_BEYOND * RANKED_MAX * sample.read // sample.found, FREQUENT_READ_MAX)
    rows = await _find_among_newest(wanted, count)
    return rows if len(rows) == RANKED_MAX else None


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


async def _find_by_rarest(wanted: Wanted, trigrams: Sequence[str]) -> Rows:
    """Return the matches among the texts that the index proposes for these trigrams."""
    await fetch_all(ASK_THE_INDEX)
    statement = Statement(wanted, "strpos")
    bounds = statement.place_bounds()
    patterns = [like_pattern(owner_mark(wanted.user_id)), *(masked_pattern(part, trigrams) for part in wanted.parts)]
    asked = [_like(statement, pattern) for pattern in patterns if pattern != ANYTHING]
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
    return [
        f"strpos(search_texts.folded, {statement.place(part)}) > 0"
        if len(part) > 1 or part.isascii()
        else _like(statement, like_pattern(part))
        for part in parts
    ]


def _asking(statement: Statement, parts: Iterable[str]) -> list[str]:
    """Return the same conditions, for which the index is asked."""
    return [_like(statement, like_pattern(part)) for part in parts]


def _like(statement: Statement, pattern: str) -> str:
    return f"search_texts.folded LIKE {statement.place(pattern)}"

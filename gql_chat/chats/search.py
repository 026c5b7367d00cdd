"""Full-text search: the newest of a user's messages that hold all the words, best first."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeAlias

import msgspec

from gql_chat.chats.models import Message
from gql_chat.chats.normalization import normalize
from gql_chat.chats.search_index import owner_mark
from gql_chat.errors import BadUserInput
from gql_chat.infra.db.database import dialect, fetch_all, transaction
from gql_chat.infra.db.keyset import Number, Ordering, Page, PageRequest
from gql_chat.infra.db.substring_index import like_pattern, list_trigrams, match_all
from gql_chat.infra.tasks.fair_queue import QueueLimits

QUERY_MAX_LENGTH = 200
PARTS_MAX = 16
RANKED_MAX = 1_000  # of the newest matches: ranking reads every text
READ_MAX = 20_000  # of the newest texts, for single letters alone, which no index has
# A user's searches run one after another, and users take turns. On SQLite one connection runs the reads of all
# users, so one search at a time leaves the others a statement between any two.
QUEUE_LIMITS = QueueLimits(at_once=4, waiting=400, waiting_per_owner=40)
QUEUE_LIMITS_ON_SQLITE = replace(QUEUE_LIMITS, at_once=1)
RANKED_LENGTH = 5_000  # of the beginning of a text, in which words are counted: each word takes a pass

# BM25 of search engines, with a constant typical length, so that a message's score depends on nothing but its text:
# https://en.wikipedia.org/wiki/Okapi_BM25
SATURATION, LENGTH_SHARE, TYPICAL_LENGTH = 1.2, 0.75, 1_000
SCORE_STEPS = 1_000

# As typed, or as phones replace them.
_QUOTES = re.compile('["“”„]')

# The newest rows that meet all conditions; the components of the score are counted in these alone.
FIND = """
SELECT id, message_id, length(folded) AS length, {counts} FROM (
    SELECT search_texts.id, message_id, substr(search_texts.folded, 1, {length}) AS folded
    FROM {texts} WHERE {conditions} ORDER BY {newest_first} LIMIT {limit}
) AS found
"""
# The newest texts, which are read for single letters. SQLite seeks by one lower bound alone. PostgreSQL cannot estimate
# how many texts that bound leaves. It could read all users' texts by their numbers, but not by these pairs.
FIRST_READ = """
coalesce((
    SELECT newest.id FROM search_texts AS newest WHERE newest.user_id = {user_id} AND newest.id <= {newest}
    ORDER BY newest.id DESC LIMIT 1 OFFSET {skipped}
), 0)
"""
READ = {
    "sqlite": f"search_texts.id BETWEEN max({{oldest}}, {FIRST_READ}) AND {{newest}}",
    "postgres": f"(user_id, search_texts.id) BETWEEN ({{user_id}}, greatest({{oldest}}, {FIRST_READ}))"
    " AND ({user_id}, {newest})",
}
# Whether the index or a scan of the user's newest texts is faster depends on how rare the words are. After five
# statements of one shape, PostgreSQL would plan for an average.
PLAN_FOR_THESE_WORDS = "SELECT set_config('plan_cache_mode', 'force_custom_plan', true)"
ROW_MAX = 2**63 - 1

RowNumber: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=ROW_MAX)]


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A message that was found. `place` grows with the time at which it settled.

    `newest` and `oldest` are the places between which all hits were ranked, so that the next page ranks the same ones.
    """

    score: int
    place: int
    newest: int
    oldest: int
    message: Message


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A page of hits, and how many were ranked; if that is RANKED_MAX, older matches may have been left out."""

    page: Page[SearchHit]
    total: int


BEST_FIRST = Ordering({"score": Number, "place": RowNumber, "newest": RowNumber, "oldest": RowNumber}, descending=True)


async def search_messages(user_id: str, query: str, request: PageRequest) -> SearchResult:
    """Find the user's settled messages that hold every word and quoted phrase, on all branches. Raises BadUserInput."""
    parts = parts_of(query)
    after = BEST_FIRST.key_of(request.after, "after") if request.after is not None else None
    oldest, newest = (after[3], after[2]) if after else (0, ROW_MAX)
    rows = await _find(user_id, parts, normalize(_QUOTES.sub(" ", query)).strip(), oldest, newest)
    ranked = sorted(((_score(row, parts), row["id"], row["message_id"]) for row in rows), reverse=True)
    beyond = [hit for hit in ranked if after is None or hit[:2] < (after[0], after[1])]
    wanted = beyond[: request.limit]
    messages = {message.id: message for message in await Message.filter(id__in=[hit[2] for hit in wanted])}
    newest, oldest = (rows[0]["id"], rows[-1]["id"]) if rows else (0, 0)
    # A message may have been deleted since.
    hits = [
        SearchHit(score, place, newest, oldest, messages[found]) for score, place, found in wanted if found in messages
    ]
    page = Page(hits, has_next=len(beyond) > request.limit, has_previous=after is not None)
    return SearchResult(page, len(ranked))


def parts_of(query: str) -> list[str]:
    """Return the normal forms that a text must hold: of every word, and of every phrase in quotation marks."""
    if len(query) > QUERY_MAX_LENGTH:
        raise BadUserInput(f"A search has at most {QUERY_MAX_LENGTH} characters.", field="query")
    pieces = _QUOTES.split(query)
    texts: list[str] = []
    for number, piece in enumerate(pieces):
        is_quoted = number % 2 == 1 and number < len(pieces) - 1  # the last may have been opened and not closed
        texts += [piece] if is_quoted else piece.split()
    parts = [part for part in dict.fromkeys(map(normalize, texts)) if part.strip()]
    if not parts:
        raise BadUserInput("A search needs at least one word.", field="query")
    if len(parts) > PARTS_MAX:
        raise BadUserInput(f"A search has at most {PARTS_MAX} words.", field="query")
    return parts


class _Places:
    """Collects the arguments of a statement; each call returns the placeholder of its argument."""

    def __init__(self) -> None:
        self.args: list[Any] = []

    def __call__(self, arg: Any) -> str:
        self.args.append(arg)
        return f"${len(self.args)}"


async def _find(user_id: str, parts: Sequence[str], together: str, oldest: int, newest: int) -> list[dict[str, Any]]:
    """Return the newest matches, newest first, with the components of their scores."""
    place, is_sqlite = _Places(), dialect() == "sqlite"
    continued = await _list_continued(parts) if is_sqlite else []
    if [] in continued:
        return []
    position = "instr" if is_sqlite else "strpos"
    texts, number, wanted = "search_texts", "search_texts.id", [owner_mark(user_id), *parts]
    owner, limits = place(user_id), "{number} BETWEEN {oldest} AND {newest}"
    conditions = [f"user_id = {owner}"]
    if all(len(part.rstrip()) == 1 for part in parts):
        wanted, limits = [*parts], READ[dialect()]
    elif is_sqlite:
        # CROSS, because SQLite could otherwise scan the user's texts and look up each in the index.
        texts = "search_index CROSS JOIN search_texts ON search_texts.id = search_index.rowid"
        number = "search_index.rowid"
        conditions.append(f"search_index MATCH {place(match_all(wanted, continued))}")
    conditions += _holding(parts if is_sqlite else wanted, place)
    bounds = {"oldest": place(oldest), "newest": place(newest), "skipped": READ_MAX - 1}
    conditions.append(limits.format(number=number, user_id=owner, **bounds))
    counts = [f"{position}(folded, {place(f' {together} ')}) > 0 AS together"]
    for index, part in enumerate(parts):
        counts.append(f"length(folded) - length(replace(folded, {place(part)}, '')) AS taken{index}")
        counts.append(f"{position}(folded, {place(f' {part.strip()} ')}) > 0 AS whole{index}")
    sql = FIND.format(
        counts=", ".join(counts),
        texts=texts,
        conditions=" AND ".join(conditions),
        newest_first=f"{number} DESC",
        length=place(RANKED_LENGTH),
        limit=place(RANKED_MAX),
    )
    if is_sqlite:
        return await fetch_all(sql, *place.args)
    async with transaction():
        await fetch_all(PLAN_FOR_THESE_WORDS)
        return await fetch_all(sql, *place.args)


def _holding(parts: Sequence[str], place: _Places) -> list[str]:
    """Return the conditions that a text holds each part."""
    if dialect() == "sqlite":
        return [f"instr(search_texts.folded, {place(part)}) > 0" for part in parts]
    return [f"search_texts.folded LIKE {place(like_pattern(part))}" for part in parts]


async def _list_continued(parts: Sequence[str]) -> list[list[str]]:
    """Return the trigrams that begin with each part of two letters: a text with the part holds one of them.

    A character follows, because a text ends with a space. Too many trigrams are left out: the texts are read for them.
    """
    letters = [part for part in parts if len(part) == 2 and not part.endswith(" ")]
    return [found for part in letters if (found := await list_trigrams("search_index", part)) is not None]


def _score(row: Mapping[str, Any], parts: Sequence[str]) -> int:
    """Return the score: for whole words, for words that stand together, and for frequency in a short text."""
    score = float(len(parts)) if row["together"] and len(parts) > 1 else 0.0
    share = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * row["length"] / TYPICAL_LENGTH)
    for number, part in enumerate(parts):
        count = row[f"taken{number}"] / len(part)
        score += count / (count + share) + bool(row[f"whole{number}"])
    return round(score * SCORE_STEPS)

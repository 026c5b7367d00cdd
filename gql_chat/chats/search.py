"""Full-text search: the newest of a user's messages that hold all the words, best first."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeAlias

import msgspec

from gql_chat.chats.models import Message
from gql_chat.chats.normalization import normalize, normalize_whole
from gql_chat.chats.search_on_postgres import find_on_postgres
from gql_chat.chats.search_on_sqlite import find_on_sqlite
from gql_chat.chats.search_statement import ROW_MAX, Wanted
from gql_chat.errors import BadUserInput
from gql_chat.infra.db.combining import padded
from gql_chat.infra.db.database import dialect
from gql_chat.infra.db.keyset import Number, Ordering, Page, PageRequest
from gql_chat.infra.tasks.fair_queue import QueueLimits

QUERY_MAX_LENGTH = 200
PARTS_MAX = 16
# A user's searches run one after another, and users take turns. On SQLite one connection runs the reads of all
# users, so one search at a time leaves the others a statement between any two.
QUEUE_LIMITS = QueueLimits(at_once=4, waiting=400, waiting_per_owner=40)
QUEUE_LIMITS_ON_SQLITE = replace(QUEUE_LIMITS, at_once=1)

# BM25 of search engines, with a constant typical length, so that a message's score depends on nothing but its text:
# https://en.wikipedia.org/wiki/Okapi_BM25
SATURATION, LENGTH_SHARE, TYPICAL_LENGTH = 1.2, 0.75, 1_000
SCORE_STEPS = 1_000

# As typed, or as phones replace them.
_QUOTES = re.compile('["“”„]')

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
    whole_words, together = [f" {part.strip()} " for part in parts], normalize_whole(_QUOTES.sub(" ", query))
    wanted = Wanted(user_id, parts, whole_words, together, oldest, newest)
    rows = await (find_on_sqlite if dialect() == "sqlite" else find_on_postgres)(wanted)
    ranked = sorted(((_score(row, parts), row["id"], row["message_id"]) for row in rows), reverse=True)
    beyond = [hit for hit in ranked if after is None or hit[:2] < (after[0], after[1])]
    shown = beyond[: request.limit]
    messages = {message.id: message for message in await Message.filter(id__in=padded([hit[2] for hit in shown]))}
    newest, oldest = (rows[0]["id"], rows[-1]["id"]) if rows else (0, 0)
    # A message may have been deleted since.
    hits = [
        SearchHit(score, place, newest, oldest, messages[found]) for score, place, found in shown if found in messages
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


def _score(row: Mapping[str, Any], parts: Sequence[str]) -> int:
    """Return the score: for whole words, for words that stand together, and for frequency in a short text."""
    score = float(len(parts)) if row["together"] and len(parts) > 1 else 0.0
    share = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * row["length"] / TYPICAL_LENGTH)
    for number in range(len(parts)):
        count = row[f"count{number}"]
        score += count / (count + share) + bool(row[f"whole{number}"])
    return round(score * SCORE_STEPS)

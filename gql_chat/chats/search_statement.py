"""The conditions of a search, and the statement that returns the newest matches to be ranked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from gql_chat.infra.db.database import fetch_all
from gql_chat.infra.db.substring_index import UNKNOWN, regular_expression

RANKED_MAX = 1_000  # of the newest matches: ranking reads every text
READ_MAX = 20_000  # of the newest texts, for letters that no index has
# The rarest trigrams of the words leave few texts to read. To ask for a common one takes long, as its list is long.
COUNTED_MAX = 32  # trigrams that are looked for in the user's newest texts
RARE_SHARE = 0.05  # of these texts, that hold a trigram whose list is short
SELECTIVE_SHARE = 0.03  # of these texts, to which longer words lead: the index need not be asked for two letters beside
RANKED_LENGTH = 5_000  # of the beginning of a text, in which words are counted: each word takes a pass
ROW_MAX = 2**63 - 1

# The components of the score are counted in the newest rows that meet all conditions alone.
FIND = "SELECT id, message_id, length(folded) AS length, {counts} FROM ({found}) AS found"
FOUND = """
SELECT search_texts.id, message_id, {beginning} AS folded
FROM {texts} WHERE {conditions} ORDER BY {number} DESC LIMIT {limit}
"""

Rows: TypeAlias = list[dict[str, Any]]


def choose_rarest(holding: Mapping[str, int], read: int) -> tuple[list[str], int]:
    """Return the trigrams to ask an index for, rarest first, and how many of the texts read hold them all.

    An integer for each trigram has a bit for each text, which is set if the text holds it. A trigram is chosen if it
    leaves out a text that those before it do not, or if it is rare.
    """
    chosen: list[str] = []
    rest, proposed = dict(holding), (1 << read) - 1
    while rest:
        rarest = min(rest, key=lambda trigram: ((proposed & rest[trigram]).bit_count(), rest[trigram].bit_count()))
        bits = rest.pop(rarest)
        if not chosen or proposed & ~bits or bits.bit_count() < read * RARE_SHARE:
            chosen.append(rarest)
            proposed &= bits
    return chosen, proposed.bit_count()


@dataclass(frozen=True, slots=True)
class Wanted:
    """The parts that a text must hold, and the numbers between which its row is.

    A text that holds all of them as one phrase, or one of them as a whole word, has a higher score.
    """

    user_id: str
    parts: Sequence[str]
    whole_words: Sequence[str]
    together: str
    oldest: int = 0
    newest: int = ROW_MAX

    @property
    def has_single_letters_alone(self) -> bool:
        """Return whether no index has any part."""
        return all(len(part.rstrip()) == 1 for part in self.parts)


@dataclass(frozen=True, slots=True)
class Functions:
    """A database's functions of a text: where it holds a part, its size in any unit, and its beginning."""

    position: str
    size: str
    beginning: str


ON_SQLITE = Functions("instr", "length", "substr({text}, 1, {length})")
# It has to look at each character of several bytes to count them.
ON_POSTGRES = Functions(
    "strpos",
    "octet_length",
    "CASE WHEN octet_length({text}) <= {length} THEN {text} ELSE substr({text}, 1, {length}) END",
)


@dataclass(slots=True)
class Statement:
    """A statement for the newest matches."""

    wanted: Wanted
    functions: Functions
    args: list[Any] = field(default_factory=list)

    def place(self, arg: Any) -> str:
        """Return the placeholder of a new argument."""
        self.args.append(arg)
        return f"${len(self.args)}"

    def place_bounds(self) -> dict[str, str]:
        """Return the placeholders of the user and of the numbers of rows, by name."""
        wanted = self.wanted
        bounds = {"user_id": wanted.user_id, "oldest": wanted.oldest, "newest": wanted.newest}
        return {name: self.place(value) for name, value in bounds.items()}

    def select(self, texts: str, conditions: Iterable[str], number: str = "search_texts.id") -> str:
        """Return the selection of the newest of these texts."""
        length, limit = self.place(RANKED_LENGTH), self.place(RANKED_MAX)
        beginning = self.functions.beginning.format(text="search_texts.folded", length=length)
        conditions = " AND ".join(conditions)
        return FOUND.format(beginning=beginning, texts=texts, conditions=conditions, number=number, limit=limit)

    async def fetch(self, found: str) -> Rows:
        """Return the selected rows, newest first, with the components of their scores."""
        counts = [f"{self._together()} AS together"]
        for index, (part, word) in enumerate(zip(self.wanted.parts, self.wanted.whole_words, strict=True)):
            counts.append(f"{self._count(part)} AS count{index}, {self._holds(word)} AS whole{index}")
        return await fetch_all(FIND.format(counts=", ".join(counts), found=found), *self.args)

    def _together(self) -> str:
        if len(self.wanted.parts) == 1:
            return "false"
        together = self.wanted.together
        # A regular expression takes four times as long.
        inside = f"{self._holds(together.strip(UNKNOWN))} AND " if UNKNOWN in together else ""
        return inside + self._holds(together)

    def _holds(self, part: str) -> str:
        if UNKNOWN in part:
            return f"folded ~ {self.place(regular_expression(part))}"
        return f"{self.functions.position}(folded, {self.place(part)}) > 0"

    def _count(self, part: str) -> str:
        size, one = self.functions.size, self.place(part)
        rest = f"replace(folded, {one}, '')"
        if UNKNOWN in part:
            rest = f"regexp_replace(folded, {self.place(regular_expression(part))}, '', 'g')"
        return f"({size}(folded) - {size}({rest})) / {size}({one})"

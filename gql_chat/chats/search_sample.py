"""What a sample of the user's newest texts says about a search on PostgreSQL.

Decision records: docs/decisions/0093-a-sample-of-the-newest-texts.md, 0097, 0099 and 0109.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gql_chat.chats.search_statement import RANKED_MAX, RARE_SHARE
from gql_chat.infra.db.substring_index import kept_pieces, like_pattern, list_words_trigrams, masked_pattern

# To go through so many places of a trigram's list takes as long as to read a text: 30 ns and 9 µs.
PLACES_PER_TEXT = 300
# If the counted trigrams lead to a larger share of the texts, the index is asked for parts without any, as well.
UNCOUNTED_SHARE = 0.01
# It depends on the share of matches and on the share of texts that the index proposes, whether it is sooner to read or
# to ask the index. With a tenth of both, both ways take as long for some 40,000 texts of the user.
FREQUENT_SHARE, FREQUENT_SHARE_MIN = 0.1, 0.03
# With fewer matches the first step back would be most of the texts. A step beyond the estimate is often saved.
WINDOW_FOUND_MIN, WINDOW_BEYOND = 3, 1.25
FIRST_STEP_MIN = 1 / 50  # of all numbers, so that six more steps, each twice as far, reach the first text


@dataclass(frozen=True, slots=True)
class Sample:
    """How many of the user's newest texts were read and match, their numbers, and for each trigram those that hold it.

    An integer for each trigram has a bit for each text.
    """

    read: int
    found: int
    oldest: int
    newest: int
    holding: Mapping[str, int]

    @property
    def is_frequent(self) -> bool:
        """Return whether reading more of the newest texts finds RANKED_MAX sooner than the index."""
        is_worth_it = self.found * self.count_proposed(self.holding) >= (self.read * FREQUENT_SHARE) ** 2
        return is_worth_it and self.found >= self.read * FREQUENT_SHARE_MIN

    def count_proposed(self, trigrams: Iterable[str]) -> int:
        """Return how many texts hold all these trigrams."""
        proposed = (1 << self.read) - 1
        for trigram in trigrams:
            proposed &= self.holding.get(trigram, proposed)
        return proposed.bit_count()

    def patterns(self, parts: Sequence[str], oldest: int) -> list[str]:
        """Return the patterns for which to ask the index: they lead to the matches from this number on the soonest.

        Of the parts they have the trigrams that leave out texts which take longer than the trigrams' lists.
        """
        trigrams = self._choose(parts, oldest)[0]
        patterns = [masked_pattern(part, trigrams) for part in parts if kept_pieces(part, trigrams)]
        if self.count_proposed(trigrams) >= self.read * UNCOUNTED_SHARE:
            own = {part: list_words_trigrams([part]) for part in parts}
            patterns += [like_pattern(part) for part in parts if own[part] and not self.holding.keys() & own[part]]
        return patterns

    def most_selective_pattern(self, parts: Sequence[str], oldest: int) -> str | None:
        """Return the pattern of one part that leads to the matches the soonest. None if the index has no part."""
        choices = [(part, *self._choose([part], oldest)) for part in parts]
        part, trigrams, _ = min(choices, key=lambda choice: choice[2])
        return masked_pattern(part, trigrams) if trigrams else None

    def _choose(self, parts: Sequence[str], oldest: int) -> tuple[list[str], float]:
        """Return the trigrams to ask for, and what it takes to find the matches by them, in texts read.

        A list of few places is worth it even if no text of the sample says so.
        """
        own = [trigram for trigram in list_words_trigrams(parts) if trigram in self.holding]
        chosen, least = list[str](), math.inf
        for trigram in sorted(own, key=self._count):
            more = [*chosen, trigram]
            pieces = [piece for part in parts for piece in kept_pieces(part, more)]
            texts = self._estimate([one for one in own if any(one in piece for piece in pieces)], oldest)
            if texts < least or self._count(trigram) < self.read * RARE_SHARE:
                chosen, least = more, texts
        return chosen, least

    def _estimate(self, trigrams: Sequence[str], oldest: int) -> float:
        """Estimate what it takes to find the texts with these trigrams from this number on, in texts read.

        The index has lists of all users' texts, which are as many as the newest one's number says.
        """
        share, left = 1.0, (1 << self.read) - 1
        for trigram in trigrams:
            before, left = left.bit_count(), left & self.holding[trigram]
            # As if one text more had been read, which holds it as often as any other: a few say little.
            share *= (left.bit_count() + self._count(trigram) / self.read) / (before + 1)
        texts = share * self.read * (self.newest - oldest) / (self.newest - self.oldest + 1)
        return texts + sum(map(self._count, trigrams)) / self.read * self.newest / PLACES_PER_TEXT

    def _count(self, trigram: str) -> int:
        return self.holding[trigram].bit_count()

    def estimate_oldest(self) -> int:
        """Return the number from which on there are RANKED_MAX matches, if all texts are like the sample. Or 0."""
        if self.found < WINDOW_FOUND_MIN:
            return 0
        expected = WINDOW_BEYOND * RANKED_MAX * (self.newest - self.oldest + 1) / self.found
        return max(0, self.newest - int(max(expected, self.newest * FIRST_STEP_MIN)))

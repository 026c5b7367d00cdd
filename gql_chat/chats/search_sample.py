"""What a sample of the user's newest texts says about a search on PostgreSQL.

Decision records: docs/decisions/0093-a-sample-of-the-newest-texts.md, 0097 and 0099.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gql_chat.chats.search_statement import RANKED_MAX, choose_rarest
from gql_chat.infra.db.substring_index import like_pattern, list_words_trigrams, masked_pattern

# To leave a trigram's list out saves as much as it costs to compare so large a share of 200,000 texts with a pattern of
# some of a word's trigrams alone, which often begins with a common letter.
SKIPPED_SHARE = 0.01
ANYTHING = "%%"  # the pattern of a part without such trigrams
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

    def patterns(self, parts: Sequence[str]) -> list[str]:
        """Return the patterns of the parts for which the index can be asked.

        They are patterns of the rarest trigrams alone, if that leaves out lists that cost more.
        """
        own = {trigram: self.holding[trigram] for trigram in list_words_trigrams(parts) if trigram in self.holding}
        rarest, proposed = choose_rarest(own, self.read)
        if proposed < self.read * SKIPPED_SHARE * (len(own) - len(rarest)):
            return [pattern for part in parts if (pattern := masked_pattern(part, rarest)) != ANYTHING]
        return [like_pattern(part) for part in parts if list_words_trigrams([part])]

    def most_selective_pattern(self, parts: Sequence[str]) -> str | None:
        """Return the pattern of the part that leads to the fewest texts. None if the index has no part."""
        trigrams = {part: list_words_trigrams([part]) for part in parts}
        leading = [part for part in parts if self.holding.keys() & trigrams[part]]
        if not leading:
            return None
        [pattern] = self.patterns([min(leading, key=lambda part: self.count_proposed(trigrams[part]))])
        return pattern

    def estimate_oldest(self) -> int:
        """Return the number from which on there are RANKED_MAX matches, if all texts are like the sample. Or 0."""
        if self.found < WINDOW_FOUND_MIN:
            return 0
        expected = WINDOW_BEYOND * RANKED_MAX * (self.newest - self.oldest + 1) / self.found
        return max(0, self.newest - int(max(expected, self.newest * FIRST_STEP_MIN)))

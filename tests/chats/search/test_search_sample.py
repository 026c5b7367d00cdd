"""How far back a search begins on PostgreSQL, and what it asks the index for, by the user's newest texts."""

import re
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.chats.search_sample import Sample
from gql_chat.infra.db.substring_index import list_words_trigrams


@pytest.mark.parametrize(
    ("found", "span", "oldest"),
    [
        (30, 1_500, 1_000_000 - 62_500),  # 1,250 matches, one in 50 numbers
        (3, 1_500, 1_000_000 - 625_000),
        (2, 1_500, 0),
        (3, 3_000, 0),
        (300, 300, 1_000_000 - 20_000),
    ],
)
def test_the_share_of_matches_says_from_which_number_on_there_are_enough(found: int, span: int, oldest: int) -> None:
    assert Sample(300, found, 1_000_001 - span, 1_000_000, {}).estimate_oldest() == oldest


def test_a_few_steps_reach_the_first_text() -> None:
    sample = Sample(300, 300, 999_701, 1_000_000, {})
    first_step = sample.newest - sample.estimate_oldest()
    assert next(steps for steps in count(1) if first_step * 2 ** (steps - 1) >= sample.newest) == 7


def sample_of(texts: list[str], parts: list[str], counted: int = 32, newest: int = 1_000_000) -> Sample:
    """Return a sample of these texts of a user, who has a fifth of so many."""
    trigrams = list_words_trigrams(parts)[:counted]
    holding = {one: sum((one in text) << place for place, text in enumerate(texts)) for one in trigrams}
    found = sum(all(part in text for part in parts) for text in texts)
    return Sample(len(texts), found, newest - 5 * len(texts) + 1, newest, holding)


@pytest.mark.parametrize(
    ("texts", "patterns"),
    [
        ({"fraction": 10, "action": 200, "": 90}, ["%frac%"]),  # what `rac` leaves out of 10 texts is not known
        ({"fraction": 10, "fractal": 10, "action": 200, "": 80}, ["%fracti%"]),
        ({"fraction": 100, "": 200}, ["%fra%"]),
        ({"": 300}, ["%fraction%"]),  # each list may have few places or none
    ],
)
def test_a_trigrams_list_is_gone_through_if_it_leaves_out_enough(texts: dict[str, int], patterns: list[str]) -> None:
    sample = sample_of([text for text, number in texts.items() for _ in range(number)], ["fraction"])
    assert sample.patterns(["fraction"], 0) == patterns


WORDS = st.text("abc -ª", min_size=1, max_size=8)


@given(st.lists(WORDS, min_size=1, max_size=12), st.lists(WORDS, min_size=1, max_size=3), st.integers(0, 9))
def test_each_pattern_leads_to_every_match(texts: list[str], parts: list[str], counted: int) -> None:
    sample, whole = sample_of(texts, parts, counted), "-".join(parts)
    leading: Any = sample.most_selective_pattern(parts, 0)
    for pattern in [*sample.patterns(parts, 0), *([leading] if leading else [])]:
        assert re.search(pattern.strip("%").replace("_", "."), whole)
        assert len(pattern) > 2

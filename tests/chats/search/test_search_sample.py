"""How far back a search begins on PostgreSQL, by the user's newest texts."""

from itertools import count

import pytest

from gql_chat.chats.search_sample import Sample


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

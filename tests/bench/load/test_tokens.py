import pytest

from bench.tokens import Pace, Transcript, stamped

PACE = Pace(tokens=3, gap_ms=25, first_ms=200)
FIRST, SECOND, THIRD = (stamped(number).decode() for number in range(3))


def transcript(*texts: str) -> Transcript:
    received = Transcript(PACE)
    for text in texts:
        received.add(text)
    return received


def test_a_pace_is_read_from_the_message_that_asks_for_it() -> None:
    assert Pace.asked(f"{PACE} lorem ipsum, size=5") == PACE


def test_each_token_once_and_in_order_is_whole_however_it_was_cut() -> None:
    assert transcript(FIRST, SECOND, THIRD).fault() is None
    assert transcript(FIRST[:5], FIRST[5:] + SECOND + THIRD).fault() is None


@pytest.mark.parametrize(
    ("texts", "count"),
    [
        ((FIRST, THIRD), 2),
        ((FIRST, SECOND), 2),
        ((SECOND, FIRST, THIRD), 3),
        ((FIRST, SECOND, SECOND, THIRD), 4),
        ((), 0),
    ],
)
def test_a_lost_swapped_or_repeated_token_is_a_fault(texts: tuple[str, ...], count: int) -> None:
    assert transcript(*texts).fault() == f"{count} of 3 tokens, or not in order"


def test_text_that_no_token_holds_is_a_fault() -> None:
    assert transcript(FIRST, SECOND, THIRD, "!").fault() == "text that no token holds"


def test_a_delta_that_does_not_begin_where_the_text_ends_is_a_fault() -> None:
    received = Transcript(PACE)
    received.add(FIRST + SECOND, 0)
    received.add(SECOND + THIRD, 13)

    assert received.fault() == "a delta begins at 13 of 26 characters"


def test_lateness_is_told_for_each_token() -> None:
    lateness = transcript(FIRST + SECOND, THIRD).lateness_ms()

    assert len(lateness) == 3
    assert lateness[0] >= lateness[1] >= 0

"""The choice of the trigrams that an index is asked for."""

from hypothesis import given
from hypothesis import strategies as st

from gql_chat.chats import search_statement


@given(texts=st.lists(st.integers(0, 2**20 - 1), min_size=1, max_size=8))
def test_the_rarest_trigrams_leave_as_few_texts_as_all_of_them(texts: list[int]) -> None:
    chosen, proposed = search_statement.choose_rarest({str(number): bits for number, bits in enumerate(texts)}, 20)
    everything = texts[0]
    for bits in texts:
        everything &= bits
    of_chosen = texts[int(chosen[0])]
    for one in chosen:
        of_chosen &= texts[int(one)]
    assert (of_chosen, proposed) == (everything, everything.bit_count())


def test_trigrams_that_leave_no_text_out_are_not_asked_for_unless_they_are_rare() -> None:
    held = {"ter": 0b1111_1111, "rmi": 0b0011_1111, "erm": 0b0111_1111, "det": 0b0000_1110, "ete": 0b0011_1110}
    assert search_statement.choose_rarest(held, 8) == (["det"], 3)
    rare = held | {"zyx": 0b1, "xyz": 0b1}
    assert search_statement.choose_rarest(rare, 8) == (["zyx", "det"], 0)
    assert search_statement.choose_rarest(rare, 40) == (["zyx", "det", "xyz"], 0)
    assert search_statement.choose_rarest({}, 8) == ([], 8)

"""Texts in compressed form are the same texts, and never longer."""

import random

from hypothesis import given
from hypothesis import strategies as st

from gql_chat.infra.db.packed_text import BZ2_MIN_LENGTH, MIN_LENGTH, PackedTextField, pack, unpack


@given(st.text(max_size=50), st.sampled_from([1, 20, 1_000, 50_000]))
def test_a_packed_text_is_the_same_text(text: str, times: int) -> None:
    packed = pack(text * times)
    assert len(packed) <= len(text) * times
    assert unpack(packed) == PackedTextField().to_python_value(packed) == text * times


def test_what_cannot_be_compressed_stays_as_it_is() -> None:
    noise = "".join(map(chr, random.Random(0).choices(range(32, 0xD000), k=2 * BZ2_MIN_LENGTH)))
    for text in ("", "short", noise[:MIN_LENGTH], noise):
        assert pack(text) == unpack(text) == text
    assert unpack(None) is None


def test_the_longest_texts_are_compressed_best() -> None:
    text = "".join(random.Random(0).choices(["one ", "or ", "another ", "word "], k=BZ2_MIN_LENGTH))
    short, long = pack(text[: BZ2_MIN_LENGTH - 1]), pack(text[:BZ2_MIN_LENGTH])
    assert isinstance(short, bytes)
    assert isinstance(long, bytes)
    assert len(long) < len(short)

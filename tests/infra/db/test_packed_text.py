"""Texts in compressed form are the same texts, and never longer."""

import random

from hypothesis import given
from hypothesis import strategies as st

from gql_chat.infra.db.packed_text import BZ2_MIN_LENGTH, MIN_LENGTH, PackedTextField, pack, unpack


def size(value: str | bytes | bytearray | None) -> int:
    return len(value.encode() if isinstance(value, str) else value or b"")


@given(st.text(max_size=50), st.sampled_from([1, 20, 1_000, 50_000]))
def test_a_packed_text_is_the_same_text(text: str, times: int) -> None:
    packed = pack(text * times)
    assert size(packed) <= size(text) * times
    assert unpack(packed) == PackedTextField().to_python_value(packed) == text * times


def test_what_would_not_be_shorter_stays_as_it_is() -> None:
    noise = "".join(map(chr, random.Random(0).choices(range(32, 0xD000), k=2 * BZ2_MIN_LENGTH)))
    for text in ("", "short", noise[:10]):
        assert pack(text) == unpack(text) == text
    assert unpack(None) is None
    for text in (noise[:MIN_LENGTH], noise):  # its characters take 3 bytes each, of 16 bits
        assert unpack(pack(text)) == text
        assert size(pack(text)) <= size(text)


def test_a_chinese_text_is_compressed_though_it_has_fewer_characters_than_bytes() -> None:
    common = [chr(0x4E00 + place) for place in range(800)]
    text = "".join(random.Random(0).choices(common, [1 / (1 + place) for place in range(800)], k=3 * MIN_LENGTH))
    packed = pack(text)
    assert isinstance(packed, bytearray)
    assert MIN_LENGTH * 3 < len(packed) < size(text) / 2
    assert unpack(packed) == text


def test_the_longest_texts_are_compressed_best() -> None:
    text = "".join(random.Random(0).choices(["one ", "or ", "another ", "word "], k=BZ2_MIN_LENGTH))
    short, long = pack(text[: BZ2_MIN_LENGTH - 1]), pack(text[:BZ2_MIN_LENGTH])
    assert isinstance(short, bytearray)
    assert isinstance(long, bytearray)
    assert len(long) < len(short)

"""The framing of server-sent events, however the bytes are cut."""

import itertools
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.generation.provider.sse import MAX_EVENT_BYTES, EventDecoder, EventTooLong


def decode(pieces: Iterable[bytes]) -> list[bytes]:
    decoder = EventDecoder()
    events = [event for piece in pieces for event in decoder.feed(piece)]
    return events + decoder.end()


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_every_line_end_of_the_specification_ends_a_line(line_end: bytes) -> None:
    assert decode([line_end.join([b"data: one", b"", b"data: two", b"", b""])]) == [b"one", b"two"]


def test_the_space_after_the_colon_may_be_missing_and_only_one_is_dropped() -> None:
    assert decode([b"data:one\n\ndata:  two\n\n"]) == [b"one", b" two"]


def test_data_lines_of_one_event_are_joined() -> None:
    assert decode([b'data: {"a":\ndata: 1}\n\n']) == [b'{"a":\n1}']


def test_comments_names_ids_and_retry_times_are_dropped() -> None:
    assert decode([b": ping\n\nevent: message\nid: 7\nretry: 10\ndata: one\nlonely\n\n: ping\n\n"]) == [b"one"]


def test_a_byte_order_mark_is_dropped() -> None:
    assert decode([b"\xef\xbb\xbfdata: one\n\n"]) == [b"one"]


def test_an_event_is_handed_out_by_the_bytes_that_end_it() -> None:
    decoder = EventDecoder()
    assert decoder.feed(b"data: one\n") == []
    assert decoder.feed(b"\ndata: two\n\ndata: thr") == [b"one", b"two"]
    assert decoder.feed(b"ee\n\n") == [b"three"]


def test_a_cut_between_cr_and_lf_makes_no_empty_line() -> None:
    assert decode([b"data: one\r", b"\ndata: two\r", b"\n\r", b"\n"]) == [b"one\ntwo"]


def test_the_last_empty_line_may_be_missing() -> None:
    assert decode([b"data: one\n\ndata: two"]) == [b"one", b"two"]


def test_a_line_without_end_is_refused() -> None:
    decoder = EventDecoder()
    piece = b"x" * (MAX_EVENT_BYTES // 4)
    for _ in range(4):
        decoder.feed(piece)
    with pytest.raises(EventTooLong):
        decoder.feed(b"x")


def test_an_event_without_end_is_refused() -> None:
    decoder = EventDecoder()
    line = b"data:" + b"x" * (MAX_EVENT_BYTES // 4) + b"\n"
    for _ in range(4):
        decoder.feed(line)
    with pytest.raises(EventTooLong):
        decoder.feed(b"data:x\n")


LINES = st.sampled_from([b"data: one", b"data:two", b": comment", b"event: x", b"", b"data", "data: 你好👋".encode()])


@given(st.lists(st.tuples(LINES, st.sampled_from([b"\n", b"\r\n", b"\r"]))), st.data())
def test_any_cutting_gives_the_same_events(lines: list[tuple[bytes, bytes]], data: st.DataObject) -> None:
    body = b"".join(itertools.chain.from_iterable(lines))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)))))
    pieces = [body[start:end] for start, end in itertools.pairwise([0, *cuts, len(body)])]
    assert decode(pieces) == decode([body])

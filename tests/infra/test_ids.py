"""Ids in the form of the TypeID specification, which sort by the time of their making."""

import os
import time
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.infra import ids
from gql_chat.infra.ids import encode_uuid, is_id, new_id, prefix_of

# https://github.com/jetify-com/typeid/blob/main/spec/valid.yml
VALID = {
    "00000000000000000000000000": "00000000-0000-0000-0000-000000000000",
    "00000000000000000000000001": "00000000-0000-0000-0000-000000000001",
    "0000000000000000000000000a": "00000000-0000-0000-0000-00000000000a",
    "0000000000000000000000000g": "00000000-0000-0000-0000-000000000010",
    "00000000000000000000000010": "00000000-0000-0000-0000-000000000020",
    "7zzzzzzzzzzzzzzzzzzzzzzzzz": "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "0123456789abcdefghjkmnpqrs": "0110c853-1d09-52d8-d73e-1194e95b5f19",
    "01h455vb4pex5vsknk084sn02q": "01890a5d-ac96-774b-bcce-b302099a8057",
}
# https://github.com/jetify-com/typeid/blob/main/spec/invalid.yml
INVALID = [
    "PREFIX_00000000000000000000000000",
    "12345_00000000000000000000000000",
    "pre.fix_00000000000000000000000000",
    "préfix_00000000000000000000000000",
    "  prefix_00000000000000000000000000",
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl_00000000000000000000000000",
    "_00000000000000000000000000",
    "_",
    "prefix_1234567890123456789012345",
    "prefix_123456789012345678901234567",
    "prefix_1234567890123456789012345 ",
    "prefix_0123456789ABCDEFGHJKMNPQRS",
    "prefix_123456789-123456789-123456",
    "prefix_ooooooiiiiiiuuuuuuulllllll",
    "prefix_i23456789ol23456789oi23456",
    "prefix_123456789-0123456789-0123456",
    "prefix_8zzzzzzzzzzzzzzzzzzzzzzzzz",
]


@pytest.mark.parametrize(("digits", "value"), VALID.items())
def test_valid_ids_of_the_specification_are_made_and_recognised(digits: str, value: str) -> None:
    assert encode_uuid(uuid.UUID(value).int) == digits
    assert prefix_of(f"prefix_{digits}") == "prefix"


@pytest.mark.parametrize("text", [*INVALID, "", "ses_01h455vb4pex5vsknk084sn02q\n"])
def test_invalid_ids_of_the_specification_are_recognised(text: str) -> None:
    assert prefix_of(text) is None


@given(st.uuids(), st.uuids())
def test_digits_sort_as_uuids_and_hold_all_of_one(one: uuid.UUID, other: uuid.UUID) -> None:
    assert (encode_uuid(one.int) < encode_uuid(other.int)) == (one < other)
    assert (
        sum(ids._DIGITS.index(digit) << 5 * place for place, digit in enumerate(encode_uuid(one.int)[::-1])) == one.int
    )


@given(st.lists(st.integers(0, (1 << 48) * 1_000_000 - 1), min_size=1, max_size=20))
def test_whatever_the_clock_does_ids_are_uuids_of_version_7_in_ascending_order(times: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ids, "_last", 0)
        clock = iter(times)
        patch.setattr(time, "time_ns", lambda: next(clock))
        made = [uuid.UUID(int=ids._new_uuid()) for _ in times]
    assert {(one.version, one.variant) for one in made} == {(7, uuid.RFC_4122)}
    assert made == sorted(set(made))
    assert made[0].int >> 80 == times[0] // 1_000_000


def test_an_id_tells_its_type_and_when_it_was_made() -> None:
    before = time.time_ns() // 1_000_000
    made = new_id("ses")
    assert is_id(made, "ses")
    assert not is_id(made, "msg")
    assert before <= sum(ids._DIGITS.index(digit) << 5 * place for place, digit in enumerate(made[:3:-1])) >> 80
    assert len({new_id("ses") for _ in range(1000)}) == 1000


def test_random_bytes_are_as_many_as_asked_for_and_never_the_same() -> None:
    taken = [ids.random_bytes(count) for count in (10, 16, 4) * 100]
    assert [len(one) for one in taken] == [10, 16, 4] * 100
    assert len({one[:4] for one in taken}) > 290


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a fork")
def test_a_child_process_has_other_random_bytes_than_its_parent() -> None:
    ids.random_bytes(1)
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.write(writer, ids.random_bytes(16))
        os._exit(0)
    os.wait()
    assert os.read(reader, 16) != ids.random_bytes(16)
    os.close(reader)
    os.close(writer)

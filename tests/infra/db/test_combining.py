"""Lists in statements have few lengths, and the same values."""

import pytest

from gql_chat.infra.db.combining import padded, padded_length, places


def test_lists_of_up_to_1000_values_have_few_lengths() -> None:
    assert {padded_length(count) for count in range(1, 1001)} == {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 768, 1024}
    assert all(count <= padded_length(count) <= 2 * count for count in range(1, 257))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 255, 256, 257, 1000])
def test_a_padded_list_has_the_same_values(count: int) -> None:
    found = padded(range(count))
    assert found[:count] == list(range(count))
    assert set(found[count:]) <= {count - 1}
    assert len(found) == padded_length(count)


def test_places_are_numbered_from_the_first() -> None:
    assert places(3, 2) == "($3, $4)"

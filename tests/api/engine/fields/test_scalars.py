"""What our scalars take and answer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from graphql import GraphQLError, GraphQLScalarType

from gql_chat.api.schema import schema

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def scalar(name: str) -> GraphQLScalarType:
    """Return the scalar as the engine uses it."""
    found = schema._schema.type_map[name]
    assert isinstance(found, GraphQLScalarType)
    return found


@pytest.mark.parametrize(
    "text",
    ["2026-11-21T12:00:00Z", "2026-11-21T20:00:00+08:00", "2026-11-21T12:00:00.000+00:00", "20261121T070000-0500"],
)
def test_a_moment_is_taken_with_any_offset(text: str) -> None:
    moment = scalar("DateTime").parse_value(text)
    assert (moment, moment.utcoffset()) == (NOON, timedelta())


@pytest.mark.parametrize(
    "value",
    [
        *("2026-11-21T12:00:00", "2026-11-21", "noon", "", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"),
        *(1795262400, None, True, ["2026-11-21T12:00:00Z"]),
    ],
)
def test_what_is_no_moment_is_refused(value: Any) -> None:
    with pytest.raises((GraphQLError, ValueError), match="DateTime takes ISO 8601 with an offset"):
        scalar("DateTime").parse_value(value)


def test_a_moment_is_answered_in_iso_8601() -> None:
    assert scalar("DateTime").serialize(NOON + timedelta(microseconds=5)) == "2026-11-21T12:00:00.000005+00:00"


def test_a_big_int_is_whole_and_safe_in_javascript() -> None:
    big_int = scalar("BigInt")
    assert [big_int.parse_value(value) for value in (0, -5, 2**53, -(2**53))] == [0, -5, 2**53, -(2**53)]
    for value in (2**53 + 1, -(2**53) - 1, 1.5, "1", True, None):
        with pytest.raises((GraphQLError, ValueError), match="BigInt takes whole numbers up to 9007199254740992"):
            big_int.parse_value(value)
    assert big_int.serialize(2**53) == 2**53

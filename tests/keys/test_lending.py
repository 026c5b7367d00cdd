"""What a completion may ask of a key that somebody else pays for, and what the lender's parameters add to it."""

from typing import Any

import pytest

from gql_chat.errors import BadUserInput
from gql_chat.keys.lending import require_lent, with_lenders_parameters


@pytest.mark.parametrize(
    ("asked", "lenders", "sent"),
    [
        ({"seed": 1}, {"temperature": 0, "seed": 2}, {"temperature": 0, "seed": 1}),
        ({}, {"max_tokens": 100}, {"max_tokens": 100}),
        ({}, {"max_tokens": 100, "max_completion_tokens": 50}, {"max_tokens": 50, "max_completion_tokens": 50}),
        ({"max_tokens": 99}, {"max_tokens": 100}, {"max_tokens": 99}),
        ({"max_tokens": 101}, {"max_tokens": 100}, {"max_tokens": 100}),
        ({"max_completion_tokens": 101}, {"max_tokens": 100}, {"max_completion_tokens": 100}),
        ({"max_tokens": 7}, {}, {"max_tokens": 7}),
    ],
)
def test_the_lenders_fields_fill_in_and_the_lenders_limit_stays(
    asked: dict[str, Any], lenders: dict[str, Any], sent: dict[str, Any]
) -> None:
    assert with_lenders_parameters(asked, lenders) == sent


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"n": 2}, "n"),
        ({"service_tier": "flex"}, "service_tier"),
        ({"x" * 60: 1}, "x" * 50),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": True}, "max_tokens"),
        ({"max_completion_tokens": "7"}, "max_completion_tokens"),
        ({"tools": "all"}, "tools"),
        ({"tools": [{"type": "web_search"}]}, "tools"),
    ],
)
def test_what_only_the_owner_of_a_key_may_set_is_refused(body: dict[str, Any], field: str) -> None:
    with pytest.raises(BadUserInput) as refused:
        require_lent({"messages": [], **body})
    assert refused.value.field == field


def test_what_is_within_the_lenders_means_is_not_refused() -> None:
    tools = [{"type": "function"}, {"type": "custom"}]
    require_lent({"messages": [], "n": 1, "max_tokens": 1, "max_completion_tokens": None, "tools": tools})
    require_lent({"messages": [], "n": None, "tools": None})

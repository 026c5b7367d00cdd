"""What a call reserves of a quota."""

from datetime import timedelta
from typing import Any

import pytest

from gql_chat.generation.accounting import CallContext, LedgerPolicy, new_call
from gql_chat.generation.provider.endpoint import Endpoint
from gql_chat.usage.models import CallPurpose

POLICY = LedgerPolicy(keeps_contents=False, longest_call=timedelta(minutes=1))


@pytest.mark.parametrize(
    ("extra", "most"),
    [
        ({}, 5),
        ({"max_completion_tokens": 70}, 70),
        ({"max_tokens": "80", "max_completion_tokens": 70.5}, 80),
        ({"max_tokens": 2, "n": 3}, 6),
        ({"n": 2, "best_of": 4}, 20),
        ({"max_tokens": "nan", "n": "inf", "best_of": [1], "max_completion_tokens": -7}, 1000),
    ],
)
def test_the_greatest_limit_is_reserved_for_each_choice(extra: dict[str, Any], most: int) -> None:
    endpoint = Endpoint("https://a.example", "key", "m", {"max_tokens": 5, "extra": extra})
    call = new_call(CallContext("usr_1", CallPurpose.REPLY, None), endpoint, (), POLICY)
    assert call.reserved_tokens == call.prompt_tokens + most


def test_no_reservation_is_too_large_to_be_stored_or_added_up() -> None:
    endpoint = Endpoint("https://a.example", "key", "m", {"extra": {"max_tokens": 2**62, "n": 2**62}})
    call = new_call(CallContext("usr_1", CallPurpose.REPLY, None), endpoint, (), POLICY)
    assert call.reserved_tokens == 2**53

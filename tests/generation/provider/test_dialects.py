"""Which refusals mean that a parameter is not taken, and what is sent instead."""

from typing import Any

import pytest

from gql_chat.generation.provider.dialects import Dialect, Dialects
from gql_chat.generation.provider.endpoint import USAGE_OPTIONS, Endpoint

BODY = {"model": "m", "messages": [], "stream": True}
LIMITED = {**BODY, "max_tokens": 7}


def test_openais_own_dialect_asks_for_usage_of_a_stream() -> None:
    assert Dialect().of_body(BODY) == {**BODY, **USAGE_OPTIONS}
    assert Dialect().of_body({**BODY, "stream": False}) == {**BODY, "stream": False}


@pytest.mark.parametrize(
    ("error", "status_code", "refuses"),
    [
        ({"message": "Unrecognized request argument supplied: stream_options"}, 400, True),
        ({"error": {"message": "…", "param": "stream_options"}}, 400, True),
        ({"detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]}, 422, True),
        ("include_usage is not supported", 400, True),
        ({"message": "Unrecognized request argument supplied: top_k"}, 400, False),
        ({"message": "stream_options"}, 500, False),
        (None, 400, False),
    ],
)
def test_the_refusal_of_stream_options_is_recognised(error: Any, status_code: int, refuses: bool) -> None:
    wanted = Dialect(counts_usage=False) if refuses else None
    assert Dialect().after_refusal(BODY, error, status_code) == wanted
    assert Dialect(counts_usage=False).after_refusal(BODY, error, status_code) is None


@pytest.mark.parametrize(
    ("sent", "other", "message"),
    [
        (
            "max_tokens",
            "max_completion_tokens",
            "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead.",
        ),
        ("max_completion_tokens", "max_tokens", "body.max_completion_tokens: Extra inputs are not permitted"),
        ("max_completion_tokens", "max_tokens", "unknown field: max_completion_tokens"),
    ],
)
def test_the_limit_has_two_names_and_the_other_is_tried_once(sent: str, other: str, message: str) -> None:
    body = {**BODY, sent: 7}
    swapped = Dialect().after_refusal(body, {"message": message}, 400)
    assert swapped == Dialect(swaps_limit=True)
    assert swapped.of_body(body) == {**BODY, **USAGE_OPTIONS, other: 7}
    assert swapped.after_refusal(body, {"message": f"unsupported: {other}"}, 400) is None


@pytest.mark.parametrize(
    "message", ["max_tokens must be at most 4096", "temperature is not supported", "max_tokens_per_image is unknown"]
)
def test_another_fault_of_the_limit_is_no_refusal_of_it(message: str) -> None:
    assert Dialect().after_refusal(LIMITED, {"message": message}, 400) is None


def test_a_dialect_is_remembered_per_base_url_and_model() -> None:
    dialects = Dialects()
    dialects.remember(Endpoint("https://a.example", "key", "m"), Dialect(swaps_limit=True))
    assert dialects.get(Endpoint("https://a.example", "another key", "m")) == Dialect(swaps_limit=True)
    assert dialects.get(Endpoint("https://a.example", "key", "n")) == Dialect()
    assert dialects.get(Endpoint("https://b.example", "key", "m")) == Dialect()

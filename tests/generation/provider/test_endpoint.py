"""The body of a request for a completion, where servers want it differently."""

import pytest

from gql_chat.generation.provider.endpoint import Endpoint, request_body, without_credentials


@pytest.mark.parametrize(
    ("base_url", "name"),
    [
        ("https://api.openai.com/v1", "max_completion_tokens"),
        ("https://eu.api.openai.com/v1", "max_completion_tokens"),
        ("https://api.deepseek.com", "max_tokens"),
        ("https://notapi.openai.com.example/v1", "max_tokens"),
        ("http://[::1]:8000/v1", "max_tokens"),
    ],
)
def test_openai_wants_another_name_for_the_limit_of_tokens(base_url: str, name: str) -> None:
    body = request_body(Endpoint(base_url, "key", "m", {"max_tokens": 7}), [])
    assert body == {"model": "m", "messages": [], "stream": True, name: 7}


def test_extra_wins_over_parameters_and_not_over_what_is_ours() -> None:
    extra = {"temperature": 2, "stream": False, "model": "x", "messages": "x", "stream_options": "x"}
    body = request_body(Endpoint("https://a.example", "key", "m", {"temperature": 1, "extra": extra}), [])
    assert body == {"model": "m", "messages": [], "stream": False, "temperature": 2}


def test_only_false_switches_streaming_off() -> None:
    assert request_body(Endpoint("https://a.example", "key", "m", {"extra": {"stream": None}}), [])["stream"] is True


def test_a_url_is_shown_without_what_may_be_secret_in_it() -> None:
    assert without_credentials("https://ada:pass@a.example:8443/v1?key=x#y") == "https://a.example:8443/v1"

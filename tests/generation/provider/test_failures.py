"""Which code a provider's refusal gets, and that its message is safe to show."""

import time
from typing import Any

import pytest

from gql_chat.errors import ProviderErrorCode as Code
from gql_chat.generation.provider.failures import refused, refuses_usage

SECRET = "not-a-usual-form-of-key-8127"


@pytest.mark.parametrize(
    ("status_code", "code"),
    [
        (302, Code.BAD_RESPONSE),
        (400, Code.BAD_REQUEST),
        (401, Code.AUTHENTICATION),
        (402, Code.QUOTA_EXCEEDED),
        (403, Code.AUTHENTICATION),
        (404, Code.MODEL_NOT_FOUND),
        (405, Code.BAD_REQUEST),
        (408, Code.TIMEOUT),
        (413, Code.BAD_REQUEST),
        (422, Code.BAD_REQUEST),
        (429, Code.RATE_LIMITED),
        (500, Code.UNAVAILABLE),
        (503, Code.UNAVAILABLE),
        (504, Code.TIMEOUT),
        (524, Code.TIMEOUT),
        (529, Code.UNAVAILABLE),
        (None, Code.UNAVAILABLE),
    ],
)
def test_a_status_alone_gives_a_code(status_code: int | None, code: Code) -> None:
    assert refused(None, secret="", status_code=status_code).provider_code is code


@pytest.mark.parametrize(
    ("status_code", "error", "code"),
    [
        (400, {"message": "…", "code": "context_length_exceeded"}, Code.CONTEXT_TOO_LONG),
        (400, {"message": "This model's maximum context length is 4096 tokens."}, Code.CONTEXT_TOO_LONG),  # vLLM
        (400, {"message": "prompt is too long: 210000 tokens > 200000 maximum"}, Code.CONTEXT_TOO_LONG),  # Anthropic
        (400, {"message": "Range of input length should be [1, 30720]"}, Code.CONTEXT_TOO_LONG),  # DashScope
        (500, "the request exceeds the available context size", Code.CONTEXT_TOO_LONG),  # llama.cpp
        (402, {"message": "Insufficient Balance"}, Code.QUOTA_EXCEEDED),  # DeepSeek
        (429, {"message": "…", "type": "insufficient_quota"}, Code.QUOTA_EXCEEDED),
        (429, {"message": "You exceeded your current quota, please check your plan."}, Code.QUOTA_EXCEEDED),
        (400, {"message": "Your credit balance is too low to access the API."}, Code.QUOTA_EXCEEDED),  # Anthropic
        (400, {"message": "Access denied.", "code": "Arrearage"}, Code.QUOTA_EXCEEDED),  # DashScope
        (429, {"message": "The model's context window is busy"}, Code.RATE_LIMITED),
        (400, {"message": "API key not valid. Please pass a valid API key."}, Code.AUTHENTICATION),  # Google
        (400, {"message": "Model Not Exist"}, Code.MODEL_NOT_FOUND),  # DeepSeek
        (400, {"message": "Invalid model name passed in model=gpt-9."}, Code.MODEL_NOT_FOUND),  # LiteLLM
        (400, {"message": "No connected db.", "type": "no_db_connection"}, Code.AUTHENTICATION),  # LiteLLM
        (400, {"message": "Content Exists Risk"}, Code.CONTENT_FILTERED),  # DeepSeek
        (403, {"message": "Your input was flagged"}, Code.CONTENT_FILTERED),  # OpenRouter
        (400, {"message": "…", "code": "data_inspection_failed"}, Code.CONTENT_FILTERED),  # DashScope
        (400, {"message": "temperature must be at most 2"}, Code.BAD_REQUEST),
        (None, {"message": "Provider returned error", "code": 429}, Code.RATE_LIMITED),  # OpenRouter, in the stream
        (None, {"message": "…", "code": "502"}, Code.UNAVAILABLE),
        (None, {"message": "…", "type": "overloaded_error"}, Code.UNAVAILABLE),
        (None, "context length exceeded", Code.CONTEXT_TOO_LONG),
        (None, ["odd"], Code.UNAVAILABLE),
    ],
)
def test_what_the_provider_says_gives_a_closer_code(status_code: int | None, error: Any, code: Code) -> None:
    assert refused(error, secret="", status_code=status_code).provider_code is code


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"Key {SECRET}.", "Key [redacted]."),
        ("Incorrect API key provided: sk-abc***wxyz.", "Incorrect API key provided: [redacted]."),
        ("got sk-proj-0123456789abcdef here", "got [redacted] here"),
        ("header 'Authorization: Bearer abc.def'", "header 'Authorization: Bearer [redacted]'"),
        ("key 12ab****89yz is wrong", "key [redacted] is wrong"),
        ("basic authentication takes 4096 tokens: 5000 given", "basic authentication takes 4096 tokens: 5000 given"),
        ("risk-free skills and task-oriented masks", "risk-free skills and task-oriented masks"),
        ("two\r\nlines\0 \ud83d", "two lines ?"),
        ("  <html>secret page</html>", None),
        ("", None),
    ],
)
def test_messages_are_one_line_without_keys(said: str, shown: str | None) -> None:
    message = refused({"message": said}, secret=SECRET, status_code=400).message
    sentence = "The provider refused the request."
    assert message == (f"{sentence} It says: {shown}" if shown else sentence)


def test_a_short_secret_is_no_secret() -> None:
    assert refused("The demo ended.", secret="demo", status_code=400).message.endswith("The demo ended.")


def test_messages_are_cut_to_500_characters() -> None:
    message = refused("word " * 100_000, secret=SECRET, status_code=500).message
    assert len(message) == 500
    assert message.startswith("The provider is not able to answer now. It says: word word ")
    assert message.endswith("…")


@pytest.mark.parametrize("piece", ["x", "*", "sk-", "Bearer ", "model not ", "api key "])
def test_no_message_takes_long_to_read(piece: str) -> None:
    started_at = time.process_time()
    refused(piece * 64 * 1024, secret=SECRET, status_code=500)
    assert time.process_time() - started_at < 0.5  # a pattern that backtracks took 15 s


@pytest.mark.parametrize(
    ("error", "status_code", "refuses"),
    [
        ({"message": "Unrecognized request argument supplied: stream_options"}, 400, True),
        ({"message": "…", "param": "stream_options"}, 400, True),
        ({"detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]}, 422, True),
        ("include_usage is not supported", 400, True),
        ({"message": "Unrecognized request argument supplied: top_k"}, 400, False),
        ({"message": "stream_options"}, 500, False),
        (None, 400, False),
    ],
)
def test_the_refusal_of_stream_options_is_recognised(error: Any, status_code: int, refuses: bool) -> None:
    assert refuses_usage(error, status_code) is refuses

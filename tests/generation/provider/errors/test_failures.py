"""Which code a provider's refusal gets, and that its message is safe to show."""

import json
import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.errors import ProviderErrorCode as Code
from gql_chat.generation.provider.errors.failures import refused, retry_after_seconds
from gql_chat.generation.provider.errors.table import WORDINGS, Wording

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
        (413, Code.CONTEXT_TOO_LONG),
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
    assert refused(None, status_code=status_code).provider_code is code


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
        (  # LiteLLM's name for any 429 of the provider behind it
            429,
            {"message": "You exceeded your current quota, please check.", "type": "throttling_error", "code": "429"},
            Code.QUOTA_EXCEEDED,
        ),
        (429, {"message": "Slow down.", "type": "throttling_error", "code": "429"}, Code.RATE_LIMITED),
        (400, {"message": "Content Exists Risk"}, Code.CONTENT_FILTERED),  # DeepSeek
        (403, {"message": "Your input was flagged"}, Code.CONTENT_FILTERED),  # OpenRouter
        (400, {"message": "…", "code": "data_inspection_failed"}, Code.CONTENT_FILTERED),  # DashScope
        (400, {"message": "temperature must be at most 2"}, Code.BAD_REQUEST),
        (None, {"message": "Provider returned error", "code": 429}, Code.RATE_LIMITED),  # OpenRouter, in the stream
        (None, {"message": "…", "code": "502"}, Code.UNAVAILABLE),
        (None, {"message": "…", "type": "overloaded_error"}, Code.UNAVAILABLE),
        (None, "context length exceeded", Code.CONTEXT_TOO_LONG),
        (None, ["odd"], Code.UNAVAILABLE),
        (400, {"code": "1113", "message": "…"}, Code.QUOTA_EXCEEDED),  # this and the next: Zhipu
        (400, {"error": {"code": "1211", "message": "…"}}, Code.MODEL_NOT_FOUND),
        (400, {"code": "1261", "message": "…"}, Code.CONTEXT_TOO_LONG),
        (400, {"code": "1301", "message": "…"}, Code.CONTENT_FILTERED),
        (429, {"type": "exceeded_current_quota_error", "message": "…"}, Code.QUOTA_EXCEEDED),  # Moonshot
        (400, {"message": "Your request exceeded model token limit: 8192"}, Code.CONTEXT_TOO_LONG),
        (None, {"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}, Code.QUOTA_EXCEEDED),
        (None, {"base_resp": {"status_code": 1001, "status_msg": "timeout"}}, Code.TIMEOUT),  # MiniMax's, not Zhipu's
        (429, {"message": "No deployments available for selected model"}, Code.UNAVAILABLE),  # LiteLLM
        (400, {"message": "no healthy deployments for this model"}, Code.UNAVAILABLE),
        (403, {"message": "Key limit exceeded (total limit)", "code": 403}, Code.QUOTA_EXCEEDED),  # OpenRouter
        (403, {"code": "…", "error": "Your team doesn't have any credits yet."}, Code.QUOTA_EXCEEDED),  # xAI
        (400, {"code": "…", "error": "Incorrect API key provided: x***y."}, Code.AUTHENTICATION),  # xAI
        (403, {"code": 30001, "message": "Sorry, your account balance is insufficient"}, Code.QUOTA_EXCEEDED),
        (400, {"code": 20012, "message": "Model does not exist."}, Code.MODEL_NOT_FOUND),  # SiliconFlow
        (422, {"error": "Input validation error: `inputs` must have less than 4 tokens"}, Code.CONTEXT_TOO_LONG),
        (429, {"error": "Model is overloaded", "error_type": "overloaded"}, Code.UNAVAILABLE),  # TGI
        (403, {"code": "AccountOverdueError", "message": "…"}, Code.QUOTA_EXCEEDED),  # Volcengine
        (413, {"message": "Request too large for model", "code": "request_too_large"}, Code.CONTEXT_TOO_LONG),
        (400, [{"error": {"message": "no", "details": [{"reason": "API_KEY_INVALID"}]}}], Code.BAD_REQUEST),
        (
            400,
            {"message": "Provider returned error", "code": 400, "metadata": {"raw": '{"code": "Arrearage"}'}},
            Code.QUOTA_EXCEEDED,
        ),
    ],
)
def test_what_the_provider_says_gives_a_closer_code(status_code: int | None, error: Any, code: Code) -> None:
    assert refused(error, status_code=status_code).provider_code is code


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"Key {SECRET}.", "Key [redacted]."),
        ("This key is wrong: sk-abc***wxyz.", "This key is wrong: [redacted]."),
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
    message = refused({"message": said}, secrets=[SECRET], status_code=400).message
    sentence = "The provider refused the request."
    assert message == (f"{sentence} It says: {shown}" if shown else sentence)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ("no", "no"),
        ({"error": {"error": {"message": "no"}}}, "no"),
        ({"detail": "no"}, "no"),
        (
            {"detail": [{"loc": ["body", "top_k"], "msg": "Field required", "type": "missing"}]},
            "body.top_k: Field required",
        ),
        ({"errors": [{"message": "no"}, {"message": "nor this"}]}, "no; nor this"),
        ([{"error": {"message": "no", "code": 400}}], "no"),
        ({"error_code": 336003, "error_msg": "no"}, "no"),
        ({"base_resp": {"status_code": 1000, "status_msg": "no"}}, "no"),
        ({"message": '{"error": {"message": "no"}}'}, "no"),
        (
            {"message": "Provider returned error", "metadata": {"raw": '{"error": {"message": "no"}}'}},
            "Provider returned error: no",
        ),
        ({"message": "<400> InternalError.Algo.InvalidParameter: no"}, "<400> InternalError.Algo.InvalidParameter: no"),
        ({"message": {"text": ["no", None]}}, None),
        ({"message": ["no", {"reason": 1}]}, "no"),
        ({"message": None, "error": True}, None),
        ({"code": 7}, None),
        (17, "17"),
        ("<!DOCTYPE html><title>no</title>", None),
        ("<center>no</center>", None),
    ],
)
def test_bodies_of_every_form_are_read(error: Any, message: str | None) -> None:
    sentence = "The provider refused the request."
    assert refused(error, secrets=[SECRET], status_code=400).message == (
        f"{sentence} It says: {message}" if message else sentence
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["error", "message", "detail", "code", "metadata", "raw", "x"]), inner)
    ),
    max_leaves=12,
)


@given(JSON, st.sampled_from([None, 302, 400, 429, 500]))
def test_no_body_is_shown_as_python_or_raises(error: Any, status_code: int | None) -> None:
    failure = refused(error, secrets=[SECRET], status_code=status_code)
    assert failure.message
    assert len(failure.message) <= 500
    if not any(word in json.dumps(error) for word in ("None", "True", "False")):
        assert not re.search(r"\b(None|True|False)\b", failure.message)


@pytest.mark.parametrize("wording", WORDINGS, ids=lambda wording: wording.example)
def test_a_wording_gives_its_code_and_no_other(wording: Wording) -> None:
    assert refused({"message": wording.example}, status_code=400).provider_code is wording.code
    assert {other.code for other in WORDINGS if other.pattern.search(wording.example)} == {wording.code}


@given(st.sampled_from(WORDINGS), st.text(max_size=40), st.text(max_size=40))
def test_a_wording_is_found_within_a_message(wording: Wording, before: str, after: str) -> None:
    message = f"{before} {wording.example} {after}"
    found = refused({"message": message}, status_code=400).provider_code
    assert found is wording.code or any(
        other.code is found and other.pattern.search(f"{before} {after}") for other in WORDINGS
    )


@pytest.mark.parametrize("model", ["Skywork-o1-Open", "xai-grok-4-fast", "rk3588-llama-chat", "sk-model-very-long"])
def test_the_keys_own_model_and_base_url_are_no_secrets(model: str) -> None:
    shown = (model, "https://pk-gateway-internal.example/v1")
    message = refused(f"{model} at {shown[1]} {SECRET} sk-0123456789abcdef", secrets=[SECRET], shown=shown).message
    assert message.endswith(f"It says: {model} at {shown[1]} [redacted] [redacted]")


def test_a_secret_is_redacted_also_where_it_is_the_models_name() -> None:
    assert SECRET not in refused(f"no model {SECRET}", secrets=[SECRET], shown=[SECRET]).message


def test_a_short_secret_is_no_secret() -> None:
    assert refused("The demo ended.", secrets=["demo"], status_code=400).message.endswith("The demo ended.")


def test_messages_are_cut_to_500_characters() -> None:
    message = refused("word " * 100_000, secrets=[SECRET], status_code=500).message
    assert len(message) == 500
    assert message.startswith("The provider is not able to answer now. It says: word word ")
    assert message.endswith("…")


@pytest.mark.parametrize("piece", ["x", "*", "sk-", "Bearer ", "model not ", "api key "])
def test_no_message_takes_long_to_read(piece: str) -> None:
    started_at = time.process_time()
    refused(piece * 64 * 1024, secrets=[SECRET], status_code=500)
    assert time.process_time() - started_at < 0.5  # a pattern that backtracks took 15 s


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "0"}, None),
        ({"Retry-After": "1.2"}, 2),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "999999999"}, 86_400),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "Sat, 01 Jan 2000 00:00:00 GMT"}, None),
        ({"Retry-After": "Sat, 01 Jan 2500 00:00:00 GMT"}, 86_400),
        ({"Retry-After": "Sat, 01 Jan 2500 00:00:00"}, None),
        ({"retry-after-ms": "1500", "Retry-After": "9"}, 2),
        ({"retry-after-ms": "x", "Retry-After": "9"}, 9),
    ],
)
def test_the_time_that_a_provider_asks_to_wait(headers: dict[str, str], seconds: int | None) -> None:
    assert retry_after_seconds(headers) == seconds

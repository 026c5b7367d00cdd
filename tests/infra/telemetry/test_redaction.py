"""What is taken out of a line of the log, and what is left."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.infra.telemetry.redaction import REDACTED, Redactor

redact = Redactor()
NOT_IN_TOKENS = st.characters(codec="ascii", categories=["L", "N"])
tokens = st.text(NOT_IN_TOKENS, min_size=16, max_size=60)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("postgres://ada:p@ss:word@db:5432/chat", "postgres://ada:[redacted]@db:5432/chat"),
        ("cannot reach redis://:hunter2@redis:6379/0.", "cannot reach redis://:[redacted]@redis:6379/0."),
        ("GET /files/a.png?X-Amz-Signature=c0ffee&x=1", "GET /files/a.png?X-Amz-Signature=[redacted]&x=1"),
        ("https://b.cos/a?q-sign-algorithm=sha1&q-ak=AK&q-signature=c0ffee", None),
        ("/reset?code=123456#top", "/reset?code=[redacted]#top"),
        ("Authorization: Bearer abc.def-ghi_jkl", "Authorization: Bearer [redacted]"),
        ("basic dXNlcjpwYXNz;", "basic [redacted];"),
        ('{"password": "correct horse battery"}', '{"password": "[redacted]"}'),
        ("{'newPassword': 'it\\\"s', 'n': 1}", "{'newPassword': '[redacted]', 'n': 1}"),
        ('"{\\"accessToken\\":\\"abc\\",\\"n\\":1}"', '"{\\"accessToken\\":\\"[redacted]\\",\\"n\\":1}"'),
        ("api_key=abc, apiKey: def", "api_key=[redacted], apiKey: [redacted]"),
        ("activationCode = 7KQM-2XRD", "activationCode = [redacted]"),
        ("with sk-proj-abcdefgh12345678 and gqlchat_A-b_c", "with [redacted] and [redacted]"),
        ("eyJhbGciOi.eyJzdWIiOi.c2ln", "[redacted]"),
    ],
)
def test_what_looks_like_a_secret_is_taken_out(text: str, left: str | None) -> None:
    redacted = redact(text)
    assert REDACTED in redacted
    assert "c0ffee" not in redacted
    assert left is None or redacted == left


@pytest.mark.parametrize(
    "line",
    [
        '{"message": "operation", "field": "login", "code": "OK", "duration_ms": 1.5, "request_id": "5f3c-1.2"}',
        '{"message": "reply", "prompt_tokens": 12, "total_tokens": 15, "model": "gpt-5-mini"}',
        "secret_cannot_be_opened key_id=key_01h2xcejqtf2nbrexx3vqjhp41 reason='the master key k1 is missing'",
        "http://127.0.0.1:8000/graphql ada@example.com 2026-11-25T15:00:00Z",
    ],
)
def test_other_lines_are_left_alone(line: str) -> None:
    assert redact(line) == line


def test_most_lines_need_no_closer_look() -> None:
    assert not redact.suspects('{"message": "operation", "field": "login", "code": "OK", "path": "/graphql"}')


@given(tokens, st.text(max_size=40), st.text(max_size=40))
def test_a_known_secret_is_found_wherever_it_stands(secret: str, before: str, after: str) -> None:
    odd = f'{secret}"\\é'
    redact = Redactor([secret, odd, "short"])
    for text in (f"{before}{secret}{after}", json.dumps({"a": f"{before}{odd}{after}"})):
        assert secret not in redact(text)
    assert redact("a short one") == "a short one"


texts = st.text(st.sampled_from("\\\"' a"), max_size=8)


@given(texts, texts, st.integers(0, 2))
def test_a_value_goes_whole_however_deep_it_is_quoted(before: str, after: str, depth: int) -> None:
    text = json.dumps({"password": f"{before}hunter2{after}", "n": 1})
    for _ in range(depth):
        text = json.dumps(text)
    redacted = redact(text)
    assert "hunter2" not in redacted
    for _ in range(depth):
        redacted = json.loads(redacted)
    assert json.loads(redacted) == {"password": REDACTED, "n": 1}


def test_fields_are_looked_through_to_the_bottom() -> None:
    class Thing:
        def __repr__(self) -> str:
            return "Thing(token='abc')"

    event = {"apiKey": ["a"], "n": [1, None, {"access_token": "abc", "ok": True}], "it": Thing(), "t": ("Bearer x",)}
    assert redact.within(event) == {
        "apiKey": REDACTED,
        "n": [1, None, {"access_token": REDACTED, "ok": True}],
        "it": f"Thing(token='{REDACTED}')",
        "t": [f"Bearer {REDACTED}"],
    }


@pytest.mark.parametrize("piece", ["a", "://", "?key", "token:", "\\", "sk-", "eyJ.", "://a:", "bearer "])
def test_no_text_takes_long(piece: str) -> None:
    # A hundred times as much text may not take ten thousand times as long.
    started_at = time.process_time()
    redact((piece * 100_000)[:100_000] + "token @ ?")
    assert time.process_time() - started_at < 5

"""What the ledger keeps of requests."""

import json
from typing import Any

from gql_chat.infra.telemetry.redaction import without_secrets
from gql_chat.usage.contents import kept_messages, kept_parameters
from gql_chat.usage.prompts import encoded

SECRET = "sk-0123456789"


def test_files_are_kept_by_their_kind_and_size() -> None:
    image = {"url": f"data:image/png;base64,{'A' * 4000}", "detail": "high"}
    parts: list[dict[str, Any]] = [
        {"type": "text", "text": "data:text is no file"},
        {"type": "image_url", "image_url": image},
        {"type": "image_url", "image_url": {"url": "https://store.example/cat.png?X-Amz-Signature=abc"}},
        {"type": "video_url", "video_url": {"url": "https://example.com/cat.mp4"}},
    ]
    [kept] = kept_messages([{"role": "user", "content": parts}])
    assert kept["content"] == [
        parts[0],
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,… (4000 characters)", "detail": "high"}},
        {"type": "image_url", "image_url": {"url": "https://store.example/cat.png?…"}},
        parts[3],
    ]
    assert len(image["url"]) > 4000  # what is sent stays as it is


def test_credentials_are_masked_by_their_names_at_any_depth() -> None:
    body = {
        "model": "m",
        "messages": [],
        "max_tokens": 5,
        "stop": ["token"],
        "headers": [{"Authorization": "Bearer x", "accept": "json"}],
        "nested": {"api-key": 1, "access_token": "x", "user_password": "x", "logit_bias": {"1": 2}},
    }
    assert json.loads(kept_parameters(body, secrets=[SECRET])) == {
        "max_tokens": 5,
        "stop": ["token"],
        "headers": [{"Authorization": "[redacted]", "accept": "json"}],
        "nested": {
            "api-key": "[redacted]",
            "access_token": "[redacted]",
            "user_password": "[redacted]",
            "logit_bias": {"1": 2},
        },
    }


def test_the_keys_secret_is_masked_wherever_it_stands() -> None:
    assert encoded([{"role": "user", "content": f"a {SECRET}!"}], [SECRET]) == (
        '[{"role":"user","content":"a [redacted]!"}]'
    )
    assert kept_parameters({"user": SECRET}, secrets=[SECRET]) == '{"user":"[redacted]"}'
    assert without_secrets("a demo", ["demo"]) == "a demo"  # too short to be told from a word
    assert without_secrets("a demo", [""]) == "a demo"

"""Our signatures are those of Amazon's own library."""

from datetime import UTC, datetime
from typing import Any

import botocore.auth
import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from gql_chat.infra.storage.s3_urls import S3Credentials, sign_url

NOW = datetime(2026, 11, 25, 8, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize("token", [None, "a/session+token=="])
@pytest.mark.parametrize("url", ["http://127.0.0.1:9000/bucket/a/b.txt", "https://bucket.cos.example.com/dir/ü ~é.txt"])
@pytest.mark.parametrize(
    ("method", "query", "headers"),
    [
        ("GET", {}, {}),
        ("GET", {"response-content-disposition": "attachment; filename*=UTF-8''%E4%BD%A0 a&b.txt"}, {}),
        ("PUT", {}, {"content-length": "12"}),
    ],
)
def test_a_signature_is_the_one_that_amazon_would_make(
    monkeypatch: pytest.MonkeyPatch, method: str, query: Any, headers: Any, url: str, token: str | None
) -> None:
    ours = sign_url(
        method, url, credentials=S3Credentials("id", "secret", token), region="eu-west-1", now=NOW,
        lifetime_seconds=900, query=query, headers=headers,
    )  # fmt: skip
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: NOW)
    base = ours.split("?")[0]
    theirs = AWSRequest(method, base, headers=dict(headers), params=dict(query))
    S3SigV4QueryAuth(Credentials("id", "secret", token), "s3", "eu-west-1", expires=900).add_auth(theirs)
    assert signature_of(ours) == signature_of(theirs.url)


def signature_of(url: str) -> str:
    return url.partition("X-Amz-Signature=")[2].partition("&")[0]


def test_credentials_do_not_show_their_secrets() -> None:
    assert repr(S3Credentials("id", "a secret", "a token")) == "S3Credentials(access_key_id='id')"

"""The bound on registered documents, and the formats of a manifest."""

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from gql_chat.api.engine.requests import RequestRejected
from gql_chat.api.engine.trusted_documents import KEPT_BYTES, TrustedDocuments, read_manifest

HELLO, NAMES = "{ hello }", "{ __typename }"


def named(text: str) -> dict[str, Any]:
    digest = sha256(text.encode()).hexdigest()
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}}


def test_the_documents_that_were_used_last_are_kept_up_to_a_bound_in_bytes() -> None:
    documents = TrustedDocuments("on")
    texts = [f"{{ hello }} # {number:09} {'é' * 20_000}" for number in range(KEPT_BYTES // 40_000 + 2)]
    documents.resolve(named(HELLO) | {"query": HELLO})
    for text in texts:
        documents.resolve(named(text) | {"query": text})
        assert documents.resolve(named(HELLO)) == named(HELLO) | {"query": HELLO}
    assert documents.resolve(named(texts[-1])) == named(texts[-1]) | {"query": texts[-1]}
    with pytest.raises(RequestRejected, match="PersistedQueryNotFound"):
        documents.resolve(named(texts[0]))


def test_a_document_that_is_too_long_to_run_is_not_kept() -> None:
    documents, text = TrustedDocuments("on"), HELLO + " " * 50_000
    assert documents.resolve(named(text) | {"query": text}) == named(text) | {"query": text}
    with pytest.raises(RequestRejected, match="PersistedQueryNotFound"):
        documents.resolve(named(text))


OPERATION = {"id": "hello-1", "name": "Hello", "type": "query", "body": HELLO}
APOLLO = {"format": "apollo-persisted-query-manifest", "version": 1, "operations": [OPERATION]}
SHA256 = f"sha256:{sha256(NAMES.encode()).hexdigest()}"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"hello-1": HELLO, SHA256: NAMES}, {"hello-1": HELLO, SHA256: NAMES}),
        (APOLLO, {"hello-1": HELLO}),
    ],
)
def test_manifests_of_relay_of_the_client_preset_and_of_apollo_are_read(
    tmp_path: Path, content: object, expected: dict[str, str]
) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps(content))
    assert read_manifest(tmp_path / "manifest.json") == expected


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{\n"hello-1": "{ hello }"', "is not JSON in UTF-8: line 2"),
        ("[]", 'must be an object {"id": "document"} with at least one document'),
        ("{}", 'must be an object {"id": "document"} with at least one document'),
        ('{"hello-1": 5}', "'hello-1' must be the id of a document's text"),
        ('{"hello-1": " "}', "'hello-1' must be the id of a document's text"),
        ('{"": "{ hello }"}', "'' must be the id of a document's text"),
        ('{"sha256:abc": "{ hello }"}', "'sha256:abc' is not the SHA-256 of its document"),
        (
            '{"format": "apollo-persisted-query-manifest", "operations": [{"id": "x"}]}',
            "must have `operations`, each with an `id` and a `body`",
        ),
        (
            '{"format": "apollo-persisted-query-manifest", "operations": [{"id": 5, "body": "{ hello }"}]}',
            "5 must be the id of a document's text",
        ),
    ],
)
def test_a_wrong_manifest_has_a_reason(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}$"):
        read_manifest(tmp_path / "manifest.json")

"""A schema that can be kept to oneself, and documents that alone may run."""

import json
from pathlib import Path

import pytest

from gql_chat.server import CannotStart
from tests.support.chat import run_chat


async def test_introspection_can_be_switched_off_for_the_signed_out_and_suggestions_with_it(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with run_chat(sqlite_url, tmp_path, INTROSPECTION="off") as chat:
        refused = await chat.stranger.post("{ __schema { types { name } } }")
        assert {error["extensions"]["code"] for error in refused["errors"]} == {"GRAPHQL_VALIDATION_FAILED"}
        assert "data" not in refused
        (error,) = (await chat.stranger.post("{ sesions { totalCount } }"))["errors"]
        assert "sessions" not in error["message"]
        assert (await chat.stranger.post("{ __typename }")) == {"data": {"__typename": "Query"}}
        ada = await chat.sign_up("ada")
        assert (await ada.run("{ __schema { queryType { name } } }")) == {"__schema": {"queryType": {"name": "Query"}}}
        (error,) = (await ada.post("{ sesions { totalCount } }"))["errors"]
        assert "sessions" in error["message"]


async def test_only_the_documents_of_the_manifest_run_for_strangers_and_the_signed_in(
    sqlite_url: str, tmp_path: Path
) -> None:
    register = "mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }"
    person = {"username": "ada", "email": "ada@example.com", "password": "a long passphrase"}
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps({"register": register, "me": "{ me { username } }"}))
    async with run_chat(sqlite_url, tmp_path, TRUSTED_DOCUMENTS="only", TRUSTED_DOCUMENTS_FILE=str(file)) as chat:
        url, made = f"{chat.origin}/graphql", await chat.stranger.run(register, input=person)
        signed_in = {"authorization": f"Bearer {made['register']['accessToken']}"}
        for headers in ({}, signed_in):
            for query in ("{ __typename }", "{ __schema { queryType { name } } }"):
                async with chat.http.post(url, json={"query": query}, headers=headers) as response:
                    (error,) = (await response.json())["errors"]
                    assert error["extensions"] == {"code": "DOCUMENT_NOT_TRUSTED"}
        async with chat.http.post(url, json={"documentId": "me"}, headers=signed_in) as response:
            assert await response.json() == {"data": {"me": {"username": "ada"}}}
        async with chat.http.get(url, headers={"accept": "text/html"}, allow_redirects=False) as response:
            assert response.status != 303


async def test_a_wrong_manifest_is_refused_at_the_start_in_one_line(sqlite_url: str, tmp_path: Path) -> None:
    file = tmp_path / "manifest.json"
    file.write_text("[]")
    with pytest.raises(CannotStart) as refused:
        async with run_chat(sqlite_url, tmp_path, TRUSTED_DOCUMENTS="on", TRUSTED_DOCUMENTS_FILE=str(file)):
            pass
    reason = 'must be an object {"id": "document"} with at least one document'
    assert str(refused.value) == f"GQL_CHAT_TRUSTED_DOCUMENTS_FILE: {file}: {reason}"

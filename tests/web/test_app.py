"""A schema that can be kept to oneself."""

from pathlib import Path

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

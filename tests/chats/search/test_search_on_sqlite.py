"""What SQLite's index is asked for, and which texts are read."""

from typing import Any

import pytest

from gql_chat.chats import search_index, search_statement
from gql_chat.chats.search import search_messages
from gql_chat.infra.db.database import fetch_all
from gql_chat.infra.db.keyset import PageRequest
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.db.substring_index import list_trigrams
from tests.support.stored.searching import found, new_owner, say


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what SQLite's index is asked for, from now on."""
    asked: list[str] = []

    async def recorded(sql: str, *args: Any) -> list[dict[str, Any]]:
        asked.append(args[3])
        return await fetch_all(sql, *args)

    monkeypatch.setattr(search_statement, "fetch_all", recorded)
    return asked


async def test_no_text_is_read_for_two_letters_that_no_text_of_anybody_holds(
    sqlite_url: str, searches: list[str]
) -> None:
    async with open_database(sqlite_url, model_modules()):
        ada = await new_owner("ada")
        await say(ada, "antique box", "at last: iraq")
        assert (await found(ada, "qz"), await found(ada, "aq")) == ([], ["at last: iraq"])
        mark = search_index.owner_mark(ada.user_id)
        assert searches == [f'"{mark}" AND ("aq ")']


async def test_two_letters_that_too_many_letters_follow_are_found_by_reading(sqlite_url: str) -> None:
    letters = [letter for letter in map(chr, range(0x1200, 0x1380)) if letter.isalpha()]  # Ethiopic
    async with open_database(sqlite_url, model_modules()):
        ada = await new_owner("ada")
        texts = [f"ab{letter}" for letter in letters[:201]]
        await say(ada, "other", *texts[:200])
        assert len(await list_trigrams("search_index", "ab") or []) == 200
        await say(ada, texts[200])
        assert await list_trigrams("search_index", "ab") is None
        assert (await search_messages(ada.user_id, "ab", PageRequest())).total == 201


async def test_on_sqlite_no_text_of_another_user_is_read(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plans: list[str] = []

    async def explained(sql: str, *args: Any) -> list[dict[str, Any]]:
        plans.extend(row["detail"] for row in await fetch_all(f"EXPLAIN QUERY PLAN {sql}", *args))
        return await fetch_all(sql, *args)

    async with open_database(sqlite_url, model_modules()):
        ada = await new_owner("ada")
        await say(ada, "x words")
        monkeypatch.setattr(search_statement, "fetch_all", explained)
        for query in ("x", "x q", "wo", "words"):
            await found(ada, query)
    # The index leads to each text.
    assert {plan for plan in plans if " search_texts" in plan} == {
        "SEARCH search_texts USING INTEGER PRIMARY KEY (rowid=?)"
    }


async def test_sqlites_index_is_asked_for_the_rarest_trigrams_of_long_words(
    sqlite_url: str, searches: list[str]
) -> None:
    async with open_database(sqlite_url, model_modules()):
        ada, bob = await new_owner("ada"), await new_owner("bob")
        await say(ada, *["determined"] * 7, *["termites"] * 40, *["mine"] * 30, "ermine")
        await say(bob, *["detergent"] * 200)
        assert await found(ada, "determine") == ["determined"] * 7
        mark = search_index.owner_mark(ada.user_id)
        # "ter" is in 47 of the newest 78 texts, and "min" in 38. What has "det" has all the others.
        assert searches == [f'"{mark}" AND "det"']


async def test_beside_a_rare_word_sqlites_index_is_not_asked_for_two_letters(
    sqlite_url: str, searches: list[str]
) -> None:
    async with open_database(sqlite_url, model_modules()):
        ada = await new_owner("ada")
        await say(ada, "the best of amsterdam", *["one of many cities"] * 50)
        mark = search_index.owner_mark(ada.user_id)
        assert await found(ada, "of amsterdam") == ["the best of amsterdam"]
        assert len(await found(ada, "of cities")) == 50
        assert [("of " in asked, mark in asked) for asked in searches] == [(False, True), (True, True)]

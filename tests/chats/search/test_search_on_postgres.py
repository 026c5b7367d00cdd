"""What PostgreSQL's index is asked for, and what is found by reading instead."""

import re
from typing import Any

import pytest

from gql_chat.chats import search_index, search_on_postgres, search_sample, search_statement
from gql_chat.chats.search import BEST_FIRST, search_messages
from gql_chat.chats.search_statement import ON_POSTGRES, ROW_MAX, Statement, Wanted
from gql_chat.infra import clock
from gql_chat.infra.db.database import execute, fetch_all, transaction
from gql_chat.infra.db.keyset import PageRequest
from gql_chat.infra.db.letter_pairs import pair_condition
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.db.substring_index import like_pattern, within_one_word
from tests.support.stored.searching import ask_the_index, found, new_owner, say

FILL_MESSAGES = """
INSERT INTO messages (id, session_id, "order", chain_id, role, text, attachments, status, created_at, finished_at)
SELECT 'msg_' || n, $1, 1, 'msg_' || n, 'USER', 'some word', '[]', 'COMPLETED', $2::timestamptz, $2::timestamptz
FROM generate_series(1, 3000) AS n
"""
FILL_TEXTS = """
INSERT INTO search_texts (user_id, message_id, folded)
SELECT $1, 'msg_' || n, $2 || ' some word ' FROM generate_series(1, 3000) AS n
"""
EXPLAIN = "EXPLAIN (ANALYZE, TIMING off) SELECT id FROM search_texts WHERE "
PLANS = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE $1"


async def plan_of(condition: str, *args: Any) -> str:
    """Return how the index was used to find the texts that meet the condition."""
    async with transaction():
        await fetch_all("SET LOCAL enable_seqscan = off")
        return "\n".join(row["QUERY PLAN"] for row in await fetch_all(EXPLAIN + condition, *args))


async def test_postgresqls_index_is_asked_for_the_trigrams_that_leave_out_more_than_their_lists_take(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    async def recorded(sql: str, *args: Any) -> list[dict[str, Any]]:
        asked.extend(arg for arg in args if str(arg).startswith("%"))
        return await fetch_all(sql, *args)

    ask_the_index(monkeypatch)
    monkeypatch.setattr(search_on_postgres, "SAMPLED_TEXTS", 75)
    async with open_database(postgres_url, model_modules()):
        ada = await new_owner("ada")
        await say(ada, *["terminated"] * 40, *["determined"] * 10, *["mine 北京"] * 20, *["determined 北京"] * 5)
        monkeypatch.setattr(search_statement, "fetch_all", recorded)
        assert await found(ada, "determine 北京") == ["determined 北京"] * 5
        monkeypatch.setattr(search_sample, "PLACES_PER_TEXT", 1)
        assert await found(ada, "determine 北京") == ["determined 北京"] * 5
    mark = f"%{search_index.owner_mark(ada.user_id)}%"
    # Most texts have the trigrams left out, which say nothing beside the others. If going through a list took as long
    # as reading its texts, the Chinese characters, which 25 have, would not be worth the ten that they leave out.
    assert asked == [mark, "%dete__ine%", "%ª北ª京ª%", mark, "%det%"]


async def test_every_search_is_planned_for_its_own_words(postgres_url: str) -> None:
    async with open_database(postgres_url, model_modules(), pool_size=1):
        ada = await new_owner("ada")
        for number in range(8):
            await found(ada, f"word{number}")
        assert await fetch_all(PLANS, "%AS count0%") == [{"generic_plans": 0, "custom_plans": 8}]


async def test_postgresqls_index_can_be_asked_for_two_letters(postgres_url: str) -> None:
    async with open_database(postgres_url, model_modules()):
        ada = await new_owner("ada")
        await say(ada, *["some words"] * 20, "ab", "ab or", "жщ", "αβ", "กา", "มากาย", "is xก", "กx is", "xกx")
        pairs = (("ab", 2), ("zq", 0), ("жщ", 1), ("αβ", 1), ("_ł", 0), ("กา", 1), ("xก", 2), ("กx", 2))
        for pair, texts in pairs:
            statement = Statement(Wanted(ada.user_id, [pair], [pair], pair), ON_POSTGRES)
            condition = pair_condition("folded", pair, statement.place)
            plan = await plan_of(condition, *statement.args)
            # It proposes no other text. If pg_trgm could not make trigrams of the condition, it would propose all.
            assert "Bitmap Index Scan on search_index" in plan
            assert "Rows Removed" not in plan
            assert int(re.findall(r"actual rows=(\d+)", plan)[0]) == texts


@pytest.mark.parametrize("part", ["sed be", "self_test", "_a_", "北 京", " 京 . b"])
async def test_postgresqls_index_leads_to_what_stands_together(postgres_url: str, part: str) -> None:
    apart = ["used", "been", "self", "test", "a", "北", "京", ".", "b"]
    async with open_database(postgres_url, model_modules()):
        ada = await new_owner("ada")
        await say(ada, *[" ".join(words) for words in (reversed(apart), apart[::2] + apart[1::2])])
        await say(ada, "used been self_test _a_ 北京.b")
        plan = await plan_of("folded LIKE $1", like_pattern(within_one_word(part)))
    assert "Bitmap Index Scan on search_index" in plan
    assert "Rows Removed" not in plan
    assert re.findall(r"actual rows=(\d+)", plan)[0] == "1"


@pytest.mark.parametrize(
    ("query", "total", "ways"),
    [
        ("wo", search_statement.RANKED_MAX, ["newest"]),
        ("AI", 1, ["index"]),
        ("rs", 70, ["newest", "index"]),
        ("word", search_statement.RANKED_MAX, ["newest"]),
        ("another", 1, ["index"]),
        ("hours", 50, ["newest", "index"]),
    ],
)
async def test_what_is_frequent_is_found_on_postgresql_by_reading(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, query: str, total: int, ways: list[str]
) -> None:
    taken: list[str] = []

    async def recorded(sql: str, *args: Any) -> list[dict[str, Any]]:
        taken.append("newest" if "AS newest" in sql and "UNION ALL" not in sql else "index")
        return await fetch_all(sql, *args)

    monkeypatch.setattr(search_on_postgres, "SAMPLED_FOR_PAIRS", 100)
    monkeypatch.setattr(search_on_postgres, "FREQUENT_READ_MAX", 1_100)
    async with open_database(postgres_url, model_modules()):
        ada = await new_owner("ada")
        await say(ada, "AI", "another", *["others"] * 20)
        await execute(FILL_MESSAGES, ada.session_id, clock.now())
        await execute(FILL_TEXTS, ada.user_id, search_index.owner_mark(ada.user_id))
        await say(ada, *["hours"] * 50)
        monkeypatch.setattr(search_statement, "fetch_all", recorded)
        assert (await search_messages(ada.user_id, query, PageRequest(1))).total == total
        assert taken == ways


async def test_within_words_with_uncommon_letters_postgresql_finds_two_letters_in_the_newest_texts(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_the_index(monkeypatch)
    monkeypatch.setattr(search_on_postgres, "READ_MAX", 2)
    async with open_database(postgres_url, model_modules()):
        ada = await new_owner("ada")
        await say(ada, "AIก old word", "AIs", "มากาย", "กาย", "AIข new word", "AIs", "มกา", "AIs")
        assert sorted(await found(ada, "AI")) == ["AIs", "AIs", "AIs", "AIข new word"]
        assert sorted(await found(ada, "กา")) == ["กาย", "มกา"]
        assert await found(ada, "AI word") == ["AIข new word", "AIก old word"]


async def test_postgresql_goes_back_from_the_newest_texts_until_there_are_enough_matches(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[tuple[int, int]] = []

    async def recorded(sql: str, *args: Any) -> list[dict[str, Any]]:
        if "(SELECT $4::text)" in sql:
            read.append((args[1], args[2]))
        return await fetch_all(sql, *args)

    monkeypatch.setattr(search_sample, "FREQUENT_SHARE_MIN", 2)
    monkeypatch.setattr(search_statement, "RANKED_MAX", 10)
    for module in (search_on_postgres, search_sample):
        monkeypatch.setattr(module, "RANKED_MAX", 10)
    monkeypatch.setattr(search_on_postgres, "SAMPLED_TEXTS", 20)
    async with open_database(postgres_url, model_modules()):
        ada = await new_owner("ada")
        await say(ada, *["old word"] * 20, *["something"] * 72, *["a word"] * 8)
        monkeypatch.setattr(search_statement, "fetch_all", recorded)
        hits = await search_messages(ada.user_id, "word", PageRequest(20))
        assert [hit.message.text for hit in hits.page.rows] == ["a word"] * 8 + ["old word"] * 2
        # 31 texts would do if all were like the newest 20. The next 31 have none.
        assert read == [(69, ROW_MAX), (38, 68), (0, 37)]
        read.clear()
        cursor = BEST_FIRST.cursor(hits.page.rows[-2])
        rest = await search_messages(ada.user_id, "word", PageRequest(20, after=cursor))
        assert [hit.message.id for hit in rest.page.rows] == [hits.page.rows[-1].message.id]
        assert read == [(69, 100), (38, 68), (19, 37)]


async def test_beside_a_rare_word_postgresqls_index_is_not_asked_for_two_letters(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    async def recorded(sql: str, *args: Any) -> list[dict[str, Any]]:
        asked.extend(arg for arg in args if str(arg).startswith(("%", "of[")))
        return await fetch_all(sql, *args)

    ask_the_index(monkeypatch)
    monkeypatch.setattr(search_on_postgres, "SAMPLED_TEXTS", 40)
    async with open_database(postgres_url, model_modules()):
        ada = await new_owner("ada")
        await say(ada, "the best of amsterdam", *["one of many"] * 50)
        monkeypatch.setattr(search_statement, "fetch_all", recorded)
        assert await found(ada, "of amsterdam") == ["the best of amsterdam"]
        assert asked == [f"%{search_index.owner_mark(ada.user_id)}%", "%amsterdam%"]
        asked.clear()
        assert len(await found(ada, "of many")) == 50
        assert any(str(one).startswith("of[") for one in asked)

"""What a search finds, in which order and how far, on both databases."""

import random
import re
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from gql_chat.chats import search, search_index, search_on_postgres, search_on_sqlite, search_statement
from gql_chat.chats.models import Message, MessageRole, MessageStatus, SearchText
from gql_chat.chats.normalization import normalize, normalize_whole
from gql_chat.chats.search import BEST_FIRST, parts_of, search_messages
from gql_chat.chats.search_index import (
    CHUNK_ROWS,
    SELECT_CHUNK_END,
    SearchBackfill,
    add_search_text,
    report_missing_index,
)
from gql_chat.chats.search_statement import Statement, Wanted
from gql_chat.chats.sessions import SessionDraft, create_session, delete_all_sessions
from gql_chat.errors import BadUserInput
from gql_chat.infra import clock
from gql_chat.infra.db.database import dialect, execute, fetch_all, transaction
from gql_chat.infra.db.keyset import PageRequest
from gql_chat.infra.db.letter_pairs import pair_condition
from gql_chat.infra.db.migrations import migrate, migrations_folder
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.db.substring_index import list_trigrams
from gql_chat.infra.ids import new_id
from gql_chat.users.models import User
from tests.support.running.examples import examples
from tests.support.stored.owners import Owner, new_user

# FTS5 compares every row of the table with its index, and raises if they differ.
CHECK_INDEX = "INSERT INTO search_index (search_index, rank) VALUES ('integrity-check', 1)"
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


@pytest.fixture
async def ada(database_url: str) -> AsyncIterator[Owner]:
    """Yield a user with a session, while either database is open."""
    async with open_database(database_url, model_modules()):
        yield await new_owner("ada")
        await check_index()


async def new_owner(name: str) -> Owner:
    user_id = await new_user(name)
    return Owner(user_id, (await create_session(user_id, SessionDraft())).id)


async def say(owner: Owner, *texts: str) -> list[str]:
    """Store messages, as rows. Return their ids."""
    ids = [new_id("msg") for _ in texts]
    for message_id, text in zip(ids, texts, strict=True):
        now = clock.now()
        await Message.create(
            id=message_id, session_id=owner.session_id, order=1, text=text, chain_id=message_id, attachments=[],
            role=MessageRole.USER, status=MessageStatus.COMPLETED, created_at=now, finished_at=now,
        )  # fmt: skip
        await add_search_text(owner.user_id, message_id, text)
    return ids


async def check_index() -> None:
    if dialect() == "sqlite":
        await execute(CHECK_INDEX)


async def found(owner: Owner, query: str) -> list[str]:
    """Return the texts of the first page."""
    return [hit.message.text for hit in (await search_messages(owner.user_id, query, PageRequest())).page.rows]


def ask_the_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let PostgreSQL search the few texts of a test by the index."""
    for name, value in (("SAMPLED_TEXTS", 1), ("SAMPLED_FOR_PAIRS", 1)):
        monkeypatch.setattr(search_on_postgres, name, value)
    for name in ("FREQUENT_SHARE_MIN", "FREQUENT_PAIRS_SHARE", "SKIPPED_SHARE"):
        monkeypatch.setattr(search_on_postgres, name, 2)


@pytest.fixture(params=["by any way", "by the index"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the few texts of a test be searched by reading them, or by the index, as many texts are."""
    if request.param == "by the index":
        ask_the_index(monkeypatch)
        monkeypatch.setattr(search_on_postgres, "ASKED_PAIRS", 2)
        monkeypatch.setattr(search_on_sqlite, "FEW_TRIGRAMS", 1)


@pytest.mark.parametrize(
    ("text", "queries", "others"),
    [
        ("我在北京大学学习", ["北京", "北", "京大", "北京大学", "学习 北京", '"北京大学"'], ["京北", "上海", "北学"]),
        ("日本語のテキスト", ["テキスト", "日本", "本", "ﾃｷｽﾄ"], ["てきすと", "キテ"]),
        ("한국어 문장입니다", ["한국", "문장", "문장 한국어"], ["국한"]),
        ("Party 🎉 with 👨\u200d👩\u200d👧 and 👍🏽", ["🎉", "👍", "👍🏽", "👩", "party🎉"], ["👎", "👍🏿"]),
        ("Die Straße nach Málaga", ["strasse", "MALAGA", "stra", "aß", "traß nach"], ["strase", "malagá x"]),
        (
            "getUserName() in C++ is 100% _fine_",
            ["username", "c++", "100%", "_fine", "r", "is"],
            ["c--", "1%0", "f_ne"],
        ),
        ("He said “don’t” twice", ["don't", '"said don', "twice he"], ['"twice he"', "dont"]),
        ("new york, new haven", ['"new york"', '"york, new"', "“new haven”", "haven york"], ['"york haven"']),
        ("a\0b\ttab\r\nline", ["tab line", '"tab line"', '"b tab"'], ["\0a\0c"]),
    ],
)
@pytest.mark.usefixtures("way")
async def test_every_word_must_occur_somewhere_and_a_phrase_as_it_is(
    ada: Owner, text: str, queries: list[str], others: list[str]
) -> None:
    stored = text.replace("\0", " ")  # no message holds NUL
    await say(ada, stored, "something else, 别的, 🌍")
    for query in queries:
        assert await found(ada, query) == [stored], query
    for query in others:
        assert await found(ada, query) == [], query


@pytest.mark.usefixtures("way")
async def test_searches_find_what_a_reader_of_all_messages_would(ada: Owner) -> None:
    dice = random.Random(20)
    alphabet = [*"aAbc  \"'%_\\*:()-^éไ北京が🎉", "AND", "NEAR"]
    texts = ["".join(dice.choices(alphabet, k=dice.randrange(1, 30))) for _ in range(150)]
    await say(ada, *texts)
    some = 0
    for _ in range(300):
        query = "".join(dice.choices(alphabet, k=dice.randrange(1, 7)))
        try:
            parts = parts_of(query)
        except BadUserInput:
            assert normalize(query.replace('"', " ")).strip() == ""
            continue
        expected = sorted(text for text in texts if all(part in normalize_whole(text) for part in parts))
        results = await search_messages(ada.user_id, query, PageRequest(200))
        assert sorted(hit.message.text for hit in results.page.rows) == expected, query
        some += bool(expected)
    assert some > 100


@pytest.mark.usefixtures("way")
@examples(40)
@given(
    texts=st.lists(st.text("abcxyzé_9 жщ สวยี 北京が-'\"", min_size=1, max_size=12), min_size=1, max_size=12),
    deleted=st.sets(st.integers(0, 11)),
)
async def test_each_one_to_three_characters_are_found_in_all_texts_that_hold_them(
    ada: Owner, texts: list[str], deleted: set[int]
) -> None:
    ids = await say(ada, *texts)
    await Message.filter(id__in=[ids[number] for number in deleted if number < len(ids)]).delete()
    left = [text for number, text in enumerate(texts) if number not in deleted]
    pieces = {text[start : start + length] for text in texts for start in range(len(text)) for length in (1, 2, 3)}
    queries = [query.replace('"', "") for query in sorted(pieces) if normalize(query.replace('"', "")).strip()]
    # Quoted or not, and in capitals or not: those that ask for the same parts are one search.
    searches = {tuple(parts_of(written)): written for query in queries for written in (query, f'"{query}"')}
    for parts, written in searches.items():
        expected = sorted(text for text in left if all(part in normalize_whole(text) for part in parts))
        results = await search_messages(ada.user_id, written, PageRequest(200))
        assert sorted(hit.message.text for hit in results.page.rows) == expected, written
    await Message.filter(id__in=ids).delete()


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


async def test_postgresqls_index_is_asked_for_the_rarest_trigrams(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    async def recorded(sql: str, *args: Any) -> list[dict[str, Any]]:
        asked.extend(arg for arg in args if str(arg).startswith("%"))
        return await fetch_all(sql, *args)

    ask_the_index(monkeypatch)
    monkeypatch.setattr(search_on_postgres, "SAMPLED_TEXTS", 75)
    monkeypatch.setattr(search_on_postgres, "SKIPPED_SHARE", 0.01)
    async with open_database(postgres_url, model_modules()):
        ada = await new_owner("ada")
        await say(ada, *["terminated"] * 40, *["mine 北"] * 30, *["determined 北京"] * 5)
        monkeypatch.setattr(search_statement, "fetch_all", recorded)
        assert await found(ada, "determine 北京") == ["determined 北京"] * 5
        await say(ada, *["determined 北京"] * 3)
        assert await found(ada, "determine 北京") == ["determined 北京"] * 8
    mark = f"%{search_index.owner_mark(ada.user_id)}%"
    # "det" leads to the same texts as all nine trigrams. What 5 of 75 texts hold is not rare, but few enough not to ask
    # for eight trigrams. 8 texts are too many.
    assert asked == [mark, "%det%", mark, "%determine%", "% 北 京 %"]


@given(texts=st.lists(st.integers(0, 2**20 - 1), min_size=1, max_size=8))
def test_the_rarest_trigrams_leave_as_few_texts_as_all_of_them(texts: list[int]) -> None:
    chosen, proposed = search_statement.choose_rarest({str(number): bits for number, bits in enumerate(texts)}, 20)
    everything = texts[0]
    for bits in texts:
        everything &= bits
    of_chosen = texts[int(chosen[0])]
    for one in chosen:
        of_chosen &= texts[int(one)]
    assert (of_chosen, proposed) == (everything, everything.bit_count())


def test_trigrams_that_leave_no_text_out_are_not_asked_for_unless_they_are_rare() -> None:
    held = {"ter": 0b1111_1111, "rmi": 0b0011_1111, "erm": 0b0111_1111, "det": 0b0000_1110, "ete": 0b0011_1110}
    assert search_statement.choose_rarest(held, 8) == (["det"], 3)
    rare = held | {"zyx": 0b1, "xyz": 0b1}
    assert search_statement.choose_rarest(rare, 8) == (["zyx", "det"], 0)
    assert search_statement.choose_rarest(rare, 40) == (["zyx", "det", "xyz"], 0)
    assert search_statement.choose_rarest({}, 8) == ([], 8)


async def test_single_letters_are_found_in_the_newest_texts(ada: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    for database in (search_on_sqlite, search_on_postgres):
        monkeypatch.setattr(database, "READ_MAX", 3)
    bob = await new_owner("bob")
    await say(ada, "oldest xy", "old x", "a y")
    await say(bob, *["x"] * 5)
    await say(ada, "new x", "xyz")
    assert [await found(ada, query) for query in ("x", "x y", '"x "', "ab")] == [
        ["new x", "xyz"],
        ["xyz"],
        ["new x"],
        [],
    ]
    assert await found(ada, "xy") == ["oldest xy", "xyz"]
    first = (await search_messages(ada.user_id, "x", PageRequest(1))).page.rows[0]
    rest = await search_messages(ada.user_id, "x", PageRequest(9, after=search.BEST_FIRST.cursor(first)))
    assert ([hit.message.text for hit in rest.page.rows], rest.total) == (["xyz"], 2)


async def test_whole_words_come_before_parts_and_words_together_before_scattered_ones(ada: Owner) -> None:
    texts = [
        "a cat that sits all day on the bonnet of a black car",
        "a black cat",
        "black, and then again a cat",
        "blackest cats",
        "a black cat in a black cat costume: black cat, black cat",
        "a black cat " + "and many other words " * 100,
    ]
    await say(ada, *texts)
    assert await found(ada, "black cat") == [texts[4], texts[1], texts[5], texts[2], texts[0], texts[3]]
    assert (await found(ada, '"black cat"'))[0] == texts[4]
    assert await found(ada, "cats") == [texts[3]]


async def test_of_equal_messages_the_newest_comes_first(ada: Owner) -> None:
    ids = await say(ada, "same words", "same words", "same words")
    hits = (await search_messages(ada.user_id, "words", PageRequest())).page.rows
    assert [hit.message.id for hit in hits] == ids[::-1]


async def test_pages_go_on_where_they_were_while_messages_are_written_and_deleted(ada: Owner) -> None:
    ids = await say(ada, *(["word"] * 3 + ["word " * 9] * 4))
    order = ids[6:2:-1] + ids[2::-1]
    first = (await search_messages(ada.user_id, "word", PageRequest(2))).page
    assert ([hit.message.id for hit in first.rows], first.has_next, first.has_previous) == (order[:2], True, False)
    await say(ada, "word " * 50, "word")  # one would be the best of all, and one in the middle
    await Message.filter(id__in=[order[0], order[3]]).delete()
    cursor = BEST_FIRST.cursor(first.rows[-1])
    second = await search_messages(ada.user_id, "word", PageRequest(2, cursor))
    assert [hit.message.id for hit in second.page.rows] == [order[2], order[4]]
    assert (second.page.has_next, second.page.has_previous, second.total) == (True, True, 5)
    cursor = BEST_FIRST.cursor(second.page.rows[-1])
    last = (await search_messages(ada.user_id, "word", PageRequest(2, cursor))).page
    assert ([hit.message.id for hit in last.rows], last.has_next) == (order[5:], False)
    assert (await search_messages(ada.user_id, "word", PageRequest(0))).page.rows == []


async def test_the_newest_matches_are_ranked_and_counted_and_stay_the_same_for_the_next_page(
    ada: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_statement, "RANKED_MAX", 3)
    ids = await say(ada, "word word word word", "word", "word word", "word")
    results = await search_messages(ada.user_id, "word", PageRequest(1))
    assert ([hit.message.id for hit in results.page.rows], results.total) == ([ids[2]], 3)
    await say(ada, "word", "word")
    rest = await search_messages(ada.user_id, "word", PageRequest(5, BEST_FIRST.cursor(results.page.rows[0])))
    assert ([hit.message.id for hit in rest.page.rows], rest.total) == ([ids[3], ids[1]], 3)


@pytest.mark.parametrize(
    "query", ["", " ", '""', '"', "\0", "\ud800", "\u200b", "a" * 201, "a b c d e f g h i j k l m n o p q"]
)
async def test_what_says_nothing_or_too_much_is_refused(query: str) -> None:
    with pytest.raises(BadUserInput) as refused:
        parts_of(query)
    assert refused.value.field == "query"


async def test_of_a_very_long_text_the_beginning_is_searched(ada: Owner) -> None:
    text = "x " * 24_999 + "in beyond"
    await say(ada, "within", text)
    assert await found(ada, "in") == ["within", text]  # whose beginning, which is ranked, has no "in"
    assert await found(ada, "beyond") == []


async def test_the_index_goes_with_messages_and_their_owner(ada: Owner) -> None:
    bob = await new_owner("bob")
    await say(ada, "first word", "second word")
    await say(bob, "bob's word")
    await Message.filter(text="first word").delete()
    await check_index()
    assert await found(ada, "word") == ["second word"]
    await delete_all_sessions(ada.user_id)
    await check_index()
    assert (await found(ada, "word"), await found(bob, "word")) == ([], ["bob's word"])
    await User.filter(id=bob.user_id).delete()  # by foreign keys alone
    await check_index()
    assert await SearchText.all().count() == 0


async def test_vacuum_leaves_the_index_right(sqlite_url: str) -> None:
    async with open_database(sqlite_url, model_modules()):
        ada = await new_owner("ada")
        ids = await say(ada, *(f"word{number}" for number in range(20)))
        await Message.filter(id__in=ids[::2]).delete()
        await fetch_all("VACUUM")
        await check_index()
        assert [await found(ada, f"word{number}") for number in (16, 17)] == [[], ["word17"]]


async def test_without_the_right_to_install_the_extension_a_search_finds_the_same(
    blank_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_the_index(monkeypatch)
    owner = await asyncpg.connect(blank_postgres_url)
    try:
        await owner.execute("CREATE ROLE tenant LOGIN; GRANT CREATE ON SCHEMA public TO tenant")
        url = blank_postgres_url.replace("postgres@", "tenant@")
        await migrate(url, migrations_folder())
        async with open_database(url, model_modules()):
            with capture_logs() as logged:
                await report_missing_index()
            assert [entry["event"] for entry in logged] == ["search_has_no_index"]
            ada = await new_owner("ada")
            await say(ada, "我在北京", "elsewhere")
            assert (await found(ada, "北京"), await found(ada, "where")) == (["我在北京"], ["elsewhere"])
    finally:
        await owner.execute("DROP OWNED BY tenant; DROP ROLE tenant")
        await owner.close()


async def test_with_that_right_there_is_an_index_and_it_is_asked(postgres_url: str) -> None:
    async with open_database(postgres_url, model_modules()):
        with capture_logs() as logged:
            await report_missing_index()
        assert logged == []
        async with transaction():
            await fetch_all("SET LOCAL enable_seqscan = off")
            plan = await fetch_all("EXPLAIN SELECT id FROM search_texts WHERE folded LIKE '%some%'")
        assert "search_index" in str(plan)


async def test_every_search_is_planned_for_its_own_words(postgres_url: str) -> None:
    async with open_database(postgres_url, model_modules(), pool_size=1):
        ada = await new_owner("ada")
        for number in range(8):
            await found(ada, f"word{number}")
        assert await fetch_all(PLANS, "%AS taken0%") == [{"generic_plans": 0, "custom_plans": 8}]


async def test_postgresqls_index_can_be_asked_for_two_letters(postgres_url: str) -> None:
    async with open_database(postgres_url, model_modules()):
        ada = await new_owner("ada")
        await say(ada, *["some words"] * 20, "ab", "жщ", "αβ", "กา", "มากาย")
        for pair, texts in (("ab", 1), ("zq", 0), ("жщ", 1), ("αβ", 1), ("_ł", 0), ("กา", 1)):
            statement = Statement(Wanted(ada.user_id, [pair], pair), "strpos")
            condition = pair_condition("folded", pair, statement.place)
            async with transaction():
                await fetch_all("SET LOCAL enable_seqscan = off")
                plan = "\n".join(row["QUERY PLAN"] for row in await fetch_all(EXPLAIN + condition, *statement.args))
            # It proposes no other text. If pg_trgm could not make trigrams of the condition, it would propose all.
            assert "Bitmap Index Scan on search_index" in plan
            assert "Rows Removed" not in plan
            assert int(re.findall(r"actual rows=(\d+)", plan)[0]) == texts


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


async def test_what_was_stored_without_the_search_is_put_in_once_and_what_streams_when_it_has_settled(
    ada: Owner,
) -> None:
    ids = await say(ada, *(f"word{number}" for number in range(7)))
    backfill = SearchBackfill()
    assert await backfill.run() == 0
    await SearchText.filter(message_id__in=ids[:3]).delete()
    assert await backfill.run() == 0  # it has been there
    backfill = SearchBackfill()
    await Message.filter(id=ids[1]).update(status=MessageStatus.STREAMING)
    assert [await backfill.run(), await backfill.run()] == [2, 0]
    assert [await found(ada, f"word{number}") for number in range(3)] == [["word0"], [], ["word2"]]
    await Message.filter(id=ids[1]).update(status=MessageStatus.COMPLETED)
    assert [await backfill.run(), await backfill.run()] == [1, 0]
    assert await found(ada, "word1") == ["word1"]


async def test_messages_are_put_in_chunk_by_chunk(ada: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_index, "SELECT_CHUNK_END", SELECT_CHUNK_END.replace(str(CHUNK_ROWS), "2"))
    await say(ada, *["word"] * 5)
    await SearchText.all().delete()
    assert await SearchBackfill().run() == 5
    assert len(await found(ada, "word")) == 5


def test_a_users_mark_is_what_the_rows_of_earlier_versions_hold() -> None:
    assert search_index.owner_mark("usr_01m8j5f1vrf96a07qh8mt6vc59") == "\U00024f43\U00021fc6\U0002519f"

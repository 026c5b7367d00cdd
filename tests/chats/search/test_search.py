"""What a search finds, in which order and how far, on both databases."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.chats import search, search_on_postgres, search_on_sqlite, search_statement
from gql_chat.chats.models import Message
from gql_chat.chats.normalization import normalize, normalize_whole
from gql_chat.chats.search import BEST_FIRST, parts_of, search_messages
from gql_chat.errors import BadUserInput
from gql_chat.infra.db.keyset import PageRequest
from tests.support.running.examples import examples
from tests.support.stored.owners import Owner
from tests.support.stored.searching import found, new_owner, say


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

import re

from bench.language import Language, is_chinese
from bench.searching.kinds import IN_CHINESE, IN_ENGLISH, hard_searches, mix_of
from gql_chat.chats.normalization import normalize_whole
from gql_chat.chats.search import parts_of


def drawn(count: int) -> list[str]:
    language = Language()
    return [normalize_whole(language.text()) for _ in range(count)]


def test_the_searches_of_the_mix_are_of_one_text() -> None:
    texts = drawn(300)
    mix = mix_of("ada", texts, 3)
    assert [*mix] == [*IN_ENGLISH, *IN_CHINESE]
    made_up = ("a word with two letters exchanged", "the halves of two words")
    for kind, searches in mix.items():
        assert [search.user for search in searches] == ["ada"] * 3
        for search in searches if kind not in made_up else ():
            assert any(all(part in text for part in parts_of(search.query)) for text in texts), search


def test_the_mix_is_the_same_for_the_same_texts() -> None:
    texts = drawn(300)
    assert mix_of("ada", texts, 3) == mix_of("ada", texts, 3)


def test_the_kinds_of_the_mix_are_what_they_say() -> None:
    mix = mix_of("ada", drawn(300), 3)
    queries = {kind: [search.query for search in searches] for kind, searches in mix.items()}
    assert all(re.fullmatch(r'"\w+ \w+ \w+"', query) for query in queries["a phrase of three words"])
    assert all(len(query.split()) == 5 for query in queries["five neighbouring words"])
    assert all(len(query) == 4 for query in queries["the first four letters of a word"])
    assert all(re.search(r"[\d_]", query) for query in queries["a name or a number"])
    assert all(len(query) == 4 and is_chinese(query) for query in queries["four Chinese characters"])


def test_a_hard_search_may_be_a_newcomers() -> None:
    searches = hard_searches("ada", "bob", drawn(300))
    assert searches["a common word"] == ("ada", "the")
    assert searches["a common word, by a user with few messages"] == ("bob", "the")

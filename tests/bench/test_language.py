from collections import Counter

from bench.language import Language, Vocabulary, is_chinese
from gql_chat.chats.normalization import normalize_whole


def texts(count: int) -> list[str]:
    language = Language()
    return [language.text() for _ in range(count)]


def test_the_texts_are_the_same_in_every_run() -> None:
    assert texts(20) == texts(20)


def test_a_text_has_eighty_words_or_about_two_hundred_characters() -> None:
    made = texts(200)
    english = [len(text.split()) for text in made if not is_chinese(text)]
    chinese = [len(text) for text in made if is_chinese(text)]
    assert set(english) == {80}
    assert 30 < len(chinese) < 70
    assert 170 < sum(chinese) / len(chinese) < 230


def test_words_stand_together_that_do_so_in_the_library() -> None:
    pairs = Counter(pair for text in texts(500) for pair in zip(text.split(), text.split()[1:], strict=False))
    assert pairs["of", "the"] > 50 * pairs["the", "of"]


def test_the_vocabulary_grows_with_the_texts() -> None:
    made = texts(4_000)
    few, many = (len(Vocabulary(map(normalize_whole, made[:count])).words) for count in (1_000, 4_000))
    assert 1.4 * few < many < 4 * few


def test_few_words_and_characters_are_common() -> None:
    vocabulary = Vocabulary(map(normalize_whole, texts(1_000)))
    assert vocabulary.words[0] == "the"
    assert vocabulary.counts["the"] > 1_000
    counts = [vocabulary.counts[character] for character in vocabulary.characters]
    assert 0.35 < sum(counts[:100]) / sum(counts) < 0.5

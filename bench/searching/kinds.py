"""Searches of texts: a mix that is drawn from them, so that nobody chooses it, and hard ones that somebody chose.

For each search of the mix a text is drawn from all of the user's, and of the text what a person may remember of it.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, pairwise
from typing import NamedTuple, TypeAlias

from bench.language import Vocabulary, is_chinese
from gql_chat.chats.models import OWNER_MARK_LENGTH
from gql_chat.infra.db.database import fetch_all
from gql_chat.infra.db.substring_index import as_several_words

DRAWN_TEXTS = 3_000  # of which the frequencies of words are known
LAST = "SELECT max(id) AS id FROM search_texts WHERE user_id = $1"
NEXT = f"""
SELECT substr(folded, {OWNER_MARK_LENGTH + 1}) AS text FROM search_texts WHERE id >= $1 AND user_id = $2
ORDER BY id LIMIT 1
"""  # noqa: S608

_WORD = re.compile(r"[^\W\d_]{3,}")
_NAME = re.compile(r"\w*[\d_]\w{2,}")

Choices: TypeAlias = Callable[[str, Sequence[str]], Sequence[str]]


def _neighbours(count: int, separator: str = " ") -> Choices:
    pattern = re.compile(rf"(?<= )(?=((?:\w+ ){{{count}}}))")
    return lambda text, words: [separator.join(found.split()) for found in pattern.findall(text)]


def _phrase(count: int) -> Choices:
    neighbours = _neighbours(count)
    return lambda text, words: [f'"{found}"' for found in neighbours(text, words)]


def _some_words(count: int) -> Choices:
    return lambda text, words: [*map(" ".join, combinations(words[:: max(1, len(words) // 12)], count))]


# What may be searched for of a text, by its kind. The words are the text's, each once, the rarest first.
IN_ENGLISH: Mapping[str, Choices] = {
    "the rarest word of a text": lambda text, words: words[:1],
    "a word of middling frequency": lambda text, words: words[len(words) // 2 :][:1],
    "one of the most common words": lambda text, words: words[-len(words) // 4 :],
    "two words": _some_words(2),
    "three words": _some_words(3),
    "five neighbouring words": _neighbours(5),
    "a phrase of two words": _phrase(2),
    "a phrase of three words": _phrase(3),
    "the first four letters of a word": lambda text, words: [word[:4] for word in words if len(word) > 5],
    "a name or a number": lambda text, words: _NAME.findall(text),
    "a word with two letters exchanged": lambda text, words: [
        word[:2] + word[3] + word[2] + word[4:] for word in words if len(word) > 4
    ],
    "the halves of two words": lambda text, words: [
        one[:4] + other[-4:] for one, other in pairwise(words) if min(len(one), len(other)) > 5
    ],
}
IN_CHINESE: Mapping[str, Choices] = {
    "two Chinese characters": _neighbours(2, ""),
    "three Chinese characters": _neighbours(3, ""),
    "four Chinese characters": _neighbours(4, ""),
}


class Search(NamedTuple):
    """What one user searches for."""

    user: str
    query: str


def mix_of(user: str, texts: Sequence[str], of_each_kind: int) -> dict[str, list[Search]]:
    """Return so many searches of each kind, of these texts, the same ones for the same texts."""
    counts, dice = Vocabulary(texts).counts, random.Random(7)  # noqa: S311 - no secret
    mix: dict[str, list[Search]] = {kind: [] for kind in (*IN_ENGLISH, *IN_CHINESE)}
    for kinds, are_chinese in ((IN_ENGLISH, False), (IN_CHINESE, True)):
        fitting = (text for text in texts if is_chinese(text) == are_chinese)
        for kind, choices in kinds.items():
            while len(mix[kind]) < of_each_kind:
                text = next(fitting)
                words = sorted(set(_WORD.findall(text)), key=lambda word: (counts[word], word))
                if chosen := choices(text, words):
                    mix[kind].append(Search(user, dice.choice(chosen)))
    return mix


def hard_searches(user: str, newcomer: str, texts: Sequence[str]) -> dict[str, Search]:
    """Return a search of each hard kind, of these texts."""
    vocabulary = Vocabulary(texts)
    words, characters = vocabulary.words, vocabulary.characters
    long_words = _long_words(vocabulary)
    queries = {
        "a common word": words[0],
        "two common words": f"{words[0]} {words[3]}",
        "a phrase of common words": f'"{words[0]} {words[1]}"',
        "a phrase of common words that do not stand together": f'"{words[30]} {words[20]}"',
        "five common words": " ".join(words[5:50:9]),
        "the rare word of the most common trigrams": long_words[0],
        "another": long_words[1],
        "one common Chinese character": characters[0],
        "two common Chinese characters, apart": f"{characters[0]} {characters[1]}",
        "two common Chinese characters that seldom stand together": characters[20] + characters[10],
        "four such characters": "".join(characters[20:16:-1]),
        "a common word and two common Chinese characters": f"{words[0]} {characters[0]}{characters[1]}",
        "two common letters": words[0][:2],
        "two rare letters": rarest_letters(vocabulary),
        "two letters without a match": "qx",
        "a common word and two letters without a match": f"{words[0]} qx",
        "one common letter": words[0][0],
        "one letter without a match": "ŋ",
    }
    hard = {kind: Search(user, query) for kind, query in queries.items()}
    hard["a common word, by a user with few messages"] = Search(newcomer, words[0])
    hard["one letter without a match, by this user"] = Search(newcomer, queries["one letter without a match"])
    return hard


async def draw_texts(user: str, count: int = DRAWN_TEXTS) -> list[str]:
    """Return the normalized forms of so many of the user's texts, any of them."""
    dice = random.Random(7)  # noqa: S311
    [last] = await fetch_all(LAST, user)
    rows = [await fetch_all(NEXT, dice.randint(1, last["id"]), user) for _ in range(count)]
    return [as_several_words(row["text"]) for [row] in rows]


def _long_words(vocabulary: Vocabulary) -> list[str]:
    """Return the rare words of nine letters and more, those first whose rarest trigram is in the most words."""
    weights: Counter[str] = Counter()
    for word in vocabulary.words:
        weights.update(dict.fromkeys(_trigrams(word), vocabulary.counts[word]))
    rare = [word for word in vocabulary.words[len(vocabulary.words) // 2 :] if len(word) >= 9]
    return sorted(rare, key=lambda word: (-min(weights[trigram] for trigram in _trigrams(word)), word))


def _trigrams(word: str) -> set[str]:
    return {word[start : start + 3] for start in range(len(word) - 2)}


def rarest_letters(vocabulary: Vocabulary) -> str:
    """Return two letters that stand together in the fewest words."""
    weights: Counter[str] = Counter()
    for word in vocabulary.words:
        weights.update(dict.fromkeys(map("".join, pairwise(word)), vocabulary.counts[word]))
    return min(weights, key=lambda letters: (weights[letters], letters))

"""Texts like those of people: few words are common, most are rare, and words stand together as they do there."""

import random
import re
import sysconfig
from collections import Counter
from collections.abc import Iterable
from io import StringIO
from itertools import accumulate, cycle, islice, pairwise
from pathlib import Path
from pydoc_data.topics import topics

TEXT_WORDS, CHINESE_TEXT_WORDS = 80, 120  # 200 characters
CHINESE_SHARE = 1 / 4

# The library has some 7,500 different words, and so many are nine tenths of running English. The other tenth are words,
# names and numbers that most texts have not. The number of different ones grows with the texts, by Heaps' law.
RARE_SHARE = 0.1
# Of Zipf's law. The most common of the rare words is as common as the rarest of the library.
RARE_FLATTENED, RARE_EXPONENT = 5_000, 1.5
RULER_LENGTH = 30

# So the 10, 100 and 1,000 most common characters are 10 %, 43 % and 87 % of a text. Chinese has no articles.
CHARACTERS, CHARACTERS_FLATTENED, CHARACTERS_EXPONENT = 4_000, 40, 1.2
COMMON_CHINESE_WORDS = 60  # of one character
ARTICLES = frozenset({"a", "an", "the"})

_DOCSTRING = re.compile('"""(.*?)"""', re.DOTALL)
_WORD = re.compile("[a-z]{2,}")


class Language:
    """Texts in English, which follow the documentation of Python's standard library from word to word, and in Chinese.

    A text in Chinese is one in English with one to three characters in the place of each word, so that characters stand
    together as words do. The texts are the same in every run with the same version of Python.
    """

    def __init__(self) -> None:
        self._dice = random.Random(7)  # noqa: S311 - no secret
        written = [word for word in _read_library().split() if len(word) < RULER_LENGTH]
        self._following: dict[str, list[str]] = {}
        for word, following in pairwise([*written, written[0]]):
            self._following.setdefault(word, []).append(following)
        self._written, self._spelling = written, Spelling(written)
        self._common = {word for word, _ in Counter(written).most_common(COMMON_CHINESE_WORDS)}
        self._rare: dict[int, str] = {}
        self._chinese = dict.fromkeys(ARTICLES, "")
        self._characters = [chr(0x4E00 + number) for number in range(CHARACTERS)]
        weights = ((rank + CHARACTERS_FLATTENED) ** -CHARACTERS_EXPONENT for rank in range(CHARACTERS))
        self._characters_sums = [*accumulate(weights)]

    def text(self) -> str:
        """Return a text in English, or every fourth time in Chinese."""
        if self._dice.random() < CHINESE_SHARE:
            return "".join(map(self._in_chinese, self._words(CHINESE_TEXT_WORDS)))
        return " ".join(self._words(TEXT_WORDS))

    def long_text(self, characters: int) -> str:
        """Return a text of this length that follows the library itself, with its repetitions, a quarter in Chinese."""
        words, text = cycle(self._written), StringIO()
        while text.tell() < characters:
            for _ in range(round(1 / CHINESE_SHARE) - 1):
                text.write(" ".join(islice(words, TEXT_WORDS)) + " ")
            text.write("".join(map(self._in_chinese, islice(words, CHINESE_TEXT_WORDS))) + " ")
        return text.getvalue()[:characters]

    def rare_word(self) -> str:
        """Return a word, a name or a number that most texts have not."""
        rank = int(RARE_FLATTENED * (self._dice.random() ** (-1 / (RARE_EXPONENT - 1)) - 1))
        if rank not in self._rare:
            self._rare[rank] = self._spelling.word(rank)
        return self._rare[rank]

    def _words(self, count: int) -> list[str]:
        dice, words = self._dice, list[str]()
        word = dice.choice(self._written)
        for _ in range(count):
            words.append(self.rare_word() if dice.random() < RARE_SHARE else word)
            word = dice.choice(self._following[word])
        return words

    def _in_chinese(self, word: str) -> str:
        if word not in self._chinese:
            dice = random.Random(word)  # noqa: S311
            length = 1 if word in self._common else 2 if word in self._following else dice.choice((2, 3))
            self._chinese[word] = "".join(dice.choices(self._characters, cum_weights=self._characters_sums, k=length))
        return self._chinese[word]


class Spelling:
    """Words that are spelt like those of a text, three letters at a time."""

    def __init__(self, text: list[str]) -> None:
        self._known = [*dict.fromkeys(_WORD.findall(" ".join(text).lower()))]
        self._following: dict[str, str] = {}
        for word in self._known:
            spelt = f"  {word} "
            for start in range(len(word) + 1):
                pair = spelt[start : start + 2]
                self._following[pair] = self._following.get(pair, "") + spelt[start + 2]

    def word(self, number: int) -> str:
        """Return the word of this number. Of ten, one is a number, one an id, and two are joined by an underscore."""
        dice = random.Random(number)  # noqa: S311
        match dice.randrange(10):
            case 0:
                return str(dice.randrange(10 ** dice.randint(2, 6)))
            case 1:
                return f"{dice.getrandbits(32):08x}"
            case 2 | 3:
                return "_".join(dice.choices(self._known, k=2))
            case _:
                return self._spell(dice)

    def _spell(self, dice: random.Random) -> str:
        word = ""
        while len(word) < 3:
            word, pair = "", "  "
            while (letter := dice.choice(self._following[pair])) != " ":
                word, pair = word + letter, pair[1] + letter
        return word


class Vocabulary:
    """The words and the Chinese characters of normalized texts, the most common first."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.counts = Counter(word for text in texts for word in text.split())
        by_count = [word for word, _ in sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))]
        self.words = [word for word in by_count if len(word) > 1 and word.isascii() and word.isalpha()]
        self.characters = [*filter(is_chinese, by_count)]


def is_chinese(text: str) -> bool:
    """Return whether a text of Language begins with Chinese characters, or is one of them."""
    return "\u4e00" <= text.lstrip()[:1] <= "\u9fff"


def _read_library() -> str:
    """Return the help on Python's language, and the docstrings of the library's modules."""
    sources = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    docstrings = (_DOCSTRING.findall(source.read_text("utf-8", "replace")) for source in sources)
    return " ".join([*topics.values(), *(text for texts in docstrings for text in texts)])

"""Text in whatever encoding it was written: told by marks and declarations, else by which reading makes sense.

charset-normalizer alone is right on long texts, but takes two of three lines of GB18030 and most of Windows-1252 for
something else (docs/decisions/0013-extraction.md), so it is asked last.
"""

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE, getincrementaldecoder, lookup
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from charset_normalizer import from_bytes

from gql_chat.files.extraction import letters

SAMPLE_BYTES = 8192

# UTF-32 first: its mark begins with that of UTF-16.
_MARKS = (
    (BOM_UTF32_LE, "utf-32"),
    (BOM_UTF32_BE, "utf-32"),
    (BOM_UTF8, "utf-8-sig"),
    (BOM_UTF16_LE, "utf-16"),
    (BOM_UTF16_BE, "utf-16"),
)
# HTML, XML, CSS and PEP 263, whose words all stand at the beginning.
_DECLARATION = re.compile(
    rb"<meta\s[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]+)|<\?xml\s[^>]{0,100}?encoding\s*=\s*[\"']([\w-]+)"
    rb"|\A@charset\s+\"([\w-]+)|\A(?:[^\n]*\n)?[ \t\f]*#.{0,100}?coding[:=][ \t]*([\w.-]+)",
    re.IGNORECASE,
)
_ISO_2022_JP = re.compile(rb"\x1b(?:\$[@B]|\([BJ])")
_CONTROLS = re.compile(rb"[\x00-\x07\x0e-\x19\x1c-\x1f]")  # bytes of UTF-16, or faults
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_UTF8_CHARACTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_MAX_SPOILT = 0.05  # of the bytes beyond ASCII, in a text that is UTF-8 all the same
_GOOD = 0.5  # what makes a reading better than what a library guesses
# Taken for UTF-16, other bytes are mostly Chinese characters too, but few of them are ever written. The first will do
# where there are control characters, which only UTF-16 explains.
_USUAL_ENOUGH, _VERY_USUAL = 0.6, 0.8

# What a character counts for each of its bytes.
_FREQUENT, _SIGN, _KNOWN, _RARE, _NONSENSE = 1.0, 0.8, 0.6, 0.05, -1.0

_ALIASES = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252", "latin-1": "cp1252", "ascii": "cp1252",
            "us-ascii": "cp1252", "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932",
            "big5": "cp950", "euc-kr": "cp949", "ks_c_5601-1987": "cp949"}  # fmt: skip


def read_plain(data: bytes) -> Iterator[str]:
    """The same as `decode_text`, like the readers of documents."""
    yield decode_text(data)


def decode_text(data: bytes) -> str:
    """The text; never fails, and holds what cannot be read as U+FFFD."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if _CONTROLS.search(data, 0, SAMPLE_BYTES) and (utf16 := _find_utf16(data[:SAMPLE_BYTES], _USUAL_ENOUGH)):
        return data.decode(utf16, "replace")
    if _ISO_2022_JP.search(data) and not _NOT_ASCII.search(data):
        return data.decode("iso2022_jp_2", "replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode(_find_encoding(data), "replace")


def _find_encoding(data: bytes) -> str:
    """Of what is no UTF-8 as it stands."""
    if utf16 := _find_utf16(data[:SAMPLE_BYTES], _VERY_USUAL):
        return utf16
    sample = _sample(data)
    declared = _find_declared(data)
    if declared is not None and _read(sample, declared) is not None:
        return declared
    spoilt = len(_NOT_ASCII.findall(_UTF8_CHARACTER.sub(b"", sample)))
    if spoilt <= _MAX_SPOILT * len(_NOT_ASCII.findall(sample)):
        return "utf-8"
    scores = {reading.encoding: _score(sample, reading) for reading in _READINGS}
    best = max(scores, key=lambda encoding: scores[encoding])
    if scores[best] >= _GOOD:
        return best
    guess = from_bytes(sample).best()
    return guess.encoding if guess is not None else "cp1252"


def _sample(data: bytes) -> bytes:
    """From the line on where ASCII ends."""
    first = _NOT_ASCII.search(data)
    start = data.rfind(b"\n", 0, first.start()) + 1 if first else 0
    return data[max(start, first.start() - SAMPLE_BYTES // 2 if first else 0) :][:SAMPLE_BYTES]


def _find_declared(data: bytes) -> str | None:
    found = _DECLARATION.search(data[:2048])
    if found is None:
        return None
    name = next(group for group in found.groups() if group).decode().lower()
    name = _ALIASES.get(name, name)
    try:
        info = lookup(name)
    except LookupError:
        return None
    # base64 and the like are codecs too, but not of text; UTF-16 could not have been read as a declaration.
    return name if info._is_text_encoding and not name.startswith(("utf-16", "utf_16", "utf16", "utf-32")) else None


def _find_utf16(sample: bytes, enough: float) -> str | None:
    """Which UTF-16 without its mark this is: one in which there is no control character, and all is quite usual."""
    sample = sample[: len(sample) // 2 * 2]
    for encoding in ("utf-16-le", "utf-16-be"):
        text = _read(sample, encoding)
        if text and not any(map(_is_control, text)) and sum(map(_usualness, text)) >= enough * len(text):
            return encoding
    return None


def _usualness(character: str) -> float:
    if character.isascii() or character.lower() in _USUAL:
        return _FREQUENT
    return _KNOWN if any(reading.knows(character) for reading in _READINGS) else 0.0


def _read(sample: bytes, encoding: str) -> str | None:
    """The sample, which may end within a character."""
    try:
        return getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return None


def _is_control(character: str) -> bool:
    return character < " " and character not in "\t\n\v\f\r\b\x1a\x1b"


@dataclass(frozen=True)
class _Reading:
    """An encoding, what is frequent in its languages, and which other characters they know."""

    encoding: str
    frequent: Collection[str]
    knows: Callable[[str], bool]


def _score(sample: bytes, reading: _Reading) -> float:
    """How much sense the sample makes so, at most 1 for each byte beyond ASCII."""
    text = _read(sample, reading.encoding)
    if text is None:
        return _NONSENSE
    score, size = 0.0, 0
    single = reading.encoding in _SINGLE_BYTE
    before = " "
    for character in text:
        if not character.isascii():
            length = len(character.encode(reading.encoding, "replace"))
            size += length
            score += length * (_letter(character, before, reading) if single else _ideograph(character, reading))
        before = character
    return score / size if size else _NONSENSE


def _ideograph(character: str, reading: _Reading) -> float:
    if character in reading.frequent:
        return _FREQUENT
    if character in letters.WIDE_SIGNS:
        return _SIGN
    if reading.knows(character):
        return _KNOWN
    return _NONSENSE if "\ue000" <= character <= "\uf8ff" or character < "\xa0" else _RARE


def _letter(character: str, before: str, reading: _Reading) -> float:
    inside, joined = before.isalpha(), not before.isascii()
    if character.lower() in reading.frequent:
        if inside and character.isupper() and before.islower():
            return _NONSENSE  # KOI8 and Windows-1251 have each other's capitals
        if reading.frequent is letters.CYRILLIC:
            return (_FREQUENT if joined else _NONSENSE) if inside else _FREQUENT / 2  # hardly any letter is alone
        return _FREQUENT / 5 if inside and joined else _FREQUENT  # hardly any are two in a row
    if character not in letters.SIGNS:
        return _NONSENSE
    return _RARE if joined and character not in letters.CLOSING_SIGNS else _SIGN


def _leads(encoding: str, first: int, last: int) -> Callable[[str], bool]:
    """Whether a character's first byte lies there: standards put what is common into their first rows."""

    def knows(character: str) -> bool:
        try:
            encoded = character.encode(encoding)
        except UnicodeEncodeError:
            return False
        return len(encoded) == 2 and first <= encoded[0] <= last

    return knows


_SINGLE_BYTE = frozenset({"cp1252", "cp1251", "koi8-r"})
# Of equal scores the first wins.
_READINGS = (
    _Reading("gb18030", letters.SIMPLIFIED, _leads("gb2312", 0xB0, 0xD7)),
    _Reading("cp950", letters.TRADITIONAL, _leads("cp950", 0xA4, 0xC6)),
    _Reading("cp932", letters.JAPANESE | letters.KANA, _leads("shift_jis", 0x88, 0x97)),
    _Reading("cp1252", letters.LATIN, lambda character: False),
    _Reading("euc_jp", letters.JAPANESE | letters.KANA, _leads("euc_jp", 0xB0, 0xCF)),
    _Reading("cp949", letters.HANGUL, _leads("euc_kr", 0xB0, 0xC8)),
    _Reading("cp1251", letters.CYRILLIC, lambda character: False),
    _Reading("koi8-r", letters.CYRILLIC, lambda character: False),
)
_USUAL = frozenset().union(
    letters.SIMPLIFIED, letters.TRADITIONAL, letters.JAPANESE, letters.KANA, letters.HANGUL, letters.CYRILLIC,
    letters.LATIN, letters.SIGNS, letters.WIDE_SIGNS,
)  # fmt: skip

"""Decoding of text in any encoding, found by marks and declarations, else by which decoding makes sense.

charset-normalizer alone is right on long texts, but takes two of three lines of GB18030 and most of Windows-1252 for
something else (docs/decisions/0013-extraction.md), so it is asked last.
"""

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE, getincrementaldecoder, lookup
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from charset_normalizer import from_bytes

from gql_chat.files.extraction import frequent_characters as characters

SAMPLE_BYTES = 8192

# UTF-32 first: its mark begins with that of UTF-16.
_MARKS = (
    (BOM_UTF32_LE, "utf-32"),
    (BOM_UTF32_BE, "utf-32"),
    (BOM_UTF8, "utf-8-sig"),
    (BOM_UTF16_LE, "utf-16"),
    (BOM_UTF16_BE, "utf-16"),
)
# HTML, XML, CSS and PEP 263, whose declarations are all at the beginning.
_DECLARATION = re.compile(
    rb"<meta\s[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]+)|<\?xml\s[^>]{0,100}?encoding\s*=\s*[\"']([\w-]+)"
    rb"|\A@charset\s+\"([\w-]+)|\A(?:[^\n]*\n)?[ \t\f]*#.{0,100}?coding[:=][ \t]*([\w.-]+)",
    re.IGNORECASE,
)
_ISO_2022_JP = re.compile(rb"\x1b(?:\$[@B]|\([BJ])")
_CONTROLS = re.compile(rb"[\x00-\x07\x0e-\x19\x1c-\x1f]")  # bytes of UTF-16, or faults
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_UTF8_CHARACTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_MAX_INVALID = 0.05  # of the bytes beyond ASCII, in a text that still counts as UTF-8
_GOOD_SCORE = 0.5  # from which on a candidate is better than the guess of charset-normalizer
# Other bytes, decoded as UTF-16, are mostly Chinese characters too, but few of them are common. The lower limit is
# enough where there are control characters, which only UTF-16 explains.
_COMMON_ENOUGH, _VERY_COMMON = 0.6, 0.8

# The score of a character for each of its bytes.
_FREQUENT, _SIGN, _KNOWN, _RARE, _NONSENSE = 1.0, 0.8, 0.6, 0.05, -1.0

_ALIASES = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252", "latin-1": "cp1252", "ascii": "cp1252",
            "us-ascii": "cp1252", "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932",
            "big5": "cp950", "euc-kr": "cp949", "ks_c_5601-1987": "cp949"}  # fmt: skip


def read_plain(data: bytes) -> Iterator[str]:
    """Yield the decoded text, with the signature of the readers of documents."""
    yield decode_text(data)


def decode_text(data: bytes) -> str:
    """Return the text, with U+FFFD for bytes that cannot be decoded. Never raise."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if _CONTROLS.search(data, 0, SAMPLE_BYTES) and (utf16 := _find_utf16(data[:SAMPLE_BYTES], _COMMON_ENOUGH)):
        return data.decode(utf16, "replace")
    if _ISO_2022_JP.search(data) and not _NOT_ASCII.search(data):
        return data.decode("iso2022_jp_2", "replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode(_find_encoding(data), "replace")


def _find_encoding(data: bytes) -> str:
    """Return the encoding of bytes that are not valid UTF-8."""
    if utf16 := _find_utf16(data[:SAMPLE_BYTES], _VERY_COMMON):
        return utf16
    sample = _sample(data)
    declared = _find_declared(data)
    if declared is not None and _read(sample, declared) is not None:
        return declared
    invalid = len(_NOT_ASCII.findall(_UTF8_CHARACTER.sub(b"", sample)))
    if invalid <= _MAX_INVALID * len(_NOT_ASCII.findall(sample)):
        return "utf-8"
    scores = {candidate.encoding: _score(sample, candidate) for candidate in _CANDIDATES}
    best = max(scores, key=lambda encoding: scores[encoding])
    if scores[best] >= _GOOD_SCORE:
        return best
    guess = from_bytes(sample).best()
    return guess.encoding if guess is not None else "cp1252"


def _sample(data: bytes) -> bytes:
    """Return SAMPLE_BYTES from the first line that is not ASCII."""
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
    # Codecs such as base64 are not of text. A declaration that is readable as ASCII is not in UTF-16.
    return name if info._is_text_encoding and not name.startswith(("utf-16", "utf_16", "utf16", "utf-32")) else None


def _find_utf16(sample: bytes, enough: float) -> str | None:
    """Return the UTF-16 in which the sample has no control character and enough common ones, None if there is none."""
    sample = sample[: len(sample) // 2 * 2]
    for encoding in ("utf-16-le", "utf-16-be"):
        text = _read(sample, encoding)
        if text and not any(map(_is_control, text)) and sum(map(_commonness, text)) >= enough * len(text):
            return encoding
    return None


def _commonness(character: str) -> float:
    if character.isascii() or character.lower() in _COMMON:
        return _FREQUENT
    return _KNOWN if any(candidate.knows(character) for candidate in _CANDIDATES) else 0.0


def _read(sample: bytes, encoding: str) -> str | None:
    """Return the decoded sample, which may end within a character; None if it is not in this encoding."""
    try:
        return getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return None


def _is_control(character: str) -> bool:
    return character < " " and character not in "\t\n\v\f\r\b\x1a\x1b"


@dataclass(frozen=True)
class _Candidate:
    """An encoding, the frequent characters of its languages, and a test for other characters that they know."""

    encoding: str
    frequent: Collection[str]
    knows: Callable[[str], bool]


def _score(sample: bytes, candidate: _Candidate) -> float:
    """Return how much sense the sample makes in this encoding: at most 1 for each byte beyond ASCII."""
    text = _read(sample, candidate.encoding)
    if text is None:
        return _NONSENSE
    score, size = 0.0, 0
    single = candidate.encoding in _SINGLE_BYTE
    before = " "
    for character in text:
        if not character.isascii():
            length = len(character.encode(candidate.encoding, "replace"))
            size += length
            score += length * (
                _score_letter(character, before, candidate) if single else _score_ideograph(character, candidate)
            )
        before = character
    return score / size if size else _NONSENSE


def _score_ideograph(character: str, candidate: _Candidate) -> float:
    if character in candidate.frequent:
        return _FREQUENT
    if character in characters.WIDE_SIGNS:
        return _SIGN
    if candidate.knows(character):
        return _KNOWN
    return _NONSENSE if "\ue000" <= character <= "\uf8ff" or character < "\xa0" else _RARE


def _score_letter(character: str, before: str, candidate: _Candidate) -> float:
    inside, joined = before.isalpha(), not before.isascii()
    if character.lower() in candidate.frequent:
        if inside and character.isupper() and before.islower():
            return _NONSENSE  # in KOI8 and Windows-1251 the other's lower case is upper case
        if candidate.frequent is characters.CYRILLIC:
            return (_FREQUENT if joined else _NONSENSE) if inside else _FREQUENT / 2  # hardly any letter stands alone
        return _FREQUENT / 5 if inside and joined else _FREQUENT  # hardly any two are in a row
    if character not in characters.SIGNS:
        return _NONSENSE
    return _RARE if joined and character not in characters.CLOSING_SIGNS else _SIGN


def _in_rows(encoding: str, first: int, last: int) -> Callable[[str], bool]:
    """Return a test whether a character's first byte is in this range: standards put common characters first."""

    def knows(character: str) -> bool:
        try:
            encoded = character.encode(encoding)
        except UnicodeEncodeError:
            return False
        return len(encoded) == 2 and first <= encoded[0] <= last

    return knows


_SINGLE_BYTE = frozenset({"cp1252", "cp1251", "koi8-r"})
# Of equal scores the first wins.
_CANDIDATES = (
    _Candidate("gb18030", characters.SIMPLIFIED, _in_rows("gb2312", 0xB0, 0xD7)),
    _Candidate("cp950", characters.TRADITIONAL, _in_rows("cp950", 0xA4, 0xC6)),
    _Candidate("cp932", characters.JAPANESE | characters.KANA, _in_rows("shift_jis", 0x88, 0x97)),
    _Candidate("cp1252", characters.LATIN, lambda character: False),
    _Candidate("euc_jp", characters.JAPANESE | characters.KANA, _in_rows("euc_jp", 0xB0, 0xCF)),
    _Candidate("cp949", characters.HANGUL, _in_rows("euc_kr", 0xB0, 0xC8)),
    _Candidate("cp1251", characters.CYRILLIC, lambda character: False),
    _Candidate("koi8-r", characters.CYRILLIC, lambda character: False),
)
_COMMON = frozenset().union(
    characters.SIMPLIFIED, characters.TRADITIONAL, characters.JAPANESE, characters.KANA, characters.HANGUL,
    characters.CYRILLIC, characters.LATIN, characters.SIGNS, characters.WIDE_SIGNS,
)  # fmt: skip

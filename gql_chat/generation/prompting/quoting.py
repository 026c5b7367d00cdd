"""Files quoted in a prompt: their text in a fence that it cannot break, cut to a number of tokens."""

import re
from bisect import bisect_right
from dataclasses import dataclass

from gql_chat.generation.prompting.tokens import estimate_tokens

MIN_CHARACTERS = 40  # of a cut text: less is of no use
NAME_MAX_LENGTH = 100
LEFT_OUT = "is left out: there is no room for it"
_BACKTICKS = re.compile(r"`+")
_LINE_END = re.compile(r"\r\n?")
_LINE_SHARE = 0.8  # of what fits, that a cut at the end of a line must keep


@dataclass(frozen=True, slots=True)
class Material:
    """A file as a model is given it: its text, or the URL of a picture; else `missing` says why neither."""

    name: str
    text: str | None = None
    url: str | None = None
    missing: str | None = None


def quote_file(name: str, text: str, max_tokens: int) -> str | None:
    """Return the text below the file's name in at most `max_tokens`, marked if it is cut; None if it has no room."""
    if not text.strip():
        return remark(name, "holds no text that could be read")
    text = _LINE_END.sub("\n", text).strip("\n")
    fence = "`" * max(3, 1 + max(map(len, _BACKTICKS.findall(text)), default=0))
    whole = _block(name, fence, text)
    if estimate_tokens(whole) <= max_tokens:
        return whole
    mark = "\n" + remark(name, "is cut here: there is no room for the rest")
    length = _fitting_length(text, max_tokens - estimate_tokens(_block(name, fence, "") + mark))
    return _block(name, fence, text[:length]) + mark if length >= MIN_CHARACTERS else None


def remark(name: str, fact: str) -> str:
    """Return a sentence about a file, in brackets so that it is not taken for a part of a message."""
    return f"[The file {_plain(name)} {fact}.]"


def _block(name: str, fence: str, text: str) -> str:
    return f"File {_plain(name)}:\n{fence}\n{text}\n{fence}"


def _plain(name: str) -> str:
    """Return the name on one line, without characters that could begin or end a fence or a remark."""
    printable = "".join(character if character.isprintable() else " " for character in name)
    line = " ".join(re.sub(r"[`\[\]]", "_", printable).split())
    return line if len(line) <= NAME_MAX_LENGTH else line[: NAME_MAX_LENGTH - 1] + "…"


def _fitting_length(text: str, max_tokens: int) -> int:
    """Return the length of the longest beginning that fits, cut at the end of a line if one is not far before."""
    length = bisect_right(range(1, len(text) + 1), max_tokens, key=lambda count: estimate_tokens(text[:count]))
    line_end = text.rfind("\n", 0, length)
    return line_end if line_end > length * _LINE_SHARE else length

"""Redaction: the last hand on a line of the log takes out what looks like a secret, and what is known to be one.

No line of ours holds one on purpose. This is for the texts of others: exceptions, libraries, addresses.
"""

import json
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

REDACTED = "[redacted]"

# A shorter secret would stand in half of all lines by chance.
MIN_KNOWN_LENGTH = 8


class _Look(NamedTuple):
    """A pattern, looked for only in lines that hold one of the words: most hold none, and then it costs nothing."""

    words: tuple[str, ...]
    pattern: re.Pattern[str]
    replacement: str


_LOOKS = tuple(
    _Look(words, re.compile(pattern, re.IGNORECASE), replacement)
    for words, pattern, replacement in (
        # What an address holds before its host, and the signed parts of its query.
        (("@",), r"://([^\s/:@\"']*):[^\s/\"'\\]+@", rf"://\1:{REDACTED}@"),
        (
            ("?", "&"),
            r"([?&][\w-]{0,40}(?:signature|credential|token|key|code|password|secret|sig)=)[^&#\s\"'\\]+",
            rf"\1{REDACTED}",
        ),
        # Headers, tokens of ours, and keys as providers make them.
        (("bearer", "basic"), r"\b(bearer|basic)\s+[\w.~+/=-]+", rf"\1 {REDACTED}"),
        (("eyj",), r"\beyJ[\w-]+\.[\w-]+\.[\w-]*", REDACTED),
        (("gqlchat_",), r"\bgqlchat_[\w-]+", REDACTED),
        (
            ("sk-", "sk_", "pk-", "pk_", "rk-", "rk_", "xai-", "nvapi-", "hf_", "aiza"),
            r"\b(?:g?sk|pk|rk|xai|nvapi|hf|AIza)[-_]?[\w*-]{8,}",
            REDACTED,
        ),
    )
)

_NAMES = (
    r"(?:passw(?:or)?d|secret(?:[_-]?key)?|api[_-]?key|authorization|cookie|credential|signature|token"
    r"|(?:activation|verification)[_-]?code)"
)
_NAMED = re.compile(rf".*{_NAMES}", re.IGNORECASE)

# `"password": "…"` quoted inside a text, and `password=…`.
_FIELD = re.compile(
    rf"""{_NAMES}\\*["']?\s*[:=]\s*"""
    r"""(?:(?P<open>\\*["'])|(?P<bare>(?!(?:bearer|basic)\s)[^\s"'\\,;&)}\]\[]+))""",
    re.IGNORECASE,
)
_FIELD_WORDS = ("passw", "secret", "api", "authoriz", "cookie", "credential", "signature", "token", "ationc", "ation_c")

_WORDS = tuple({word for look in _LOOKS for word in look.words} | {*_FIELD_WORDS})


class Redactor:
    """Takes secrets out of text. `known` are secrets whose values are found wherever they stand."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        forms = {form for secret in known if len(secret) >= MIN_KNOWN_LENGTH for form in (secret, _in_json(secret))}
        self._known = sorted(forms, key=len, reverse=True)

    def suspects(self, line: str) -> bool:
        """Whether it is worth a closer look, which takes ten times as long."""
        lower = line.lower()
        return any(word in lower for word in _WORDS) or any(secret in line for secret in self._known)

    def within(self, value: Any) -> Any:
        """The same fields, lists and texts without secrets; a field that is named after one is taken out as a whole."""
        if isinstance(value, str):
            return self(value)
        if isinstance(value, dict):
            return {
                name: REDACTED if _NAMED.fullmatch(str(name)) else self.within(item) for name, item in value.items()
            }
        if isinstance(value, (list, tuple)):
            return [self.within(item) for item in value]
        return value if value is None or isinstance(value, (bool, int, float)) else self(repr(value))

    def __call__(self, text: str) -> str:
        for secret in self._known:
            if secret in text:
                text = text.replace(secret, REDACTED)
        lower = text.lower()
        for words, pattern, replacement in _LOOKS:
            if any(word in lower for word in words):
                text = pattern.sub(replacement, text)
        return _without_fields(text) if any(word in lower for word in _FIELD_WORDS) else text


def _without_fields(text: str) -> str:
    kept: list[str] = []
    done = 0
    for field in _FIELD.finditer(text):
        if field.start() < done:
            continue  # inside of a value that is taken out
        start = field.start("bare") if field["bare"] else field.end()
        kept += text[done:start], REDACTED
        done = field.end() if field["bare"] else _end_of_quoted(text, start, field["open"])
    return "".join(kept) + text[done:] if kept else text


def _end_of_quoted(text: str, start: int, opening: str) -> int:
    """Where a value ends that such a quote began: in JSON within JSON the quote has backslashes before it.

    With k of them before the quotes around it, a value has 2k + 1 before one inside, and 2k + 2 for each backslash.
    """
    mark, k = opening[-1], len(opening) - 1
    at = text.find(mark, start)
    while at >= 0:
        backslashes = at - start - len(text[start:at].rstrip("\\"))
        if backslashes % (2 * k + 2) == k:
            return at - k
        at = text.find(mark, at + 1)
    return len(text)


def _in_json(text: str) -> str:
    return json.dumps(text)[1:-1]

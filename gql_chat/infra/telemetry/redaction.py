"""Redaction: the one place that removes secrets from logs, from the ledger and from providers' error messages.

Our own log lines hold no secret on purpose. Redaction is for foreign texts: exceptions, libraries, URLs.
"""

import json
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

REDACTED = "[redacted]"

# A shorter secret would occur in ordinary words by chance. A local server's key is often a word that is no secret, such
# as "none" or "ollama".
MIN_KNOWN_LENGTH = 7

# A shorter name has no form of a secret.
_MIN_SHOWN_LENGTH = 4

_KEPT_FORMS = 256  # keys in use whose forms are remembered: each call needs them three times

# They stand for the names to be shown while patterns are replaced: noncharacters, which occur in no text.
_PLACEHOLDERS = "\ufdd0\ufdd1\ufdd2\ufdd3"


class _Form(NamedTuple):
    """A pattern that is only tried on texts that hold one of the words. Most hold none, and then it costs nothing."""

    words: tuple[str, ...]
    pattern: re.Pattern[str]
    replacement: str


_FORMS = tuple(
    _Form(words, re.compile(pattern, re.IGNORECASE), replacement)
    for words, pattern, replacement in (
        # The password before a URL's host, and the signed parts of its query.
        (("@",), r"://([^\s/:@\"']*):[^\s/\"'\\]+@", rf"://\1:{REDACTED}@"),
        (
            ("?", "&"),
            r"([?&][\w-]{0,40}(?:signature|credential|token|key|code|password|secret|sig)=)[^&#\s\"'\\]+",
            rf"\1{REDACTED}",
        ),
        # Headers, our own tokens, and keys in the forms of providers, also with their middle masked.
        (("bearer",), r"\b(bearer)\s+[\w.~+/=-]+", rf"\1 {REDACTED}"),
        (("basic",), r"\b(basic)\s+(?=[\w+/-]+?(?-i:[A-Z0-9=]))[\w.~+/=-]{8,}", rf"\1 {REDACTED}"),
        (("eyj",), r"\beyJ[\w-]+\.[\w-]+\.[\w-]*", REDACTED),
        (("gqlchat_",), r"\bgqlchat_[\w-]+", REDACTED),
        (
            ("sk-", "sk_", "pk-", "pk_", "rk-", "rk_", "xai-", "nvapi-", "hf_", "aiza"),
            r"\b(?:g?sk|pk|rk|xai|nvapi|hf|AIza)[-_]?[\w*-]{8,}(?:\.[\w*-]+)*",
            REDACTED,
        ),
        (("***",), r"[\w-]{0,64}\*{3,}[\w*-]*", REDACTED),
    )
)

_NAMES = (
    r"(?:passw(?:or)?d|secret(?:[_-]?key)?|api[_-]?key|authorization|cookie|credential|signature|token"
    r"|(?:activation|verification)[_-]?code)"
)
_NAMED = re.compile(rf".*(?:{_NAMES}|bearer)", re.IGNORECASE)

# `"password": "…"`, also quoted inside a text, and `password=…`.
_FIELD = re.compile(
    rf"""{_NAMES}\\*["']?\s*[:=]\s*"""
    r"""(?:(?P<open>\\*["'])|(?P<bare>(?!(?:bearer|basic)\s)[^\s"'\\,;&)}\]\[]+))""",
    re.IGNORECASE,
)
_FIELD_WORDS = ("passw", "secret", "api", "authoriz", "cookie", "credential", "signature", "token", "ationc", "ation_c")

_WORDS = tuple({word for form in _FORMS for word in form.words} | {*_FIELD_WORDS})


class Redactor:
    """Removes secrets from texts: the `known` ones by their value, others by their form or by their field's name.

    Names in `shown` stay although they have the form of a secret, such as the model `rk3588-chat`.
    """

    def __init__(self, known: Iterable[str] = (), shown: Iterable[str] = ()) -> None:
        self._known = _forms_of(tuple(known))
        names = {name for name in shown if len(name) >= _MIN_SHOWN_LENGTH}
        self._shown = dict(zip(_PLACEHOLDERS, sorted(names, key=len, reverse=True), strict=False))

    def suspects(self, line: str) -> bool:
        """Return whether the line may hold a secret. Redacting it takes ten times as long as this check."""
        lower = line.lower()
        return any(word in lower for word in _WORDS) or any(secret in line for secret in self._known)

    def within(self, value: Any) -> Any:
        """Return the same structure without secrets. The whole value of a field named after a secret is removed."""
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
        text = _replace(self._known, text)
        for placeholder, name in self._shown.items():
            text = text.replace(name, placeholder)
        text = self._without_forms(text)
        for placeholder, name in self._shown.items():
            text = text.replace(placeholder, name)
        return text

    def _without_forms(self, text: str) -> str:
        lower = text.lower()
        for words, pattern, replacement in _FORMS:
            if any(word in lower for word in words):
                text = pattern.sub(replacement, text)
        return _without_fields(text) if any(word in lower for word in _FIELD_WORDS) else text


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """Return the text with these secrets masked, and otherwise unchanged."""
    return _replace(_forms_of(tuple(secrets)), text)


def _replace(forms: Sequence[str], text: str) -> str:
    for form in forms:
        text = text.replace(form, REDACTED)
    return text


def _without_fields(text: str) -> str:
    kept: list[str] = []
    done = 0
    for field in _FIELD.finditer(text):
        if field.start() < done:
            continue  # inside a value that is removed
        start = field.start("bare") if field["bare"] else field.end()
        kept += text[done:start], REDACTED
        done = field.end() if field["bare"] else _end_of_quoted(text, start, field["open"])
    return "".join(kept) + text[done:] if kept else text


def _end_of_quoted(text: str, start: int, opening: str) -> int:
    """Return the end of a value that began with this quote. In JSON within JSON, quotes have backslashes before them.

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


@lru_cache(_KEPT_FORMS)
def _forms_of(secrets: tuple[str, ...]) -> Sequence[str]:
    """Return the secrets as they may stand in a text, the longest first."""
    forms = {form for secret in secrets if len(secret) >= MIN_KNOWN_LENGTH for form in (secret, _in_json(secret))}
    return sorted(forms, key=len, reverse=True)


def _in_json(text: str) -> str:
    return json.dumps(text)[1:-1]

"""Keys' own HTTP headers, for providers that want more than a bearer token: Azure's `api-key`, OpenRouter's referer."""

import re
from collections.abc import Iterator, Mapping, Sequence

from gql_chat.errors import BadUserInput

MAX_HEADERS = 20
MAX_NAME_LENGTH = 100  # characters
MAX_VALUE_LENGTH = 4096  # characters

# RFC 9110, 5.6.2 and 5.5; values without the blanks around them that no server would see.
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[!-~]([ !-~]*[!-~])?")

# Those that the HTTP client, or this server, sets.
_RESERVED = frozenset(
    {
        "accept",
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "cookie",
        "expect",
        "host",
        "keep-alive",
        "te",
        "trailer",
        "traceparent",
        "tracestate",
        "transfer-encoding",
        "upgrade",
    }
)


# Those whose values are no secrets.
_PUBLIC = frozenset({"http-referer", "referer", "x-title", "user-agent", "origin", "accept-language"})


def secrets_in(headers: Mapping[str, str]) -> Iterator[str]:
    """Yield the values that must never be shown or logged."""
    return (value for name, value in headers.items() if name.lower() not in _PUBLIC)


def checked_headers(headers: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return the values by their names. Raises BadUserInput on `headers`."""
    if len(headers) > MAX_HEADERS:
        raise BadUserInput(f"A key can have {MAX_HEADERS} headers at most.", field="headers")
    checked: dict[str, str] = {}
    for header in headers:
        name, value = header["name"].strip(), header["value"].strip()
        if fault := _fault_of(name, value):
            raise BadUserInput(fault, field="headers")
        if name.lower() in map(str.lower, checked):
            raise BadUserInput(f"The header {name} is given twice.", field="headers")
        checked[name] = value
    return checked


def _fault_of(name: str, value: str) -> str | None:
    if len(name) > MAX_NAME_LENGTH or not _NAME.fullmatch(name):
        return f"A header's name has 1 to {MAX_NAME_LENGTH} letters, digits, hyphens and the like."
    if name.lower() in _RESERVED or name.lower().startswith("proxy-"):
        return f"The header {name} is set by this server. A bearer token is the key's secret."
    if len(value) > MAX_VALUE_LENGTH or not _VALUE.fullmatch(value):
        return f"The value of {name} must have 1 to {MAX_VALUE_LENGTH} printable ASCII characters."
    return None

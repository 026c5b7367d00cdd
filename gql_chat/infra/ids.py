"""TypeIDs: a type prefix and a UUIDv7, `ses_01h455vb4pex5vsknk084sn02q`; sorted as text they are sorted by time.

The format: https://github.com/jetify-com/typeid
"""

import re

from typeid import TypeID

# 26 Crockford base32 digits hold 130 bits; a first digit above 7 would overflow the UUID's 128.
_PATTERN = re.compile(r"([a-z]{1,8})_[0-7][0-9a-hjkmnp-tv-z]{25}")


def new_id(prefix: str) -> str:
    """A fresh id; later ones of one process sort after earlier ones."""
    return str(TypeID(prefix=prefix))


def prefix_of(text: str) -> str | None:
    """The type prefix of a well-formed id, else None."""
    match = _PATTERN.fullmatch(text)
    return match.group(1) if match else None


def is_id(text: str, prefix: str) -> bool:
    """Whether it is a well-formed id of that type; nothing else is worth asking a database for, which may refuse it."""
    return prefix_of(text) == prefix

"""TypeIDs: a type prefix and a UUIDv7, `ses_01h455vb4pex5vsknk084sn02q`. Sorted as text they are sorted by time.

The format: https://github.com/jetify-com/typeid/tree/main/spec
"""

import os
import re
import time

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base32 in lower case
_PAIRS = [high + low for high in _DIGITS for low in _DIGITS]  # by two digits at a time it takes half as long

# 26 Crockford base32 digits hold 130 bits; a first digit above 7 would overflow the UUID's 128.
_PATTERN = re.compile(r"([a-z]{1,8})_[0-7][0-9a-hjkmnp-tv-z]{25}")

_last = 0

# A call to the system for each id would take as long as the rest of it, and longer while other threads wait to run.
_POOL_BYTES = 1024
_pool = b""


def new_id(prefix: str) -> str:
    """Make an id that sorts after all earlier ones of this process, even if the clock is set back."""
    return f"{prefix}_{encode_uuid(_new_uuid())}"


def encode_uuid(uuid: int) -> str:
    """Return a UUID's 128 bits as 26 digits."""
    return "".join([_PAIRS[uuid >> shift & 0x3FF] for shift in range(120, -1, -10)])


def short_random_id() -> str:
    """Return 12 random digits, 60 bits, for what is looked up by its id and need not be secret."""
    bits = int.from_bytes(random_bytes(8))
    return "".join([_PAIRS[bits >> shift & 0x3FF] for shift in range(0, 60, 10)])


def random_bytes(count: int) -> bytes:
    """Return random bytes, 1,024 at most, for what need not be secret: the next ones wait in this process's memory."""
    global _pool  # noqa: PLW0603 - it is what is left of the last call to the system
    if len(_pool) < count:
        _pool = os.urandom(_POOL_BYTES)
    taken, _pool = _pool[:count], _pool[count:]
    return taken


def prefix_of(text: str) -> str | None:
    """Return the type prefix of a well-formed id, or None."""
    match = _PATTERN.fullmatch(text)
    return match.group(1) if match else None


def is_id(text: str, prefix: str) -> bool:
    """Return whether the text is a well-formed id of this type. Databases may reject any other text, such as NUL."""
    return prefix_of(text) == prefix


def _new_uuid() -> int:
    """Return a UUIDv7 (RFC 9562, 5.7): 48 bits of milliseconds and 74 random bits around the version and variant."""
    global _last  # noqa: PLW0603 - what comes later has to be greater (RFC 9562, 6.2, method 2)
    bits = time.time_ns() // 1_000_000 << 74 | int.from_bytes(random_bytes(10)) >> 6
    if bits <= _last:
        bits = _last + 1 + int.from_bytes(random_bytes(4))
    _last = bits
    return bits >> 74 << 80 | 0x7 << 76 | (bits >> 62 & 0xFFF) << 64 | 0b10 << 62 | bits & (1 << 62) - 1


def _forget_pool() -> None:
    global _pool  # noqa: PLW0603 - the same bytes in two processes would be the same ids
    _pool = b""


os.register_at_fork(after_in_child=_forget_pool)

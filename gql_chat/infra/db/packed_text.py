"""Long texts in compressed form on SQLite, whose log has every byte of them. PostgreSQL compresses them itself.

A column of such texts holds bytes where one is compressed. Decision record: docs/decisions/0091-packed-texts.md.
"""

import asyncio
import bz2
import zlib
from typing import Any

from tortoise.fields.data import TextField

from gql_chat.infra.db.database import dialect

MIN_LENGTH = 1_000  # characters; a shorter text shares its page with others
IN_LOOP_MAX_LENGTH = 10_000  # that the event loop compresses itself: 0.3 ms
# For those texts: a window of 8 KB. By default zlib clears up to 268 KB of memory for each, however short it is.
_QUICK_LEVEL, _QUICK_WBITS, _QUICK_MEM_LEVEL = 3, 13, 6
BZ2_MIN_LENGTH = 750_000  # below, the 1.2 MB that bz2 takes would be too much beside the text: zlib takes 0.3

_SLICE_LENGTH = 65_536  # compressed at once, so that there is no copy of the whole text
_BLOCKS = 1  # of bz2, in 100 KB: it takes 7.6 MB for the largest, which save 5 % more
_BZ2 = b"BZh"  # with which bz2 begins, and zlib never


class PackedTextField(TextField):
    """A column of texts that may be in compressed form on SQLite."""

    def to_python_value(self, value: Any) -> Any:
        """Return the text of a stored value."""
        return unpack(value)


async def packed(text: str) -> str | bytearray:
    """Return the text as it is to be stored."""
    if len(text) < MIN_LENGTH or dialect() != "sqlite":
        return text
    return pack(text) if len(text) <= IN_LOOP_MAX_LENGTH else await asyncio.to_thread(pack, text)


def pack(text: str) -> str | bytearray:
    """Return the text in compressed form, if that is shorter: 30 ms a megabyte for zlib, 60 for bz2."""
    compressor = _compressor_for(len(text))
    size, compressed = 0, bytearray()
    for at in range(0, len(text), _SLICE_LENGTH):
        encoded = text[at : at + _SLICE_LENGTH].encode()
        size += len(encoded)
        compressed += compressor.compress(encoded)
    compressed += compressor.flush()
    return compressed if len(compressed) < size else text


def _compressor_for(length: int) -> "zlib._Compress | bz2.BZ2Compressor":
    if length >= BZ2_MIN_LENGTH:
        return bz2.BZ2Compressor(_BLOCKS)
    if length > IN_LOOP_MAX_LENGTH:
        return zlib.compressobj()
    return zlib.compressobj(_QUICK_LEVEL, zlib.DEFLATED, _QUICK_WBITS, _QUICK_MEM_LEVEL)


def unpack(value: str | bytes | bytearray | None) -> str | None:
    """Return the text of a column that may hold it in compressed form."""
    if value is None or isinstance(value, str):
        return value
    return (bz2.decompress(value) if value.startswith(_BZ2) else zlib.decompress(value)).decode()

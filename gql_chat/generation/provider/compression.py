"""Decompression of answers that come compressed although none was asked for: some gateways do so."""

import zlib

from gql_chat.errors import ProviderErrorCode, ProviderFailed
from gql_chat.generation.provider.response import Response

_PLAIN = frozenset({"", "identity"})
_ZLIB = frozenset({"gzip", "x-gzip", "deflate"})

# Detects gzip's and zlib's header: https://docs.python.org/3/library/zlib.html#zlib.decompress
_ANY_HEADER = zlib.MAX_WBITS + 32

# The most that one step returns. A few bytes may stand for a thousand times as many.
_STEP_BYTES = 256 * 1024


class Decompressor:
    """Decompresses a body step by step. `pending` says that more of what was fed is to come."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(_ANY_HEADER)

    @property
    def pending(self) -> bool:
        """Whether `read` has more to return before the next bytes are fed."""
        return bool(self._stream.unconsumed_tail)

    def feed(self, data: bytes) -> bytes:
        """Return what these bytes stand for, or its first part. Raise zlib.error."""
        return self._stream.decompress(data, _STEP_BYTES)

    def read(self) -> bytes:
        """Return the next part of what was fed last."""
        return self._stream.decompress(self._stream.unconsumed_tail, _STEP_BYTES)


def decompressor_for(response: Response) -> Decompressor | None:
    """Return what decompresses the body, None for a plain one. Raise ProviderFailed for br, zstd and others."""
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding in _PLAIN:
        return None
    if encoding in _ZLIB:
        return Decompressor()
    sentence = f"The provider's answer is compressed by {encoding[:20]!r} although it was asked not to be."
    raise ProviderFailed(ProviderErrorCode.BAD_RESPONSE, sentence, status_code=response.status)


async def read_at_most(count: int, response: Response) -> bytes:
    """Return the body, decompressed, or its first `count` bytes, or nothing if it cannot be decompressed."""
    body = bytearray()
    try:
        decompressor = decompressor_for(response)
        while len(body) < count and (data := await response.read_some()):
            body += decompressor.feed(data) if decompressor else data
            while decompressor and decompressor.pending and len(body) < count:
                body += decompressor.read()
    except (ProviderFailed, zlib.error):
        return b""
    return bytes(body[:count])

"""Reading of a provider's answer, whether it is decoded or passed on: its connection, limits of time, and failures.

Some gateways compress answers although they were asked not to.
"""

import asyncio
import zlib
from typing import Any

from gql_chat.errors import ProviderErrorCode, ProviderFailed
from gql_chat.generation.provider.endpoint import Endpoint
from gql_chat.generation.provider.errors.failures import TookTooLong, refused
from gql_chat.generation.provider.response import Response
from gql_chat.generation.provider.timeouts import Timeouts, Watchdog

_PLAIN = frozenset({"", "identity"})
_ZLIB = frozenset({"gzip", "x-gzip", "deflate"})

# Detects gzip's and zlib's header: https://docs.python.org/3/library/zlib.html#zlib.decompress
_ANY_HEADER = zlib.MAX_WBITS + 32

# The most that one step returns. A few bytes may stand for a thousand times as many.
_STEP_BYTES = 256 * 1024

_MEMBER = b"\x1f"  # how a member of gzip begins; what else follows one is padding


class Decompressor:
    """Decompresses zlib's format, or gzip's members one after the other: RFC 1952 allows any number of them."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_ANY_HEADER)

    @property
    def unconsumed_tail(self) -> bytes:
        """The bytes that were given and are still to be decompressed."""
        if self._member.unused_data.startswith(_MEMBER):
            return self._member.unused_data
        return self._member.unconsumed_tail

    def decompress(self, data: bytes) -> bytes:
        """Return the next part of what these bytes stand for, at most _STEP_BYTES. Raise zlib.error."""
        plain = b""
        while data and not plain:
            if self._member.eof:
                if not data.startswith(_MEMBER):
                    break
                self._member = zlib.decompressobj(_ANY_HEADER)
            plain = self._member.decompress(data, _STEP_BYTES)
            data = self.unconsumed_tail
        return plain


class Answer:
    """An answer as it arrives. `first_token_ms` is the time from the request to the first text, None before it."""

    def __init__(self, response: Response, endpoint: Endpoint, timeouts: Timeouts, started_at: float) -> None:
        self.status_code = response.status
        self.first_token_ms: int | None = None
        self._response = response
        self._content = response.content
        self._decompressor = decompressor_for(response)
        self._endpoint = endpoint
        self._loop = asyncio.get_running_loop()
        self._started_at = started_at
        self._between_tokens_seconds = timeouts.between_tokens_seconds
        self._watchdog = Watchdog(timeouts, started_at, self._on_timeout)

    def _note_first_token(self) -> None:
        self.first_token_ms = round((self._loop.time() - self._started_at) * 1000)

    def _decompress(self, data: bytes) -> bytes:
        """Return the next part of what these bytes stand for; without bytes, of those that were given last."""
        assert self._decompressor is not None
        try:
            return self._decompressor.decompress(data or self._decompressor.unconsumed_tail)
        except zlib.error as exc:
            raise self._bad_response("The provider's answer is compressed and damaged.") from exc

    def _refused(self, error: Any) -> ProviderFailed:
        """Return the failure for an error that the answer reports."""
        return refused(error, secrets=self._endpoint.secrets, shown=self._endpoint.shown)

    def _bad_response(self, sentence: str) -> ProviderFailed:
        return ProviderFailed(ProviderErrorCode.BAD_RESPONSE, sentence, status_code=self.status_code)

    def _on_timeout(self, sentence: str) -> None:
        self._content.set_exception(TookTooLong(sentence))
        self._response.decode()


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
            while data and len(body) < count:
                body += decompressor.decompress(data) if decompressor else data
                data = decompressor.unconsumed_tail if decompressor else b""
    except (ProviderFailed, zlib.error):
        return b""
    return bytes(body[:count])

"""One call's answer, read increment by increment until it ends, fails or takes too long."""

import asyncio
import zlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from gql_chat.chats.models import FinishReason
from gql_chat.errors import ProviderErrorCode, ProviderFailed
from gql_chat.generation.provider.completion import CompletionReader, Increment
from gql_chat.generation.provider.compression import decompressor_for
from gql_chat.generation.provider.endpoint import Endpoint
from gql_chat.generation.provider.errors.failures import TookTooLong, broken_off, refused
from gql_chat.generation.provider.images import Images
from gql_chat.generation.provider.response import Response
from gql_chat.generation.provider.timeouts import Timeouts, Watchdog
from gql_chat.usage.tokens import Usage

# The end of a body comes right behind [DONE]; once it is read, the connection can be used again.
_DRAIN_SECONDS = 0.1

# With the finish reason the text is complete. Only a count of tokens may follow, which is not worth a long wait.
_AFTER_FINISH_SECONDS = 5.0

Take: TypeAlias = Callable[[Increment], bool]
"""Takes an increment, and returns whether more is wanted."""

BROKEN = (aiohttp.ClientError, HttpProcessingError, TookTooLong)


class ProviderCall:
    """An answer as it arrives: see `read`. Finish reason and usage are known afterwards, if the provider gave them.

    `first_token_ms` is the time from the request to the first text, None before it.
    """

    def __init__(self, response: Response, endpoint: Endpoint, timeouts: Timeouts, started_at: float) -> None:
        self.status_code = response.status
        self.first_token_ms: int | None = None
        self.on_held_more: Callable[[], None] | None = None
        """Called after each read that completed no text or brought an image; the reader holds it: see `held_bytes`."""
        self._response = response
        self._content = response.content
        self._decompressor = decompressor_for(response)
        self._endpoint = endpoint
        self._reader = CompletionReader()
        self._loop = asyncio.get_running_loop()
        self._started_at = started_at
        self._between_tokens_seconds = timeouts.between_tokens_seconds
        self._watchdog = Watchdog(timeouts, started_at, self._on_timeout)

    @property
    def finish_reason(self) -> FinishReason | None:
        """Why the model ended, if the provider gave a reason."""
        return self._reader.finish_reason

    @property
    def sources(self) -> list[tuple[str, str | None]]:
        """The addresses and titles of the web pages that the answer names as its sources."""
        return list(self._reader.sources)

    @property
    def usage(self) -> Usage | None:
        """The provider's count of tokens, if it gave one; while the answer arrives, the count so far."""
        return self._reader.usage

    @property
    def response_data(self) -> str | None:
        """What came beside the text so far, as JSON: see ResponseData."""
        return self._reader.response_data.as_json()

    @property
    def images(self) -> Images:
        """The images that the answer contains so far."""
        return self._reader.images

    @property
    def held_bytes(self) -> int:
        """The bytes of an event, or of a whole answer, whose end has not come yet, and those of images."""
        return self._reader.unread_bytes + self._reader.images.held_bytes

    async def read(self, take: Take) -> None:
        """Pass what each read of the socket brings to `take`, in that very call, until the end or until it has enough.

        Raise ProviderFailed after all text that came before it. Call it once.
        """
        decode_chunks = None if self._decompressor else partial(self._decode_chunks, take)
        await self._response.read_body(partial(self._decode_arrived, take), decode_chunks)

    async def close(self) -> None:
        """Release the connection at once, except that the end of a complete answer is awaited for a moment.

        Keep the connection for another request where that is possible, else close it without waiting.
        """
        self._watchdog.stop()
        self.on_held_more = None
        if self._reader.is_complete and not self._content.at_eof():
            await self._drain()
        self._response.release()

    @property
    def _is_finished(self) -> bool:
        """Whether the text is complete: a finish reason came, behind text, and no text came behind it."""
        reader = self._reader
        return reader.has_text and reader.finish_reason is not None and not reader.is_finish_early

    def _decode_arrived(self, take: Take) -> bool:
        """Pass on all that has arrived, and return whether that was the end, or enough."""
        reader = self._reader
        while not reader.is_over:
            pieces = self._arrived()
            if pieces is None:
                if (failure := self._content.exception()) is None:
                    self._watchdog.waiting_since = self._loop.time()
                    return False
                if not isinstance(failure, BROKEN):
                    raise failure
                if not self._is_finished:
                    raise broken_off(failure, status_code=self.status_code) from failure
                pieces = ()  # all of the text is here, only the formal end is not
            if not self._feed(take, pieces):
                return True
        self._raise_failure()
        return True

    def _decode_chunks(self, take: Take, contents: list[bytes]) -> bool:
        """Pass on the contents of chunks, and return whether they contained the end, or enough."""
        self._watchdog.waiting_since = self._loop.time()
        if len(contents) == 1 and (increment := self._reader.feed_alike(contents[0])) is not None:
            return not take(increment)  # most tokens come so, and there is nothing else to note
        if not self._feed(take, contents):
            return True
        if self._reader.is_over:
            self._raise_failure()
        return self._reader.is_over

    def _feed(self, take: Take, pieces: Sequence[bytes]) -> bool:
        """Pass on what these pieces bring, or the end if there are none. Return whether more is wanted."""
        reader = self._reader
        images_bytes = reader.images.held_bytes
        increment = reader.feed(*pieces) if pieces else reader.end()
        if reader.has_text and self.first_token_ms is None:
            self.first_token_ms = round((self._loop.time() - self._started_at) * 1000)
        if not reader.is_over:
            self._limit_silence()
        if self.on_held_more is not None and (increment is None or reader.images.held_bytes != images_bytes):
            self.on_held_more()
        return increment is None or take(increment)

    def _limit_silence(self) -> None:
        reader = self._reader
        if self._is_finished:
            self._watchdog.limit_silence(min(self._between_tokens_seconds, _AFTER_FINISH_SECONDS))
        elif reader.has_text:
            self._watchdog.limit_silence(self._between_tokens_seconds)

    def _arrived(self) -> Sequence[bytes] | None:
        """Return what has arrived and was not returned yet, at least one byte; nothing at the end, else None."""
        if self._decompressor is None:
            return self._arrived_pieces()
        while self._decompressor.pending:
            if plain := self._decompress(b""):
                return (plain,)
        while pieces := self._arrived_pieces():
            if plain := self._decompress(b"".join(pieces)):
                return (plain,)
        return pieces

    def _decompress(self, data: bytes) -> bytes:
        assert self._decompressor is not None
        try:
            return self._decompressor.feed(data) if data else self._decompressor.read()
        except zlib.error as exc:
            sentence = "The provider's answer is compressed and damaged."
            raise ProviderFailed(ProviderErrorCode.BAD_RESPONSE, sentence, status_code=self.status_code) from exc

    def _arrived_pieces(self) -> Sequence[bytes] | None:
        """Return what has arrived, in the pieces of the body's chunks that each read of the socket brought."""
        if self._content.at_eof():
            return ()
        pieces = tuple(self._content._buffer)
        # Not read_nowait: after a failure it keeps back what arrived before that. Those are tokens.
        return pieces if pieces and self._content._read_nowait(-1) else None

    def _on_timeout(self, sentence: str) -> None:
        self._content.set_exception(TookTooLong(sentence))
        self._response.decode()

    def _raise_failure(self) -> None:
        if self._reader.error:
            raise refused(self._reader.error, secrets=self._endpoint.secrets, shown=self._endpoint.shown)
        if self._reader.fault:
            sentence = f"The provider {self._reader.fault}."
            raise ProviderFailed(ProviderErrorCode.BAD_RESPONSE, sentence, status_code=self.status_code)

    async def _drain(self) -> None:
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                while await self._response.read_some():
                    pass
        except (TimeoutError, *BROKEN):
            pass

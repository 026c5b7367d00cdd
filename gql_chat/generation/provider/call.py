"""One call's answer, read increment by increment until it ends, fails or takes too long."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from gql_chat.chats.models import FinishReason
from gql_chat.generation.provider.answer import Answer
from gql_chat.generation.provider.completion import CompletionReader, Increment
from gql_chat.generation.provider.endpoint import Endpoint
from gql_chat.generation.provider.errors.failures import TookTooLong, broken_off
from gql_chat.generation.provider.images import Images
from gql_chat.generation.provider.response import Response
from gql_chat.generation.provider.timeouts import AFTER_FINISH_SECONDS, Timeouts
from gql_chat.usage.tokens import Usage

# The end of a body comes right behind [DONE]; once it is read, the connection can be used again.
_DRAIN_SECONDS = 0.1

Take: TypeAlias = Callable[[Increment], bool]
"""Takes an increment, and returns whether more is wanted."""

BROKEN = (aiohttp.ClientError, HttpProcessingError, TookTooLong)


class ProviderCall(Answer):
    """An answer that is decoded: see `read`. Finish reason and usage are known afterwards, if it has them."""

    def __init__(self, response: Response, endpoint: Endpoint, timeouts: Timeouts, started_at: float) -> None:
        super().__init__(response, endpoint, timeouts, started_at)
        self.on_held_more: Callable[[], None] | None = None
        """Called after each read that completed no text or brought an image; the reader holds it: see `held_bytes`."""
        self._reader = CompletionReader()

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
        """The data that came beside the text so far, as JSON: see ResponseData."""
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
            self._note_first_token()
        if not reader.is_over:
            self._limit_silence()
        if self.on_held_more is not None and (increment is None or reader.images.held_bytes != images_bytes):
            self.on_held_more()
        return increment is None or take(increment)

    def _limit_silence(self) -> None:
        reader = self._reader
        if self._is_finished:
            self._watchdog.limit_silence(min(self._between_tokens_seconds, AFTER_FINISH_SECONDS))
        elif reader.has_text:
            self._watchdog.limit_silence(self._between_tokens_seconds)

    def _arrived(self) -> Sequence[bytes] | None:
        """Return what has arrived and was not returned yet, at least one byte; nothing at the end, else None."""
        if self._decompressor is None:
            return self._arrived_pieces()
        while self._decompressor.unconsumed_tail:
            if plain := self._decompress(b""):
                return (plain,)
        while pieces := self._arrived_pieces():
            if plain := self._decompress(b"".join(pieces)):
                return (plain,)
        return pieces

    def _arrived_pieces(self) -> Sequence[bytes] | None:
        """Return what has arrived, in the pieces of the body's chunks that each read of the socket brought."""
        if self._content.at_eof():
            return ()
        pieces = tuple(self._content._buffer)
        # Not read_nowait: after a failure it keeps back what arrived before that. Those are tokens.
        return pieces if pieces and self._content._read_nowait(-1) else None

    def _raise_failure(self) -> None:
        if self._reader.error:
            raise self._refused(self._reader.error)
        if self._reader.fault:
            raise self._bad_response(f"The provider {self._reader.fault}.")

    async def _drain(self) -> None:
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                while await self._response.read_some():
                    pass
        except (TimeoutError, *BROKEN):
            pass

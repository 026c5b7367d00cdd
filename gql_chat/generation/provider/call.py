"""One call's answer, read increment by increment until it ends, fails or takes too long."""

import asyncio
from typing import Self

import httpx2

from gql_chat.chats.models import FinishReason
from gql_chat.errors import ProviderErrorCode
from gql_chat.generation.provider.completion import CompletionReader, Increment, TokenCounts
from gql_chat.generation.provider.failures import broken_off, failed, refused
from gql_chat.generation.provider.timeouts import Timeouts, Watchdog
from gql_chat.generation.provider.transport import SocketBody

# The end of a body comes right behind [DONE]; having it, the connection can be used again.
_DRAIN_SECONDS = 0.1


class ProviderCall:
    """An answer as it comes: iterate once. Finish reason and usage are known afterwards, if the provider gave them.

    `first_token_ms` is the time from the request to the first text, None before it.
    """

    def __init__(self, response: httpx2.Response, secret: str, timeouts: Timeouts, started_at: float) -> None:
        self.status_code = response.status_code
        self._body: SocketBody = response.extensions["body"]
        self._secret = secret
        self._reader = CompletionReader()
        self._loop = asyncio.get_running_loop()
        self._started_at = started_at
        self.first_token_ms: int | None = None
        self._watchdog = Watchdog(timeouts, started_at, self._give_up)

    @property
    def finish_reason(self) -> FinishReason | None:
        """Why the model ended, if it said so."""
        return self._reader.finish_reason

    @property
    def usage(self) -> TokenCounts | None:
        """The provider's count of tokens, if it gave one; while the answer comes, the count so far."""
        return self._reader.usage

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Increment:
        """What the next read of the socket brings. Raises ProviderFailed, after all text that came before it."""
        reader = self._reader
        while not reader.is_over:
            increment = await self._read()
            if increment is not None:
                self._note_first_token()
            if reader.finish_reason is not None:
                self._watchdog.finish_came()
            if increment is not None:
                return increment
        self._raise_failure()
        raise StopAsyncIteration

    async def close(self) -> None:
        """Let go of the connection: at once, but for the moment that the end of a complete answer takes."""
        self._watchdog.stop()
        if self._reader.is_complete:
            await self._drain()
        await self._body.aclose()

    def _note_first_token(self) -> None:
        self._watchdog.first_token_came()
        if self.first_token_ms is None:
            self.first_token_ms = round((self._loop.time() - self._started_at) * 1000)

    async def _read(self) -> Increment | None:
        self._watchdog.waiting_since = self._loop.time()
        try:
            data = await self._body.read()
        except httpx2.TransportError as exc:
            if self.finish_reason is not None:
                # All of the text is here, only the formal end is not.
                return self._reader.end()
            raise broken_off(exc, status_code=self.status_code) from exc
        self._watchdog.waiting_since = None
        return self._reader.feed(data) if data else self._reader.end()

    def _give_up(self, sentence: str) -> None:
        self._body.fail(httpx2.ReadTimeout(sentence))

    def _raise_failure(self) -> None:
        if self._reader.error:
            raise refused(self._reader.error, secret=self._secret)
        if self._reader.fault:
            sentence = f"The provider {self._reader.fault}."
            raise failed(ProviderErrorCode.BAD_RESPONSE, sentence, status_code=self.status_code)

    async def _drain(self) -> None:
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                while await self._body.read():
                    pass
        except (TimeoutError, httpx2.TransportError):
            pass

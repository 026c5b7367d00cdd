"""Reading of a body in the very call in which the event loop takes its bytes from the socket.

aiohttp's own `readany` wakes a coroutine for each read, which is once per token.
"""

import asyncio
from collections.abc import Callable
from contextvars import copy_context

import aiohttp


class BodyReading(asyncio.Protocol):
    """The protocol of a response's connection while `run` runs: passes everything to aiohttp's, then calls `decode`.

    `decode` returns whether the body is over. The connection is handed back in that very call, because aiohttp may use
    it for the next request at once.
    """

    def __init__(self, response: aiohttp.ClientResponse, decode: Callable[[], bool]) -> None:
        self._decode = decode
        self._run_in_context = copy_context().run  # the connection's own is that of the request that opened it
        self._over = asyncio.get_running_loop().create_future()
        connection = response.connection  # None once the whole body has arrived
        self._transport = connection.transport if connection is not None else None
        if connection is not None and connection.protocol is not None and self._transport is not None:
            self._aiohttp = connection.protocol
            self._transport.set_protocol(self)

    async def run(self) -> None:
        """Return once the body is over. Raise the errors of `decode`."""
        try:
            self.decode()  # some of the body may have come with the headers
            await self._over
        finally:
            self._leave()
            del self._over, self._decode  # an error, of aiohttp's too, holds frames that hold these

    def decode(self) -> None:
        """Decode what has arrived, unless the body is over."""
        if not self._over.done():
            try:
                is_over = self._decode()
            except Exception as exc:  # noqa: BLE001 - the edge of a callback: `run` raises it
                if not self._over.done():
                    self._over.set_exception(exc)
            else:
                if is_over and not self._over.done():  # it may have had the task cancelled
                    self._over.set_result(None)
        if self._over.done():
            self._leave()

    def data_received(self, data: bytes) -> None:
        """Have aiohttp take the chunks out, then decode them."""
        self._aiohttp.data_received(data)
        self._run_in_context(self.decode)

    def eof_received(self) -> None:
        """Pass the end on; the connection is lost next."""
        self._aiohttp.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass the loss on, then decode what it means."""
        self._aiohttp.connection_lost(exc)
        self._run_in_context(self.decode)

    def pause_writing(self) -> None:
        """Pass the pause on."""
        self._aiohttp.pause_writing()

    def resume_writing(self) -> None:
        """Pass the resumption on."""
        self._aiohttp.resume_writing()

    def _leave(self) -> None:
        if self._transport is not None:
            self._transport.set_protocol(self._aiohttp)
            self._transport = None

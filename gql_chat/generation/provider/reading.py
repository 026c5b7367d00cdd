"""Reading of a body in the very call in which the event loop takes its bytes from the socket.

aiohttp's own `readany` wakes a coroutine for each read, which is once per token.
"""

import asyncio
import re
from collections.abc import Callable
from contextvars import copy_context

import aiohttp

# The size of a chunk (RFC 9112, 7.1), without extensions, which no provider sends: aiohttp reads them.
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})\r\n")


class BodyReading(asyncio.Protocol):
    """The protocol of a response's connection while `run` runs: passes everything to aiohttp's, then calls `decode`.

    `decode` returns whether the body is over. The connection is handed back in that very call, because aiohttp may use
    it for the next request at once.

    `decode_chunks` does so for the contents of whole chunks that were read while nothing was left of the bytes before
    them. Those pass aiohttp by: its parser is between two chunks before them and behind them.
    """

    def __init__(
        self,
        response: aiohttp.ClientResponse,
        decode: Callable[[], bool],
        decode_chunks: Callable[[list[bytes]], bool] | None = None,
    ) -> None:
        self._decode = decode
        self._decode_chunks = decode_chunks
        self._content = response.content
        self._is_between_chunks = False  # as far as is known
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
            # An error, of aiohttp's too, holds frames that hold these.
            del self._over, self._decode, self._decode_chunks, self._content

    def decode(self) -> None:
        """Decode what has arrived, unless the body is over."""
        self._run(self._decode)

    def _run(self, decode: Callable[..., bool], *contents: list[bytes]) -> None:
        if not self._over.done():
            try:
                if not decode(*contents):
                    return
            except Exception as exc:  # noqa: BLE001 - the edge of a callback: `run` raises it
                del decode  # the error holds this frame
                if not self._over.done():
                    self._over.set_exception(exc)
            else:
                if not self._over.done():  # it may have had the task cancelled
                    self._over.set_result(None)
        self._leave()

    def data_received(self, data: bytes) -> None:
        """Decode whole chunks. Have aiohttp take the chunks out of all else, then decode that."""
        if self._decode_chunks is None:
            self._pass_on(data, [])
            return
        contents, end = split_chunks(data)
        if contents and self._is_between_chunks:
            self._run_in_context(self._run, self._decode_chunks, contents)
            if end < len(data):
                self._pass_on(data[end:], [])
        else:
            self._pass_on(data, contents if end == len(data) else [])

    def _pass_on(self, data: bytes, contents: list[bytes]) -> None:
        """Pass data to aiohttp, then decode it. `contents` are those of its chunks, if it looks like whole chunks."""
        self._aiohttp.data_received(data)
        if (failure := self._aiohttp.exception()) is not None and not self._content.is_eof():
            self._content.set_exception(failure)  # aiohttp lets the readers of the body wait
        # A parser that was within a chunk has found other contents than these.
        self._is_between_chunks = bool(contents) and b"".join(self._content._buffer) == b"".join(contents)
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


def split_chunks(data: bytes) -> tuple[list[bytes], int]:
    """Return the contents of the whole chunks with which the bytes begin, and where what follows these begins.

    The bytes must begin between two chunks. The last chunk of a body, which is empty, is left to the caller.
    """
    contents: list[bytes] = []
    position, length = 0, len(data)
    while position < length and (size := _SIZE.match(data, position)) is not None:
        start = size.end()
        end = start + int(size[1], 16)
        if end == start or data[end : end + 2] != b"\r\n":
            break
        contents.append(data[start:end])
        position = end + 2
    return contents, position

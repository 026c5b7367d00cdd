"""Reading of a body in the very call in which the event loop takes its bytes from the socket.

aiohttp's own `readany` wakes a coroutine for each read, which is once per token. Its parser, its buffer and its flow
control take a dozen calls for a chunk, so whole chunks do not pass through them either.
"""

import asyncio
import re
from collections.abc import Callable
from contextvars import copy_context

import aiohttp

_END = b"\r\n"
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})\r\n")

# Line ends of a read at which the end of a chunk is looked for. One ends its size, and its text may hold some too.
_LOOKS = 4


class BodyReading(asyncio.Protocol):
    """The protocol of a response's connection while `run` runs: calls `take` with what each read of the body brings.

    `take` is called with nothing once the body has ended or failed, and returns whether it wants no more: it must after
    that. The connection is handed back in that very call, because aiohttp may use it for the next request at once.

    aiohttp parses everything but whole chunks that begin where it awaits a chunk. They leave its state as it is.
    """

    def __init__(self, response: aiohttp.ClientResponse, take: Callable[[bytes], bool]) -> None:
        self._take = take
        self._content = response.content
        self._run_in_context = copy_context().run  # the connection's own is that of the request that opened it
        self._over = asyncio.get_running_loop().create_future()
        self._is_between_chunks = False
        connection = response.connection  # None once the whole body has arrived
        self._transport = connection.transport if connection is not None else None
        if connection is not None and connection.protocol is not None and self._transport is not None:
            self._aiohttp = connection.protocol
            self._transport.set_protocol(self)

    async def run(self) -> None:
        """Return once the body is over. Raise the errors of `take`."""
        try:
            self.take_parsed()  # some of the body may have come with the headers
            await self._over
        finally:
            self._leave()
            del self._over, self._take, self._content  # an error, of aiohttp's too, holds frames that hold these

    def take_parsed(self) -> None:
        """Take what aiohttp has parsed, and the end or the failure that it has noted."""
        content = self._content
        while not self._over.done():
            if content.at_eof() or (not content._buffer and content.exception() is not None):
                self._take_one(b"")
            elif content._buffer:
                self._take_one(_all_of(content))
            else:
                return

    def data_received(self, data: bytes) -> None:
        """Take what whole chunks hold, and have aiohttp parse all other bytes."""
        while data:
            if self._is_between_chunks and not self._over.done():  # it may have been cancelled
                body, data = whole_chunks(data)
                self._is_between_chunks = not data
                if body:
                    self._run_in_context(self._take_one, body)
            else:
                data = self._parse(data)
                self._run_in_context(self.take_parsed)

    def eof_received(self) -> None:
        """Pass the end on; the connection is lost next."""
        self._aiohttp.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass the loss on, then take what it means."""
        self._aiohttp.connection_lost(exc)
        self._run_in_context(self.take_parsed)

    def pause_writing(self) -> None:
        """Pass the pause on."""
        self._aiohttp.pause_writing()

    def resume_writing(self) -> None:
        """Pass the resumption on."""
        self._aiohttp.resume_writing()

    def _take_one(self, data: bytes) -> None:
        try:
            is_over = self._take(data)
        except Exception as exc:  # noqa: BLE001 - the edge of a callback: `run` raises it
            if not self._over.done():
                self._over.set_exception(exc)
        else:
            if is_over and not self._over.done():  # it may have had the task cancelled
                self._over.set_result(None)
        if self._over.done():
            self._leave()

    def _parse(self, data: bytes) -> bytes:
        """Have aiohttp parse the bytes, up to the first end of a chunk that can be told, and return the rest.

        It can be told if aiohttp notes the end of a chunk while it parses a line end that was fed to it alone. What it
        notes after more bytes does not say whether the size of the next chunk has begun.
        """
        for _ in range(_LOOKS if self._content._http_chunk_splits is not None else 0):
            line, end, rest = data.partition(_END)
            if not end or self._over.done():
                break
            if line:
                self._aiohttp.data_received(line)
            was_in_chunk = self._is_in_chunk()
            self._aiohttp.data_received(end)
            if was_in_chunk and not self._is_in_chunk():
                self._is_between_chunks = True
                return rest
            data = rest
        if data:
            self._aiohttp.data_received(data)
        if (failure := self._aiohttp.exception()) is not None and not self._content.is_eof():
            self._content.set_exception(failure)  # aiohttp lets the readers of the body wait
        return b""

    def _is_in_chunk(self) -> bool:
        """Return whether text of a chunk has been parsed whose end has not, or not all bytes have been parsed."""
        splits = self._content._http_chunk_splits
        return self._aiohttp._reading_paused or self._content.total_bytes != (splits[-1] if splits else 0)

    def _leave(self) -> None:
        if self._transport is not None:
            self._transport.set_protocol(self._aiohttp)
            self._transport = None


def whole_chunks(data: bytes) -> tuple[bytes, bytes]:
    """Return what the whole chunks hold that bytes begin with, and the bytes behind them.

    A chunk in another form than the usual one, and the last, which is empty, end them.
    """
    pieces = []
    position = 0
    while size := _SIZE.match(data, position):
        start = size.end()
        end = start + int(size[1], 16)
        if end == start or data[end : end + 2] != _END:
            break
        pieces.append(data[start:end])
        position = end + 2
    return b"".join(pieces), data[position:]


def _all_of(content: aiohttp.StreamReader) -> bytes:
    """Return what has been parsed and not been read, as `read_nowait` does.

    That keeps back what arrived before a failure, and after each chunk has the socket resume, paused or not.
    """
    if content._buffer_offset or content._protocol._reading_paused:
        return content._read_nowait(-1)
    data = b"".join(content._buffer)
    content._buffer.clear()
    content._size = 0
    content._cursor += len(data)
    if splits := content._http_chunk_splits:
        last = splits[-1]
        splits.clear()
        splits.append(last)
    return data

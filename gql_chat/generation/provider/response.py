"""A provider's response. Its body is decoded in the very call in which the event loop takes bytes from the socket.

aiohttp's own `readany` wakes a coroutine for each read, which is once per token.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from contextvars import copy_context

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http import RawResponseMessage

_HEAD_END = b"\r\n\r\n"

# The size of a chunk (RFC 9112, 7.1), without extensions, which no provider sends: aiohttp reads them.
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})\r\n")


class Response:
    """A response, from its request until its connection is released or closed."""

    def __init__(self, connection: Connection) -> None:
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self.content: aiohttp.StreamReader = aiohttp.EMPTY_PAYLOAD
        """The part of the body that went through aiohttp's parser."""
        self.sending: asyncio.Task[None] | None = None
        """Sends the request's body while this runs."""
        self._connection: Connection | None = connection
        self._receiver = Receiver.of(connection)
        self._receiver.expect_response()
        self.protocol = self._receiver.protocol

    async def begin(self) -> None:
        """Return once the head has arrived. Raise aiohttp's errors."""
        message, self.content = await self._receiver.read_head()
        self.status, self.headers = message.code, message.headers

    async def read_some(self) -> bytes:
        """Return what has arrived, at least one byte, or nothing at the end. Raise aiohttp's errors."""
        arrived = self._receiver.take_chunks() if self._connection is not None else b""
        return arrived or await self.content.readany()

    async def read_body(
        self, decode: Callable[[], bool], decode_chunks: Callable[[list[bytes]], bool] | None = None
    ) -> None:
        """Call `decode` whenever `content` has more, until it returns that the body is over. Raise its errors.

        Call `decode_chunks` in the same way with the contents of whole chunks, once `content` is empty.
        """
        await self._receiver.read_body(decode, decode_chunks)

    def decode(self) -> None:
        """Have the reader of the body, if there is one, decode what has arrived."""
        if self._connection is not None:
            self._receiver.decode()

    def release(self) -> None:
        """Keep the connection for another request, or close it if the body has not ended."""
        if self.sending is not None and not self.sending.done():
            self.close()
        elif self._connection is not None:
            self._receiver.pass_held_on()
            self._leave().release()

    def close(self) -> None:
        """Close the connection, unless it was released."""
        if self.sending is not None:
            self.sending.cancel()
        if self._connection is not None:
            self._leave().close()

    def _leave(self) -> Connection:
        """Leave the connection to aiohttp, and return it."""
        connection, self._connection = self._connection, None
        assert connection is not None, "it is left once"
        self._receiver.end_response()
        del self._receiver  # it may be another response's next
        self.content = aiohttp.EMPTY_PAYLOAD  # it may hold an error, whose frames hold this response
        return connection


class Receiver(asyncio.Protocol):
    """The protocol of a connection from its first request on. It passes the bytes on to aiohttp's protocol.

    Whole chunks skip that while `read_body` runs, if its parser is between two chunks: it is there before them and
    behind them. The parser is known to be there before the first chunk. After other bytes it is known again once a read
    that looks like whole chunks has given exactly their contents. Bytes that come behind the head in one read are held
    until somebody reads the body.

    It stays with the connection: for another protocol the event loop stops reading and begins again, which takes 7 µs.
    """

    def __init__(self, protocol: ResponseHandler) -> None:
        self.protocol = protocol
        self._expects_response = False
        self._has_received = False
        self._held = b""
        self._is_between_chunks = False  # as far as is known
        self._content: aiohttp.StreamReader = aiohttp.EMPTY_PAYLOAD
        self._decode: Callable[[], bool] | None = None
        self._decode_chunks: Callable[[list[bytes]], bool] | None = None

    @classmethod
    def of(cls, connection: Connection) -> "Receiver":
        """Return the receiver of a connection. Raise aiohttp's error, and close it, if it is lost."""
        protocol, transport = connection.protocol, connection.transport
        if protocol is None or transport is None:  # lost before it could be used
            connection.close()
            raise aiohttp.ServerDisconnectedError
        receiver = transport.get_protocol()
        if not isinstance(receiver, cls):
            receiver = cls(protocol)
            transport.set_protocol(receiver)
        return receiver

    def expect_response(self) -> None:
        """Take what arrives now for a response."""
        self._expects_response, self._has_received, self._is_between_chunks = True, False, False

    def end_response(self) -> None:
        """Leave all that arrives from now on to aiohttp."""
        self._expects_response, self._held, self._content = False, b"", aiohttp.EMPTY_PAYLOAD

    async def read_head(self) -> tuple[RawResponseMessage, aiohttp.StreamReader]:
        """Return the head once it has arrived, and the reader of the body. Raise aiohttp's errors."""
        message, self._content = await self.protocol.read()
        while 100 <= message.code < 200 and message.code != 101:  # another head follows
            self.pass_held_on()
            message, self._content = await self.protocol.read()
        self._is_between_chunks &= message.chunked and not self._content.is_eof()
        return message, self._content

    def take_chunks(self) -> bytes:
        """Return the contents of the whole chunks that have come with the head. Pass on whatever else has."""
        if self._held and self._is_between_chunks:
            contents, end = split_chunks(self._held)
            if contents:
                self._held = self._held[end:]
                return b"".join(contents)
        self.pass_held_on()
        return b""

    async def read_body(self, decode: Callable[[], bool], decode_chunks: Callable[[list[bytes]], bool] | None) -> None:
        """Read as `Response.read_body` does."""
        self._decode, self._decode_chunks = decode, decode_chunks
        self._run_in_context = copy_context().run  # the connection's own is that of the request that opened it
        self._over = asyncio.get_running_loop().create_future()
        held, self._held = self._held, b""
        try:
            if held:
                self.data_received(held)
            else:
                self.decode()
            await self._over
        finally:
            self._decode = self._decode_chunks = None
            del self._over, self._run_in_context  # an error, of aiohttp's too, holds frames that hold these

    def decode(self) -> None:
        """Have the reader of the body, if there is one, decode what has arrived."""
        if self._decode is not None:
            self._run(self._decode)

    def data_received(self, data: bytes) -> None:
        """Decode whole chunks. Have aiohttp take the chunks out of all else, then decode that."""
        if self._decode_chunks is None:
            self._receive_unread(data)
            return
        contents, end = split_chunks(data)
        if contents and self._is_between_chunks:
            try:  # as `_run` does, which would be one more call for every token
                if self._over.done() or self._run_in_context(self._decode_chunks, contents):
                    self._end_reading()
            except Exception as exc:  # noqa: BLE001 - the edge of a callback: `read_body` raises it
                self._end_reading(exc)
            if end < len(data):
                self._pass_on(data[end:])
        else:
            self._pass_on(data, contents if end == len(data) else [])

    def eof_received(self) -> None:
        """Pass the end on; the connection is lost next."""
        self.pass_held_on()
        self.protocol.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass the loss on, then decode what it means."""
        self.pass_held_on()
        self.protocol.connection_lost(exc)
        if self._decode is not None:
            self._run_in_context(self.decode)

    def pause_writing(self) -> None:
        """Pass the pause on."""
        self.protocol.pause_writing()

    def resume_writing(self) -> None:
        """Pass the resumption on."""
        self.protocol.resume_writing()

    def _receive_unread(self, data: bytes) -> None:
        """Pass bytes on while no reader takes chunks, but hold those that come behind a whole head."""
        end = 0
        if self._expects_response and not self._has_received:
            end = data.find(_HEAD_END) + len(_HEAD_END)
        self._has_received = True
        # With other line ends, the head ends earlier.
        if end >= len(_HEAD_END) and data.count(b"\n", 0, end) == data.count(b"\r\n", 0, end):
            self.protocol.data_received(data[:end])
            self._held, self._is_between_chunks = data[end:], True  # if there are any
        else:
            self.pass_held_on()
            self._pass_on(data)

    def pass_held_on(self) -> None:
        """Pass on what has come behind the head and was not read."""
        if self._held:
            held, self._held = self._held, b""
            self._pass_on(held)

    def _pass_on(self, data: bytes, contents: list[bytes] | None = None) -> None:
        """Pass data to aiohttp, then decode it. `contents` are those of its chunks, if it looks like whole chunks."""
        self.protocol.data_received(data)
        if (failure := self.protocol.exception()) is not None and not self._content.is_eof():
            self._content.set_exception(failure)  # aiohttp lets the readers of the body wait
        # A parser that was within a chunk has found other contents than these.
        self._is_between_chunks = bool(contents) and b"".join(self._content._buffer) == b"".join(contents or ())
        if self._decode is not None:
            self._run_in_context(self.decode)

    def _run(self, decode: Callable[[], bool]) -> None:
        try:
            if self._over.done() or decode():
                self._end_reading()
        except Exception as exc:  # noqa: BLE001 - the edge of a callback: `read_body` raises it
            del decode  # the error holds this frame
            self._end_reading(exc)

    def _end_reading(self, error: Exception | None = None) -> None:
        """Have `read_body` return, or raise the error."""
        self._decode = self._decode_chunks = None
        if self._over.done():  # what was called may have had the task cancelled
            return
        if error is None:
            self._over.set_result(None)
        else:
            self._over.set_exception(error)


def split_chunks(data: bytes) -> tuple[list[bytes], int]:
    """Return the contents of the whole chunks at the beginning of the bytes, and the position behind these chunks.

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

"""The clients of the load: what they leave behind."""

import asyncio
import gc
from typing import Any

import orjson
import pytest

from bench.connections import OperationFailed, Socket

ACKNOWLEDGED = b'{"type":"connection_ack"}'


class Silent:
    """A server that acknowledges sockets, answers the first operation with `answer`, and hangs up when it is closed."""

    def __init__(self, answer: bytes = b"") -> None:
        self._answer = answer
        self._writers: list[asyncio.StreamWriter] = []
        self.has_operation = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + self._frame(ACKNOWLEDGED))
        await reader.readuntil(b"subscribe")
        if self._answer:
            writer.write(self._frame(self._answer))
        self.has_operation.set()

    async def hang_up(self) -> None:
        """Close all connections, and return once that has been noticed."""
        for writer in self._writers:
            writer.close()
            await writer.wait_closed()
        for _ in range(5):
            await asyncio.sleep(0.01)

    def _frame(self, text: bytes) -> bytes:
        return bytes([0x81, len(text)]) + text


def errors_of_the_loop() -> list[dict[str, Any]]:
    """List what asyncio reports from now on."""
    errors: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
    return errors


async def connected(silent: Silent) -> tuple[asyncio.Server, Socket]:
    server = await asyncio.start_server(silent.serve, "127.0.0.1", 0)
    return server, await Socket.open(server.sockets[0].getsockname()[1])


@pytest.mark.parametrize("is_answered", [False, True])
async def test_an_operation_that_nobody_waits_for_any_more_fails_without_a_word(is_answered: bool) -> None:
    errors = errors_of_the_loop()
    answer = orjson.dumps({"type": "next", "id": "1", "payload": {"data": {"a": 1}}})
    silent = Silent(answer if is_answered else b"")
    server, socket = await connected(silent)
    asking = asyncio.create_task(socket.first("{ a }", {}))
    await silent.has_operation.wait()
    if is_answered:
        assert await asking == {"a": 1}
    asking.cancel()
    await asyncio.wait({asking})
    await silent.hang_up()
    server.close()
    del socket, asking
    gc.collect()
    assert errors == []


async def test_an_operation_that_somebody_waits_for_fails() -> None:
    silent = Silent()
    server, socket = await connected(silent)
    asking = asyncio.create_task(socket.first("{ a }", {}))
    await silent.has_operation.wait()
    await silent.hang_up()
    with pytest.raises(OperationFailed, match="connection lost"):
        await asking
    server.close()

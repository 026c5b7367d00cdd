"""A TCP proxy that loses an answer: the server has done what it was asked, and the client cannot know."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

COMMITTED = b"C\x00\x00\x00\x0bCOMMIT\x00"  # PostgreSQL's answer to a COMMIT


class Proxy:
    """`url` leads through it; what is in `lost` is not passed on, once, and its connection is closed instead."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = parts.hostname, parts.port
        self._parts = parts
        self.url = ""
        self.lost: bytes | None = None
        self.losing = asyncio.Event()
        """Set when it has been lost."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client's connection."""
        upstream_reader, upstream_writer = await asyncio.open_connection(*self._target)
        forth = asyncio.create_task(self._pipe(reader, upstream_writer, None))
        back = asyncio.create_task(self._pipe(upstream_reader, writer, self))
        await asyncio.wait({forth, back}, return_when=asyncio.FIRST_COMPLETED)
        for task, end in ((forth, writer), (back, upstream_writer)):
            task.cancel()
            end.transport.abort()

    async def _pipe(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, losing: "Proxy | None") -> None:
        while data := await source.read(65536):
            if losing and losing.lost is not None and losing.lost in data:
                losing.lost = None
                losing.losing.set()
                return
            sink.write(data)


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[Proxy]:
    """A proxy before the server of this URL."""
    proxy = Proxy(url)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    parts = proxy._parts
    proxy.url = urlunsplit(parts._replace(netloc=f"{parts.username}@127.0.0.1:{port}"))
    async with server:
        yield proxy
